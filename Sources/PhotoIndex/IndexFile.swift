import Platform
import SQLite

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// How the file of an index is opened: what is refused, what is created, which side files appear.
enum IndexFile {
  /// Milliseconds to wait for another writer before giving up.
  static let busyTimeout: Int32 = 5000

  /// For the one writer: creates folder (0700) and file (0600) when absent.
  /// - Returns: also whether the index had an older schema.
  static func openForWriting(_ path: String, migrator: Migrator) throws -> (Connection, Bool) {
    if try !exists(path) { try create(path) }
    var isUpgraded = false
    let connection = try refusingOtherFiles(path) {
      let connection = try Connection(path: path, mode: .readWrite)
      connection.setBusyTimeout(milliseconds: busyTimeout)
      WorkLimit.set(on: connection, path: path)
      // Looks before it writes: the next statement would turn a foreign database into WAL mode.
      _ = try migrator.check(connection, path: path)
      try GeometryBlob.registerFunctions(on: connection)
      // GeoPackage's triggers write to R*Trees, which SQLite does not mark innocuous. Functions that
      // reach outside the file stay out of reach of triggers in any case (SQLITE_DIRECTONLY).
      connection.setTrustsSchema(true)
      try connection.execute(
        """
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = NORMAL;
        PRAGMA foreign_keys = ON;
        PRAGMA temp_store = MEMORY;
        """)
      isUpgraded = try migrator.migrate(connection, path: path)
      return connection
    }
    return (connection, isUpgraded)
  }

  /// For queries: changes neither the file nor its contents.
  ///
  /// A read-only connection to a WAL file leaves `-wal` and `-shm` behind when it leaves last, a
  /// writable one takes them away. So a writable connection with `query_only` is used as long as no log
  /// waits to be copied into the file. Where not even side files can be made (a read-only
  /// disk or folder), the file is read as one that nobody can change.
  ///
  /// - Parameter takesOlder: an index of an older schema is not refused: a temporary copy is brought up to date and read.
  /// - Returns: also whether no second connection sees what this one does.
  static func openForReading(
    _ path: String, migrator: Migrator, takesOlder: Bool = false
  ) throws -> (Connection, isAlone: Bool) {
    guard try exists(path) else {
      throw IndexError(
        .notFound, "there is no index \(path)",
        advice: "“gpsindex sync FOLDER” or “gpsindex site add NAME LOCATION” makes one")
    }
    guard access(path, R_OK) == 0 else {
      throw IndexError(.permission, "the index \(path) may not be read")
    }
    return try refusingOtherFiles(path) {
      do {
        return try openShared(path, migrator, takesOlder)
      } catch let error as SQLiteError where [.io, .full, .cannotOpen].contains(error.kind) {
        guard let opened = try? openAlone(path, migrator, takesOlder) else { throw error }
        return opened
      }
    }
  }

  /// On a full disk the side file for shared memory cannot be made. A connection that locks all others out needs none
  /// (<https://sqlite.org/wal.html> §9): it waits for them, and they for it.
  private static func openAlone(
    _ path: String, _ migrator: Migrator, _ takesOlder: Bool
  ) throws -> (Connection, isAlone: Bool) {
    let connection = try Connection(path: path, mode: .readWrite)
    try connection.execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA query_only = ON")
    return (try checked(connection, path: path, migrator, takesOlder).0, true)
  }

  /// Together with other processes that use the index.
  private static func openShared(
    _ path: String, _ migrator: Migrator, _ takesOlder: Bool
  ) throws -> (Connection, isAlone: Bool) {
    let folderIsWritable = access(folder(of: path), W_OK) == 0
    if folderIsWritable && access(path, W_OK) == 0 && !hasPendingLog(path) {
      let connection = try Connection(path: path, mode: .readWrite)
      try connection.execute("PRAGMA query_only = ON")
      return try checked(connection, path: path, migrator, takesOlder)
    }
    do {
      let connection = try Connection(path: path, mode: .readOnly)
      return try checked(connection, path: path, migrator, takesOlder)
    } catch let error as SQLiteError
      where error.kind == .cannotOpen || error.kind == .readOnly
    {
      guard !folderIsWritable, size(of: "\(path)-wal") == nil else { throw error }
      let connection = try Connection(path: path, mode: .immutable)
      return try checked(connection, path: path, migrator, takesOlder)
    }
  }

  private static func checked(
    _ connection: Connection, path: String, _ migrator: Migrator, _ takesOlder: Bool
  ) throws -> (Connection, isAlone: Bool) {
    connection.setBusyTimeout(milliseconds: busyTimeout)
    WorkLimit.set(on: connection, path: path)
    switch try migrator.check(connection, path: path) {
    case .index(let version) where version < migrator.supported:
      if takesOlder { return (try updatedCopy(of: connection, path: path, migrator), true) }
      throw IndexError(
        .olderSchema(found: version, supported: migrator.supported),
        "the index \(path) has the older schema \(version); queries need \(migrator.supported)",
        advice: "one “gpsindex sync”, which brings it up to date; where it may not be written, "
          + "“gpsindex export -o COPY.gpkg” makes an index of the newest schema")
    case .index: return (connection, false)
    case .empty, .foreign, .unreleased, .disguised:
      throw IndexError.foreign(path, "it holds no tables")
    }
  }

