import SSHTransport
import Testing

@testable import gpsindex

/// Where a prompt for a secret appears, as ssh(1) decides: SSH_ASKPASS and SSH_ASKPASS_REQUIRE.
@Suite struct PromptTests {
  static let cases: [(String, [String: String], Bool, UserPrompt.Method)] = [
    ("a terminal", [:], true, .terminal),
    ("nothing", [:], false, .unavailable),
    ("a program without a display", ["SSH_ASKPASS": "/p"], false, .unavailable),
    ("a program and a display", ["SSH_ASKPASS": "/p", "DISPLAY": ":0"], false, .program("/p")),
    ("Wayland", ["SSH_ASKPASS": "/p", "WAYLAND_DISPLAY": "w"], false, .program("/p")),
    ("the terminal comes first", ["SSH_ASKPASS": "/p", "DISPLAY": ":0"], true, .terminal),
    (
      "unless preferred", ["SSH_ASKPASS": "/p", "DISPLAY": ":0", "SSH_ASKPASS_REQUIRE": "prefer"],
      true, .program("/p")
    ),
    (
      "preferred without a display", ["SSH_ASKPASS": "/p", "SSH_ASKPASS_REQUIRE": "prefer"], true,
      .terminal
    ),
    ("forced", ["SSH_ASKPASS": "/p", "SSH_ASKPASS_REQUIRE": "Force"], true, .program("/p")),
    (
      "forced and alone", ["SSH_ASKPASS": "/p", "SSH_ASKPASS_REQUIRE": "force"], false,
      .program("/p")
    ),
    (
      "never", ["SSH_ASKPASS": "/p", "DISPLAY": ":0", "SSH_ASKPASS_REQUIRE": "never"], false,
      .unavailable
    ),
    ("forced, and there is none", ["SSH_ASKPASS_REQUIRE": "force"], true, .terminal),
    ("an empty name", ["SSH_ASKPASS": "", "DISPLAY": ":0"], false, .unavailable),
  ]

  @Test(arguments: cases)
  func promptsWhereSSHDoes(
    name: String, environment: [String: String], hasTerminal: Bool, method: UserPrompt.Method
  ) {
    #expect(UserPrompt.method({ environment[$0] }, hasTerminal: hasTerminal) == method)
  }

  @Test(
    arguments: [
      ("secret\n", "secret"), ("secret", "secret"), ("se cret\r\nmore\n", "se cret"), ("", nil),
      ("\nsecond\n", nil), (" \n", " "),
    ] as [(String, String?)])
  func readsTheFirstLineOfOutput(output: String, answer: String?) {
    #expect(UserPrompt.firstLine(Array(output.utf8)) == answer)
  }

  /// Otherwise a key's passphrase would be sent to a server as a password.
  @Test func passwordCommandAnswersOneKindOfSecret() throws {
    let forKeys = PasswordCommand("echo s", isForKeys: true)
    #expect(try forKeys.answer(.passphrase(keyFile: "/k")) == "s")
    #expect(try forKeys.answer(.password(login: "a@b")) == nil)
    let forPasswords = PasswordCommand("echo s", isForKeys: false)
    #expect(try forPasswords.answer(.passphrase(keyFile: "/k")) == nil)
    #expect(try forPasswords.answer(.password(login: "a@b")) == "s")
    for command in [forKeys, forPasswords] {
      let code = Question.reply(login: "a@b", instruction: "", prompt: "Code: ", isSecret: true)
      #expect(try command.answer(code) == nil)
      #expect(try command.answer(.hostKey(host: "h", keyType: "t", fingerprint: "f")) == nil)
    }
  }

  @Test func makesControlCharactersOfPromptsVisible() {
    let hostile = "\u{1B}]0;x\u{7}Hello\n\u{9B}31mCode: "
    let question = Question.reply(
      login: "a@b", instruction: hostile, prompt: hostile, isSecret: false)
    for words in [UserPrompt.text(question), UserPrompt.instruction(question)] {
      #expect(words.contains("Hello"))
      #expect(
        words.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0.value != 0x9B })
    }
  }
}
