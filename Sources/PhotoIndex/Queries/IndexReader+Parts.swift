package import PhotoModel
import SQLite

/// A part of an answer: consecutive folders, or some of the photos of one.
package struct PhotoPart: Sendable {
  let plan: QueryPlan
  let folders: ArraySlice<FolderCandidate>
  var names = NameRange()
}

/// File names of one folder, in the order of their texts; both ends are open when nil.
struct NameRange: Sendable {
  var above: String?
  var upTo: String?
}

/// A reader that is handed over to the one other thread that uses it.
package struct HandedReader: @unchecked Sendable {
  // Unchecked: the thread that hands a reader over does not touch it until the other one has finished.
  package let reader: IndexReader
  package init(reader: IndexReader) { self.reader = reader }
}

extension IndexReader {
  /// Large answers are worth a second core from so many photos on.
  package static let worthParts = 20_000

  /// No answer to the filter is longer; from the folders' counters alone.
  package func atMost(_ filter: PhotoFilter) throws(IndexError) -> Int {
    try guarded(path) { try QueryPlan(filter).atMost(connection) }
  }

  /// The answer to a filter as parts of about `photos` photos, which together and in this order are
  /// all of it; nil when it is too small for that, or has a limit.
  ///
  /// To be called inside ``readingTwice(_:)``.
  package func parts(_ filter: PhotoFilter, photos: Int = 500) throws -> [PhotoPart]? {
    guard filter.limit == nil else { return nil }
    let plan = try QueryPlan(filter)
    let folders = try plan.folders(connection)
    let which = plan.which
    guard folders.reduce(0, { $0 + $1.count(which) }) >= Self.worthParts else { return nil }
    var parts: [PhotoPart] = []
    var start = 0
    var size = 0
    func close(before end: Int) {
      if start < end { parts.append(PhotoPart(plan: plan, folders: folders[start..<end])) }
      (start, size) = (end, 0)
    }
    for (index, folder) in folders.enumerated() {
      let count = folder.count(which)
      if count >= 2 * photos {
        close(before: index)
        if plan.readsByName(folder) {
          for names in try nameRanges(of: folder, photos) {
            parts.append(PhotoPart(plan: plan, folders: folders[index...index], names: names))
          }
          (start, size) = (index + 1, 0)
          continue
        }
        // One reader needs no memory for it.
        if count >= Self.worthParts { return nil }
      }
      size += count
      if size >= photos { close(before: index + 1) }
    }
    close(before: folders.count)
    return parts
  }

  /// Ranges of the folder's names with so many rows in each, whatever their status.
  private func nameRanges(of folder: FolderCandidate, _ rows: Int) throws -> [NameRange] {
    let next = try connection.prepare(
      "SELECT file FROM photos WHERE folder_id = ? AND file > ? ORDER BY file LIMIT 1 OFFSET ?")
    let file = next.column("file")
    var ranges: [NameRange] = []
    var above: String?
    while true {
      next.reset()
      next.bind(folder.id, above ?? "", rows - 1)
      guard try next.step() else { break }
      let name = next.text(file)
      ranges.append(NameRange(above: above, upTo: name))
      above = name
    }
    ranges.append(NameRange(above: above))
    return ranges
  }

  /// ``photos(_:detail:each:)`` of one part.
  package func photos(
    _ part: PhotoPart, detail: PhotoDetail, each: (PhotoRow) throws -> Void
  ) throws {
    do {
      _ = try photos(
        part.plan, part.folders, names: part.names, limit: .max, detail: detail, each: each)
    } catch let error as SQLiteError {
      throw IndexError(error, path: path)
    }
  }

  /// Like ``reading(_:)``, with a second reader that sees the same state; nil when writers are too busy for that.
  ///
  /// SQLite cannot open the state of another connection. But `PRAGMA data_version` shows the second one whether another
  /// connection has written: when none has, between a call before and one after the first has begun to read, both see
  /// the same state.
  package func readingTwice<R>(_ body: (HandedReader?) throws -> R) throws -> R {
    guard depth == 0, !connection.isInTransaction else { return try body(nil) }
    if isAlone { return try reading { try body(nil) } }
    let twin = try IndexReader(path: path)
    // Each page is wanted once: half a megabyte for each instead of two.
    for reader in [self, twin] {
      try reader.limitCache(kibibytes: 512)
    }
    for _ in 0..<5 {
      let before = try guarded(path) { try twin.dataVersion() }
      let result: R? = try reading {
        try look()
        return try twin.reading {
          guard try twin.dataVersion() == before else { return nil }
          return try body(HandedReader(reader: twin))
        }
      }
      if let result { return result }
    }
    return try reading { try body(nil) }
  }

  /// Begins the read transaction, which BEGIN only announces.
  private func look() throws(SQLiteError) {
    let any = try connection.cached("SELECT 1 FROM sqlite_schema LIMIT 1")
    _ = try any.step()
    any.reset()
  }

  /// Of the state that this connection sees: another number means that another connection has
  /// written (`PRAGMA data_version`).
  private func dataVersion() throws(SQLiteError) -> Int64 {
    try look()
    let version = try connection.prepare("PRAGMA data_version")
    _ = try version.step()
    return version.integer("data_version")
  }
}
