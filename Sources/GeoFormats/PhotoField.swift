import PhotoModel

/// One field of a photo as outputs write it: its name, its unit, its type, where it comes from and which formats have it.
package struct PhotoField: Sendable {
  package let name: String
  /// A word of docs/fields.md; nil for texts and names.
  package let unit: String?
  package let formats: Formats
  let value: Value
  let source: Source

  /// What a field holds, and by that its type.
  enum Value: Sendable {
    case text(@Sendable (PhotoRow) -> String?)
    case integer(@Sendable (PhotoRow) -> Int64?)
    case real(@Sendable (PhotoRow) -> Double?)
    case degrees(@Sendable (PhotoRow) -> Double?)
    /// Milliseconds since 1970 UTC.
    case time(@Sendable (PhotoRow) -> Int64?)
    case flag(@Sendable (PhotoRow) -> Bool)
    /// The camera's clock, else UTC: for terminals, where it stands beside filters by the camera's day.
    case textOrTime(@Sendable (PhotoRow) -> (text: String?, time: Int64?))
    /// How the index keeps the row.
    case ofIndex(@Sendable (PhotoDetails.RowFacts) -> FieldValue)
  }

  /// Groups of formats whose rows are alike.
  package struct Formats: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// CSV, JSON, JSON lines.
    package static let records = Formats(rawValue: 1 << 0)
    /// Formats with a geometry: GeoJSON, KML, the map's OGC API Features. GPX has elements of its own.
    package static let features = Formats(rawValue: 1 << 1)
    /// A table on a terminal.
    package static let table = Formats(rawValue: 1 << 2)
    /// All that is known of one photo: `show`, details of the map.
    package static let details = Formats(rawValue: 1 << 3)
    /// At the end of a list, and only in lists that ask for photos without a position.
    package static let onRequest = Formats(rawValue: 1 << 4)

    static let lists: Formats = [.records, .features, .details]
    static let everywhere: Formats = [.records, .features, .table, .details]
  }

  /// Where the value comes from.
  enum Source: Sendable {
    /// The index itself.
    case none
    case group(FieldGroup)
    case position
    case otherPosition
    case exif
    case listing
    case of(@Sendable (PhotoRecord) -> FieldGroup?)
  }

  init(
    _ name: String, unit: String? = nil, in formats: Formats = .details,
    from source: Source = .none,
    _ value: Value
  ) {
    self.name = name
    self.unit = unit
    self.formats = formats
    self.value = value
    self.source = source
  }

  package var isNumber: Bool {
    switch value {
    case .integer, .real, .degrees: true
    case .text, .time, .flag, .textOrTime, .ofIndex: false
    }
  }

  var column: Column { Column(name, isNumber: isNumber) }

  func source(of record: PhotoRecord) -> String? {
    switch source {
    case .none: nil
    case .group(let group): record.sources[group].name
    case .position: record.source?.rawValue
    case .otherPosition: record.otherSource?.rawValue
    case .exif: ValueSource.exif.name
    case .listing: "listing"
    case .of(let group): group(record).map { record.sources[$0].name }
    }
  }
}

extension PhotoField.Value {
  /// - Parameter facts: only fields of ``PhotoField/Formats/details`` need them.
  func of(_ row: PhotoRow, _ facts: PhotoDetails.RowFacts? = nil) -> FieldValue {
    switch self {
    case .text(let get): return FieldValue(get(row))
    case .integer(let get): return FieldValue(get(row))
    case .real(let get): return FieldValue(get(row))
    case .degrees(let get): return get(row).map { .degrees($0) } ?? .null
    case .time(let get): return get(row).map { .time($0) } ?? .null
    case .flag(let get): return .flag(get(row))
    case .textOrTime(let get):
      let (text, time) = get(row)
      return text.map { .text($0) } ?? time.map { .time($0) } ?? .null
    case .ofIndex(let get): return facts.map(get) ?? .null
    }
  }
}
