import PhotoModel
import Platform
import SQLite

/// The changes of one transaction: rows first, then counters and extents of the folders, then `gpkg_contents`.
struct ChangeBatch {
  let connection: Connection
  private var tallies: [Int64: FolderTally] = [:]
  /// Folders whose photos, positions or times have changed: their tracks are drawn anew.
  private var moved: Set<Int64> = []
  private var targets: [(old: LaserTarget?, new: LaserTarget?)] = []
  /// For the next new photo; nil until one comes.
  private var nextFid: Int64?
  /// Inserts a photo; compiled when one comes.
  private var insertion: Statement?
  private(set) var sequence: ChangeSequence
  /// Seconds since 1970 UTC.
  private let now = SystemClock.wall()

  init(_ connection: Connection) {
    self.connection = connection
    sequence = ChangeSequence(connection)
  }

  /// All deletes come before all moves, and those before updates and inserts, so that a name is free before it is
  /// taken, across all folders of the batch.
  mutating func apply(_ batch: [FolderChanges]) throws {
    let before = connection.totalChanges
    if !batch.allSatisfy(\.isInserts) { connection.firesTriggers = true }
    if batch.contains(where: { !$0.deletes.isEmpty }) { try LastID.photos.keep(connection) }
    for changes in batch {
      for fid in changes.deletes { try delete(fid) }
      for fid in changes.keeps where try KeptRows.add(fid, connection) { try noteGuard(fid) }
      for fid in changes.returns where try KeptRows.remove(fid, connection) { try noteGuard(fid) }
    }
    try Removals.note(batch, connection)
    try move(batch)
    var inserts: [(changes: [PhotoChange], folder: Int64)] = []
    var replacements = inserts
    for changes in batch where changes.hasRows {
      let folder = try Self.folder(changes.folder, site: changes.site, connection)
      for update in changes.updates { try self.update(update, folder: folder) }
      inserts.append((changes.inserts, folder))
      if !changes.replacements.isEmpty { replacements.append((changes.replacements, folder)) }
    }
    try insert(inserts)
    // One may replace what was inserted just now.
    if !replacements.isEmpty { connection.firesTriggers = true }
    for (changes, folder) in replacements {
      for change in changes { try replace(change, folder: folder) }
    }
    var extents = try LayerExtents(connection)
    for id in tallies.keys.sorted() {
      guard var tally = tallies[id] else { continue }
      let (old, new) = try tally.store(connection)
      extents.replace(old, by: new)
    }
    for (old, new) in targets { extents.replace(target: old, by: new) }
    for folder in moved.sorted() { try Tracks.mark(folder, connection) }
    for changes in batch where changes.removeFolderIfEmpty {
      connection.firesTriggers = true
      try removeFolder(changes.folder, site: changes.site)
    }
    if connection.totalChanges != before { try extents.store(connection) }
  }

  // MARK: Rows

  private mutating func delete(_ fid: Int64) throws {
    guard let old = try countedPhoto(fid) else { return }
    try Tombstones.add(fid, seq: try sequence.next(), connection)
    if let target = try LaserTargets.of(fid, connection) { targets.append((target, nil)) }
    let statement = try connection.cached("DELETE FROM photos WHERE fid = ?")
    statement.bind(fid)
    try statement.run()
    moved.insert(old.folder)
    try uncount(old)
  }

  private mutating func insert(_ inserts: [(changes: [PhotoChange], folder: Int64)]) throws {
    if inserts.allSatisfy(\.changes.isEmpty) { return }
    let count = inserts.reduce(0) { $0 + $1.changes.count }
    let trees =
      !connection.firesTriggers || count >= RTrees.fewest ? try RTrees(connection) : nil
    connection.firesTriggers = trees == nil
    var points: [(id: Int64, position: Coordinate)] = []
    var others: [(fid: Int64, change: PhotoChange)] = []
    for (changes, folder) in inserts {
      for change in changes {
        let change = change.storable
        let fid = try insertRow(change, folder: folder)
        if trees != nil, let position = change.record.position { points.append((fid, position)) }
        if change.needsOtherTables { others.append((fid, change)) }
      }
    }
    try trees?.insert(points)
    if others.isEmpty { return }
    connection.firesTriggers = true
    for (fid, change) in others { try storeOthers(change, of: fid) }
  }

  /// Not new in this batch.
  private mutating func insert(_ change: PhotoChange, folder: Int64) throws {
    let fid = try insertRow(change, folder: folder)
    if change.needsOtherTables { try storeOthers(change, of: fid) }
  }

