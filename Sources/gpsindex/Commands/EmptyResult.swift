import PhotoIndex
import PhotoModel

/// Explains an empty result and suggests the next command.
enum EmptyResult {
  struct Hint: Equatable {
    /// Empty when there is nothing to explain.
    var why = ""
    var advice: String
  }

  static func reason(_ hint: Hint?) -> String {
    hint.map { $0.why.isEmpty ? "" : "; \($0.why)" } ?? ""
  }

  static func hint(_ filter: PhotoFilter, _ reader: IndexReader) throws -> Hint? {
    if let hint = try folderHint(filter, reader) { return hint }
    guard filter.which == .located else { return nil }
    let statuses = try reader.status().filter {
      filter.sites.isEmpty || filter.sites.contains(where: $0.site.name.hasSameBytes)
    }
    let photos = statuses.reduce(0) { $0 + $1.photos }
    let located = statuses.reduce(0) { $0 + $1.located }
    if statuses.isEmpty {
      return Hint(why: "the index has no site", advice: "gpsindex site add NAME LOCATION")
    }
    if photos == 0 {
      return Hint(
        why: "nothing is synced yet", advice: NextCommand.text(["sync"] + filter.sites))
    }
    if located == 0 {
      return Hint(
        why: "none of \(Plural.photos(photos)) has a position",
        advice: NextCommand.text(["problems"] + filter.sites))
    }
    return Hint(
      why: "\(Plural.photos(located)) elsewhere",
      advice: NextCommand.text(["folders"] + filter.sites))
  }

  // MARK: Folders

  private typealias Folders = (site: String, paths: [String])

  /// For the first pattern that no folder matches.
  private static func folderHint(_ filter: PhotoFilter, _ reader: IndexReader) throws -> Hint? {
    let unmatched = try unmatchedFolders(filter, reader)
    guard let (glob, hint) = unmatched.first(where: { $0.hint != nil }) ?? unmatched.first else {
      return nil
    }
    if let hint, !hint.why.isEmpty { return hint }
    return Hint(
      why: noFolder(glob),
      advice: hint?.advice ?? NextCommand.text(["folders"] + filter.sites))
  }

  /// One line for each pattern that no folder matches, beside others that select photos.
  static func folderNotes(
    _ filter: PhotoFilter, _ reader: IndexReader
  ) throws -> [(line: String, advice: String)] {
    // A single pattern that selects photos has matched.
    if filter.folderGlobs.count < 2 { return [] }
    return try unmatchedFolders(filter, reader).map { glob, hint in
      let why = hint.map { $0.why.isEmpty ? "" : "; \($0.why)" } ?? ""
      return (
        noFolder(glob) + why, hint?.advice ?? NextCommand.text(["folders"] + filter.sites)
      )
    }
  }

  private static func noFolder(_ glob: String) -> String {
    let shown = FilterValues.plainFolder(glob) ?? glob
    return "no folder with photos matches --folder \(NextCommand.quoted(shown))"
      + PatternNotes.literal(shown)
  }

  private static func unmatchedFolders(
    _ filter: PhotoFilter, _ reader: IndexReader
  ) throws -> [(glob: String, hint: Hint?)] {
    if filter.folderGlobs.isEmpty { return [] }
    let all: [Folders] = try reader.sites().map {
      (site: $0.name, paths: try reader.knownFolders($0.id).map(\.path.text))
    }
    let asked = all.filter { folders in
      filter.sites.isEmpty || filter.sites.contains(where: folders.site.hasSameBytes)
    }
    // An index without folders is explained otherwise.
    if asked.allSatisfy({ $0.paths.isEmpty }) { return [] }
    return filter.folderGlobs.compactMap { glob in
      let pattern = FolderGlob(glob)
      if asked.contains(where: { $0.paths.contains(where: pattern.matches) }) { return nil }
      let hint =
        siteInFront(of: glob, asked) ?? otherCase(glob, asked)
        ?? FilterValues.plainFolder(glob).flatMap { similar(to: $0, asked) }
      return (glob, hint)
    }
  }

  /// `nas/flight1` and `nas` for the folder `flight1` of the site `nas`.
  private static func siteInFront(of glob: String, _ all: [Folders]) -> Hint? {
    for folders in all {
      if FilterValues.plainFolder(glob)?.hasSameBytes(as: folders.site) == true {
        return Hint(
          why: "\(folders.site) is a site", advice: "--site \(NextCommand.quoted(folders.site))")
      }
      guard glob.utf8.starts(with: (folders.site + "/").utf8) else { continue }
      let rest = String(Substring(glob.utf8.dropFirst(folders.site.utf8.count + 1)))
      guard folders.paths.contains(where: FolderGlob(rest).matches) else { continue }
      let shown = FilterValues.plainFolder(rest) ?? rest
      return Hint(
        why: "\(folders.site) is a site; folders are named without it",
        advice: "--site \(NextCommand.quoted(folders.site)) --folder \(NextCommand.quoted(shown))")
    }
    return nil
  }

  private static func otherCase(_ glob: String, _ all: [Folders]) -> Hint? {
    let pattern = FolderGlob(glob.lowercased())
    guard
      let found = all.lazy.flatMap(\.paths).first(where: { pattern.matches($0.lowercased()) })
    else { return nil }
    // Of a folder below a plain pattern, the part that stands for the pattern.
    let names = FilterValues.plainFolder(glob)?.utf8.count { $0 == UInt8(ascii: "/") }
    let shown =
      names.map {
        found.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
          .prefix($0 + 1).map { String(Substring($0)) }.joined(separator: "/")
      } ?? found
    return Hint(
      why: "capital and small letters differ", advice: "--folder \(NextCommand.quoted(shown))")
  }

  /// A folder of that name elsewhere in the tree, or one with a similar name.
  private static func similar(to plain: String, _ all: [Folders]) -> Hint? {
    let folders = Set(all.flatMap(\.paths))
    var nearest: String?
    if folders.contains(where: { $0.hasSuffix("/" + plain) }) {
      nearest = "**/" + plain
    } else if folders.count <= 20_000, plain.utf8.count <= 255 {
      // The comparison is quadratic in the length of names; a large site has many of them.
      nearest = Similar.nearest(to: plain, in: folders)
    }
    return nearest.map { Hint(advice: "--folder \(NextCommand.quoted($0))") }
  }
}

extension CommonOptions {
  /// Patterns of folders that match nothing, beside others that do.
  func noteFolders(_ filter: PhotoFilter, _ reader: IndexReader) throws {
    if quiet { return }
    for (line, advice) in try EmptyResult.folderNotes(filter, reader) {
      note(line, advice: advice)
    }
  }
}
