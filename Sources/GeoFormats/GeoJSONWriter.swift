import PhotoModel

/// One FeatureCollection by RFC 7946, one feature per line.
///
/// No `crs` member (§4), longitude first (§3.1.1), geometry `null` for a row without position
/// (§3.2), properties always an object with all fields. The foreign member `name` (§6.1) becomes
/// the layer's name in GDAL and QGIS.
struct GeoJSONWriter: RowWriter {
  private(set) var leftOut = 0
  private let includesHeight: Bool
  private let shape: PhotoFields
  private var fields: [FieldValue] = []
  private var isFirst = true
  private var output: BlockOutput

  init(options: FormatOptions, sink: @escaping ByteSink) {
    includesHeight = options.includesHeight
    shape = PhotoFields(withLonLat: false, withReason: options.includesReason)
    output = BlockOutput(sink)
  }

  mutating func begin() throws {
    output.bytes.append(#"{"type":"FeatureCollection","name":"photos","features":["#)
  }

  mutating func write(_ row: PhotoRow) throws {
    // Mixed dimensions break readers (FlatGeobuf refuses them), and a missing height is not 0.
    if includesHeight, row.record.position != nil, row.record.altitude?.isFinite != true {
      leftOut += 1
      return
    }
    output.bytes.append(isFirst ? "\n" : ",\n")
    isFirst = false
    output.bytes.append(#"{"type":"Feature","id":"#)
    output.bytes.appendInteger(row.id)
    appendGeometry(row.record)
    output.bytes.append(#","properties":{"#)
    shape.fill(&fields, from: row)
    output.bytes.appendJSONMembers(shape.columns, fields)
    output.bytes.append("}}")
    try output.flushIfFull()
  }

  mutating func end() throws {
    output.bytes.append(isFirst ? "]}\n" : "\n]}\n")
    try output.flush()
  }

  private mutating func appendGeometry(_ record: PhotoRecord) {
    guard let position = record.position, position.isValid else {
      output.bytes.append(#","geometry":null"#)
      return
    }
    output.bytes.append(#","geometry":{"type":"Point","coordinates":["#)
    output.bytes.appendDegrees(position.longitude)
    output.bytes.append(UInt8(ascii: ","))
    output.bytes.appendDegrees(position.latitude)
    if includesHeight, let altitude = record.altitude {
      output.bytes.append(UInt8(ascii: ","))
      output.bytes.appendReal(altitude)
    }
    output.bytes.append("]}")
  }
}
