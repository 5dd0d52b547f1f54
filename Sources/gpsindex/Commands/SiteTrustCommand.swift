import ArgumentParser
import PhotoIndex

struct SiteTrustCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trust", abstract: "Use the SSH settings that the index stores for a site.",
    discussion: """
      An index may come from another person or machine. gpsindex uses its identity, known_hosts, \
      accept_new and transport only if they were set on this machine: with site add, site set, sync \
      LOCATION, or this command. Check them first:

        gpsindex site show nas
        gpsindex site trust nas
      """)

  @Argument(help: ArgumentHelp("The site.", valueName: "NAME"), completion: Completions.sites)
  var name: String
  @OptionGroup var common: CommonOptions

  func run() throws {
    let path = try common.indexPath()
    let site = try IndexReader(path: path, takesOlder: true).site(named: name)
    let relevant = SiteTrust.relevant(site)
    try SiteTrust(index: path).record(site)
    guard !relevant.isEmpty else {
      return common.note("the index stores no SSH settings for site \(name) that need trust")
    }
    let values = relevant.map { "\($0.rawValue) \($1)" }.joined(separator: ", ")
    common.note("site \(name) at \(site.location) now uses \(values)")
  }
}
