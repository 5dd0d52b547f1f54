public import PhotoModel
import Platform
import SQLite
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Pictures beside an index: an SQLite file of its own, from which the pictures that were used longest ago go when it is
/// full. Thread-safe, and several processes may use one file.
///
/// It may be deleted at any time. A file that is damaged, or no cache, is put aside under the name `….damaged`. Where the
/// file cannot be written, nothing is kept and nothing fails.
public final class PictureCache: Sendable {
  /// Bytes of pictures.
  public static let standardLimit: Int64 = 256 << 20

  /// The cache of an index.
  public static func path(ofIndex index: String) -> String { index + ".pictures" }

  /// - Parameter limit: bytes of pictures; 0: nothing is kept or found.
  public init(path: String, limit: Int64 = PictureCache.standardLimit) {
    store = Mutex(PictureStore(path: path, limit: limit))
  }

  private let store: Mutex<PictureStore>

  /// A picture of the file with that size and time; empty where a search found that there is none; nil: not known.
  public func picture(_ key: PictureKey, _ file: ListedFile) -> [UInt8]? {
    store.withLock { $0.picture(key, file) }
  }

  /// Keeps a picture, in place of any other of that key.
  /// - Parameter bytes: empty: the file has no such picture.
  public func keep(_ bytes: [UInt8], _ key: PictureKey, _ file: ListedFile) {
    keep([(key, file, bytes)])
  }

  package typealias Entry = (key: PictureKey, file: ListedFile, bytes: [UInt8])

  /// Several in one transaction.
  package func keep(_ entries: [Entry]) { store.withLock { $0.keep(entries) } }

  /// Pictures and their bytes.
  public var contents: (pictures: Int, bytes: Int64) { store.withLock { $0.contents() } }
}

/// The file of a ``PictureCache``; used under its lock.
struct PictureStore: ~Copyable {
  /// "GPIC"; the header of an SQLite file has it at byte 68.
  private static let application: Int64 = 0x4750_4943
  private static let version: Int64 = 1
  private static let tables = """
    CREATE TABLE picture (id INTEGER PRIMARY KEY, location BLOB NOT NULL, kind INTEGER NOT NULL, size INTEGER, \
    mtime INTEGER, used INTEGER NOT NULL, length INTEGER NOT NULL, bytes BLOB NOT NULL, UNIQUE (location, kind))
    """
  private static let index = "CREATE INDEX picture_used ON picture (used, length)"
  /// What a row takes besides its picture, bytes.
  private static let overhead: Int64 = 256
  /// Milliseconds to wait for another process that writes.
  private static let patience: Int32 = 1000
  /// Uses are written down when a picture is kept, or there are so many.
  private static let mostUses = 256

  private let path: String
  private let limit: Int64
  private var connection: Connection?
  private var isTried = false
  /// Rows that were used and do not say so yet.
  private var uses: Set<Int64> = []
  /// Bytes that were kept since they were last added up; nil: never.
  private var added: Int64?

  init(path: String, limit: Int64) {
    self.path = path
    self.limit = max(0, limit)
  }

  deinit {
    guard let connection, !uses.isEmpty else { return }
    try? connection.transaction { try Self.note(uses, connection) }
  }

  mutating func picture(_ key: PictureKey, _ file: ListedFile) -> [UInt8]? {
    // A file of unknown size and time cannot be told from another.
    guard limit > 0, file.size != nil || file.mtime != nil else { return nil }
    let found = use { (connection) throws -> (Int64, [UInt8])? in
      let row = try connection.cached(
        "SELECT id, size, mtime, bytes FROM picture WHERE location = ? AND kind = ?")
      defer { row.reset() }
      row.bind(key.location, Int(key.kind.rawValue))
      guard try row.step(), row.optionalInteger(row.column("size")) == file.size,
        row.optionalInteger(row.column("mtime")) == file.mtime
      else { return nil }
      return (row.integer(row.column("id")), row.bytes(row.column("bytes")))
    }
    guard let (id, bytes) = found ?? nil else { return nil }
    // The file is foreign: whoever may write beside the index may have written it.
    guard bytes.isEmpty || bytes.count <= key.kind.longest && JPEGMarkers.begins(bytes) else {
      return nil
    }
    uses.insert(id)
    if uses.count >= Self.mostUses { keep([]) }
    return bytes
  }

  mutating func keep(_ entries: [PictureCache.Entry]) {
    guard limit > 0 else { return }
    let (uses, limit, before) = (uses, limit, added)
    self.uses = []
    let total = use { (connection) throws -> Int64 in
      try connection.transaction {
        try Self.note(uses, connection)
        var total = before ?? limit
        for entry in entries where Int64(entry.bytes.count) <= limit / 4 {
          total += try Self.insert(entry, connection)
        }
        return total > limit / 16 || before == nil ? try Self.shrink(to: limit, connection) : total
      }
    }
    if let total { added = total }
  }

