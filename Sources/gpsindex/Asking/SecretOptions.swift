import ArgumentParser
import PhotoIndex
import SSHKeys
import SSHTransport

/// Where secrets come from. Never kept: a command that an index names would be run for whoever syncs it.
struct SecretOptions: ParsableArguments {
  @Option(
    name: .customLong("password-command"), parsing: .unconditional,
    help: ArgumentHelp(
      "Its first line of output is the password, or the passphrase of a named key.",
      valueName: "COMMAND"))
  var passwordCommand: String?

  /// One object for a whole run: what is asked for one site is known for the next.
  /// - Parameter command: what was called, for advice.
  func credentials(for sites: [SiteRecord], command: String = "sync") throws -> Credentials {
    if passwordCommand != nil, sites.isEmpty {
      throw CommandFailure.usage(
        "--password-command is for the login of a site, and there is no site yet",
        advice: "gpsindex site add NAME LOCATION")
    }
    if passwordCommand != nil, sites.allSatisfy({ $0.settings.transport == "ssh" }) {
      throw CommandFailure.usage(
        "--password-command is not for --transport ssh, which asks for itself",
        advice: "SSH_ASKPASS=PROGRAM SSH_ASKPASS_REQUIRE=force")
    }
    let isForKeys = sites.contains { site in
      site.settings.identity.flatMap { try? KeyFile.inspect($0) }?.isEncrypted ?? false
    }
    let program = passwordCommand.map { PasswordCommand($0, isForKeys: isForKeys) }
    let logins = Set(sites.compactMap(Self.login(of:)))
    if passwordCommand != nil, !isForKeys, logins.count > 1 {
      // Each of them would get the password of the others.
      throw CommandFailure.usage(
        "--password-command is for one login, and these sites have \(logins.count)",
        advice: "name the sites of one login: gpsindex \(command) NAME --password-command COMMAND")
    }
    let way = Asking.way(Environment.value, hasTerminal: TerminalPrompt.isPossible)
    return Credentials(canAsk: program != nil || way != .nobody) {
      (question) throws(TransportError) in
      if let answer = try program?.answer(question) { return answer }
      return try Asking.ask(question, way)
    }
  }
}

extension SecretOptions {
  /// nil for a local folder.
  private static func login(of site: SiteRecord) -> String? {
    guard case .server(var server)? = try? Location.parse(site.location) else { return nil }
    server.path = ""
    return Location.server(server).text
  }
}

/// `--password-command`: asked once, for one kind of secret. Were it asked for both, the passphrase of
/// a key that the server does not want would be sent there as a password.
struct PasswordCommand: Sendable {
  private let command: String
  private let isForKeys: Bool

  init(_ command: String, isForKeys: Bool) {
    self.command = command
    self.isForKeys = isForKeys
  }

  /// nil: not a question for the command.
  func answer(_ question: Question) throws(TransportError) -> String? {
    switch question {
    case .passphrase where isForKeys: break
    case .password where !isForKeys: break
    default: return nil
    }
    let outcome = ChildProcess.run(
      ["/bin/sh", "-c", command], showsErrors: true, seconds: Asking.patience
    ) { StopSignal.received != nil }
    switch outcome {
    case .ended(0, let bytes):
      if let line = Asking.firstLine(bytes) { return line }
      throw failure("printed nothing")
    case .ended(let status, _): throw failure("ended with status \(status)")
    case .stopped: throw failure("gave no answer within \(Int(Asking.patience)) s")
    case .notStarted(let code): throw failure("could not be started (\(code))")
    }
  }

  private func failure(_ what: String) -> TransportError {
    TransportError(
      .configuration, "the command of --password-command \(what)",
      advice: "run it by hand: its first line of output must be the secret")
  }
}
