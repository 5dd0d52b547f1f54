import CSSH2

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Tells apart the prompts of keyboard-interactive (RFC 4256).
enum Prompt {
  /// Whether the account's password is meant. A code that is valid once, such as an "OATH one-time password" or a
  /// "passcode", must neither be answered with the password nor be sent twice.
  static func isForThePassword(_ prompt: String) -> Bool {
    // Behind "for" may stand names of any kind.
    let asked = prompt.lowercased().split(separator: " for ").first ?? ""
    return asked.contains("pass")
      && !["one-time", "one time", "otp", "oath", "code", "token"].contains { asked.contains($0) }
  }
}

/// Answers the server's prompts (keyboard-interactive, RFC 4256).
@safe final class QuestionLogin {
  private let connection: LoginConnection
  private var asked = 0
  private var passwords = 0
  /// The server's instruction, as it was last shown.
  private var shown = ""
  private var lastPrompt = ""
  /// Why the callback gave no answer; libssh2 carries no reason.
  private var failure: TransportError?

  init(_ connection: LoginConnection) { self.connection = connection }

  var hasAskedNothing: Bool { asked == 0 }
  /// The only prompt was one for the password, which further connections can send, too.
  var isOnlyAPassword: Bool { asked == passwords && passwords <= 1 }

  func advance(after signed: Candidate?, refused: [String]) throws(TransportError) -> LoginStep {
    let code = ask()
    if code == LibSSH2.again { return .waiting }
    if code == 0 {
      return .accepted(
        isOnlyAPassword
          ? .password(isInteractive: true, after: signed) : .questions(after: signed))
    }
    if let failure { throw failure }
    try connection.check(
      code, refused: refused,
      mayRetry: connection.credentials.accepted(for: connection.endpoint.login) != nil)
    return .refused
  }

  /// Goes on with the server's prompts; libssh2's code.
  private func ask() -> Int32 {
    let session = connection.session
    // This callback gets no word of the caller's, only the session's own context.
    unsafe cssh2_set_owner(session.raw, Unmanaged.passUnretained(self).toOpaque())
    let user = connection.endpoint.user
    return unsafe libssh2_userauth_keyboard_interactive_ex(
      session.raw, user, UInt32(user.utf8.count)
    ) { _, _, instruction, instructionLength, count, prompts, responses, context in
      guard let owner = unsafe cssh2_owner(context), count > 0, let prompts = unsafe prompts,
        let responses = unsafe responses
      else { return }
      let this = unsafe Unmanaged<QuestionLogin>.fromOpaque(owner).takeUnretainedValue()
      let intro = unsafe text(UnsafeRawPointer(instruction), Int(instructionLength))
      for index in 0..<Int(count) {
        let prompt = unsafe prompts[index]
        guard
          let answer = unsafe this.reply(
            intro, text(UnsafeRawPointer(prompt.text), Int(clamping: prompt.length)),
            isSecret: prompt.echo == 0, isAlone: count == 1)
        else { return this.hangUp() }
        // libssh2 frees it.
        unsafe responses[index].text = strdup(answer)
        unsafe responses[index].length = .init(clamping: answer.utf8.count)
      }
    }
  }

  /// nil: no answer.
  private func reply(
    _ intro: String, _ prompt: String, isSecret: Bool, isAlone: Bool
  ) -> String? {
    asked += 1
    lastPrompt = prompt
    let isPassword = isSecret && isAlone && asked == 1 && Prompt.isForThePassword(prompt)
    if isPassword { passwords += 1 }
    do throws(TransportError) {
      if isPassword { return try connection.password() }
      // Once, as ssh does: a program that answers shall see the prompt alone.
      let instruction = intro == shown ? "" : intro
      shown = intro
      return try connection.credentials.answer(
        .reply(
          login: connection.endpoint.loginName, instruction: instruction, prompt: prompt,
          isSecret: isSecret))
    } catch {
      failure = error
      return nil
    }
  }

  /// Ends the connection: an empty answer would be a failed login.
  private func hangUp() {
    if failure == nil {
      let endpoint = connection.endpoint
      let asks = String(
        lastPrompt.split(whereSeparator: \.isNewline).joined(separator: " ").prefix(80))
      failure =
        passwords > 0 && Prompt.isForThePassword(lastPrompt)
        ? TransportError(
          .authentication,
          "\(endpoint.description) refused the password of \(endpoint.user), and asks again",
          advice:
            "check the user name and the password; --password-command prints it in its first line")
        : TransportError(
          .authentication,
          "\(endpoint.description) sent \(endpoint.user) a prompt that nobody answered: “\(asks)”",
          advice: connection.credentials.hasPasswordCommand
            ? "a terminal or SSH_ASKPASS; --password-command answers the prompt for the password only"
            : "run it on a terminal, or with SSH_ASKPASS, or use a key")
    }
    _ = shutdown(connection.descriptor, Int32(SHUT_RDWR))
  }
}

/// Bytes as text; empty when there are none.
private func text(_ bytes: UnsafeRawPointer?, _ count: Int) -> String {
  guard let bytes = unsafe bytes, count > 0 else { return "" }
  return unsafe String(
    decoding: UnsafeRawBufferPointer(start: bytes, count: min(count, 4_096)), as: UTF8.self)
}
