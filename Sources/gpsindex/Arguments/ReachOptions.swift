import ArgumentParser
import PhotoIndex

/// What every command takes that reaches sites.
struct ReachOptions: ParsableArguments {
  @OptionGroup(title: "SSH") var ssh: SSHOptions
  @OptionGroup(title: "SSH") var secrets: SecretOptions
  @OptionGroup var config: ConfigOptions
  @OptionGroup var common: CommonOptions

  /// A site of the index or the configuration, with all that holds for it in this run.
  /// - Parameter remark: told what does not count, see ``SiteTrust``.
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
