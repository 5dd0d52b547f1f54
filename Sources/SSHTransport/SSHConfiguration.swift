/// The user's ssh configuration for one host, as `ssh -G` evaluates it (Include, Match,
/// canonicalisation and all).
public struct SSHConfiguration: Sendable, Equatable {
  public var hostName: String?
  public var port: UInt16?
  public var user: String?
  public var identityFiles: [String] = []
  public var identityAgent: String?
  /// The user's files first, then the machine's; new keys go into the first.
  public var knownHostsFiles: [String] = []
  public var hostKeyAlias: String?
  /// ProxyJump or ProxyCommand, when one is set.
  public var proxy: String?

  /// Asks the ssh program about a host or alias; empty values when there is no ssh program.
  public static func lookUp(alias: String, home: String) -> SSHConfiguration {
    guard !alias.hasPrefix("-"), let text = ChildProcess.output(of: ["ssh", "-G", alias]) else {
      return SSHConfiguration()
    }
    return parse(text, home: home)
  }

  /// One `keyword value` per line; keywords may repeat.
  public static func parse(_ text: String, home: String) -> SSHConfiguration {
    var out = SSHConfiguration()
    var globalFiles: [String] = []
    for line in text.split(whereSeparator: \.isNewline) {
      guard let space = line.firstIndex(of: " ") else { continue }
      let value = String(line[line.index(after: space)...])
      switch line[..<space] {
      case "hostname": out.hostName = value
      case "port": out.port = UInt16(value)
      case "user": out.user = value
      case "identityfile": out.identityFiles.append(expand(value, home: home))
      case "identityagent": out.identityAgent = value == "none" ? "" : expand(value, home: home)
      case "userknownhostsfile":
        out.knownHostsFiles += value.split(separator: " ").map { expand(String($0), home: home) }
      case "globalknownhostsfile":
        globalFiles += value.split(separator: " ").map { expand(String($0), home: home) }
      case "hostkeyalias": out.hostKeyAlias = value
      case "proxyjump", "proxycommand":
        if value != "none" { out.proxy = "\(line[..<space]) \(value)" }
      default: continue
      }
    }
    // `ssh -G` prints the machine's files first; new keys belong into the user's own.
    out.knownHostsFiles += globalFiles
    return out
  }

  /// `~` and `%d`, the tokens that mean the home folder.
  private static func expand(_ path: String, home: String) -> String {
    if path.hasPrefix("~/") { return home + path.dropFirst(1) }
    if path.hasPrefix("%d/") { return home + path.dropFirst(2) }
    return path
  }
}
