import Foundation
import SSHTransport
import TestSupport
import Testing

@Suite(.enabled(if: Command.find("ssh-keygen") != nil, "ssh-keygen is not installed"))
struct KeyFileTests {
  static let kinds: [(type: String, pem: Bool, passphrase: String)] = [
    ("ed25519", false, ""), ("ed25519", false, "secret"), ("ecdsa", true, ""),
    ("ecdsa", true, "secret"), ("rsa", false, ""), ("rsa", false, "secret"), ("rsa", true, ""),
    ("rsa", true, "secret"),
  ]

  @Test(arguments: kinds) func whatAKeyFileTells(type: String, pem: Bool, passphrase: String) throws
  {
    let folder = try TemporaryFolder()
    let file = folder.file("key")
    let keygen = try #require(Command.find("ssh-keygen"))
    let made = try Command.run(
      keygen,
      ["-q", "-t", type, "-N", passphrase, "-f", file] + (pem ? ["-m", "PEM"] : [])
        + (type == "rsa" ? ["-b", "2048"] : []))
    try #require(made.exitCode == 0, "\(made.errorText)")
    let key = try KeyFile.inspect(file)
    #expect(key.isEncrypted == !passphrase.isEmpty)
    #expect(key.isRSA == (type == "rsa"))
  }

  @Test(arguments: [0o644, 0o640, 0o604, 0o660]) func aKeyOthersMayReadIsRefused(mode: Int) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("-----BEGIN OPENSSH PRIVATE KEY-----\n", to: "key")
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    let error = #expect(throws: TransportError.self) { try KeyFile.inspect(file) }
    #expect(error?.kind == .authentication && error?.advice.contains("chmod 600") == true)
  }

  @Test(arguments: ["ssh-ed25519 AAAA me@here\n", "", "\u{0}\u{1}\u{2}"])
  func whatIsNoPrivateKeyIsNamed(text: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(text, to: "key")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
    let error = #expect(throws: TransportError.self) { try KeyFile.inspect(file) }
    #expect(error?.kind == .configuration && error?.message.contains(file) == true)
  }

  @Test func aMissingKeyIsNamed() throws {
    let error = #expect(throws: TransportError.self) { try KeyFile.inspect("/nosuch/key") }
    #expect(error?.kind == .configuration && error?.message.contains("/nosuch/key") == true)
  }

  /// Bytes of any kind after the header end in an answer.
  @Test func damagedKeysDoNotTrap() throws {
    let folder = try TemporaryFolder()
    for body in ["", "b3BlbnNzaC1rZXktdjEA", "b3BlbnNzaC1rZXktdjEA/////w==", "!!!!", "AAAA"] {
      let file = try folder.write(
        "-----BEGIN OPENSSH PRIVATE KEY-----\n\(body)\n-----END OPENSSH PRIVATE KEY-----\n",
        to: "key")
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
      #expect(try KeyFile.inspect(file).isEncrypted)
    }
  }
}
