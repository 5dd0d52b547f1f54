import PhotoModel
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

  init(_ connection: Connection) { self.connection = connection }

  /// All deletes come before all moves, and those before updates and inserts, so that a name is free before it is
  /// taken, across all folders of the batch.
  mutating func apply(_ batch: [FolderChanges]) throws {
    let before = connection.totalChanges
    if batch.contains(where: { !$0.deletes.isEmpty }) { try LastID.photos.keep(connection) }
    for changes in batch {
      for fid in changes.deletes { try delete(fid) }
      for fid in changes.keeps { try KeptRows.add(fid, connection) }
      for fid in changes.returns { try KeptRows.remove(fid, connection) }
    }
    try Removals.note(batch, connection)
    try move(batch)
    for changes in batch where changes.hasRows {
      let folder = try Self.folder(changes.folder, site: changes.site, connection)
      for update in changes.updates { try self.update(update, folder: folder) }
      for insert in changes.inserts { try self.insert(insert.storable, folder: folder) }
      for change in changes.replacements { try replace(change, folder: folder) }
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
      try removeFolder(changes.folder, site: changes.site)
    }
    if connection.totalChanges != before { try extents.store(connection) }
  }

  // MARK: Rows

  private mutating func delete(_ fid: Int64) throws {
    guard let old = try countedPhoto(fid) else { return }
    if let target = try LaserTargets.of(fid, connection) { targets.append((target, nil)) }
    let statement = try connection.cached("DELETE FROM photos WHERE fid = ?")
    statement.bind(fid)
    try statement.run()
    moved.insert(old.folder)
    try withTally(old.folder) { $0.remove(old) }
  }

  private mutating func insert(_ change: PhotoChange, folder: Int64) throws {
    let statement = try connection.cached(PhotoColumns.insertSQL)
    let next = PhotoColumns.bind(change, folder: folder, to: statement)
    statement.bind(PhotoColumns.geometry(change.record), at: next)
    let fid = try nextFid ?? LastID.photos.next(connection)
    statement.bind(fid, at: next + 1)
    try statement.run()
    nextFid = fid.flatMap { $0 == .max ? nil : $0 + 1 }
    if change.record.target != nil || change.sidecar != nil {
      let fid = connection.lastInsertRowID
      try store(change.record.target, instead: nil, of: fid)
      try Sidecars.store(change.sidecar, instead: nil, of: fid, connection)
    }
    // Copied from another index: the row in `kept` is copied, too.
    if change.record.flags.contains(.fileGone) {
      try KeptRows.mark(connection.lastInsertRowID, connection)
    }
    try note(change.file.name, in: folder)
    moved.insert(folder)
    try withTally(folder) { $0.add(change.counted(in: folder)) }
  }

  /// A row that was deleted meanwhile is inserted anew; an equal one is not written.
  private mutating func update(_ update: FolderChanges.Update, folder: Int64) throws {
    let change = update.change.storable
    guard let old = try row(update.fid) else { return try insert(change, folder: folder) }
    if old.folder == folder && old.change == change { return }
    let new = PhotoColumns.geometry(change.record)
    let keepsGeometry = new == PhotoColumns.geometry(old.change.record)
    let statement = try connection.cached(
      keepsGeometry ? PhotoColumns.updateSQL : PhotoColumns.updateWithGeometrySQL)
    var index = PhotoColumns.bind(change, folder: folder, to: statement)
    if !keepsGeometry {
      statement.bind(new, at: index)
      index += 1
    }
    statement.bind(update.fid, at: index)
    try statement.run()
    if old.change.record.flags.contains(.fileGone) { try KeptRows.remove(update.fid, connection) }
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

  private mutating func recount(_ old: CountedPhoto, _ new: CountedPhoto) throws {
    if old == new { return }
    try withTally(old.folder) { $0.remove(old) }
    try withTally(new.folder) { $0.add(new) }
  }

  private mutating func move(_ batch: [FolderChanges]) throws {
    let moving = Set(batch.flatMap { $0.moves.map(\.fid) })
    if moving.isEmpty { return }
    for changes in batch where !changes.moves.isEmpty {
      let folder = try Self.folder(changes.folder, site: changes.site, connection)
      for move in changes.moves {
        guard let old = try countedPhoto(move.fid) else { continue }
        try makeRoom(for: move, folder: folder, moving: moving)
        let statement = try connection.cached(
          "UPDATE photos SET folder_id = ?, file = ?, size = ?, mtime = ? WHERE fid = ?")
        statement.bind(folder, move.file.name.text, move.file.size, move.file.mtime, move.fid)
        try statement.run()
        try KeptRows.remove(move.fid, connection)
        try note(move.file.name, in: folder)
        moved.formUnion([old.folder, folder])
        var new = old
        new.folder = folder
        try recount(old, new)
      }
    }
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

  private mutating func withTally(_ folder: Int64, _ body: (inout FolderTally) -> Void) throws {
    if tallies[folder] == nil {
      tallies[folder] = try FolderTally(id: folder, connection: connection)
    }
    guard tallies[folder] != nil else {
      throw IndexError(.unexpected, "the index has no folder \(folder)")
    }
    if var tally = tallies.removeValue(forKey: folder) {
      body(&tally)
      tallies[folder] = tally
    }
  }

  // MARK: Reading what is there

  private func countedPhoto(_ fid: Int64) throws -> CountedPhoto? {
    let statement = try connection.cached(
      "SELECT folder_id, status, lat, lon FROM photos WHERE fid = ?")
    statement.bind(fid)
    guard try statement.step() else { return nil }
    defer { statement.reset() }
    return CountedPhoto(
      folder: statement.integer("folder_id"), status: statement.integer("status"),
      position: statement.isNull("lat")
        ? nil
        : Coordinate(latitude: statement.real("lat"), longitude: statement.real("lon")))
  }

  private func row(_ fid: Int64) throws -> (folder: Int64, change: PhotoChange)? {
    let statement = try connection.cached(
      "SELECT \(PhotoColumns.selection(.all)) FROM photos p WHERE p.fid = ?")
    statement.bind(fid)
    guard try statement.step() else { return nil }
    defer { statement.reset() }
    var decoder = PhotoDecoder()
    var photo = PhotoBuffer()
    decoder.read(statement, into: &photo)
    let row = photo.row
    return (
      photo.folder,
      PhotoChange(
        file: ListedFile(name: PathBytes(text: row.file), size: row.size, mtime: row.mtime),
        record: row.record, racy: photo.racy, parserVersion: photo.parserVersion,
        sidecar: try Sidecars.of(fid, connection))
    )
  }
}

extension FolderChanges {
  fileprivate var hasRows: Bool {
    !updates.isEmpty || !inserts.isEmpty || !replacements.isEmpty
  }
}

extension PhotoChange {
  func counted(in folder: Int64) -> CountedPhoto {
    CountedPhoto(folder: folder, status: record.outcome.status, position: record.position)
  }

  /// Of a track.
  func isSamePoint(as other: PhotoChange) -> Bool {
    file.name == other.file.name && record.position == other.record.position
      && record.altitude == other.record.altitude && record.takenAt == other.record.takenAt
      && record.takenLocal == other.record.takenLocal
  }

  /// What the columns can hold: no position outside the globe, no altitude that is no number, no
  /// time outside the years 0…9999.
  var storable: PhotoChange {
    var change = self
    if let position = record.position, !position.isValid {
      change.record.outcome = .withoutPosition(.outOfRange)
    }
    if let altitude = record.altitude, !altitude.isFinite { change.record.altitude = nil }
    if let time = record.takenAt, !Timestamp.range.contains(time) { change.record.takenAt = nil }
    if let altitude = record.otherAltitude, !altitude.isFinite { change.record.otherAltitude = nil }
    if let target = record.target, !target.coordinate.isValid { change.record.target = nil }
    return change
  }
}
