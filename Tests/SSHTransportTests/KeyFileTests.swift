import Platform
import Foundation
import TestSupport
import Testing

@testable import SSHKeys
@testable import SSHTransport

@Suite(.enabled(if: Command.find("ssh-keygen") != nil, "ssh-keygen is not installed"))
struct KeyFileTests {
  /// Type and bits, form (of ssh-keygen -m), passphrase and further words for ssh-keygen.
  static let kinds: [(String, String, String, String)] = [
    ("ed25519 256", "RFC4716", "", ""), ("ed25519 256", "RFC4716", "secret", ""),
    ("ed25519 256", "RFC4716", "pass wörd \"'", "-Z aes128-cbc -a 4"),
    ("ecdsa 256", "PEM", "", ""), ("ecdsa 256", "PEM", "secret", ""),
    ("ecdsa 384", "RFC4716", "secret", "-Z aes256-cbc"), ("ecdsa 521", "RFC4716", "secret", ""),
    ("ecdsa 521", "PKCS8", "secret", ""), ("ecdsa 256", "RFC4716", "", ""),
    ("rsa 2048", "RFC4716", "", ""), ("rsa 2048", "RFC4716", "secret", ""),
    ("rsa 1024", "PEM", "", ""), ("rsa 2048", "PEM", "secret", ""),
    ("rsa 2048", "PKCS8", "secret", ""),
  ]

  @Test(arguments: kinds)
  func decryptsKeysOfAllFormats(kind: String, form: String, passphrase: String, more: String) throws
  {
    let folder = try TemporaryFolder()
    let file = folder.file("key")
    let words = kind.split(separator: " ").map(String.init)
    let made = try Command.run(
      try #require(Command.find("ssh-keygen")),
      ["-q", "-t", words[0], "-b", words[1], "-m", form, "-N", passphrase, "-f", file]
        + more.split(separator: " ").map(String.init))
    try #require(made.exitCode == 0, "\(made.errorText)")
    let key = try KeyFile.inspect(file)
    #expect(key.isEncrypted == !passphrase.isEmpty)
    #expect(key.isRSA == (words[0] == "rsa"))
    guard case .key(let opened) = key.open(passphrase: passphrase) else {
      Issue.record("not opened: \(key.open(passphrase: passphrase))")
      return
    }
    #expect(opened.publicKey == KeyFile.publicKey(inFile: file + ".pub"))
    let data = Array("signed".utf8)
    let type = PublicKeyBlob.type(of: opened.publicKey)
    let algorithms = type == "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type]
    for algorithm in algorithms {
      #expect(data.withUnsafeBufferPointer { opened.sign($0, by: algorithm) }?.isEmpty == false)
    }
    #expect(
      type != "ssh-rsa" || data.withUnsafeBufferPointer { opened.sign($0, by: "ssh-rsa") } == nil)
    if !passphrase.isEmpty {
      for wrong in ["", passphrase + "x"] {
        guard case .wrongPassphrase = key.open(passphrase: wrong) else {
          Issue.record("“\(wrong)” opened it")
          continue
        }
      }
    }
    // Without the .pub file beside it OpenSSH's own form still tells the public half.
    try FileManager.default.removeItem(atPath: file + ".pub")
    #expect(
      (try KeyFile.inspect(file).publicKey != nil) == (form == "RFC4716" || words[0] == "ed25519"))
  }

  /// Bytes that are cut anywhere, and numbers that lie, end in an answer.
  @Test func cutKeysDoNotTrap() throws {
    let folder = try TemporaryFolder()
    let file = folder.file("key")
    for type in ["ed25519", "ecdsa", "rsa"] {
      let made = try Command.run(
        try #require(Command.find("ssh-keygen")),
        ["-q", "-t", type, "-b", type == "rsa" ? "1024" : "256", "-N", "", "-f", file])
      try #require(made.exitCode == 0)
      let text = try String(contentsOfFile: file, encoding: .utf8)
      let lines = text.split(separator: "\n")
      let body = Base64.decode(lines.dropFirst().dropLast().joined().utf8)
      for cut in 0..<body.count {
        if let key = OpenSSHKey(body: Array(body[..<cut])) { _ = key.open(passphrase: "x") }
      }
      for at in body.indices {
        var changed = body
        changed[at] ^= 0x81
        if let key = OpenSSHKey(body: changed) { _ = key.open(passphrase: "x") }
      }
      try FileManager.default.removeItem(atPath: file)
    }
  }

  @Test(arguments: [0o644, 0o640, 0o604, 0o660]) func rejectsKeysThatOthersCanRead(mode: Int) throws
  {
    let folder = try TemporaryFolder()
    let file = try folder.write("-----BEGIN OPENSSH PRIVATE KEY-----\n", to: "key")
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    let error = #expect(throws: KeyFileError.self) { try KeyFile.inspect(file) }
    #expect(error?.kind == .readableByOthers && error?.advice.contains("chmod 600") == true)
  }

  @Test(arguments: ["ssh-ed25519 AAAA me@here\n", "", "\u{0}\u{1}\u{2}"])
  func rejectsFilesThatAreNoPrivateKey(text: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(text, to: "key")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
    let error = #expect(throws: KeyFileError.self) { try KeyFile.inspect(file) }
    #expect(error?.kind == .unusable && error?.message.contains(file) == true)
  }

  @Test func namesAMissingKeyFile() throws {
    let error = #expect(throws: KeyFileError.self) { try KeyFile.inspect("/nosuch/key") }
    #expect(error?.kind == .unusable && error?.message.contains("/nosuch/key") == true)
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
