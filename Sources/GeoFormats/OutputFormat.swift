/// The formats a list of photos can be written in; the raw values are the names of `--format`.
public enum OutputFormat: String, Sendable, CaseIterable {
  case table, json, jsonl, geojson, geojsonseq, csv, gpx, kml, gpkg

  /// A database, which is no stream of text: ``makeWriter(_:options:sink:)`` cannot write it.
  public var isDatabase: Bool { self == .gpkg }

  /// `--3d` is supported: points may have a height.
  public var hasOptionalHeight: Bool {
    switch self {
    case .geojson, .geojsonseq, .gpx, .kml, .gpkg: true
    case .table, .json, .jsonl, .csv: false
    }
  }

  /// Photos without a position are left out.
  public var needsPositions: Bool { self == .gpx }

  /// By the name of `--format`; capitals do not matter.
  public init?(name: String) { self.init(rawValue: name.lowercased()) }

  /// By the extension of a file name, which may carry folders; nil when no format has it.
  public init?(fileName: String) {
    guard let found = Self.fileExtension(of: fileName) else { return nil }
    switch found {
    case "ndjson": self = .jsonl
    case "geojsons": self = .geojsonseq
    case "txt": self = .table
    default: self.init(rawValue: found)
    }
  }

  /// The part behind the last dot of the last path component, in small letters; nil without one.
  public static func fileExtension(of fileName: String) -> String? {
    let name = fileName.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return nil }
    let found = name[name.index(after: dot)...].lowercased()
    return found.isEmpty ? nil : found
  }
}

/// Options of the formats.
public struct FormatOptions: Sendable, Equatable {
  /// Altitude as third ordinate of every point; rows without one are left out.
  public var includesHeight = false
  /// CSV: no apostrophe before cells that a spreadsheet would run as a formula.
  public var rawCSV = false
  /// A last column `reason`, for lists that hold photos without a position.
  public var includesReason = false

  public init() {}
}
