import PhotoIndex
import PhotoModel
import PhotoSource

/// The settings that option, environment and file can set, with one name for all: `--in-flight`, `GPSINDEX_IN_FLIGHT`,
/// `in_flight`.
enum SettingKey: String, CaseIterable {
  case identity
  case knownHosts = "known_hosts"
  case acceptNew = "accept_new"
  case timeout, transport, compression, connections
  case inFlight = "in_flight"
  case exclude
  case includedExtensions = "include_ext"
  case progress

  var option: String { "--" + rawValue.map { $0 == "_" ? "-" : String($0) }.joined() }
  var variable: String { "GPSINDEX_" + rawValue.uppercased() }

  /// May be set per site. The form of progress output belongs to the run.
  var isOfSites: Bool { self != .progress }

  /// The built-in value.
  var defaultText: String? {
    switch self {
    case .identity, .knownHosts, .inFlight, .compression, .exclude, .includedExtensions: nil
    case .acceptNew: "false"
    case .timeout: "30"
    case .transport: Self.automaticTransport
    case .connections: "4"
    case .progress: "auto"
    }
  }

  /// Checks `text` and puts it into `settings`.
  /// - Parameter path: makes a path absolute.
  /// - Returns: the valid values when `text` is not one; nil on success.
  func set(
    _ text: String, in settings: inout SiteSettings, path: (String) throws -> String
  ) rethrows -> String? {
    switch self {
    case .identity: settings.identity = try path(text)
    case .knownHosts: settings.knownHosts = try path(text)
    case .acceptNew:
      guard let flag = Self.flags[text.lowercased()] else { return "true or false" }
      settings.acceptNew = flag
    case .compression:
      guard let flag = Self.flags[text.lowercased()] else { return "true or false" }
      settings.compression = flag
    case .timeout:
      guard let seconds = FilterNumbers.number(text), (1...3600).contains(seconds) else {
        return "1…3600 seconds"
      }
      settings.timeoutSeconds = seconds
    case .transport:
      guard SSHOptions.transports.contains(text) else {
        return SSHOptions.transports.joined(separator: " or ")
      }
      settings.transport = text
    case .connections:
      guard let number = Int(text), (1...16).contains(number) else { return "1…16" }
      settings.connections = number
    case .inFlight:
      guard let number = Int(text), (1...4096).contains(number) else { return "1…4096" }
      settings.inFlight = number
    case .exclude:
      let patterns = SiteSettings.list(text)
      guard patterns.count <= Self.mostPatterns,
        patterns.allSatisfy({ $0.utf8.count <= 4096 && ExcludePattern($0) != nil })
      else {
        return "at most \(Self.mostPatterns) patterns of names or paths below the site's root"
      }
      settings.exclude = patterns
    case .includedExtensions:
      let extensions = SiteSettings.list(text).map(ListingOptions.plain)
      guard extensions.count <= Self.mostPatterns,
        extensions.allSatisfy(ListingOptions.isExtension)
      else {
        return "file extensions of 1 to \(NameExtension.longest) letters and digits"
      }
      settings.includedExtensions = extensions
    case .progress:
      return ProgressReport.Style.names.contains(text)
        ? nil : "one of " + ProgressReport.Style.names.joined(separator: ", ")
    }
    return nil
  }

  /// Removes a setting of a site.
  func unset(in settings: inout SiteSettings) {
    switch self {
    case .identity: settings.identity = nil
    case .knownHosts: settings.knownHosts = nil
    case .acceptNew: settings.acceptNew = nil
    case .timeout: settings.timeoutSeconds = nil
    case .transport:
      settings.transport = nil
      settings.needsSSHProgram = nil
    case .compression: settings.compression = nil
    case .connections: settings.connections = nil
    case .inFlight: settings.inFlight = nil
    case .exclude: settings.exclude = nil
    case .includedExtensions: settings.includedExtensions = nil
    case .progress: break
    }
  }

  /// libssh2, and the ssh program where that is not enough.
  static let automaticTransport = "auto"

  /// The value as text; nil when it is not set.
  func text(in settings: SiteSettings) -> String? {
    switch self {
    case .identity: settings.identity
    case .knownHosts: settings.knownHosts
    case .acceptNew: settings.acceptNew.map { $0 ? "true" : "false" }
    case .timeout:
      settings.timeoutSeconds.map { $0 == $0.rounded() ? "\(Int($0))" : "\($0)" }
    case .transport: settings.transport
    case .compression: settings.compression.map { $0 ? "true" : "false" }
    case .connections: settings.connections.map { "\($0)" }
    case .inFlight: settings.inFlight.map { "\($0)" }
    case .exclude: settings.exclude.map(SiteSettings.text)
    case .includedExtensions: settings.includedExtensions.map(SiteSettings.text)
    case .progress: nil
    }
  }

  private static let mostPatterns = 64

  private static let flags = [
    "true": true, "yes": true, "1": true, "false": false, "no": false, "0": false,
  ]
}
