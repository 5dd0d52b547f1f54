import PhotoIndex
import PhotoModel

/// Why a question may have found nothing, and what to ask next.
enum EmptyAnswer {
  static func hint(_ filter: PhotoFilter, _ reader: IndexReader) throws -> String? {
    guard filter.which == .located else { return nil }
    if let folder = filter.folderGlob, let nearest = try similarFolder(folder, filter.site, reader)
    {
      return "did you mean --folder \(NextCommand.quoted(nearest))?"
    }
    let statuses = try reader.status(site: filter.site)
    let photos = statuses.reduce(0) { $0 + $1.photos }
    let located = statuses.reduce(0) { $0 + $1.located }
    let site = filter.site.map { [$0] } ?? []
    if statuses.isEmpty { return "there is no site yet: gpsindex site add NAME LOCATION" }
    if photos == 0 { return "nothing is synced yet: " + NextCommand.text(["sync"] + site) }
    if located == 0 {
      let words = ["problems"] + (filter.site.map { ["--site", $0] } ?? [])
      return "none of \(Plural.photos(photos)) has a position: \(NextCommand.text(words)) tells why"
    }
    return "\(NextCommand.text(["folders"] + site)) tells where \(located) photos lie"
  }

  /// A folder of that name elsewhere in the tree, or one that is called almost like it.
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
    // Comparing is quadratic in the names' lengths; a big site has many of them.
    return folders.count > 20_000 || wanted.utf8.count > 255
      ? nil : Similar.nearest(to: wanted, in: folders)
  }
}
