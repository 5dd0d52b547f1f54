import Platform
package import PhotoIndex
package import PhotoModel
package import PhotoSource

/// What a ``VerifyRun`` found; `sampled = same + different + changed + gone + failed`, unless it was stopped.
package struct VerifyReport: Sendable, Equatable {
  package var sampled = 0
  /// Read again, with the values that the index holds.
  package var same = 0
  /// Equal by size and time, and with other values: `sync --full` takes them over.
  package var different = 0
  /// Size, time, side-car or the version of the metadata reader differ: the next sync reads them.
  package var changed = 0
  /// No longer listed.
  package var gone = 0
  package var failed = 0
  package var cancelled = false
  package var statistics = SourceStatistics()
  package var seconds = 0.0

  package init() {}
}

/// One photo that is not as the index says.
package struct VerifyFinding: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    /// The columns of the index that differ.
    case different([String])
    case changed
    case gone
    case failed(Failure, detail: String)
  }
  /// Below the site's root.
  package var path: PathBytes
  package var kind: Kind
}

/// Reads photos of a site again and compares them with the index; writes nothing. A sync recognises unchanged photos
/// by size and time alone: this looks at the bytes.
package struct VerifyRun {
  package var site: SiteRecord
  package var place: SitePlace
  package var access: AccessOptions
  package var indexPath: String
  package var options = SourceOptions()
  /// So many photos, chosen at random; nil: all.
  package var sample: Int?
  package var isCancelled: () -> Bool = { false }

  package init(site: SiteRecord, place: SitePlace, access: AccessOptions, indexPath: String) {
    self.site = site
    self.place = place
    self.access = access
    self.indexPath = indexPath
  }

  /// - Throws: `IndexError`, `SourceError` or `TransportError`.
  package func run(onFinding: @escaping (VerifyFinding) -> Void) throws -> VerifyReport {
    let start = SystemClock.now()
    let reader = try IndexReader(path: indexPath)
    let walk = VerifyWalk(
      reader: reader, photos: try reader.sample(site: site.id, count: sample),
      folders: try reader.knownFolders(site.id), isCancelled: isCancelled, onFinding: onFinding)
    // Without photos to compare there is nothing to ask a server for.
    guard walk.report.sampled > 0 else { return walk.report }
    let source = openSource(place, access: access, options: options, visitor: walk)
    try source.run()
    walk.report.statistics = source.statistics
    if let error = walk.indexError { throw error }
    walk.report.cancelled = isCancelled()
    walk.report.seconds = SystemClock.now() - start
    return walk.report
  }
}
