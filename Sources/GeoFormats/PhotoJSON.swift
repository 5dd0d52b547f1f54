import PhotoModel

/// The members of a photo as JSON: the keys of ``PhotoFields``, and their values by code that knows their order.
///
/// A million features are to cost little more than reading them: a loop over the table, with a closure per value, takes a
/// quarter more time. So the values are written one by one, the text of what repeats from row to row (site, folder,
/// camera) is kept, and keys are ready-made bytes. A test compares every list with ``PhotoRows``, which has the table alone.
struct PhotoJSON {
  /// `lon` and `lat` are fields, as there is no geometry.
  private let withLonLat: Bool
  private let withReason: Bool
  /// `,"name":` of the columns behind `path`, one behind the other, where each ends, and `null`.
  private let keys: [UInt8]
  private let ends: [Int]

  private var site = ""
  private var folder = ""
  /// `"site":"…","folder":"…","file":"`, and `","path":"…/`, for the site and folder above.
  private var beforeFile: [UInt8] = []
  private var beforePath: [UInt8] = []

  private var make: String?
  private var model: String?
  /// Both camera members, for make and model above.
  private var camera: [UInt8] = []

  /// The date of the last time, `"YYYY-MM-DDT`, and when that day began.
  private var day: [UInt8] = []
  private var dayStart = Int64.min / 2

  init(_ format: PhotoField.Formats, withReason: Bool) {
    let columns = PhotoRows(format, withReason: withReason).columns
    withLonLat = format == .records
    self.withReason = withReason
    var keys: [UInt8] = []
    ends = columns.dropFirst(4).map { column in
      keys.append(UInt8(ascii: ","))
      keys += column.jsonKey
      return keys.count
    }
    self.keys = keys + Array("null".utf8)
    setPlace("", "")
    setCamera(nil, nil)
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

    if !Self.same(row.record.cameraMake, make) || !Self.same(row.record.cameraModel, model) {
      setCamera(row.record.cameraMake, row.record.cameraModel)
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
    members.text(row.url, &out)
    if withLonLat {
      members.degrees(row.record.position?.longitude, &out)
      members.degrees(row.record.position?.latitude, &out)
    }
    members.real(row.record.altitude, &out)
    members.real(row.record.relativeAltitude, &out)
    members.time(row.record.takenAt, beginningWith: day, &out)
    members.text(row.record.takenLocal, &out)
    out.append(contentsOf: camera)
    members.skip(2)
    members.real(row.record.yaw, &out)
    members.real(row.record.gimbalPitch, &out)
    members.text(row.record.fix?.rawValue, &out)
    members.real(row.record.rtkStdLon, &out)
    members.real(row.record.rtkStdLat, &out)
    members.real(row.record.rtkStdHeight, &out)
    members.text(row.record.source?.rawValue, &out)
    members.text(row.record.flags.text, &out)
    members.integer(row.size, &out)
    members.integer(row.mtime, &out)
    if withReason { members.text(row.record.outcome.reason, &out) }
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

    mutating func skip(_ count: Int) { next += count }

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

  private mutating func setCamera(_ make: String?, _ model: String?) {
    (self.make, self.model) = (make, model)
    camera = []
    for (name, text) in [("camera_make", make), ("camera_model", model)] {
      camera.append(UInt8(ascii: ","))
      camera += Column(name).jsonKey
      if let text { camera.appendJSONString(text) } else { camera.append("null") }
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
