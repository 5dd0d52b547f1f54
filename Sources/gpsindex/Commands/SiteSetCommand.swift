import ArgumentParser
import PhotoIndex

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

struct SiteSetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Change the stored settings of a site.",
    discussion: """
      Changes the given settings only. Later syncs and tests use them; options of a run override them.

        gpsindex site set nas --identity ~/.ssh/flights
        gpsindex site set nas --transport ssh --timeout 60
        gpsindex site set nas --exclude 'raw/**' --exclude '*.png'
        gpsindex site set nas --unset identity,timeout
      """)

  @Argument(help: ArgumentHelp("The site.", valueName: "NAME"), completion: Completions.sites)
  var name: String

  @Option(
    help: ArgumentHelp(
      "Remove these settings, separated by commas: "
        + SiteSetCommand.kept.map(\.rawValue).joined(separator: ", ") + ".",
      valueName: "SETTINGS"),
    completion: .list(SiteSetCommand.kept.map(\.rawValue)))
  var unset: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("At most this many connections to a server, 1 to 16.", valueName: "N"))
  var connections: String?

  @Option(
    name: .customLong("in-flight"), parsing: .unconditional,
    help: ArgumentHelp("At most this many requests in flight at once.", valueName: "N"))
  var inFlight: String?

  @Flag(name: .customLong("json"), help: "Print the site as JSON.") var json = false
  @OptionGroup(title: "Files") var listing: ListingOptions
  @OptionGroup(title: "SSH") var ssh: SSHOptions
  @OptionGroup var common: CommonOptions

  /// The settings that the index stores for a site.
  private static let kept: [SettingKey] = [
    .identity, .knownHosts, .acceptNew, .timeout, .transport, .connections, .inFlight,
    .exclude, .includedExtensions,
  ]
  /// Those of local folders.
  private static let keptOfFolders: [SettingKey] = [.exclude, .includedExtensions]

  func run() throws {
    let index = try common.indexPath()
    let stored = try IndexReader(path: index).site(named: name)
    if ssh.compression != nil {
      throw CommandFailure.usage(
        "the index does not store --compression",
        advice: "Compression yes or no in ~/.ssh/config, or compression = … in config.toml")
    }
    // As site add refuses it when it logs in.
    if let key = try ssh.settings().identity, access(key, R_OK) != 0 {
      throw CommandFailure(
        .configuration, "cannot read the key \(key): \(String(cString: strerror(errno)))",
        advice: "--identity FILE with an existing key")
    }
    var changed = stored
    try change(&changed.settings)
    if stored.location.hasPrefix("/") { try refuseSSHSettings(changed, stored) }
    guard changed.settings != stored.settings || unset != nil else {
      throw CommandFailure.usage(
        "no setting given for site \(name)", advice: "gpsindex site set --help")
    }
    // Settings of a foreign index stay untrusted: only those given here count as set on this machine.
    var own = SiteTrust(index: index).own(stored).site
    try change(&own.settings)
    try IndexWriter(path: index).updateSite(changed)
    if let remark = SiteTrust.keep(own, index: index, Environment.value) {
      Messages.note("\(name): \(remark)")
    }
    if json { try StandardOutput.write(SiteFields.json(changed) + "\n") }
    common.note(
      "changed site \(name); next: "
        + NextCommand.text(["site", "test", name], index: common.index))
  }

  private func refuseSSHSettings(_ changed: SiteRecord, _ stored: SiteRecord) throws {
    var others = changed.settings
    others.exclude = stored.settings.exclude
    others.includedExtensions = stored.settings.includedExtensions
    let names = Set(Self.keptOfFolders.map(\.rawValue))
    let unsets = (unset ?? "").split(separator: ",").map { $0.replacing("-", with: "_") }
    if others == stored.settings, unsets.allSatisfy({ names.contains(String($0)) }) { return }
    throw CommandFailure.usage(
      "the site \(name) is a local folder, which needs no SSH settings",
      advice: "gpsindex site set \(name) --exclude GLOB, or gpsindex site list")
  }

  private func change(_ settings: inout SiteSettings) throws {
    for word in unset?.split(separator: ",") ?? [] {
      let wanted = word.replacing("-", with: "_")
      guard let key = Self.kept.first(where: { $0.rawValue == wanted }) else {
        throw CommandFailure.usage(
          "--unset “\(word)” is not a stored setting",
          advice: "--unset with " + Self.kept.map(\.rawValue).joined(separator: ", "))
      }
      key.unset(in: &settings)
    }
    settings = try listing.settings(over: ssh.settings(over: settings))
    // The user's choice replaces what earlier runs have learned.
    if ssh.transport != nil { settings.needsSSHProgram = nil }
    for (key, text) in [(SettingKey.connections, connections), (.inFlight, inFlight)] {
      guard let text else { continue }
      if let wanted = key.set(text, in: &settings, path: { $0 }) {
        throw CommandFailure.usage(
          "\(key.option) “\(text)” is not in \(wanted)", advice: "\(key.option) 4")
      }
    }
  }
}
