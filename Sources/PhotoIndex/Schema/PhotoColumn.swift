import PhotoModel
import SQLite

/// One column of table `photos`, or of its row in table `targets`: its name, its type, how a photo is bound
/// to it and how it is read.
struct PhotoColumn: Sendable {
  enum Table: Sendable {
    case photos
    case targets
  }

  /// How a value gets into the row and back.
  enum Content: Sendable {
    case integer(get: Get<Int64?>, set: Set<Int64?>)
    case real(get: Get<Double?>, set: Set<Double?>)
    case text(get: Get<String?>, set: Set<String?>)
    /// Not read back into one value of the record, or through a cache.
    case integerBy(get: Get<Int64?>, read: Read)
    case realBy(get: Get<Double?>, read: Read)
    case textBy(get: Get<String?>, read: Read)
    /// Follows from other columns: written only for SQL users, and not read back.
    case derived(get: Get<String?>)
    /// Not bound with the others: keys, and what another table holds.
    case readOnly(Read)
  }

  typealias Get<Value> = @Sendable (PhotoChange) -> Value
  typealias Set<Value> = @Sendable (inout PhotoRecord, Value) -> Void
  typealias Read = @Sendable (Statement, Statement.Column, inout PhotoBuffer) -> Void

  let name: String
  /// As `migrations/` declares it, with NOT NULL and defaults.
  let type: String
  let table: Table
  /// A part of ``PhotoDetail/shown``.
  let isShown: Bool
  /// How the folder listed the file, and by which parser version it was read. The others hold what
  /// its bytes said.
  let isOfFile: Bool
  let content: Content

  init(
    _ name: String, _ type: String, in table: Table = .photos, shown isShown: Bool = false,
    ofFile isOfFile: Bool = false, _ content: Content
  ) {
    self.name = name
    self.type = type
    self.table = table
    self.isShown = isShown
    self.isOfFile = isOfFile
    self.content = content
  }

  /// For the list of a SELECT from `photos p`.
  var selection: String {
    switch table {
    case .photos: "p.\(name)"
    // Few photos have a target: nothing is looked up for the others but a key.
    case .targets: "(SELECT t.\(name) FROM targets t WHERE t.fid = p.fid)"
    }
  }

  /// In the result of that SELECT.
  var resultName: String {
    switch table {
    case .photos: name
    case .targets: "target_\(name)"
    }
  }

  var isBound: Bool {
    if case .readOnly = content { false } else { true }
  }

  var isRead: Bool {
    if case .derived = content { false } else { true }
  }
}

/// How the columns of a section are bound: by type, since a switch per column costs more than most of the values.
struct BoundColumns: Sendable {
  let isRare: Bool
  private var integers: [(index: Int32, get: PhotoColumn.Get<Int64?>)] = []
  private var reals: [(index: Int32, get: PhotoColumn.Get<Double?>)] = []
  private var texts: [(index: Int32, get: PhotoColumn.Get<String?>)] = []

  /// - Parameter first: the parameter of the first of them.
  init(_ contents: [PhotoColumn.Content], from first: Int32, isRare: Bool) {
    self.isRare = isRare
    for (content, index) in zip(contents, first...) {
      switch content {
      case .integer(let get, _), .integerBy(let get, _): integers.append((index, get))
      case .real(let get, _), .realBy(let get, _): reals.append((index, get))
      case .text(let get, _), .textBy(let get, _), .derived(let get): texts.append((index, get))
      case .readOnly: break
      }
    }
  }

  /// - Precondition: nothing is bound; most columns of most photos are NULL, and stay unbound.
  func bind(_ change: PhotoChange, to statement: Statement) {
    for (index, get) in integers {
      if let value = get(change) { statement.bind(value, at: index) }
    }
    for (index, get) in reals {
      if let value = get(change) { statement.bind(value, at: index) }
    }
    for (index, get) in texts {
      if let value = get(change) { statement.bind(value, at: index) }
    }
  }
}

extension PhotoColumn.Content {
  func read(
    _ statement: Statement, _ column: Statement.Column, into photo: inout PhotoBuffer
  ) {
    switch self {
    case .integer(_, let set): set(&photo.row.record, statement.optionalInteger(column))
    case .real(_, let set): set(&photo.row.record, statement.optionalReal(column))
    case .text(_, let set): set(&photo.row.record, statement.optionalText(column))
    case .integerBy(_, let read), .realBy(_, let read), .textBy(_, let read), .readOnly(let read):
      read(statement, column, &photo)
    case .derived: break
    }
  }
}

/// A row of table `photos` as it is read.
struct PhotoBuffer {
  /// Without the names of site and folder, which the row does not have.
  var row = PhotoRow(
    id: 0, site: "", folder: "", file: "", size: nil, mtime: nil,
    record: PhotoRecord(outcome: .failed(.damaged)))
  var folder: Int64 = 0
  var seq: Int64 = 0
  /// Seconds since 1970 UTC.
  var firstSeenAt: Int64 = 0
  var racy = false
  var parserVersion = 0
  /// Read before the columns that depend on them.
  var status: Int64 = 0
  var latitude = 0.0
  var caches = ColumnCaches()
}
