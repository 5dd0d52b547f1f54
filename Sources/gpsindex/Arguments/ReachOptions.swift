import ArgumentParser
import PhotoIndex

/// The options of every command that connects to a site.
struct ReachOptions: ParsableArguments {
  @OptionGroup(title: "SSH") var ssh: SSHOptions
  @OptionGroup(title: "SSH") var secrets: SecretOptions
  @OptionGroup var config: ConfigOptions
  @OptionGroup var common: CommonOptions

  /// A site of the index or the configuration, with its effective settings.
  /// - Parameter remark: receives a message about ignored settings, see ``SiteTrust``.
  func site(named name: String, remark: (String) -> Void) throws -> SiteRecord {
    let index = try common.indexPath()
    var (site, foreign, kept) = try config.settings().site(named: name, index: index)
    site.settings = try ssh.settings(over: site.settings)
    if let text = SiteTrust.remark(foreign, of: kept, used: site.settings, index: common.index) {
      remark(text)
    }
    return site
  }
}
