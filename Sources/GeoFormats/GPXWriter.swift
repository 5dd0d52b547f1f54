import PhotoModel

/// GPX 1.1 (<https://www.topografix.com/GPX/1/1/>): a waypoint per photo, then a track per folder
/// with its photos in the order of their times.
///
/// The schema wants all waypoints before the first track, so rows come twice. Only photos with a
/// time are part of a track, and only a folder with two of them at different places has one. At 180° a track ends its segment
/// and goes on in another (``Antimeridian``). `ele` is the altitude as it
/// is; `time` is written where the UTC is known, while the order of a track also takes the camera's
/// own clock (as if it were UTC).
struct GPXWriter: RowWriter {
  private(set) var leftOut = 0
  private let includesHeight: Bool
  private var isTracks = false
  private var track: [TrackPoint] = []
  private var trackName = ""
  private var output: BlockOutput

  private struct TrackPoint {
    /// See ``PhotoRecord/timeOrder``.
    var order: String
    var position: Coordinate
    var altitude: Double?
    var takenAt: Int64?
    var file: String
  }

  init(options: FormatOptions, sink: @escaping ByteSink) {
    includesHeight = options.includesHeight
    output = BlockOutput(sink)
  }

  var passes: Int { 2 }

  mutating func begin() throws {
    output.bytes.append(
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <gpx version="1.1" creator="gpsindex" xmlns="http://www.topografix.com/GPX/1/1">

      """)
  }

  mutating func nextPass() throws { isTracks = true }

  mutating func write(_ row: PhotoRow) throws {
    guard let position = row.record.position, position.isValid,
      !(includesHeight && row.record.lacksHeight)
    else {
      if !isTracks { leftOut += 1 }
      return
    }
    if isTracks {
      try collect(row, position)
    } else {
      appendWaypoint(row, position)
      try output.flushIfFull()
    }
  }

  mutating func end() throws {
    try flushTrack()
    output.bytes.append("</gpx>\n")
    try output.flush()
  }

  // MARK: Waypoints

  /// Children in the order of `wptType`.
  private mutating func appendWaypoint(_ row: PhotoRow, _ position: Coordinate) {
    appendPoint("wpt", position)
    appendHeightAndTime(row.record.altitude, row.record.takenAt)
    output.bytes.appendElement("name", row.file)
    let remarks = [row.record.directionText, row.record.accuracyText, row.record.flags.remark]
      .compactMap(\.self)
    if !remarks.isEmpty { output.bytes.appendElement("cmt", remarks.joined(separator: "; ")) }
    output.bytes.appendElement("desc", "\(row.site)/\(row.path)")
    let camera = [row.record.cameraMake, row.record.cameraModel].compactMap(\.self)
    if !camera.isEmpty { output.bytes.appendElement("src", camera.joined(separator: " ")) }
    if let url = row.url {
      output.bytes.append("<link href=\"")
      output.bytes.appendXML(url)
      output.bytes.append("\"/>")
    }
    output.bytes.append("<type>photo</type></wpt>\n")
  }

  private mutating func appendPoint(_ element: String, _ position: Coordinate) {
    output.bytes.append("<\(element) lat=\"")
    output.bytes.appendDegrees(position.latitude)
    output.bytes.append("\" lon=\"")
    // longitudeType ends before 180. For a place it is the same meridian; a track must not jump to the other side.
    let last = element == "trkpt" ? 179.999_999_9 : -180
    output.bytes.appendDegrees(position.longitude == 180 ? last : position.longitude)
    output.bytes.append("\">")
  }

  private mutating func appendHeightAndTime(_ altitude: Double?, _ time: Int64?) {
    if let altitude, altitude.isFinite {
      output.bytes.append("<ele>")
      output.bytes.appendDecimal(altitude)
      output.bytes.append("</ele>")
    }
    if let time, ISOTime.range.contains(time) {
      output.bytes.append("<time>")
      output.bytes.appendTime(time)
      output.bytes.append("</time>")
    }
  }

  // MARK: Tracks

  private mutating func collect(_ row: PhotoRow, _ position: Coordinate) throws {
    let name = row.folder.isEmpty ? row.site : "\(row.site)/\(row.folder)"
    if !name.hasSameBytes(as: trackName) {
      try flushTrack()
      trackName = name
    }
    guard let order = row.record.timeOrder else { return }
    track.append(
      TrackPoint(
        order: order, position: position, altitude: row.record.altitude,
        takenAt: row.record.takenAt, file: row.file))
  }

  private mutating func flushTrack() throws {
    defer { track.removeAll(keepingCapacity: true) }
    guard track.count > 1 else { return }
    // Equal times keep the order of names, in which a camera numbers its photos.
    let sorted = track.enumerated().sorted {
      ($0.element.order, $0.offset) < ($1.element.order, $1.offset)
    }
    let parts = Antimeridian.cut(sorted.map(\.element.position))
    if parts.isEmpty { return }
    output.bytes.append("<trk>")
    output.bytes.appendElement("name", trackName)
    for part in parts {
      output.bytes.append("<trkseg>\n")
      for vertex in part {
        appendPoint("trkpt", vertex.position)
        if let point = vertex.index.map({ sorted[$0].element }) {
          appendHeightAndTime(point.altitude, point.takenAt)
          output.bytes.appendElement("name", point.file)
        }
        output.bytes.append("</trkpt>\n")
        try output.flushIfFull()
      }
      output.bytes.append("</trkseg>")
    }
    output.bytes.append("</trk>\n")
    try output.flushIfFull()
  }
}

extension PhotoRecord {
  /// By what photos of a folder are put in order: the UTC when it is known, else the camera's own
  /// clock as if it were UTC; nil without both. Texts of one form, whose order is that of time
  /// (a `Z` would stand behind a fraction).
  var timeOrder: String? {
    takenAt.flatMap { ISOTime.text(milliseconds: $0).map { String($0.dropLast()) } } ?? takenLocal
  }

  /// `rtk_std 0.012 m, 0.011 m, 0.025 m` for people: longitude, latitude, height; nil when none is known.
  var accuracyText: String? {
    let all = [rtkStdLon, rtkStdLat, rtkStdHeight]
    guard all.contains(where: { $0?.isFinite == true }) else { return nil }
    let parts = all.map { value in
      guard let value, value.isFinite else { return "unknown" }
      var digits = [UInt8]()
      digits.appendRounded(value, decimals: 3)
      return "\(String(decoding: digits, as: UTF8.self)) m"
    }
    return "rtk_std " + parts.joined(separator: ", ")
  }

  /// `yaw 271.3°, pitch -90.0°` for people; nil when neither is known.
  var directionText: String? {
    var parts: [String] = []
    for (name, angle) in [("yaw", yaw), ("pitch", gimbalPitch)] {
      guard let angle, angle.isFinite else { continue }
      var digits = [UInt8]()
      digits.appendRounded(angle, decimals: 1)
      parts.append("\(name) \(String(decoding: digits, as: UTF8.self))°")
    }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }
}

extension PhotoFlags {
  /// `flags file-gone,void`; nil without one.
  fileprivate var remark: String? { isEmpty ? nil : "flags \(text)" }
}
