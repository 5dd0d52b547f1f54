import ArgumentParser
import PhotoIndex
import PhotoSource
import SSHKeys
import SSHTransport

/// Sources of secrets. The index never stores the command: a foreign index must not name programs to run.
struct SecretOptions: ParsableArguments {
  @Option(
    name: .customLong("password-command"), parsing: .unconditional,
    help: ArgumentHelp(
      "Run this command; the first line of its output is the password, or the passphrase of the "
        + "--identity key.",
      valueName: "COMMAND"))
  var passwordCommand: String?

  /// One object for a whole run, so that an answer for one site serves the next.
  /// - Parameter command: the subcommand, for advice.
  func credentials(for sites: [SiteRecord], command: String = "sync") throws -> Credentials {
    if passwordCommand != nil, sites.isEmpty {
      throw CommandFailure.usage(
        "--password-command needs a site, and the index has none",
        advice: "gpsindex site add NAME LOCATION")
    }
    if passwordCommand != nil, sites.allSatisfy({ $0.settings.transport == "ssh" }) {
      throw CommandFailure.usage(
        "--password-command does not work with --transport ssh: the ssh program prompts itself",
        advice: "SSH_ASKPASS=PROGRAM SSH_ASKPASS_REQUIRE=force")
    }
    let isForKeys = sites.contains { site in
      site.settings.identity.flatMap { try? KeyFile.inspect($0) }?.isEncrypted ?? false
    }
    let program = passwordCommand.map { PasswordCommand($0, isForKeys: isForKeys) }
    let logins = Set(sites.compactMap(Self.login(of:)))
    if passwordCommand != nil, !isForKeys, logins.count > 1 {
      // Each server would get the password of the others.
      throw CommandFailure.usage(
        "--password-command serves one login, but these sites have \(logins.count)",
        advice: "gpsindex \(command) NAME --password-command COMMAND, with the sites of one login")
    }
    let method = UserPrompt.method(Environment.value, hasTerminal: TerminalPrompt.isPossible)
    return Credentials(
      canAsk: program != nil || method != .unavailable, hasPasswordCommand: program != nil
    ) {
      (question) throws(TransportError) in
      if let answer = try program?.answer(question) { return answer }
      return try UserPrompt.ask(question, method)
    }
  }
}

extension SecretOptions {
  /// nil for a local folder.
  private static func login(of site: SiteRecord) -> String? {
    guard let place = try? SitePlace(site), place.server != nil else { return nil }
    return place.with(path: []).text
  }
}

/// Runs `--password-command` for one kind of secret. Otherwise the passphrase of a key that the server does not accept
/// would be sent to it as a password.
struct PasswordCommand: Sendable {
  private let command: String
  private let isForKeys: Bool

  init(_ command: String, isForKeys: Bool) {
    self.command = command
    self.isForKeys = isForKeys
  }

  /// - Returns: nil when the command does not answer this kind of question.
  func answer(_ question: Question) throws(TransportError) -> String? {
    switch question {
    case .passphrase where isForKeys: break
    case .password where !isForKeys: break
    default: return nil
    }
    let outcome = ChildProcess.run(
      ["/bin/sh", "-c", command], showsErrors: true, seconds: UserPrompt.timeout
    ) { StopSignal.received != nil }
    switch outcome {
    case .ended(0, let bytes):
      if let line = UserPrompt.firstLine(bytes) { return line }
      throw failure("printed nothing")
    case .ended(let status, _): throw failure("ended with status \(status)")
    case .stopped: throw failure("timed out after \(Int(UserPrompt.timeout)) s")
    case .notStarted(let code): throw failure("could not be started (\(code))")
    }
  }

  private func failure(_ what: String) -> TransportError {
    TransportError(
      .configuration, "--password-command \(what)",
      advice: "the command by hand; the first line of its output must be the secret")
  }
}
