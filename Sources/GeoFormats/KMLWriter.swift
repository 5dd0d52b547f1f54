import PhotoModel

/// KML 2.2 (OGC 07-147r2): one placemark per photo in one flat document, so that GDAL sees one
/// layer.
///
/// The direction of a photo is written twice: its icon is an arrow turned by `heading` (clockwise from
/// north), and where position, altitude and yaw are known a `Camera` (§14.2) puts the viewer where
/// the photo was taken, looking the same way. `ExtendedData` has all fields that have a value. The points carry heights only when asked for.
struct KMLWriter: RowWriter {
  private(set) var leftOut = 0
  private let includesHeight: Bool
  private let shape: PhotoRows
  private var fields: [FieldValue] = []
  private var output: BlockOutput

  init(options: FormatOptions, sink: @escaping ByteSink) {
    includesHeight = options.includesHeight
    shape = PhotoRows(.features, withReason: options.includesReason)
    output = BlockOutput(sink)
  }

  private static let icons = "https://earth.google.com/images/kml-icons/track-directional/"

  mutating func begin() throws {
    output.bytes.append(
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>photos</name>
      <Style id="arrow"><IconStyle><Icon><href>\(Self.icons)track-0.png</href></Icon></IconStyle>\
      <LabelStyle><scale>0</scale></LabelStyle></Style>
      <Style id="dot"><IconStyle><Icon><href>\(Self.icons)track-none.png</href></Icon></IconStyle>\
      <LabelStyle><scale>0</scale></LabelStyle></Style>
      <Schema name="photo" id="photo">
      """)
    for column in shape.columns {
      // Whole numbers too: an xsd:int ends at 2^31, a double holds every size exactly.
      let type = column.isNumber ? "double" : "string"
      output.bytes.append("<SimpleField type=\"\(type)\" name=\"\(column.name)\"/>")
    }
    output.bytes.append("</Schema>\n")
  }

  /// Children in the order of `AbstractFeatureType` (§9.1.3.10).
  mutating func write(_ row: PhotoRow) throws {
    let record = row.record
    if includesHeight, record.lacksHeight {
      leftOut += 1
      return
    }
    output.bytes.append("<Placemark id=\"photo-")
    output.bytes.appendInteger(row.id)
    output.bytes.append("\">")
    output.bytes.appendElement("name", row.file)
    let position = record.position.flatMap { $0.isValid ? $0 : nil }
    if let position { appendCamera(record, position) }
    if let time = record.takenAt, ISOTime.range.contains(time) {
      output.bytes.append("<TimeStamp><when>")
      output.bytes.appendTime(time)
      output.bytes.append("</when></TimeStamp>")
    }
    appendStyle(record)
    appendFields(row)
    if let position { appendPoint(record, position) }
    output.bytes.append("</Placemark>\n")
    try output.flushIfFull()
  }

  mutating func end() throws {
    output.bytes.append("</Document></kml>\n")
    try output.flush()
  }

  /// `tilt` is 0 straight down and 90 at the horizon, where a camera's pitch is −90 and 0; beyond
  /// the zenith (180) there is none.
  private mutating func appendCamera(_ record: PhotoRecord, _ position: Coordinate) {
    guard let yaw = record.yaw, let altitude = record.altitude, yaw.isFinite, altitude.isFinite,
      let pitch = record.gimbalPitch, (-90.0...90).contains(pitch)
    else { return }
    output.bytes.append("<Camera>")
    append("longitude", position.longitude)
    append("latitude", position.latitude)
    append("altitude", altitude)
    append("heading", yaw)
    append("tilt", pitch + 90)
    output.bytes.append("<altitudeMode>absolute</altitudeMode></Camera>")
  }

  private mutating func appendStyle(_ record: PhotoRecord) {
    guard let yaw = record.yaw, yaw.isFinite else {
      output.bytes.append("<styleUrl>#dot</styleUrl>")
      return
    }
    output.bytes.append("<styleUrl>#arrow</styleUrl><Style><IconStyle>")
    append("heading", yaw)
    output.bytes.append("</IconStyle></Style>")
  }

  private mutating func appendFields(_ row: PhotoRow) {
    shape.fill(&fields, from: row)
    output.bytes.append("<ExtendedData><SchemaData schemaUrl=\"#photo\">")
    for (column, field) in zip(shape.columns, fields) where field.isPresent {
      output.bytes.append("<SimpleData name=\"\(column.name)\">")
      output.bytes.appendXML(field)
      output.bytes.append("</SimpleData>")
    }
    output.bytes.append("</SchemaData></ExtendedData>")
  }

  private mutating func appendPoint(_ record: PhotoRecord, _ position: Coordinate) {
    output.bytes.append("<Point>")
    if includesHeight { output.bytes.append("<altitudeMode>absolute</altitudeMode>") }
    output.bytes.append("<coordinates>")
    output.bytes.appendDegrees(position.longitude)
    output.bytes.append(UInt8(ascii: ","))
    output.bytes.appendDegrees(position.latitude)
    if includesHeight, let altitude = record.altitude {
      output.bytes.append(UInt8(ascii: ","))
      output.bytes.appendDecimal(altitude)
    }
    output.bytes.append("</coordinates></Point>")
  }

  private mutating func append(_ element: String, _ number: Double) {
    output.bytes.append("<\(element)>")
    output.bytes.appendDecimal(number)
    output.bytes.append("</\(element)>")
  }
}

extension FieldValue {
  fileprivate var isPresent: Bool {
    switch self {
    case .null: false
    case .text(let text): !text.isEmpty
    case .real(let number), .degrees(let number): number.isFinite
    case .time(let milliseconds): ISOTime.range.contains(milliseconds)
    case .integer, .flag: true
    }
  }
}

extension [UInt8] {
  fileprivate mutating func appendXML(_ field: FieldValue) {
    switch field {
    case .null: break
    case .text(let text): appendXML(text)
    case .integer(let number): appendInteger(number)
    case .real(let number): appendDecimal(number)
    case .degrees(let number): appendDegrees(number)
    case .time(let milliseconds): appendTime(milliseconds)
    case .flag(let flag): append(flag ? "true" : "false")
    }
  }
}
