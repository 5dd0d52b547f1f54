import ArgumentParser
import PhotoIndex
import PhotoModel

/// How a server is reached; `site add` and `site set` keep these, `sync` and `site test` override them.
struct SSHOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Log in with this private key.", valueName: "FILE"), completion: .file())
  var identity: String?

  @Option(
    name: .customLong("known-hosts"),
    help: ArgumentHelp("Check host keys against this file.", valueName: "FILE"),
    completion: .file())
  var knownHosts: String?

  @Flag(
    name: .customLong("accept-new"),
    help: "Take and remember the key of a host seen for the first time.")
  var acceptNew = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Give up on a silent server after this time.", valueName: "SECONDS"))
  var timeout: String?

  @Option(
    help: ArgumentHelp(
      "auto (libssh2, and the ssh program where libssh2 is not enough; the default), libssh2 or ssh.",
      valueName: "NAME"),
    completion: .list(SSHOptions.transports))
  var transport: String?

  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      "Compress on long links, or never; for this run. Default: on long links, unless the ssh "
        + "configuration has “Compression no”."))
  var compression: Bool?

  static let transports = [SettingKey.automaticTransport, "libssh2", "ssh"]

  /// `kept`, overridden by what was given now.
  func settings(over kept: SiteSettings = SiteSettings()) throws -> SiteSettings {
    var settings = kept
    if let identity { settings.identity = try Environment.absolute(identity) }
    if let knownHosts { settings.knownHosts = try Environment.absolute(knownHosts) }
    if acceptNew { settings.acceptNew = true }
    if let compression { settings.compression = compression }
    if let timeout {
      guard let seconds = FilterNumbers.number(timeout), seconds >= 1, seconds <= 3600 else {
        throw CommandFailure.usage(
          "--timeout “\(timeout)” is not 1…3600 seconds", advice: "--timeout 30")
      }
      settings.timeoutSeconds = seconds
    }
    if let transport {
      guard Self.transports.contains(transport) else {
        throw CommandFailure.usage(
          "--transport “\(transport)” is unknown",
          advice: "--transport auto, --transport libssh2 or --transport ssh")
      }
      settings.transport = transport
    }
    return settings
  }
}
