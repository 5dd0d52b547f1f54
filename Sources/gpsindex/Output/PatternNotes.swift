import PhotoIndex
import PhotoModel
import PhotoSource
import Sync

/// Notes about patterns of `--exclude` and extensions of `--include-ext` that match nothing. They are no errors: what they are
/// for may come later.
struct PatternNotes {
  private let patterns: [String]
  private let extensions: [String]

  init(_ settings: SiteSettings) {
    patterns = settings.exclude ?? []
    extensions = settings.includedExtensions ?? []
  }

  /// Without a look at any file.
  var ofNames: [String] {
    extensions.filter(ListingRules.readExtensions.contains).map {
      "--include-ext \($0) changes nothing: gpsindex reads these files anyway"
    }
  }

  /// After a test, which lists the root folder only.
  func ofRoot(_ found: SiteFindings) -> [String] {
    let later = "; the first sync says what it finds in the folders below"
    return unused(found.skipped.excluded).map {
      "--exclude \(NextCommand.quoted($0)) leaves out nothing in the root folder" + Self.literal($0)
        + later
    }
      + others.filter { !found.extensions.contains($0) }.map {
        "--include-ext \($0): the root folder has no such file" + later
      }
  }

  /// After a sync.
  /// - Parameter hasFile: whether the index has a file with this extension; nil in a dry run.
  func ofSync(
    _ run: SyncSummary, hasFile: ((String) throws -> Bool)?
  ) throws -> [String] {
    guard run.isComplete, !run.cancelled else { return [] }
    let lines = unused(run.skipped.excluded).map {
      "--exclude \(NextCommand.quoted($0)) left out nothing" + Self.literal($0)
    }
    guard let hasFile else { return lines + ofNames }
    return try lines + ofNames
      + others.filter { try !hasFile($0) }.map { "--include-ext \($0): the site has no such file" }
  }

  /// Those that are not read anyway.
  private var others: [String] {
    extensions.filter { !ListingRules.readExtensions.contains($0) }
  }

  private func unused(_ counts: SkippedEntries.Counts) -> [String] {
    // Beyond a number of patterns, entries are counted together.
    if counts[SkippedEntries.rest] != nil { return [] }
    return patterns.filter { counts[$0] == nil && ExcludePattern($0) != nil }
  }

  static func literal(_ pattern: String) -> String {
    pattern.utf8.contains { "[]{}\\".utf8.contains($0) }
      ? "; in a pattern [ ] { } and \\ stand for themselves" : ""
  }
}
