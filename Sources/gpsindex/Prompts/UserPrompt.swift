import GeoFormats
import SSHTransport

/// Prompts for a password, a passphrase or a host key: on the terminal or with SSH_ASKPASS, as ssh(1) chooses.
enum UserPrompt {
  enum Method: Equatable, Sendable {
    case terminal
    case program(String)
    case unavailable
  }

  /// Timeout of a prompt in seconds: OpenSSH's LoginGraceTime.
  static let timeout = 120.0

  static func method(_ environment: (String) -> String?, hasTerminal: Bool) -> Method {
    func isSet(_ name: String) -> Bool { !(environment(name) ?? "").isEmpty }
    var mayUseProgram = isSet("DISPLAY") || isSet("WAYLAND_DISPLAY")
    var usesProgram = !hasTerminal
    switch environment("SSH_ASKPASS_REQUIRE")?.lowercased() {
    case "force": (mayUseProgram, usesProgram) = (true, true)
    case "prefer": usesProgram = usesProgram || mayUseProgram
    case "never": mayUseProgram = false
    default: break
    }
    if usesProgram, mayUseProgram, let program = environment("SSH_ASKPASS"), !program.isEmpty {
      return .program(program)
    }
    return hasTerminal ? .terminal : .unavailable
  }

  /// - Returns: nil without an answer.
  static func ask(_ question: Question, _ method: Method) throws(TransportError) -> String? {
    let prompt = text(question)
    switch method {
    case .unavailable: return nil
    case .terminal:
      return TerminalPrompt.ask(instruction(question) + prompt, isSecret: isSecret(question))
    case .program(let program):
      Messages.own(instruction(question))
      let outcome = ChildProcess.run([program, prompt], showsErrors: true, seconds: timeout) {
        StopSignal.received != nil
      }
      switch outcome {
      case .ended(0, let bytes): return firstLine(bytes)
      // Cancelled or timed out.
      case .ended, .stopped: return nil
      case .notStarted:
        throw TransportError(
          .configuration, "cannot start \(program) of SSH_ASKPASS",
          advice: "unset SSH_ASKPASS, or set it to an executable program")
      }
    }
  }

  static func isSecret(_ question: Question) -> Bool {
    switch question {
    case .passphrase, .password: true
    case .reply(_, _, _, let isSecret): isSecret
    case .hostKey: false
    }
  }

  /// The prompt, with control characters of a server made visible.
  static func text(_ question: Question) -> String {
    switch question {
    case .passphrase(let file): "Passphrase for key \(terminalText(file)): "
    case .password(let login): "Password for \(terminalText(login)): "
    case .reply(let login, _, let prompt, _): "\(terminalText(login)): \(lines(prompt))"
    case .hostKey(let host, let type, let fingerprint):
      "The host key of \(terminalText(host)) is unknown:\n  \(terminalText(type)) \(fingerprint)\n"
        + "Trust it (yes, no, or the fingerprint)? "
    }
  }

  /// What the server says before its prompts, on lines of its own.
  static func instruction(_ question: Question) -> String {
    guard case .reply(let login, let text, _, _) = question, !text.isEmpty else { return "" }
    return "\(terminalText(login)): \(lines(text))\n"
  }

  private static func lines(_ text: String) -> String {
    text.split(separator: "\n").map { terminalText(String($0)) }.joined(separator: "\n")
  }

  /// The first line without its line end; nil when it is empty.
  static func firstLine(_ bytes: [UInt8]) -> String? {
    var line = bytes.prefix { $0 != 10 }
    if line.last == 13 { line.removeLast() }
    return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
  }
}