  /// - Returns: the fid.
  private mutating func insertRow(_ change: PhotoChange, folder: Int64) throws -> Int64 {
    // The text is long, and finding the statement by it costs as much as binding a row.
    let statement = try insertion ?? connection.cached(PhotoColumns.insertSQL)
    insertion = statement
    statement.reset()
    let next = PhotoColumns.bind(change, folder: folder, to: statement)
    statement.bind(try sequence.next(), at: next)
    statement.bind(now, at: next + 1)
    statement.bind(PhotoColumns.geometry(change.record), at: next + 2)
    let fid = try nextFid ?? LastID.photos.next(connection)
    statement.bind(fid, at: next + 3)
    try statement.run()
    nextFid = fid.flatMap { $0 == .max ? nil : $0 + 1 }
    let stored = fid ?? connection.lastInsertRowID
    try note(change.file.name, in: folder)
    moved.insert(folder)
    try loadTally(folder)
    tallies[folder]?.add(change.counted(in: folder))
    return stored
  }

  private mutating func storeOthers(_ change: PhotoChange, of fid: Int64) throws {
    try store(change.record.target, instead: nil, of: fid)
    try Sidecars.store(change.sidecar, instead: nil, of: fid, connection)
    // Copied from another index: the row in `kept` is copied, too.
    if change.record.flags.contains(.fileGone) { try KeptRows.mark(fid, connection) }
  }

  /// A row that was deleted meanwhile is inserted anew; an equal one is not written.
  private mutating func update(_ update: FolderChanges.Update, folder: Int64) throws {
    let change = update.change.storable
    guard var old = try row(update.fid) else { return try insert(change, folder: folder) }
    if old.change.record.flags.contains(.fileGone), !change.record.flags.contains(.fileGone),
      try KeptRows.remove(update.fid, connection)
    {
      old.change.record.flags.remove(.fileGone)
      old.seq = try noteGuard(update.fid)
    }
    if old.folder == folder && old.change == change { return }
    let new = PhotoColumns.geometry(change.record)
    let keepsGeometry = new == PhotoColumns.geometry(old.change.record)
    let statement = try connection.cached(
      keepsGeometry ? PhotoColumns.updateSQL : PhotoColumns.updateWithGeometrySQL)
    var index = PhotoColumns.bind(change, folder: folder, to: statement)
    let hasMoved = old.folder != folder || old.change.file.name != change.file.name
    let place = hasMoved ? try PhotoMoves.place(of: update.fid, connection) : nil
    let isNews = hasMoved || !old.change.saysTheSame(as: change)
    let seq = isNews ? try sequence.next() : old.seq
    statement.bind(seq, at: index)
    index += 1
    if !keepsGeometry {
      statement.bind(new, at: index)
      index += 1
    }
    statement.bind(update.fid, at: index)
    try statement.run()
    if let place { try PhotoMoves.add(update.fid, from: place, seq: seq, connection) }
    try store(change.record.target, instead: old.change.record.target, of: update.fid)
    try Sidecars.store(change.sidecar, instead: old.change.sidecar, of: update.fid, connection)
    try note(change.file.name, in: folder)
    if old.folder != folder || !old.change.isSamePoint(as: change) {
      moved.formUnion([old.folder, folder])
    }
    try recount(old.change.counted(in: old.folder), change.counted(in: folder))
  }

  private mutating func store(
    _ new: LaserTarget?, instead old: LaserTarget?, of fid: Int64
  ) throws {
    if new == old { return }
    try LaserTargets.store(new, instead: old, of: fid, connection)
    targets.append((old, new))
  }

  private mutating func replace(_ change: PhotoChange, folder: Int64) throws {
    if let fid = try fid(of: change.file.name, in: folder) {
      try update(.init(fid: fid, change: change), folder: folder)
    } else {
      try insert(change.storable, folder: folder)
    }
  }

  private func fid(of name: PathBytes, in folder: Int64) throws(SQLiteError) -> Int64? {
    let row = try connection.cached("SELECT fid FROM photos WHERE folder_id = ? AND file = ?")
    row.bind(folder, name.text)
    defer { row.reset() }
    return try row.step() ? row.integer("fid") : nil
  }

  private mutating func uncount(_ photo: CountedPhoto) throws {
    try loadTally(photo.folder)
    tallies[photo.folder]?.remove(photo)
  }

  private mutating func recount(_ old: CountedPhoto, _ new: CountedPhoto) throws {
    if old == new { return }
    try uncount(old)
    try loadTally(new.folder)
    tallies[new.folder]?.add(new)
  }

