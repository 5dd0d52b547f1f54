/// Entries that a sync lists and does not look at, counted by the rule that says so.
public struct SkippedEntries: Sendable, Equatable {
  /// Numbers of entries by the name of a rule.
  public typealias Counts = [String: Int]

  /// Folders that are never entered: `trash`, `versions`, `snapshots`, `thumbnails`, `system`.
  public var folders: Counts = [:]
  /// Files that are no photos of the user's whatever their extension: `trash` (deleted, and kept for some time),
  /// `unfinished` (still being written), `resource-forks` (of macOS).
  public var files: Counts = [:]
  /// Files and folders that a pattern of the user excludes, by the pattern.
  public var excluded: Counts = [:]
  /// Photos of known formats that are not read, by extension.
  public var unsupported: Counts = [:]
  /// All other files, by extension; `none` without one.
  public var others: Counts = [:]
  /// Symbolic links, which are never followed: they may lead out of the site, or in circles.
  public var links = 0
  /// Neither file, folder nor link.
  public var special = 0

  /// Names of rules at most, since extensions come from the server; all further ones are counted as ``rest``.
  package static let mostNames = 64
  package static let rest = "…"

  public init() {}

  public var isEmpty: Bool { self == SkippedEntries() }

  package static func count(_ name: String, in counts: inout Counts, by number: Int = 1) {
    let isNew = counts[name] == nil
    counts[isNew && counts.count >= mostNames ? rest : name, default: 0] += number
  }

  package mutating func add(_ other: SkippedEntries) {
    Self.add(other.folders, to: &folders)
    Self.add(other.files, to: &files)
    Self.add(other.excluded, to: &excluded)
    Self.add(other.unsupported, to: &unsupported)
    Self.add(other.others, to: &others)
    links += other.links
    special += other.special
  }

  private static func add(_ counts: Counts, to sum: inout Counts) {
    for (name, number) in counts { count(name, in: &sum, by: number) }
  }
}
