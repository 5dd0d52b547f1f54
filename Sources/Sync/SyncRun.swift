package import PhotoIndex
import PhotoModel
package import PhotoSource

/// Brings the index up to date with one site: lists it, reads what is new or changed, writes.
///
/// Works on the calling thread, and writes on a second one. What was read before an error, a
/// cancellation or a kill is kept, and the next sync goes on from there.
///
/// - Parameters:
///   - site: stored in the index already (its `id` is not 0), except in a dry run.
///   - connections: keeps a server's connections open from one site to the next.
///   - onEvent: called on the calling thread.
/// - Throws: `IndexError`, `SourceError` or `TransportError`.
package func runSync(
  site: SiteRecord, place: SitePlace, access: AccessOptions, indexPath: String,
  options: SyncOptions, connections: ConnectionKeeper? = nil,
  onEvent: @escaping (SyncEvent) -> Void
) throws -> SyncSummary {
  let start = monotonicClock()
  // Open from here to the end: SQLite copies its log, and waits for the disk, whenever the last connection leaves.
  let keeper = options.dryRun ? nil : try IndexWriter(path: indexPath)
  // The lease first: a second sync of the site is refused before anything is connected.
  let lease = try keeper?.lease(site: site.id)
  defer { withExtendedLifetime(lease) {} }
  let onEvent = { (event: SyncEvent) in
    if case .progress(let progress) = event { lease?.tell(RunningSync.Counts(progress)) }
    onEvent(event)
  }
  let reader = site.id == 0 ? nil : try IndexReader(path: indexPath)
  // Somebody may have removed the site, and made another of that name, since the caller looked.
  try reader?.confirm(site)
  let writer = options.dryRun ? nil : WriterQueue(indexPath: indexPath)
  defer { try? writer?.finish() }

  var failure: (any Error)?
  let walk = try SyncWalk(
    site: site, reader: reader, writer: writer, options: options, onEvent: onEvent)
  let statistics = try run(walk, place, access, options.source, connections) { failure = $0 }
  // The first cause counts: a walk that was stopped by the index's error has none of its own.
  if let error = walk.indexError { failure = error }
  if failure == nil {
    if options.isCancelled() {
      walk.markCancelled()
    } else {
      walk.removeVanished()
    }
  }
  walk.noteKept()
  walk.flush()
  walk.tellEnding()
  do throws(IndexError) {
    try writer?.perform()
  } catch {
    failure = error
  }
  let after = try reader?.status(site: site.name).first
  walk.finish(seconds: monotonicClock() - start, statistics: statistics, status: after)
  if let failure { throw failure }
  if let writer {
    let (summary, changed) = (walk.summary.stored, writer.hasWritten)
    try writer.perform { (index) throws(IndexError) in
      try index.finishSync(site: site.id, summary: summary, changed: changed)
    }
    try writer.finish()
  }
  return walk.summary
}

/// Runs the source that fits the place. An error is handed out beside the statistics.
private func run(
  _ walk: SyncWalk, _ place: SitePlace, _ access: AccessOptions, _ options: SourceOptions,
  _ connections: ConnectionKeeper?, onError: (any Error) -> Void
) throws -> SourceStatistics {
  switch place {
  case .folder(let path):
    let source = LocalSource(root: path, options: options, visitor: walk)
    walk.serverTime = { [unowned source] in source.statistics.serverTime }
    walk.sourceState = { [unowned source] in source.state }
    do { try source.run() } catch { onError(error) }
    return walk.letGo(source.statistics, source.state)
  case .server(let server):
    let access = ServerAccess(server, access, timeout: options.timeout) { walk.isCancelled }
    let source = SFTPSource(access, options: options, visitor: walk, keeper: connections)
    walk.serverTime = { [unowned source] in source.statistics.serverTime }
    walk.sourceState = { [unowned source] in source.state }
    do { try source.run() } catch { onError(error) }
    return walk.letGo(source.statistics, source.state)
  }
}

extension SyncSummary {
  /// What the index keeps of it.
  package var stored: SiteSummary {
    var out = SiteSummary(
      finishedAt: wallClock() * 1000, complete: isComplete, seconds: seconds,
      roundTripMilliseconds: statistics.roundTripMilliseconds, connections: statistics.connections)
    out.listed = listed
    out.new = new
    out.changed = changed
    out.moved = moved
    out.removed = removed
    out.kept = keptByGuard
    out.located = located
    out.withoutPosition = withoutPosition
    out.failed = failed
    out.reasons = reasons
    out.filesOpened = statistics.filesOpened
    out.dataRequests = statistics.dataRequests
    out.bytesReceived = Int64(statistics.bytesReceived)
    out.bytesSent = Int64(statistics.bytesSent)
    return out
  }
}

extension RunningSync.Counts {
  init(_ progress: SyncProgress) {
    self.init()
    folders = progress.foldersListed
    listed = progress.listed
    new = progress.new
    changed = progress.changed
    unchanged = progress.unchanged
    toRead = progress.toRead
    read = progress.done
    failed = progress.failed
    bytes = progress.bytesReceived
  }
}
