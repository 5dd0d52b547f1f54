import Platform
package import PhotoIndex
import PhotoModel
package import PhotoSource
import SSHTransport

/// Brings the index up to date with one site: lists it, reads what is new or changed, writes.
///
/// Works on the calling thread, and writes on a second one. What was read before an error, a
/// cancellation or a kill is kept, and the next sync goes on from there.
package struct SyncRun {
  /// Stored in the index already (its `id` is not 0), except in a dry run.
  package var site: SiteRecord
  package var place: SitePlace
  package var access: AccessOptions
  package var indexPath: String
  package var options = SyncOptions()
  /// Keeps a server's connections open from one site to the next.
  package var connections: ConnectionKeeper?

  package init(site: SiteRecord, place: SitePlace, access: AccessOptions, indexPath: String) {
    self.site = site
    self.place = place
    self.access = access
    self.indexPath = indexPath
  }

  /// - Parameter onEvent: called on the calling thread.
  /// - Throws: `IndexError`, `SourceError` or `TransportError`.
  package func run(onEvent: @escaping (SyncEvent) -> Void) throws -> SyncSummary {
    try run(onEvent: onEvent) { visitor in
      openSource(
        place, access: access, options: options.source, visitor: visitor, connections: connections)
    }
  }

  /// - Parameter open: makes the source that shows the site to the visitor.
  func run(
    onEvent: @escaping (SyncEvent) -> Void, open: (any SourceVisitor) throws -> any PhotoSource
  ) throws -> SyncSummary {
    let start = SystemClock.now()
    let sinceWritten = RacyRule.secondsSinceWritten(indexPath: indexPath)
    // Open from here to the end: SQLite copies its log, and waits for the disk, whenever the last connection leaves.
    let keeper = options.dryRun ? nil : try IndexWriter(path: indexPath)
    // The lease first: a second sync of the site is refused before anything is connected.
    let lease = try keeper?.lease(site: site.id)
    defer { withExtendedLifetime(lease) {} }
    let reader = site.id == 0 ? nil : try IndexReader(path: indexPath)
    // Somebody may have removed the site, and made another of that name, since the caller looked.
    try reader?.confirm(site)
    let writer = options.dryRun ? nil : WriterQueue(indexPath: indexPath, site: site)
    defer { try? writer?.finish() }
    let walk = try SyncWalk(site: site, reader: reader, writer: writer, options: options) { event in
      if case .progress(let progress) = event { lease?.publish(progress.counters) }
      onEvent(event)
    }
    walk.sinceWritten = sinceWritten
    let outcome = try self.walk(walk, open)
    walk.report.announceRest()
    walk.changes.flush()
    walk.report.reportEnding()
    // The writer's error counts before the walk's.
    try writer?.perform()
    if let error = outcome.error {
      try writer?.perform { (index) throws(IndexError) in try index.abandonRun() }
      throw error
    }
    var summary = walk.report.summary(
      try reader?.status(site: site.name).first, outcome.statistics, isDryRun: options.dryRun)
    summary.cancelled = outcome.isCancelled
    summary.seconds = SystemClock.now() - start
    if let writer {
      let (id, stored, changed) = (site.id, summary.stored, writer.hasWritten)
      let isCancelled = summary.cancelled
      try writer.perform { (index) throws(IndexError) in
        try index.finishSync(
          site: id, summary: stored, changed: changed, cancelled: isCancelled)
      }
      try writer.finish()
    }
    return summary
  }

  private struct Outcome {
    var statistics: SourceStatistics
    var error: (any Error)?
    var isCancelled = false
  }

  /// Runs the source, and decides on vanished photos when the whole site was walked.
  private func walk(
    _ walk: SyncWalk, _ open: (any SourceVisitor) throws -> any PhotoSource
  ) throws -> Outcome {
    let source = try open(walk)
    walk.serverTime = { [unowned source] in source.statistics.serverTime }
    walk.report.sourceState = { [unowned source] in source.state }
    var outcome = Outcome(statistics: SourceStatistics())
    do { try source.run() } catch { outcome.error = error }
    for remark in access.credentials.takeNewHostKeys() { walk.report.announce(remark) }
    // The walk outlives the source.
    let (statistics, state) = (source.statistics, source.state)
    walk.serverTime = { statistics.serverTime }
    walk.report.sourceState = { state }
    outcome.statistics = statistics
    // The first cause counts: a source that was stopped by the index's error has none of its own.
    if let error = walk.known.error { outcome.error = error }
    if outcome.error == nil {
      outcome.isCancelled = options.isCancelled()
      if !outcome.isCancelled {
        walk.vanished.settle(
          allowMassDelete: options.allowMassDelete, options.source.rules, walk.changes, walk.report)
      }
    }
    return outcome
  }
}
