import PhotoIndex

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The output of `gpsindex` without arguments: the state of the index, and the next command.
enum Welcome {
  static func text(indexPath: String) throws -> String {
    let statuses =
      access(indexPath, F_OK) == 0
      ? try IndexReader(path: indexPath, takesOlder: true).status() : []
    return """
      gpsindex finds photos by where they were taken, on SFTP servers and in folders.

      \(standing(statuses, indexPath))
        gpsindex --help   list all commands

      """
  }

  private static func standing(_ statuses: [SiteStatus], _ indexPath: String) -> String {
    guard let first = statuses.first else {
      return """
        The index has no site. Next:
          gpsindex site add nas drone@nas:photos           add a site
          gpsindex sync nas                                read positions; run it again at any time
          gpsindex query --bbox 8.4,47.3,8.6,47.5          west,south,east,north
        Or index a local folder:
          gpsindex sync ./photos
        """
    }
    let photos = statuses.reduce(0) { $0 + $1.photos }
    let located = statuses.reduce(0) { $0 + $1.located }
    let sites = statuses.count == 1 ? "1 site" : "\(statuses.count) sites"
    let fresh = statuses.filter { $0.site.lastSync == nil && $0.photos == 0 }
    var lines = [
      "\(indexPath): \(sites), \(Plural.photos(photos)), \(located) with a position. Next:"
    ]
    if let site = fresh.first {
      lines.append("  " + NextCommand.text(["sync", site.site.name]))
    } else {
      lines += [
        "  gpsindex query --bbox W,S,E,N   list the photos in a box, in degrees",
        "  gpsindex folders                count photos per folder",
        "  gpsindex status                 show what is missing, and why",
        "  " + NextCommand.text(["sync"] + (statuses.count == 1 ? [first.site.name] : [])),
      ]
    }
    return terminalLines(lines)
  }

  private static func terminalLines(_ lines: [String]) -> String {
    lines.map { Span($0).text }.joined(separator: "\n")
  }
}
