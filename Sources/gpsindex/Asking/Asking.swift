import GeoFormats
import SSHTransport

/// How a person is asked: on the terminal, or by the program SSH_ASKPASS names, as ssh(1) chooses.
enum Asking {
  enum Way: Equatable, Sendable {
    case terminal
    case program(String)
    case nobody
  }

  /// Seconds that an answer may take: as long as OpenSSH's server waits for a login.
  static let patience = 120.0

  static func way(_ environment: (String) -> String?, hasTerminal: Bool) -> Way {
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
    return hasTerminal ? .terminal : .nobody
  }

  /// nil: no answer.
  static func ask(_ question: Question, _ way: Way) throws(TransportError) -> String? {
    let prompt = words(question)
    switch way {
    case .nobody: return nil
    case .terminal: return TerminalPrompt.ask(prompt, isSecret: isSecret(question))
    case .program(let program):
      let outcome = ChildProcess.run([program, prompt], showsErrors: true, seconds: patience) {
        StopSignal.received != nil
      }
      switch outcome {
      case .ended(0, let bytes): return firstLine(bytes)
      // Cancelled, or nobody there.
      case .ended, .stopped: return nil
      case .notStarted:
        throw TransportError(
          .configuration, "cannot start \(program), which SSH_ASKPASS names",
          advice: "set SSH_ASKPASS to a program that asks, or unset it")
      }
    }
  }

  static func isSecret(_ question: Question) -> Bool {
    switch question {
    case .passphrase, .password: true
    case .reply(_, _, let isSecret): isSecret
    case .hostKey: false
    }
  }

  /// What a server says is made harmless for a terminal.
  static func words(_ question: Question) -> String {
    switch question {
    case .passphrase(let file): "Passphrase of the key \(terminalText(file)): "
    case .password(let login): "Password of \(terminalText(login)): "
    case .reply(let login, let prompt, _):
      "\(terminalText(login)): "
        + prompt.split(separator: "\n").map { terminalText(String($0)) }.joined(separator: "\n")
    case .hostKey(let host, let type, let fingerprint):
      "The host key of \(terminalText(host)) is not known:\n  \(terminalText(type)) \(fingerprint)\n"
        + "Is it the server's (yes, no, or the fingerprint)? "
    }
  }

  /// Without its end; nil when there is none.
  static func firstLine(_ bytes: [UInt8]) -> String? {
    var line = bytes.prefix { $0 != 10 }
    if line.last == 13 { line.removeLast() }
    return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
  }
}
