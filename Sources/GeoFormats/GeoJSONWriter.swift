import PhotoModel

/// One FeatureCollection by RFC 7946, one feature per line; or a sequence of features by RFC 8142.
///
/// No `crs` member (§4), longitude first (§3.1.1), geometry `null` for a row without position
/// (§3.2), properties always an object with all fields. The foreign member `name` (§6.1) becomes
/// the layer's name in GDAL and QGIS.
///
/// In a sequence each feature stands between a record separator (U+001E) and a line feed, so that a
/// cut file loses no more than its last feature (RFC 8142 §2); no feature is an empty text.
struct GeoJSONWriter: RowWriter {
  private(set) var leftOut = 0
  private let isSequence: Bool
  private let includesHeight: Bool
  private var members: PhotoJSON
  private var isFirst = true
  private var output: BlockOutput

  init(options: FormatOptions, isSequence: Bool, sink: @escaping ByteSink) {
    self.isSequence = isSequence
    includesHeight = options.includesHeight
    members = PhotoJSON(.features, withReason: options.includesReason)
    output = BlockOutput(sink)
  }

  mutating func begin() throws {
    if isSequence { return }
    output.bytes.append(#"{"type":"FeatureCollection","name":"photos","features":["#)
  }

  mutating func write(_ row: PhotoRow) throws {
    if includesHeight, row.record.lacksHeight {
      leftOut += 1
      return
    }
    if isSequence {
      output.bytes.append(0x1E)
    } else {
      output.bytes.append(isFirst ? "\n" : ",\n")
      isFirst = false
    }
    output.bytes.append(#"{"type":"Feature","id":"#)
    output.bytes.appendInteger(row.id)
    appendGeometry(row.record)
    output.bytes.append(#","properties":{"#)
    members.append(row, to: &output.bytes)
    output.bytes.append(isSequence ? "}}\n" : "}}")
    try output.flushIfFull()
  }

  mutating func end() throws {
    if !isSequence { output.bytes.append(isFirst ? "]}\n" : "\n]}\n") }
    try output.flush()
  }

  var hasParts: Bool { true }
  mutating func beginPart() { isFirst = false }
  mutating func endPart() throws { try output.flush() }
  mutating func append(part: UnsafeRawBufferPointer, leftOut: Int) throws {
    self.leftOut += leftOut
    try output.append(part: part, behindOthers: !isFirst, separated: !isSequence)
    isFirst = isFirst && part.isEmpty
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

extension PhotoRecord {
  /// Located, but without an altitude. Mixed dimensions break readers (FlatGeobuf refuses them), and
  /// a missing height is not 0: such a row cannot be among points with heights.
  var lacksHeight: Bool { position != nil && altitude?.isFinite != true }
}
