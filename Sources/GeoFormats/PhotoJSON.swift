import PhotoModel

/// The members of a photo as JSON, in the order and under the names of ``PhotoFields``.
///
/// A million features are to cost little more than reading them. So the text of what repeats from
/// row to row (site, folder, camera) is kept, and keys are ready-made bytes; that both ways say the
/// same is asserted by tests.
struct PhotoJSON {
  private let withLonLat: Bool
  private let withReason: Bool
  /// `"name":` of the columns behind `path`, each with the comma before it.
  private let keys: [[UInt8]]

  private var site = ""
  private var folder = ""
  /// `"site":"…","folder":"…","file":"`, and `","path":"…/`, for the site and folder above.
  private var beforeFile: [UInt8] = []
  private var beforePath: [UInt8] = []

  private var make: String?
  private var model: String?
  /// Both camera members, for make and model above.
  private var camera: [UInt8] = []

  private static let null = Array("null".utf8)

  init(withLonLat: Bool, withReason: Bool) {
    self.withLonLat = withLonLat
    self.withReason = withReason
    let columns = PhotoFields(withLonLat: withLonLat, withReason: withReason).columns
    keys = columns.dropFirst(4).map { [UInt8(ascii: ",")] + $0.jsonKey }
    place("", "")
    setCamera(nil, nil)
  }

  mutating func append(_ row: PhotoRow, to out: inout [UInt8]) {
    if !row.folder.hasSameBytes(as: folder) || !row.site.hasSameBytes(as: site) {
      place(row.site, row.folder)
    }
    out.append(contentsOf: beforeFile)
    out.appendJSONCharacters(row.file)
    out.append(contentsOf: beforePath)
    out.appendJSONCharacters(row.file)
    out.append(UInt8(ascii: "\""))

    let record = row.record
    var next = 0
    func key(_ out: inout [UInt8]) {
      out.append(contentsOf: keys[next])
      next += 1
    }
    func real(_ value: Double?, _ out: inout [UInt8]) {
      key(&out)
      guard let value, out.appendReal(value) else { return out.append(contentsOf: Self.null) }
    }
    func text(_ value: String?, _ out: inout [UInt8]) {
      key(&out)
      if let value { out.appendJSONString(value) } else { out.append(contentsOf: Self.null) }
    }
    func integer(_ value: Int64?, _ out: inout [UInt8]) {
      key(&out)
      if let value { out.appendInteger(value) } else { out.append(contentsOf: Self.null) }
    }
    if withLonLat {
      for value in [record.position?.longitude, record.position?.latitude] {
        key(&out)
        if let value, out.appendDegrees(value) { continue }
        out.append(contentsOf: Self.null)
      }
    }
    real(record.altitude, &out)
    real(record.relativeAltitude, &out)
    key(&out)
    out.appendJSON(record.takenAt.map { .time($0) } ?? .null)
    text(record.takenLocal, &out)
    if !Self.same(record.cameraMake, make) || !Self.same(record.cameraModel, model) {
      setCamera(record.cameraMake, record.cameraModel)
    }
    out.append(contentsOf: camera)
    next += 2
    real(record.yaw, &out)
    real(record.gimbalPitch, &out)
    text(record.fix?.rawValue, &out)
    text(record.source?.rawValue, &out)
    text(record.flags.text, &out)
    integer(row.size, &out)
    integer(row.mtime, &out)
    if withReason { text(record.outcome.reason, &out) }
  }

  private static func same(_ a: String?, _ b: String?) -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    return a.hasSameBytes(as: b)
  }

  private mutating func place(_ site: String, _ folder: String) {
    (self.site, self.folder) = (site, folder)
    beforeFile = Array(#""site":"#.utf8)
    beforeFile.appendJSONString(site)
    beforeFile.append(#","folder":"#)
    beforeFile.appendJSONString(folder)
    beforeFile.append(#","file":""#)
    beforePath = Array(#"","path":""#.utf8)
    if !folder.isEmpty { beforePath.appendJSONCharacters("\(folder)/") }
  }

  private mutating func setCamera(_ make: String?, _ model: String?) {
    (self.make, self.model) = (make, model)
    camera = []
    for (offset, text) in [make, model].enumerated() {
      // Behind lon and lat: two heights and two times come first.
      camera.append(contentsOf: keys[(withLonLat ? 2 : 0) + 4 + offset])
      if let text { camera.appendJSONString(text) } else { camera.append(contentsOf: Self.null) }
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
