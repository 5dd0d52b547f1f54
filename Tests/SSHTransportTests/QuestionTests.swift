import Foundation
import TestSupport
import Testing

@testable import SSHTransport

@Suite struct QuestionTests {
  @Test(arguments: [
    ("Password: ", true), ("drone@nas's password: ", true), ("Passwort:", true),
    ("Password for drone@code.example:", true), ("One-time password (OATH) for `drone': ", false),
    ("Enter PASSCODE: ", false), ("Verification code: ", false), ("OTP password:", false),
    ("", false),
  ])
  func recognisesPasswordPrompts(prompt: String, isIt: Bool) {
    #expect(Prompt.isForThePassword(prompt) == isIt)
  }

  /// Each account has answers of its own.
  @Test func keepsSecretsPerAccount() throws {
    let credentials = Credentials(canAsk: true) { (_) throws(TransportError) in
      "answer"
    }
    var first = Endpoint(host: "nas", port: 2201, user: "drone")
    var second = first
    #expect(first.account == second.account && first.login == second.login)
    second.port = 2202
    #expect(first.account != second.account)
    second = first
    second.route = "bastion"
    #expect(first.account != second.account)
    first.identities = ["/key"]
    second.route = ""
    #expect(first.account == second.account && first.login != second.login)
    let refusal = TransportError(.authentication, "no")
    credentials.noteRefusal(refusal, for: first.login)
    #expect(credentials.refusal(for: first.login) == refusal)
    #expect(credentials.refusal(for: second.login) == nil)
  }

  /// A program may leave others running, with its output open.
  @Test func endsWithTheProgramAndNotItsChildren() {
    let outcome = ChildProcess.run(["/bin/sh", "-c", "sleep 20 & echo secret"], seconds: 10)
    #expect(outcome == .ended(0, Array("secret\n".utf8)))
  }

  /// Where no terminal is: a program that must stay in front of it is left alone by the group's signal.
  @Test(.enabled(if: open("/dev/tty", O_RDWR) < 0, "this test runs on a terminal"))
  func stopKillsTheWholeProcessGroup() throws {
    let folder = try TemporaryFolder()
    let note = folder.file("pid")
    let outcome = ChildProcess.run(
      ["/bin/sh", "-c", "sh -c 'echo $$ >\(note); sleep 600' & wait"], seconds: 120
    ) {
      (try? String(contentsOfFile: note, encoding: .utf8))?.hasSuffix("\n") == true
    }
    #expect(outcome == .stopped)
    let text = try String(contentsOfFile: note, encoding: .utf8)
    let grandchild = try #require(Int32(text.trimmingCharacters(in: .newlines)))
    #expect(Poll.until(seconds: 60) { kill(grandchild, 0) != 0 }, "\(grandchild) still runs")
  }

  @Test func namesUnreadableKnownHostsFiles() throws {
    let folder = try TemporaryFolder()
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    let large = try folder.write(
      "nas \(key)\n" + String(repeating: "# \(key)\n", count: 120_000), to: "large")
    let known = KnownHosts(files: [folder.file("missing"), large, try folder.folder("folder")])
    #expect(known.keyTypes(name: "nas") == ["ssh-ed25519"])
    #expect(known.unread == [folder.file("folder")])
  }
}