  private static func updatedCopy(
    of original: Connection, path: String, _ migrator: Migrator
  ) throws -> Connection {
    do {
      return try updatedCopy(of: original, path: path, migrator, inMemory: false)
    } catch let error as SQLiteError where [.full, .io, .cannotOpen].contains(error.kind) {
      // The temporary folder is full, or there is none.
      guard size(of: path) ?? .max <= mostInMemory else { throw error }
      return try updatedCopy(of: original, path: path, migrator, inMemory: true)
    }
  }

  /// Bytes of an index of an older schema that is copied to memory where no disk has room.
  private static let mostInMemory: Int64 = 256 << 20

  private static func updatedCopy(
    of original: Connection, path: String, _ migrator: Migrator, inMemory: Bool
  ) throws -> Connection {
    let copy = try Connection(temporaryCopyOf: original, inMemory: inMemory)
    WorkLimit.set(on: copy, path: path)
    try GeometryBlob.registerFunctions(on: copy)
    copy.setTrustsSchema(true)
    try copy.execute("PRAGMA foreign_keys = ON")
    _ = try migrator.migrate(copy, path: path, isCopy: true)
    while try copy.transaction(.immediate, { try Tracks(copy).drawSome() }) {}
    copy.setTrustsSchema(false)
    try copy.execute("PRAGMA query_only = ON")
    return copy
  }

  /// To be called before a reading connection is closed: a log that a writer has left stays as
  /// it is, for the next writer.
  static func prepareToClose(_ connection: Connection, path: String) {
    connection.setKeepsLogOnClose(hasPendingLog(path))
  }

  private static func hasPendingLog(_ path: String) -> Bool { size(of: "\(path)-wal") ?? 0 > 0 }

  /// The file's own first bytes are left to SQLite: opening and closing it here would drop the locks
  /// that other connections of this process hold (<https://sqlite.org/howtocorrupt.html> §2.2).
  private static func refusingOtherFiles<Opened>(
    _ path: String, _ open: () throws -> Opened
  ) throws -> Opened {
    do {
      return try open()
    } catch let error as SQLiteError where error.kind == .notADatabase {
      throw IndexError.foreign(path, "it is no database")
    }
  }

  /// - Throws: .foreign for a folder or a device.
  private static func exists(_ path: String) throws -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT { return false }
      throw IndexError.system(errno, "the index \(path) cannot be opened")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw IndexError.foreign(path, "it is no regular file")
    }
    try checkSideFiles(path)
    return true
  }

  /// SQLite would follow a link in their place, and wait for the writer of a FIFO.
  private static func checkSideFiles(_ path: String) throws {
    let path = FilePath.resolved(path) ?? path
    for name in ["\(path)-wal", "\(path)-shm", "\(path)-journal"] {
      var status = stat()
      if lstat(name, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
        throw IndexError(
          .damaged, "\(name) is no regular file",
          advice: "remove it, or copy the index \(path) alone to another folder")
      }
    }
  }

  private static func create(_ path: String) throws {
    try makeFolder(folder(of: path))
    let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if file < 0 && errno == EEXIST { return }
    guard file >= 0 else { throw IndexError.system(errno, "the index \(path) cannot be created") }
    close(file)
  }

  /// With all missing parents, each 0700.
  private static func makeFolder(_ path: String) throws {
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, path != "/", path != "." else {
      throw IndexError.system(errno, "the folder \(path) cannot be created")
    }
    try makeFolder(folder(of: path))
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw IndexError.system(errno, "the folder \(path) cannot be created")
    }
  }

  static func folder(of path: String) -> String { FilePath.split(path).folder }

  /// Both names lead to one file.
  static func isSame(_ a: String, _ b: String) -> Bool {
    FileIdentity.isSame(a, b)
  }

  static func size(of path: String) -> Int64? {
    var status = stat()
    return stat(path, &status) == 0 ? Int64(status.st_size) : nil
  }
}

extension IndexError {
  /// An error of the operating system.
  static func system(_ number: Int32, _ what: String) -> IndexError {
    let message = "\(what) (\(String(cString: strerror(number))))"
    switch number {
    case EACCES, EPERM, EROFS:
      return IndexError(
        .permission, message, advice: "another user, or another place with --index FILE")
    case ENOENT, ENOTDIR: return IndexError(.notFound, message)
    case ENOSPC, EDQUOT: return IndexError(.diskFull, message, advice: "make room")
    case EMFILE, ENFILE:
      return IndexError(.io, message, advice: "close other programs, or raise ulimit -n")
    default: return IndexError(.io, message)
    }
  }
}
