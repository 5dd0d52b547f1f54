package import PhotoModel
import SQLite

/// A part of an answer: consecutive folders.
package struct PhotoPart: Sendable {
  let plan: QueryPlan
  let folders: ArraySlice<FolderCandidate>
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
    let which = plan.boxes == nil ? filter.which : .located
    guard folders.reduce(0, { $0 + $1.count(which) }) >= Self.worthParts else { return nil }
    var parts: [PhotoPart] = []
    var start = 0
    var size = 0
    for (index, folder) in folders.enumerated() {
      size += folder.count(which)
      if size >= photos || index == folders.count - 1 {
        parts.append(PhotoPart(plan: plan, folders: folders[start...index]))
        (start, size) = (index + 1, 0)
      }
    }
    return parts
  }

  /// ``photos(_:detail:each:)`` of one part.
  package func photos(
    _ part: PhotoPart, detail: PhotoDetail, each: (PhotoRow) throws -> Void
  ) throws {
    do {
      _ = try photos(part.plan, part.folders, limit: .max, detail: detail, each: each)
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
