/// A call of the ssh program, to explain what it says on standard error when it fails.
struct SSHCall: Sendable, Equatable {
  /// The server in messages, such as `nas:22`.
  var server: String
  /// What the user types after `ssh`, such as an alias of the configuration.
  var alias: String
  var host: String
  var port: UInt16
  var user: String
  /// What ssh may call the server. Any other name is that of a host on the way to it.
  var names: Set<String> = []
  /// The hosts of ProxyJump.
  var jump: String?
  /// It runs as the proxy of the connection, so that it speaks of hosts on the way only.
  var isProxy = false
  /// There is a host on the way.
  var hasProxy = false
  /// It may prompt.
  var mayAsk = false
  /// `--password-command` was given, which the ssh program does not know.
  var hasPasswordCommand = false
  /// Files of certificates that it offers.
  var certificates: [String] = []

  /// nil: nothing that it says is known here.
  func explanation(of said: String) -> TransportError? {
    let lines = Self.lines(said)
    return hostKey(lines) ?? configuration(lines) ?? negotiation(lines) ?? login(lines)
  }

  /// The last line that tells something.
  static func lastLine(_ said: String) -> String? {
    let lines = lines(said)
    // What ssh adds when its proxy has ended.
    return lines.last { !$0.contains(Self.proxyEnd) } ?? lines.last
  }

  /// Such as `[192.0.2.7]:2222 (ED25519)`.
  static func addedHost(_ said: String) -> String? {
    lines(said).compactMap {
      between("Permanently added '", "to the list of known hosts", in: $0)
    }.first.map { $0.split(separator: " ").joined(separator: " ").replacing("'", with: "") }
  }

  private static let proxyEnd = "Connection closed by UNKNOWN port"

  private static func lines(_ said: String) -> [String] {
    said.split(whereSeparator: \.isNewline).map { String($0.prefix(400)) }
  }

  /// The text between two others; nil where one of them is missing.
  private static func between(_ before: String, _ after: String, in line: String) -> String? {
    guard let start = line.firstRange(of: before) else { return nil }
    let rest = line[start.upperBound...]
    guard !after.isEmpty else { return String(rest) }
    return rest.firstRange(of: after).map { String(rest[..<$0.lowerBound]) }
  }

  private static func first(
    _ lines: [String], _ before: String, _ after: String = ""
  ) -> String? {
    for line in lines { if let found = between(before, after, in: line) { return found } }
    return nil
  }

  // MARK: Host keys

  private func hostKey(_ lines: [String]) -> TransportError? {
    if let type = Self.first(lines, "The ", " host key for "),
      lines.contains(where: { $0.contains("is marked as revoked") })
    {
      let name = Self.first(lines, " host key for ", " is marked as revoked")
      return TransportError(
        .hostKeyRevoked, "the \(type) host key of \(place(name, lines).text) is revoked",
        advice: "do not connect; ask the server's administrator")
    }
    if lines.contains(where: { $0.contains("IDENTIFICATION HAS CHANGED") }) {
      return changed(lines)
    }
    guard lines.contains(where: { $0.contains("Host key verification failed") }) else { return nil }
    let name = Self.first(lines, " host key is known for ", " and you have requested")
    let (host, way) = place(name, lines)
    if let invalid = lines.first(where: { $0.contains("Certificate invalid") }) {
      return TransportError(
        .hostKeyUnknown, "the host certificate of \(host) does not count: \(invalid)",
        advice: "ask the server's administrator for a new certificate")
    }
    let type = Self.first(lines, "No ", " host key is known for ").map { "\($0) " } ?? ""
    return TransportError(
      .hostKeyUnknown, "the \(type)host key of \(host) is not known to ssh",
      advice: way.map {
        "log in there once by hand, and compare the fingerprint that it shows: ssh \($0)"
      }
        ?? (hasProxy
          ? "log in once by hand, and compare the fingerprint that it shows: ssh \(alias)"
          : "compare this fingerprint with the server's, then add --accept-new: "
            + "ssh-keyscan -p \(port) \(self.host) | ssh-keygen -lf -"))
  }

  private func changed(_ lines: [String]) -> TransportError {
    let name = Self.first(lines, "Host key for ", " has changed")
    let host = place(name, lines).text
    let fingerprint = lines.first { $0.hasPrefix("SHA256:") || $0.hasPrefix("MD5:") }
      .map { "; it showed \($0.hasSuffix(".") ? String($0.dropLast()) : $0)" }
    var whereText = "the recorded one"
    var command = "ssh-keygen -R '\(plain(name ?? self.host))'"
    if let place = Self.first(lines, "Offending ", "").flatMap({
      Self.between(" key in ", "", in: $0)
    }),
      let colon = place.lastIndex(of: ":")
    {
      let file = String(place[..<colon])
      whereText = "the one in \(file), line \(place[colon...].dropFirst())"
      command += " -f '\(plain(file))'"
    }
    return TransportError(
      .hostKeyChanged, "the host key of \(host) is not \(whereText)\(fingerprint ?? "")",
      advice: "it may be an attack; if the server was reinstalled, remove the old key: \(command)")
  }

  /// Safe between single quotes of a shell.
  private func plain(_ text: String) -> String { text.replacing("'", with: "'\\''") }

  /// The host in words, and how to log in at it when it is on the way to the server.
  private func place(_ name: String?, _ lines: [String]) -> (text: String, way: String?) {
    let isOnTheWay =
      isProxy || lines.contains { $0.contains(Self.proxyEnd) }
      || name.map { !names.contains($0) } ?? false
    guard isOnTheWay else { return (server, nil) }
    let hops = jump?.split(separator: ",").map(String.init) ?? []
    let only = hops.count == 1 ? hops.first : nil
    let named = name ?? only ?? jump.map { "one of \($0)" } ?? "the proxy"
    let isAlias = only != nil && name != nil && only != name
    return (
      "\(named), the proxy \(isAlias ? "\(only ?? "") " : "")in front of \(server),",
      Self.words(only ?? name ?? alias)
    )
  }

