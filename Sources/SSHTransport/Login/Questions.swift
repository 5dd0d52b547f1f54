import CSSH2

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What a server has asked by keyboard-interactive (RFC 4256).
struct Questions {
  var asked = 0
  var passwords = 0
  /// Nothing but one password, which can be given to further connections, too.
  var isOnlyAPassword: Bool { asked == passwords && passwords <= 1 }

  /// Whether the account's password is meant. A code that holds for one login only, such as an "OATH
  /// one-time password" or a "passcode", must neither be answered with it nor be given twice.
  static func isForThePassword(_ prompt: String) -> Bool {
    // Behind "for" may stand names of any kind.
    let asked = prompt.lowercased().split(separator: " for ").first ?? ""
    return asked.contains("pass")
      && !["one-time", "one time", "otp", "oath", "code", "token"].contains { asked.contains($0) }
  }
}

extension Authenticator {
  /// Goes on with the server's questions; libssh2's code.
  func askQuestions() -> Int32 {
    // The only word libssh2 carries to this callback is the session's own.
    if let place = unsafe libssh2_session_abstract(session.raw) {
      unsafe place.pointee = Unmanaged.passUnretained(self).toOpaque()
    }
    return unsafe libssh2_userauth_keyboard_interactive_ex(
      session.raw, endpoint.user, UInt32(endpoint.user.utf8.count)
    ) { _, _, instruction, instructionLength, count, prompts, responses, context in
      guard let context = unsafe context?.pointee, count > 0, let prompts = unsafe prompts,
        let responses = unsafe responses
      else { return }
      let this = unsafe Unmanaged<Authenticator>.fromOpaque(context).takeUnretainedValue()
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
    questionsAsked.asked += 1
    let isPassword =
      isSecret && isAlone && questionsAsked.asked == 1 && Questions.isForThePassword(prompt)
    if isPassword { questionsAsked.passwords += 1 }
    do throws(TransportError) {
      if isPassword { return try ownPassword() }
      let whole = intro.isEmpty ? prompt : "\(intro)\n\(prompt)"
      return try credentials.answer(
        .reply(login: endpoint.loginName, prompt: whole, isSecret: isSecret))
    } catch {
      failureInside = error
      return nil
    }
  }

  /// An answer that nobody gave must not be sent as an empty one: that would be a failed login.
  private func hangUp() {
    if failureInside == nil {
      failureInside = TransportError(
        .authentication, "\(endpoint.description) asked \(endpoint.user) what nobody answered",
        advice: "run it on a terminal, or use a key")
    }
    _ = shutdown(descriptor, Int32(SHUT_RDWR))
  }
}

/// Bytes as text; empty when there are none.
private func text(_ bytes: UnsafeRawPointer?, _ count: Int) -> String {
  guard let bytes = unsafe bytes, count > 0 else { return "" }
  return unsafe String(
    decoding: UnsafeRawBufferPointer(start: bytes, count: min(count, 4_096)), as: UTF8.self)
}
