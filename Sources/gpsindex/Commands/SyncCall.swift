import ArgumentParser
import PhotoIndex

/// Where the command line meets the target that syncs.
enum SyncCall {
  static func run(
    _ site: SiteRecord, _ request: SyncRequest, _ report: ProgressReport
  ) throws -> SiteSummary {
    throw CommandFailure(.other, "syncing is not part of this build")
  }
}

struct SiteTestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test", abstract: "Connect to a site and look at its root.")

  @Argument(help: ArgumentHelp("The site.", valueName: "NAME")) var name: String
  @OptionGroup(title: "SSH") var ssh: SSHOptions
  @Flag(name: .customLong("json"), help: "Print one JSON object.") var json = false
  @OptionGroup var common: CommonOptions

  func run() throws {
    var site = try IndexReader(path: try common.indexPath()).site(named: name)
    site.settings = try ssh.settings(over: site.settings)
    throw CommandFailure(.other, "syncing is not part of this build")
  }
}