  private mutating func move(_ batch: [FolderChanges]) throws {
    let moving = Set(batch.flatMap { $0.moves.map(\.fid) })
    if moving.isEmpty { return }
    // Before any name is changed.
    var places: [Int64: PhotoMoves.Place] = [:]
    for fid in moving { places[fid] = try PhotoMoves.place(of: fid, connection) }
    for changes in batch where !changes.moves.isEmpty {
      let folder = try Self.folder(changes.folder, site: changes.site, connection)
      for move in changes.moves {
        guard let old = try countedPhoto(move.fid) else { continue }
        if try KeptRows.remove(move.fid, connection) {
          let seq = try noteGuard(move.fid, places[move.fid])
          places[move.fid]?.seq = seq
        }
        try makeRoom(for: move, folder: folder, moving: moving)
        let statement = try connection.cached(
          "UPDATE photos SET folder_id = ?, file = ?, size = ?, mtime = ?, seq = ? WHERE fid = ?")
        let seq = try sequence.next()
        statement.bind(
          folder, move.file.name.text, move.file.size, move.file.mtime, seq, move.fid)
        try statement.run()
        if let place = places[move.fid] {
          try PhotoMoves.add(move.fid, from: place, seq: seq, connection)
        }
        try note(move.file.name, in: folder)
        moved.formUnion([old.folder, folder])
        var new = old
        new.folder = folder
        try recount(old, new)
      }
    }
  }

  /// Numbers a row of which only the mark of the deletion guard has changed.
  /// - Parameter place: where it is; nil: its row knows.
  /// - Returns: the number.
  @discardableResult
  private mutating func noteGuard(
    _ fid: Int64, _ known: PhotoMoves.Place? = nil
  ) throws -> Int64 {
    let place = try known ?? PhotoMoves.place(of: fid, connection)
    let seq = try sequence.next()
    let update = try connection.cached("UPDATE photos SET seq = ? WHERE fid = ?")
    update.bind(seq, fid)
    try update.run()
    if let place { try PhotoMoves.add(fid, from: place, seq: seq, connection) }
    return seq
  }

  /// Marks a folder whose names are not in byte order when SQLite orders them as texts.
  private func note(_ name: PathBytes, in folder: Int64) throws {
    guard name.bytes.contains(where: { $0 >= 0x80 }), name.text.contains("\u{FFFD}") else { return }
    let mark = try connection.cached("UPDATE folders SET escaped = 1 WHERE id = ? AND escaped = 0")
    mark.bind(folder)
    try mark.run()
  }

  /// Two folders may have swapped their names: a row that moves later gets a name that no file can have until then.
  private func makeRoom(
    for move: FolderChanges.Move, folder: Int64, moving: Set<Int64>
  ) throws {
    guard let fid = try fid(of: move.file.name, in: folder), fid != move.fid, moving.contains(fid)
    else { return }
    let park = try connection.cached("UPDATE photos SET file = '/' || fid WHERE fid = ?")
    park.bind(fid)
    try park.run()
  }

  // MARK: Folders

  /// The folder's row, made when there is none.
  static func folder(
    _ path: PathBytes, site: Int64, _ connection: Connection
  ) throws(SQLiteError) -> Int64 {
    let text = path.text
    let find = try connection.cached("SELECT id FROM folders WHERE site_id = ? AND path = ?")
    find.bind(site, text)
    if try find.step() {
      let id = find.integer("id")
      find.reset()
      return id
    }
    let insert = try connection.cached("INSERT INTO folders (site_id, path) VALUES (?, ?)")
    insert.bind(site, text)
    try insert.run()
    return connection.lastInsertRowID
  }

  private mutating func removeFolder(_ path: PathBytes, site: Int64) throws {
    let remove = try connection.cached(
      "DELETE FROM folders WHERE site_id = ? AND path = ? AND photo_count = 0")
    remove.bind(site, path.text)
    try remove.run()
  }

  /// Makes sure that ``tallies`` has the folder.
  private mutating func loadTally(_ folder: Int64) throws {
    if tallies[folder] != nil { return }
    guard let tally = try FolderTally(id: folder, connection: connection) else {
      throw IndexError(.unexpected, "the index has no folder \(folder)")
    }
    tallies[folder] = tally
  }
}

extension FolderChanges {
  fileprivate var hasRows: Bool {
    !updates.isEmpty || !inserts.isEmpty || !replacements.isEmpty
  }

  /// Nothing but new photos.
  fileprivate var isInserts: Bool {
    deletes.isEmpty && moves.isEmpty && updates.isEmpty && replacements.isEmpty && keeps.isEmpty
      && returns.isEmpty && !removeFolderIfEmpty
  }
}
