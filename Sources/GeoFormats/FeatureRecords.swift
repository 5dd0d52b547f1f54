package import PhotoModel

/// Rows of one shape as one FeatureCollection by RFC 7946, one feature per line; geometry `null` for a row without position
/// (§3.2).
package struct FeatureRecords {
  private let columns: [Column]
  private let name: String
  private var isFirst = true
  private var output: BlockOutput

  /// - Parameter name: the layer's name in GDAL and QGIS.
  package init(name: String, columns: [Column], sink: @escaping ByteSink) {
    self.name = name
    self.columns = columns
    output = BlockOutput(sink)
  }

  package mutating func begin() throws {
    output.bytes.append(#"{"type":"FeatureCollection","name":"#)
    output.bytes.appendJSONString(name)
    output.bytes.append(#","features":["#)
  }

  /// - Precondition: as many fields as columns.
  package mutating func write(_ fields: [FieldValue], at position: Coordinate?) throws {
    output.bytes.append(isFirst ? "\n" : ",\n")
    isFirst = false
    output.bytes.append(#"{"type":"Feature","geometry":"#)
    if let position, position.isValid {
      output.bytes.append(#"{"type":"Point","coordinates":["#)
      output.bytes.appendDegrees(position.longitude)
      output.bytes.append(UInt8(ascii: ","))
      output.bytes.appendDegrees(position.latitude)
      output.bytes.append("]}")
    } else {
      output.bytes.append("null")
    }
    output.bytes.append(#","properties":{"#)
    output.bytes.appendJSONMembers(columns, fields)
    output.bytes.append("}}")
    try output.flushIfFull()
  }

  package mutating func end() throws {
    output.bytes.append(isFirst ? "]}\n" : "\n]}\n")
    try output.flush()
  }
}
