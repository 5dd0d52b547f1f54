import Platform

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The user's ssh configuration for one host, as `ssh -G` evaluates it (Include, Match,
/// canonicalisation and all).
public struct SSHConfiguration: Sendable, Equatable {
  public var hostName: String?
  public var port: UInt16?
  public var user: String?
  /// nil: nothing said; empty: none.
  public var identityFiles: [String]?
  public var identitiesOnly = false
  /// Empty: none.
  public var identityAgent: String?
  /// The user's files first, then the machine's; new keys go into the first. nil: nothing said.
  public var knownHostsFiles: [String]?
  public var hostKeyAlias: String?
  /// Hops as ProxyJump lists them, tokens expanded later.
  public var proxyJump: String?
  public var proxyCommand: String?
  public var usesDescriptorPassing = false
  /// Seconds.
  public var connectTimeout: Double?

  /// A master connection to the host is open (ControlMaster).
  public var hasMaster = false
  /// Empty: none.
  private var controlPath = ""

  /// `Compression no` is written for this host. (`ssh -G` prints the same where nothing is written.)
  public var forbidsCompression = false

  /// One line for the user: the configuration is ignored, and why.
  public var remark: String?

  /// Nothing configured.
  public init() {}

  /// Asks the ssh program about a host or alias; empty values when there is no ssh program and the configuration says nothing
  /// of where the host is.
  /// - Parameters:
  ///   - seconds: that it may take, with all that a Match starts.
  ///   - isStopped: asked ten times a second.
  /// - Throws: `.configuration` when it refuses its configuration or the name. To go on without it would bypass a proxy, and
  ///   look for host keys in other files.
  public static func lookUp(
    alias: String, user: String? = nil, port: UInt16? = nil, home: String, seconds: Double = 20,
    isStopped: () -> Bool = { false }
  ) throws(TransportError) -> SSHConfiguration {
    guard !alias.hasPrefix("-") else { return SSHConfiguration() }
    // Each may select parts of the configuration (Match).
    let target =
      (user.map { ["-l", $0] } ?? []) + (port.map { ["-p", String($0)] } ?? []) + ["--", alias]
    let why: String
    let errors = ScratchFile()
    let outcome = ChildProcess.run(
      ["ssh", "-vvv", "-G"] + target, errors: errors?.descriptor, seconds: seconds,
      isStopped: isStopped)
    switch outcome {
    case .ended(0, let bytes):
      var found = parse(String(decoding: bytes, as: UTF8.self), home: home)
      found.forbidsCompression = forbidsCompression(
        target, said: errors?.text ?? "", seconds: seconds, isStopped: isStopped)
      if !found.controlPath.isEmpty {
        found.hasMaster = SSHProgram.hasMaster(
          target, socket: found.controlPath, seconds: min(5, seconds), isStopped: isStopped)
      }
      return found
    case .notStarted(ENOENT):
      return try unasked(
        alias, user, port, home, why: "no ssh program is in PATH",
        advice: "install the ssh program (Debian: apt install openssh-client)")
    case .notStarted(let code): why = "could not be started: \(errorText(code))"
    // As in a container: ssh refuses to run for an account without a name.
    case .ended where !ChildProcess.accountHasName:
      return try unasked(
        alias, user, port, home, why: "ssh does not run for an account without a name",
        advice: "an account that /etc/passwd names")
    case .ended(let status, _):
      if let line = SSHCall.badOption(inErrors: errors?.text ?? "") {
        throw TransportError(
          .configuration, "ssh refuses its configuration: \(line)",
          advice: "correct that line, and look at the result: ssh -G \(alias)")
      }
      why = "ended with status \(status)"
    case .stopped: why = "gave no answer within \(Int(max(1, seconds))) s"
    }
    throw TransportError(
      .configuration, "ssh -G, which reads the ssh configuration for \(alias), \(why)",
      advice: "run it by hand, which tells more: ssh -G \(alias)")
  }

  /// - Throws: `.configuration` where the host may be behind a proxy, or another than its name says.
  private static func unasked(
    _ alias: String, _ user: String?, _ port: UInt16?, _ home: String, why: String, advice: String
  ) throws(TransportError) -> SSHConfiguration {
    let found = UnaskedConfiguration(
      alias: alias, hasUser: user != nil, hasPort: port != nil, home: home)
    if let decisive = found.decisive {
      throw TransportError(
        .configuration, "\(decisive) may decide how to reach \(alias), and \(why)", advice: advice)
    }
    var configuration = SSHConfiguration()
    configuration.remark = found.ignored.map { "ignores \($0), because \(why)" }
    return configuration
  }

