internal import PhotoIndex
internal import PhotoModel

/// Rows of the temporary table that folders and their tracks travel in, and of table `sync_runs`.
struct FolderEncoder {
  static let declaration = """
    site integer, row_hash bigint, photos bigint, located bigint, without_position bigint, failed bigint,
    geom geometry, path text, track_hash bigint, track_photos bigint, first_taken text, last_taken text,
    track geometry
    """
  private static let seeds = [
    "photos", "located", "without_position", "failed", "geom", "path", "track_photos",
    "first_taken", "last_taken", "track",
  ].map(RowHash.seed)

  let site: Int32

  func encode(_ folder: RawFolder, into out: CopyEncoder) throws(PublishError) {
    let seeds = Self.seeds
    try out.beginRow(fields: 13)
    out.key(site)
    out.hashPlace()
    out.int64(Int64(folder.photos), seeds[0])
    out.int64(Int64(folder.located), seeds[1])
    out.int64(Int64(folder.withoutPosition), seeds[2])
    out.int64(Int64(folder.failed), seeds[3])
    out.geometry(folder.extent, seeds[4])
    out.text(folder.path, seeds[5])
    out.endHash()
    guard let track = folder.track else {
      for _ in 0..<5 { out.null() }
      return
    }
    out.hashPlace()
    out.int64(Int64(track.photos), seeds[6])
    out.text(track.firstTaken, seeds[7])
    out.text(track.lastTaken, seeds[8])
    out.geometry(track.line, seeds[9])
    out.endHash()
  }
}

struct RunEncoder {
  static let names = [
    "site", "run", "started_at", "finished_at", "outcome", "first_seq", "last_seq", "listed",
    "new", "changed", "moved", "removed", "kept", "located", "without_position", "failed",
  ]

  let site: Int32

  func encode(_ run: SyncRunRecord, into out: CopyEncoder) throws(PublishError) {
    try out.beginRow(fields: Self.names.count)
    out.key(site)
    out.int64(run.id, 0)
    out.time(run.startedAt, 0)
    out.time(run.finishedAt, 0)
    out.text(run.outcome?.rawValue, 0)
    let counters = run.counters
    for value in [
      run.firstSeq, run.lastSeq, Int64(counters.listed), Int64(counters.new),
      Int64(counters.changed), Int64(counters.moved), Int64(counters.removed),
      Int64(counters.kept), Int64(counters.located), Int64(counters.withoutPosition),
      Int64(counters.failed),
    ] { out.int64(value, 0) }
  }
}