  mutating func contents() -> (pictures: Int, bytes: Int64) {
    let sql = "SELECT count(*) AS n, coalesce(sum(length), 0) AS bytes FROM picture"
    return use { (connection) throws -> (Int, Int64) in
      let row = try connection.prepare(sql)
      _ = try row.step()
      return (row.count(row.column("n")), row.integer(row.column("bytes")))
    } ?? (0, 0)
  }

  private static func note(_ uses: Set<Int64>, _ connection: Connection) throws {
    let now = SystemClock.wall()
    for id in uses {
      let update = try connection.cached("UPDATE picture SET used = ? WHERE id = ? AND used < ?")
      update.bind(now, id, now - 60)
      try update.run()
    }
  }

  private static func insert(_ entry: PictureCache.Entry, _ connection: Connection) throws -> Int64
  {
    let insert = try connection.cached(
      """
      INSERT INTO picture (location, kind, size, mtime, used, length, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (location, kind) DO UPDATE SET size = excluded.size, mtime = excluded.mtime,
        used = excluded.used, length = excluded.length, bytes = excluded.bytes
      """)
    let length = Int64(entry.bytes.count) + overhead
    insert.bind(
      entry.key.location, Int(entry.key.kind.rawValue), entry.file.size, entry.file.mtime,
      SystemClock.wall(), length, entry.bytes)
    try insert.run()
    return length
  }

  /// Removes what was used longest ago, until a sixteenth is free.
  /// - Returns: 0: bytes that were kept since.
  private static func shrink(to limit: Int64, _ connection: Connection) throws -> Int64 {
    let sum = try connection.prepare("SELECT coalesce(sum(length), 0) AS bytes FROM picture")
    _ = try sum.step()
    var excess = sum.integer(sum.column("bytes")) - limit
    sum.reset()
    guard excess > 0 else { return 0 }
    excess += limit / 16
    var old: [Int64] = []
    let rows = try connection.prepare("SELECT id, length FROM picture ORDER BY used, id")
    while excess > 0, try rows.step() {
      old.append(rows.integer(rows.column("id")))
      excess -= max(1, rows.integer(rows.column("length")))
    }
    rows.reset()
    for id in old {
      let delete = try connection.cached("DELETE FROM picture WHERE id = ?")
      delete.bind(id)
      try delete.run()
    }
    return 0
  }

  // MARK: The file

  /// - Returns: nil when the cache cannot be used.
  private mutating func use<R>(_ body: (Connection) throws -> R) -> R? {
    for _ in 0..<2 {
      do {
        guard let connection = try opened() else { return nil }
        return try body(connection)
      } catch let error as SQLiteError {
        guard [.corrupt, .notADatabase, .tooBig].contains(error.kind) else { return nil }
        putAside()
      } catch {
        return nil
      }
    }
    return nil
  }

  private mutating func opened() throws -> Connection? {
    if let connection { return connection }
    // A folder that may not be written stays so.
    guard !isTried else { return nil }
    isTried = true
    let made = path.withCString {
      open($0, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    }
    if made >= 0 { _ = closeDescriptor(made) }
    let connection = try Connection(path: path, mode: .readWrite)
    connection.setBusyTimeout(milliseconds: Self.patience)
    connection.setLongestValue(bytes: Int32(PictureKind.preview.longest) + 65_536)
    try connection.execute(
      """
      PRAGMA auto_vacuum = INCREMENTAL;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      """)
    try connection.transaction {
      if try Self.schema(connection).isEmpty {
        try connection.execute(
          """
          \(Self.tables);
          \(Self.index);
          PRAGMA application_id = \(Self.application);
          PRAGMA user_version = \(Self.version);
          """)
      }
    }
    guard try Self.schema(connection) == [Self.tables, Self.index] else {
      throw SQLiteError(code: 26, message: "it is no cache of pictures")
    }
    self.connection = connection
    return connection
  }

  private static func schema(_ connection: Connection) throws -> [String] {
    let rows = try connection.prepare(
      "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid LIMIT 8")
    var found: [String] = []
    while try rows.step() { found.append(rows.text(rows.column("sql"))) }
    return found
  }

  private mutating func putAside() {
    connection = nil
    uses = []
    added = nil
    isTried = false
    guard rename(path, path + ".damaged") == 0 else {
      isTried = true
      return
    }
    for end in ["-wal", "-shm"] { unlink(path + end) }
  }
}
