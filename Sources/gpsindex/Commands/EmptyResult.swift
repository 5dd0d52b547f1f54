import PhotoIndex
import PhotoModel

/// Explains an empty result and suggests the next command.
enum EmptyResult {
  struct Hint: Equatable {
    /// Empty when there is nothing to explain.
    var why = ""
    var advice: String
  }

  static func hint(_ filter: PhotoFilter, _ reader: IndexReader) throws -> Hint? {
    guard filter.which == .located else { return nil }
    if let folder = filter.folderGlob, let nearest = try similarFolder(folder, filter.site, reader)
    {
      return Hint(advice: "--folder \(NextCommand.quoted(nearest))")
    }
    let statuses = try reader.status(site: filter.site)
    let photos = statuses.reduce(0) { $0 + $1.photos }
    let located = statuses.reduce(0) { $0 + $1.located }
    let site = filter.site.map { [$0] } ?? []
    if statuses.isEmpty {
      return Hint(why: "the index has no site", advice: "gpsindex site add NAME LOCATION")
    }
    if photos == 0 {
      return Hint(why: "nothing is synced yet", advice: NextCommand.text(["sync"] + site))
    }
    if located == 0 {
      let words = ["problems"] + (filter.site.map { ["--site", $0] } ?? [])
      return Hint(
        why: "none of \(Plural.photos(photos)) has a position", advice: NextCommand.text(words))
    }
    return Hint(
      why: "\(Plural.photos(located)) elsewhere", advice: NextCommand.text(["folders"] + site))
  }

  /// A folder of that name elsewhere in the tree, or one with a similar name.
  private static func similarFolder(
    _ pattern: String, _ site: String?, _ reader: IndexReader
  ) throws -> String? {
    var folders: Set<String> = []
    for record in try reader.sites() where site.map(record.name.hasSameBytes) ?? true {
      folders.formUnion(try reader.knownFolders(record.id).map(\.path.text))
    }
    let wanted = pattern.hasSuffix("/") ? String(pattern.dropLast()) : pattern
    if folders.contains(pattern) || pattern.contains("*") || pattern.contains("?") { return nil }
    if folders.contains(wanted) { return wanted }
    if folders.contains(where: { $0.hasSuffix("/" + wanted) }) { return "**/" + wanted }
    // The comparison is quadratic in the length of names; a large site has many of them.
    return folders.count > 20_000 || wanted.utf8.count > 255
      ? nil : Similar.nearest(to: wanted, in: folders)
  }
}
