import ArgumentParser
import PhotoIndex
import PhotoModel

/// SSH settings. `site add` and `site set` store them; other commands override them for one run.
struct SSHOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Log in with this private key only.", valueName: "FILE"), completion: .file()
  )
  var identity: String?

  @Option(
    name: .customLong("known-hosts"),
    help: ArgumentHelp("Check host keys against this file.", valueName: "FILE"),
    completion: .file())
  var knownHosts: String?

  @Flag(
    name: .customLong("accept-new"),
    help: "Accept and store the host key of an unknown host.")
  var acceptNew = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Give up on a silent server after this many seconds.", valueName: "SECONDS"))
  var timeout: String?

  @Option(
    help: ArgumentHelp(
      "SSH implementation: auto (default; libssh2, or the ssh program where libssh2 is not enough), libssh2 or ssh.",
      valueName: "NAME"),
    completion: .list(SSHOptions.transports))
  var transport: String?

  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      "Turn compression on long links on or off for this run. Default: on, unless the ssh "
        + "configuration has “Compression no”."))
  var compression: Bool?

  static let transports = [SettingKey.automaticTransport, "libssh2", "ssh"]

  /// `kept`, overridden by the options of this run.
  func settings(over kept: SiteSettings = SiteSettings()) throws -> SiteSettings {
    var settings = kept
    if let identity { settings.identity = try Environment.absolute(identity) }
    if let knownHosts { settings.knownHosts = try Environment.absolute(knownHosts) }
    if acceptNew { settings.acceptNew = true }
    if let compression { settings.compression = compression }
    if let timeout {
      guard let seconds = FilterNumbers.number(timeout), seconds >= 1, seconds <= 3600 else {
        throw CommandFailure.usage(
          "--timeout “\(timeout)” is not in 1…3600 seconds", advice: "--timeout 30")
      }
      settings.timeoutSeconds = seconds
    }
    if let transport {
      guard Self.transports.contains(transport) else {
        throw CommandFailure.usage(
          "unknown value “\(transport)” of --transport",
          advice: "--transport auto, --transport libssh2 or --transport ssh")
      }
      settings.transport = transport
    }
    return settings
  }
}
