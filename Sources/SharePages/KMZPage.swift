package import GeoFormats
package import PhotoModel

/// KMZ for Google Earth: KML 2.2 (OGC 07-147r2) with a folder for each site and flight, the path of each flight, and pictures in
/// the balloons of the photos. Photos without a position are not in it.
///
/// The document follows the pictures in the archive, and is kept compressed until then: about 100 bytes for a photo. Points
/// of the current flight are kept for its path.
package struct KMZPage: SharePage {
  /// Bytes that a photo takes beside its picture, compressed.
  static let rowSize: Int64 = 250

  package private(set) var summary = ShareSummary()
  private let plan: SharePlan
  private let options: ShareOptions
  private var choice: PictureChoice
  private let pictures: PictureSource
  private var archive: ZipWriter
  private let document: Deflater
  private var text: [UInt8] = []
  private var flight: Int?
  private var track: [TrackPoint] = []

  private struct TrackPoint {
    var time: String
    var position: Coordinate
  }

  package init(
    _ plan: SharePlan, _ options: ShareOptions, sink: @escaping ByteSink,
    pictures: @escaping PictureSource
  ) throws {
    guard let document = Deflater() else { throw NoMemory() }
    self.plan = plan
    self.options = options
    self.document = document
    self.pictures = pictures
    archive = unsafe ZipWriter(sink)
    choice = plan.choice(.kmz, options)
  }

  package mutating func begin() throws {
    try archive.add("files/arrow.png", PackageResources.arrow_png)
    try archive.add("files/dot.png", PackageResources.dot_png)
    text.append(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document><name>"
    )
    text.appendXML(options.title)
    text.append("</name><open>1</open>\n")
    for name in ["arrow", "dot"] {
      text.append(
        "<Style id=\"\(name)\"><IconStyle><scale>0.6</scale><Icon><href>files/\(name).png</href></Icon></IconStyle>"
          + "<LabelStyle><scale>0</scale></LabelStyle></Style>\n")
    }
    text.append(
      "<Style id=\"path\"><LineStyle><color>ffb5620a</color><width>2</width></LineStyle></Style>\n")
    text.append("<Schema name=\"photo\" id=\"photo\">")
    for field in KMLFields.all where !field.isPath || options.hasPaths {
      text.append("<SimpleField type=\"\(field.type)\" name=\"\(field.name)\"/>")
    }
    text.append("</Schema>\n")
  }

  package mutating func write(_ row: PhotoRow) throws {
    guard let position = row.record.position, position.isValid else { return }
    summary.located += 1
    enter(plan.flight(of: row))
    let picture = try choice.picture(of: row, size: { $0 + 200 }, pictures)
    summary.count(picture)
    var name: String?
    if case .jpeg(let bytes) = picture {
      let file = "files/\(summary.located).jpg"
      try archive.add(file, bytes)
      name = file
    }
    if let time = row.record.takenText ?? row.record.takenLocal {
      track.append(TrackPoint(time: time, position: position))
    }
    append(row, position, picture: name)
    if text.count >= 1 << 16 { pack() }
  }

  package mutating func end() throws {
    enter(nil)
    text.append("</Document></kml>\n")
    pack()
    try archive.add("doc.kml", document)
    try archive.end()
  }

  private mutating func pack() {
    document.add(text)
    text.removeAll(keepingCapacity: true)
  }

  // MARK: Folders

  /// Closes the folders of the flight before, and opens those of the next.
  private mutating func enter(_ next: Int?) {
    guard next != flight else { return }
    let (old, new) = (flight.map { plan.flights[$0] }, next.map { plan.flights[$0] })
    let isSameSite =
      old.map { old in new.map { $0.site.hasSameBytes(as: old.site) } ?? false } ?? false
    if old != nil {
      appendPath()
      text.append("</Folder>\n")
      if !isSameSite { text.append("</Folder>\n") }
    }
    if let new {
      if !isSameSite { open(new.site) }
      open(options.hasPaths ? new.folder : new.label, or: options.title)
    }
    flight = next
  }

  private mutating func open(_ name: String, or other: String = "") {
    text.append("<Folder><name>")
    text.appendXML(name.isEmpty ? other : name)
    text.append("</name>\n")
  }

  /// The photos with a time in its order; in pieces where it crosses 180°.
  private mutating func appendPath() {
    let points = track.enumerated().sorted {
      ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
    }
    .map(\.element.position)
    track.removeAll(keepingCapacity: true)
    var pieces: [[Coordinate]] = []
    for point in points {
      if let last = pieces.last?.last, abs(last.longitude - point.longitude) <= 180 {
        pieces[pieces.count - 1].append(point)
      } else {
        pieces.append([point])
      }
    }
    pieces.removeAll { $0.count < 2 }
    if pieces.isEmpty { return }
    text.append("<Placemark><name>Path</name><styleUrl>#path</styleUrl><MultiGeometry>")
    for piece in pieces {
      text.append("<LineString><tessellate>1</tessellate><coordinates>")
      for point in piece {
        text.appendPosition(point)
        text.append(" ")
      }
      text.append("</coordinates></LineString>")
    }
    text.append("</MultiGeometry></Placemark>\n")
  }

  // MARK: Photos

  /// Children in the order of `AbstractFeatureType` (§9.1.3.10).
  private mutating func append(_ row: PhotoRow, _ position: Coordinate, picture: String?) {
    let record = row.record
    text.append("<Placemark><name>")
    text.appendXML(row.file)
    text.append("</name><Snippet maxLines=\"0\"></Snippet><description>")
    text.appendXML(String(decoding: Self.balloon(row, position, picture), as: UTF8.self))
    text.append("</description>")
    if let time = row.record.takenText {
      text.append("<TimeStamp><when>\(time)</when></TimeStamp>")
    }
    if let yaw = record.yaw, yaw.isFinite {
      text.append("<styleUrl>#arrow</styleUrl><Style><IconStyle><heading>")
      text.appendDecimal(PhotoLines.turned(yaw))
      text.append("</heading></IconStyle></Style>")
    } else {
      text.append("<styleUrl>#dot</styleUrl>")
    }
    text.append("<ExtendedData><SchemaData schemaUrl=\"#photo\">")
    for field in KMLFields.all where !field.isPath || options.hasPaths {
      guard let value = field.value(row), !value.isEmpty else { continue }
      text.append("<SimpleData name=\"\(field.name)\">")
      text.appendXML(value)
      text.append("</SimpleData>")
    }
    text.append("</SchemaData></ExtendedData><Point><coordinates>")
    text.appendPosition(position)
    text.append("</coordinates></Point></Placemark>\n")
  }

  /// HTML of the balloon: picture, then what people ask.
  private static func balloon(
    _ row: PhotoRow, _ position: Coordinate, _ picture: String?
  ) -> [UInt8] {
    let record = row.record
    var html: [UInt8] = []
    if let picture { html.append("<img src=\"\(picture)\" width=\"320\"><br>") }
    let camera = [record.cameraMake, record.cameraModel].compactMap { $0 }.joined(separator: " ")
    let rows = [
      ("Taken", record.takenLocal ?? record.takenText ?? ""),
      ("Above take-off", KMLFields.metres(record.relativeAltitude)),
      ("Altitude", KMLFields.metres(record.altitude)), ("Fix", record.fix?.rawValue ?? ""),
      ("Camera", camera),
    ]
    for (name, value) in rows where !value.isEmpty {
      html.append("\(name): ")
      html.appendHTML(value)
      html.append("<br>")
    }
    return html
  }
}

/// Memory for compressing is missing.
package struct NoMemory: Error {}

extension [UInt8] {
  fileprivate mutating func appendPosition(_ position: Coordinate) {
    appendDecimal(position.longitude)
    append(",")
    appendDecimal(position.latitude)
  }
}
