import ArgumentParser
import PhotoIndex

struct SiteTrustCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trust", abstract: "Use the SSH settings that the index keeps for a site.",
    discussion: """
      An index may come from somebody else, or from another machine. Its identity, known_hosts, \
      accept_new and transport count only where they were set on this machine: by site add, by \
      sync LOCATION, or by this command. Look at them first:

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
      return common.note("site \(name) keeps no SSH settings that need this")
    }
    let values = relevant.map { "\($0.rawValue) \($1)" }.joined(separator: ", ")
    common.note("site \(name) at \(site.location): \(values); used from now on")
  }
}
