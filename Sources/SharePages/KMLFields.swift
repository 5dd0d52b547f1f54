import GeoFormats
import PhotoModel

/// Values of a photo in a KMZ, beside its name and position. Names and units are those of docs/fields.md.
enum KMLFields {
  struct Field: Sendable {
    var name: String
    /// Of KML's `SimpleField`.
    var type: String
    /// Only where paths are asked for.
    var isPath = false
    var value: @Sendable (PhotoRow) -> String?
  }

  static let all: [Field] = [
    Field(name: "file", type: "string") { $0.file },
    Field(name: "taken_at", type: "string") { $0.record.takenText },
    Field(name: "taken_local", type: "string") { $0.record.takenLocal },
    Field(name: "alt_m", type: "double") { number($0.record.altitude) },
    Field(name: "rel_alt_m", type: "double") { number($0.record.relativeAltitude) },
    Field(name: "yaw", type: "double") { number($0.record.yaw) },
    Field(name: "pitch", type: "double") { number($0.record.gimbalPitch) },
    Field(name: "fix", type: "string") { $0.record.fix?.rawValue },
    Field(name: "camera_make", type: "string") { $0.record.cameraMake },
    Field(name: "camera_model", type: "string") { $0.record.cameraModel },
    Field(name: "path", type: "string", isPath: true) { $0.path },
    Field(name: "location", type: "string", isPath: true) { $0.url },
    Field(name: "serial_number", type: "string", isPath: true) { $0.record.serialNumber },
  ]

  private static func number(_ value: Double?) -> String? {
    guard let value, value.isFinite else { return nil }
    var json = JSONText()
    json.value(value)
    return json.text
  }

  /// `81.2 m`.
  static func metres(_ value: Double?) -> String {
    guard let value, value.isFinite, abs(value) < 1e9 else { return "" }
    let tenths = Int((abs(value) * 10).rounded())
    return "\(value < 0 && tenths > 0 ? "−" : "")\(tenths / 10).\(tenths % 10) m"
  }
}