  /// A host as arguments of ssh: `[host]:port` as known_hosts has it, or `user@host:port` of ProxyJump.
  private static func words(_ hop: String) -> String {
    if hop.contains("://") { return hop }
    if hop.hasPrefix("["), let end = hop.firstRange(of: "]:") {
      return "-p \(hop[end.upperBound...]) \(hop[..<end.lowerBound].dropFirst())"
    }
    let parts = hop.split(separator: ":")
    return parts.count == 2 ? "-p \(parts[1]) \(parts[0])" : hop
  }

  // MARK: Configuration

  private func configuration(_ lines: [String]) -> TransportError? {
    Self.badOption(lines).map {
      TransportError(
        .configuration, "ssh refuses its configuration: \($0)",
        advice: "correct that line, and look at the result: ssh -G \(alias)")
    }
  }

  /// The line of a message about a line of the configuration.
  static func badOption(_ lines: [String]) -> String? {
    lines.first {
      !$0.hasPrefix("debug")
        && ($0.contains("Bad configuration option") || $0.contains(": line ")
          || $0.contains(" line "))
        && !$0.contains("terminating")
        && [
          "Bad configuration", "bad configuration", "Unsupported option", "unsupported", "nvalid",
          "issing argument", "no argument", "garbage", "Bad ",
        ]
        .contains(where: $0.contains)
    }
  }

  static func badOption(inErrors said: String) -> String? { badOption(lines(said)) }

  private func negotiation(_ lines: [String]) -> TransportError? {
    guard let line = lines.first(where: { $0.contains("Unable to negotiate") }) else { return nil }
    let keywords = [
      ("key exchange method", "KexAlgorithms"), ("cipher", "Ciphers"), ("MAC", "MACs"),
      ("host key type", "HostKeyAlgorithms"),
    ]
    let keyword = keywords.first { line.contains("no matching \($0.0) found") }?.1
    let offer = (Self.between("Their offer: ", "", in: line) ?? "").split(separator: ",")
    let name = offer.first { name in
      !name.hasPrefix("kex-strict-") && !name.hasPrefix("ext-info-") && name.utf8.count <= 64
        && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"'\"\\`$;&|<>".utf8.contains($0) }
    }
    var advice =
      "KexAlgorithms, Ciphers, MACs or HostKeyAlgorithms under “Host \(alias)” of "
      + "~/.ssh/config (man ssh_config)"
    if let keyword, let name {
      advice =
        "to accept an old algorithm for this host, under “Host \(alias)” of ~/.ssh/config: "
        + "\(keyword) +\(name)"
    }
    return TransportError(
      .handshakeFailed, "ssh ended the connection to \(server): \(line)", advice: advice)
  }

  // MARK: Login

  private func login(_ lines: [String]) -> TransportError? {
    guard let line = lines.last(where: { $0.contains("Permission denied (") }),
      let list = Self.between("Permission denied (", ")", in: line)
    else { return nil }
    let methods = list.split(separator: ",").prefix(8).map { String($0.prefix(64)) }
    let name = Self.between("@", ": Permission denied", in: line)
    // After ProxyJump the line of the target names its host, and that of a hop the hop's.
    let isOnTheWay = isProxy || lines.contains { $0.contains(Self.proxyEnd) }
    let host = isOnTheWay ? place(name, lines).text : server
    let account = isOnTheWay ? line.split(separator: "@").first.map(String.init) ?? user : user
    let takes = "; it takes \(methods.joined(separator: ", "))"
    func error(_ message: String, _ advice: String) -> TransportError {
      TransportError(.authentication, message, advice: advice)
    }
    if let failed = lines.first(where: { $0.contains("signing failed for ") }),
      let why = Self.between("signing failed for ", "", in: failed)
    {
      let advice =
        why.contains("device not found")
        ? "plug in the security key and touch it when it blinks; or name another key with --identity"
        : "ssh-add -l, which shows the keys of the agent; or name another key with --identity"
      return error("ssh cannot sign for \(host) with \(why)", advice)
    }
    if lines.contains(where: { $0.contains("no mutual signature") }) {
      return error(
        "\(host) and ssh have no signature algorithm in common for the key of \(account)",
        "another key, or under “Host \(alias)” of ~/.ssh/config: PubkeyAcceptedAlgorithms +ssh-rsa")
    }
    return error(
      "\(host) refused the login of \(account) through the ssh program\(takes)",
      loginAdvice(methods, isOnTheWay: isOnTheWay))
  }

  private func loginAdvice(_ methods: [String], isOnTheWay: Bool) -> String {
    let prompts = methods.contains("password") || methods.contains("keyboard-interactive")
    if prompts, hasPasswordCommand {
      return "--password-command does not reach the ssh program, which prompts by itself: "
        + "SSH_ASKPASS=PROGRAM SSH_ASKPASS_REQUIRE=force"
    }
    if prompts, !mayAsk {
      return "the right key in ssh-agent; or a password, on a terminal or by "
        + "SSH_ASKPASS=PROGRAM SSH_ASKPASS_REQUIRE=force"
    }
    if let certificate = certificates.first, !isOnTheWay {
      return "check that the certificate has not expired: ssh-keygen -L -f '\(plain(certificate))'"
    }
    return prompts
      ? "check the user name and the password; or name the right key with --identity"
      : "check the user name; name the right key with --identity, or add it to ssh-agent"
  }
}
