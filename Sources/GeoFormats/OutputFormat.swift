package import PhotoModel

/// The formats a list of photos can be written in; the raw values are the names of `--format`.
///
/// A new format is a writer in a file of its own, a case, and its entry in ``traits``.
public enum OutputFormat: String, Sendable, CaseIterable {
  case table, json, jsonl, geojson, geojsonseq, csv, gpx, kml, kmz, html, gpkg, paths, paths0, urls

  private struct Traits {
    var hasOptionalHeight = false
    var needsPositions = false
    var extensions: [String] = []
    var download: String?
    /// A file for clients, with pictures.
    var isPage = false
    /// nil: a database, or a page.
    var make: ((FormatOptions, @escaping ByteSink) -> any RowWriter)?
  }

  private var traits: Traits {
    switch self {
    case .table:
      Traits(extensions: ["txt", "table"]) {
        PhotoTableWriter(options: $0, sink: $1)
      }
    case .json:
      Traits(extensions: ["json"]) { PhotoJSONRecords(isArray: true, options: $0, sink: $1) }
    case .jsonl:
      Traits(extensions: ["jsonl", "ndjson"]) {
        PhotoJSONRecords(isArray: false, options: $0, sink: $1)
      }
    case .geojson:
      Traits(hasOptionalHeight: true, extensions: ["geojson"], download: "application/geo+json") {
        GeoJSONWriter(options: $0, isSequence: false, sink: $1)
      }
    case .geojsonseq:
      Traits(hasOptionalHeight: true, extensions: ["geojsonseq", "geojsons"]) {
        GeoJSONWriter(options: $0, isSequence: true, sink: $1)
      }
    case .csv:
      Traits(extensions: ["csv"], download: "text/csv; charset=utf-8") {
        PhotoCSVRecords(options: $0, sink: $1)
      }
    case .gpx:
      Traits(
        hasOptionalHeight: true, needsPositions: true, extensions: ["gpx"],
        download: "application/gpx+xml"
      ) { GPXWriter(options: $0, sink: $1) }
    case .kml:
      Traits(
        hasOptionalHeight: true, extensions: ["kml"],
        download: "application/vnd.google-earth.kml+xml"
      ) { KMLWriter(options: $0, sink: $1) }
    case .kmz: Traits(needsPositions: true, extensions: ["kmz"], isPage: true)
    case .html: Traits(needsPositions: true, extensions: ["html", "htm"], isPage: true)
    case .gpkg: Traits(hasOptionalHeight: true, extensions: ["gpkg"])
    case .paths: Traits { PathRecords(mark: UInt8(ascii: "\n"), sink: $1) }
    case .paths0: Traits { PathRecords(mark: 0, sink: $1) }
    case .urls: Traits { URLRecords(options: $0, sink: $1) }
    }
  }

  /// A database, which is no stream of text: ``makeWriter(_:options:sink:)`` cannot write it.
  public var isDatabase: Bool { traits.make == nil && !isPage }

  /// A file for clients with map or folders and pictures, which asks for more than rows:
  /// ``makeWriter(_:options:sink:)`` cannot write it.
  public var isPage: Bool { traits.isPage }

  /// `--3d` is supported: points may have a height.
  public var hasOptionalHeight: Bool { traits.hasOptionalHeight }

  /// Photos without a position are left out.
  public var needsPositions: Bool { traits.needsPositions }

  /// The media type with which the map offers it as a download; nil: not offered.
  package var downloadType: String? { traits.download }

  /// - Precondition: neither ``isDatabase`` nor ``isPage``.
  fileprivate func writer(_ options: FormatOptions, _ sink: @escaping ByteSink) -> any RowWriter {
    guard let make = traits.make else { preconditionFailure("\(rawValue) is not text") }
    return make(options, sink)
  }

  /// By the name of `--format`; capitals do not matter.
  public init?(name: String) { self.init(rawValue: name.lowercased()) }

  /// By the extension of a file name, which may carry folders; nil when no format has it.
  public init?(fileName: String) {
    guard let found = Self.fileExtension(of: fileName) else { return nil }
    guard let format = Self.allCases.first(where: { $0.traits.extensions.contains(found) }) else {
      return nil
    }
    self = format
  }

  /// The part behind the last dot of the last path component, in small letters; nil without one.
  public static func fileExtension(of fileName: String) -> String? {
    let name = fileName.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return nil }
    let found = name[name.index(after: dot)...].lowercased()
    return found.isEmpty ? nil : found
  }
}

/// - Precondition: the format is text (neither ``OutputFormat/isDatabase`` nor ``OutputFormat/isPage``).
public func makeWriter(
  _ format: OutputFormat, options: FormatOptions = FormatOptions(), sink: @escaping ByteSink
) -> any RowWriter {
  format.writer(options, sink)
}

/// Options of the formats.
public struct FormatOptions: Sendable, Equatable {
  /// Altitude as third ordinate of every point; rows without one are left out.
  public var includesHeight = false
  public var csv = CSVStyle()
  /// Tables: columns of the terminal that a line may take, where paths are shortened in the middle; nil: any number.
  public var terminalColumns: Int?
  /// A last column `reason`, for lists that hold photos without a position.
  public var includesReason = false
  /// `urls`: the URL of each site's root.
  package var rootURLs: [ExactText: String] = [:]

  public init() {}
}