  /// One `keyword value` per line; keywords may repeat.
  public static func parse(_ text: String, home: String) -> SSHConfiguration {
    var out = SSHConfiguration()
    var userFiles: [String]?
    var globalFiles: [String]?
    for line in text.split(whereSeparator: \.isNewline) {
      guard let space = line.firstIndex(of: " ") else { continue }
      let value = String(line[line.index(after: space)...])
      let isNone = value.lowercased() == "none"
      switch line[..<space].lowercased() {
      case "hostname": out.hostName = value
      case "port": out.port = UInt16(value)
      case "user": out.user = value
      case "identityfile": out.identityFiles = (out.identityFiles ?? []) + (isNone ? [] : [value])
      case "identitiesonly": out.identitiesOnly = value == "yes"
      case "identityagent": out.identityAgent = isNone ? "" : value
      case "userknownhostsfile":
        userFiles = isNone ? [] : value.split(separator: " ").map(String.init)
      case "globalknownhostsfile":
        globalFiles = isNone ? [] : value.split(separator: " ").map(String.init)
      case "hostkeyalias": out.hostKeyAlias = value
      case "proxyjump": if !isNone { out.proxyJump = value }
      case "proxycommand": if !isNone { out.proxyCommand = value }
      case "proxyusefdpass": out.usesDescriptorPassing = value == "yes"
      case "controlpath": out.controlPath = isNone ? "" : value
      case "connecttimeout": out.connectTimeout = Double(value).flatMap { $0 > 0 ? $0 : nil }
      default: continue
      }
    }
    // `ssh -G` prints the machine's files first; new keys belong into the user's own.
    let tokens = out.tokens(home: home)
    if userFiles != nil || globalFiles != nil {
      out.knownHostsFiles = ((userFiles ?? []) + (globalFiles ?? [])).map {
        expand($0, tokens, home)
      }
    }
    out.identityFiles = out.identityFiles?.map { expand($0, tokens, home) }
    out.identityAgent = out.identityAgent.map { expand($0, tokens, home) }
    return out
  }

  /// Values of `%` and a letter in names of files (ssh_config(5), TOKENS).
  private func tokens(home: String) -> [Character: String] {
    var tokens: [Character: String] = ["d": home]
    tokens["h"] = hostName
    tokens["k"] = hostKeyAlias ?? hostName
    tokens["p"] = port.map(String.init)
    tokens["r"] = user
    return tokens
  }

  private static func expand(_ path: String, _ tokens: [Character: String], _ home: String)
    -> String
  {
    let whole = path.hasPrefix("~/") ? home + path.dropFirst(1) : path
    return replaced(whole, tokens) ?? whole
  }

  /// nil when there is a token of another meaning.
  static func replaced(_ text: String, _ tokens: [Character: String]) -> String? {
    var out = ""
    var rest = text[...]
    while let character = rest.popFirst() {
      guard character == "%" else {
        out.append(character)
        continue
      }
      guard let token = rest.popFirst() else { return nil }
      guard let value = token == "%" ? "%" : tokens[token] else { return nil }
      out += value
    }
    return out
  }

  /// The program that carries the connection, with its arguments; nil for none.
  /// - Throws: `.configuration` for what only the ssh program does.
  public func proxy(
    host: String, alias: String, port: UInt16, user: String, shell: String, mayAsk: Bool
  ) throws(TransportError) -> [String]? {
    let tokens: [Character: String] = ["h": host, "n": alias, "p": String(port), "r": user]
    if let proxyJump {
      guard let hops = Self.replaced(proxyJump, tokens) else { throw Self.odd(alias) }
      // As everywhere, one refusal is final.
      var arguments =
        ["ssh"]
        + (mayAsk ? ["-oBatchMode=no", "-oNumberOfPasswordPrompts=1"] : ["-oBatchMode=yes"])
      var last = hops[...]
      if let comma = hops.lastIndex(of: ",") {
        arguments += ["-J", String(hops[..<comma])]
        last = hops[hops.index(after: comma)...]
      }
      // A host, or user@host:port, which only the form of a location carries whole.
      let isPlain = !last.contains(":") || last.hasPrefix("ssh://")
      return arguments + [
        "-W", "[\(host)]:\(port)", "--", isPlain ? String(last) : "ssh://\(last)",
      ]
    }
    guard let proxyCommand else { return nil }
    guard !usesDescriptorPassing, let command = Self.replaced(proxyCommand, tokens) else {
      throw Self.odd(alias)
    }
    // As OpenSSH does it: the user's shell, which the command replaces.
    return [shell, "-c", "exec \(command)"]
  }

  private static func odd(_ alias: String) -> TransportError {
    var error = TransportError(
      .configuration, "\(alias) is reached through a proxy that only the ssh program understands",
      advice: SSHProgram.advice)
    error.needsSSHProgram = true
    return error
  }
}
