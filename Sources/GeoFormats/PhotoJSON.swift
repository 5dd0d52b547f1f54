import PhotoModel

/// The members of a photo as JSON: the fields of ``PhotoFields``, written faster than ``PhotoRows`` would.
///
/// A million features are to cost little more than reading them. So the text of what repeats from row to row (site,
/// folder, camera) is kept, and keys are ready-made bytes. Tests compare both ways.
struct PhotoJSON {
  /// The fields behind `path`.
  private let values: [PhotoField.Value]
  /// `,"name":` of each, one behind the other, where each ends, and `null`.
  private let keys: [UInt8]
  private let ends: [Int]

  private var site = ""
  private var folder = ""
  /// `"site":"…","folder":"…","file":"`, and `","path":"…/`, for the site and folder above.
  private var beforeFile: [UInt8] = []
  private var beforePath: [UInt8] = []

  /// The last text of each field that repeats, and its JSON.
  private var repeated: [RepeatedJSON]

  private struct RepeatedJSON {
    var text: String?
    var json = Array("null".utf8)
  }

  /// The date of the last time, `"YYYY-MM-DDT`, and when that day began.
  private var day: [UInt8] = []
  private var dayStart = Int64.min / 2

  init(_ format: PhotoField.Formats, withReason: Bool) {
    let fields = PhotoFields.list(format, withReason: withReason)
    // Written by ``setPlace(_:_:)``.
    assert(fields.prefix(4).map(\.name) == ["site", "folder", "file", "path"])
    let others = fields.dropFirst(4)
    values = others.map(\.value)
    repeated = others.map { _ in RepeatedJSON() }
    var keys: [UInt8] = []
    ends = others.map { field in
      keys.append(UInt8(ascii: ","))
      keys += field.column.jsonKey
      return keys.count
    }
    self.keys = keys + Array("null".utf8)
    setPlace("", "")
  }

  mutating func append(_ row: PhotoRow, to out: inout [UInt8]) {
    if !row.folder.hasSameBytes(as: folder) || !row.site.hasSameBytes(as: site) {
      setPlace(row.site, row.folder)
    }
    out.append(contentsOf: beforeFile)
    out.appendJSONCharacters(row.file)
    out.append(contentsOf: beforePath)
    out.appendJSONCharacters(row.file)
    out.append(UInt8(ascii: "\""))

    for index in values.indices {
      if case .repeatedText(let get) = values[index] { setRepeated(get(row), index) }
    }
    if let time = row.record.takenAt { setDay(time) }
    keys.withUnsafeBufferPointer { keys in
      ends.withUnsafeBufferPointer { ends in
        appendMembers(row, Members(keys: keys, ends: ends), to: &out)
      }
    }
  }

  private func appendMembers(_ row: PhotoRow, _ members: Members, to out: inout [UInt8]) {
    var members = members
    for index in values.indices {
      switch values[index] {
      case .text(let get): members.text(get(row), &out)
      case .repeatedText: members.json(repeated[index].json, &out)
      case .integer(let get): members.integer(get(row), &out)
      case .real(let get): members.real(get(row), &out)
      case .degrees(let get): members.degrees(get(row), &out)
      case .time(let get): members.time(get(row), beginningWith: day, &out)
      case .flag(let get): members.json(Array((get(row) ? "true" : "false").utf8), &out)
      // Not in lists of JSON.
      case .timeOrText, .ofIndex: members.null(&out)
      }
    }
  }

  /// Keys and values one behind the other. Through pointers, since an array per key would be retained
  /// and released fifteen times per row.
  private struct Members {
    let keys: UnsafeBufferPointer<UInt8>
    let ends: UnsafeBufferPointer<Int>
    private var next = 0

    init(keys: UnsafeBufferPointer<UInt8>, ends: UnsafeBufferPointer<Int>) {
      (self.keys, self.ends) = (keys, ends)
    }

    mutating func key(_ out: inout [UInt8]) {
      let start = next == 0 ? 0 : ends[next - 1]
      out.append(contentsOf: UnsafeBufferPointer(rebasing: keys[start..<ends[next]]))
      next += 1
    }

    mutating func null(_ out: inout [UInt8]) {
      key(&out)
      // Behind all keys.
      out.append(contentsOf: UnsafeBufferPointer(rebasing: keys[ends[ends.count - 1]...]))
    }

    mutating func json(_ value: [UInt8], _ out: inout [UInt8]) {
      key(&out)
      out.append(contentsOf: value)
    }

    mutating func real(_ value: Double?, _ out: inout [UInt8]) {
      guard let value, value.isFinite else { return null(&out) }
      key(&out)
      out.appendReal(value)
    }

    mutating func degrees(_ value: Double?, _ out: inout [UInt8]) {
      guard let value, value.isFinite else { return null(&out) }
      key(&out)
      out.appendDegrees(value)
    }

    mutating func time(_ value: Int64?, beginningWith day: [UInt8], _ out: inout [UInt8]) {
      guard let value, ISOTime.range.contains(value) else { return null(&out) }
      key(&out)
      out.append(contentsOf: day)
      out.appendTimeOfDay(value)
      out.append(UInt8(ascii: "\""))
    }

    mutating func text(_ value: String?, _ out: inout [UInt8]) {
      guard let value else { return null(&out) }
      key(&out)
      out.appendJSONString(value)
    }

    mutating func integer(_ value: Int64?, _ out: inout [UInt8]) {
      guard let value else { return null(&out) }
      key(&out)
      out.appendInteger(value)
    }
  }

  private static func same(_ a: String?, _ b: String?) -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    return a.hasSameBytes(as: b)
  }

  private mutating func setPlace(_ site: String, _ folder: String) {
    (self.site, self.folder) = (site, folder)
    beforeFile = Array(#""site":"#.utf8)
    beforeFile.appendJSONString(site)
    beforeFile.append(#","folder":"#)
    beforeFile.appendJSONString(folder)
    beforeFile.append(#","file":""#)
    beforePath = Array(#"","path":""#.utf8)
    if !folder.isEmpty { beforePath.appendJSONCharacters("\(folder)/") }
  }

  private mutating func setDay(_ time: Int64) {
    guard ISOTime.range.contains(time), !(dayStart..<(dayStart + ISOTime.dayLength) ~= time) else {
      return
    }
    dayStart = time - ((time % ISOTime.dayLength) + ISOTime.dayLength) % ISOTime.dayLength
    day = [UInt8(ascii: "\"")]
    day.appendDate(dayStart)
  }

  private mutating func setRepeated(_ text: String?, _ index: Int) {
    if Self.same(text, repeated[index].text) { return }
    repeated[index].text = text
    repeated[index].json = []
    if let text {
      repeated[index].json.appendJSONString(text)
    } else {
      repeated[index].json.append("null")
    }
  }
}

extension String {
  /// `==` would take canonically equal names (é in one piece or in two) for the same.
  func hasSameBytes(as other: String) -> Bool {
    guard utf8.count == other.utf8.count else { return false }
    let same = utf8.withContiguousStorageIfAvailable { mine in
      other.utf8.withContiguousStorageIfAvailable { theirs in
        for index in 0..<mine.count where mine[index] != theirs[index] { return false }
        return true
      }
    }
    return (same ?? nil) ?? utf8.elementsEqual(other.utf8)
  }
}
