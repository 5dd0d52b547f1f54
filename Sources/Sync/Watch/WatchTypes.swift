package import PhotoIndex
package import PhotoSource

/// A site as a watch polls it.
package struct WatchedSite: Sendable {
  package var site: SiteRecord
  package var place: SitePlace
  package var access: AccessOptions
  package var options: SourceOptions

  package init(
    _ site: SiteRecord, _ place: SitePlace, _ access: AccessOptions, _ options: SourceOptions
  ) {
    self.site = site
    self.place = place
    self.access = access
    self.options = options
  }
}

/// What a poll brought.
package struct PollReport: Sendable {
  package var summary: SyncSummary
  /// Of the index before the poll.
  package var since: Int64
  /// Number of entries of the change log, by kind.
  package var counts: [ChangeEntry.Kind: Int] = [:]
  /// The first few.
  package var first: [ChangeEntry] = []
  package var seconds = 0.0

  /// Entries named in ``first`` at most.
  package static let named = 3

  package var isNews: Bool { !counts.isEmpty }
}

/// What happens to a watched site.
package enum WatchEvent: Sendable {
  case polled(SiteRecord, PollReport)
  /// A remark that the poll before did not make.
  case note(SiteRecord, String)
  /// The first poll that failed, after one that did not; the next one comes in so many seconds.
  case failed(SiteRecord, any Error, retryIn: Double)
  /// The first one that did not, after `failures`.
  case recovered(SiteRecord, failures: Int)
  /// The site is not polled any more.
  case ended(SiteRecord, any Error)
}
