import Foundation
import TestSupport
import Testing

@testable import SSHTransport

/// A host key is added to a file of known_hosts lines, and to no other.
@Suite struct KnownHostsFileTests {
  private static let key = "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
  private static let line = "nas ssh-ed25519 \(key)\n"

  static let good = [
    "", "\n\n", "# a comment\n", "  # another", line,
    "nas,192.0.2.7 ssh-ed25519 \(key) me@here\r\n",
    "[nas]:2222 ssh-ed25519 \(key)\n", "[fe80::1%eth0]:22 ssh-ed25519 \(key)\n",
    "*.example.org,!b?d.example.org ssh-ed25519 \(key)\n",
    "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ssh-ed25519 \(key)\n",
    "@revoked * ssh-ed25519 \(key)\n", "@cert-authority *.x.org ssh-ed25519 \(key)\n",
    "old 1024 35 123456789\n",
  ]

  @Test(arguments: good) func acceptsKnownHostsLines(text: String) {
    #expect(KnownHostsFile.firstForeignLine(text) == nil)
  }

  static let foreign = [
    "ssh-ed25519 \(key) me@here\n", "ssh-ed25519 \(key)\n", "restrict ssh-ed25519 \(key)\n",
    "no-pty,no-X11-forwarding ssh-ed25519 \(key)\n",
    "command=\"sh\" ssh-ed25519 \(key)\n", "from=\"10.0.0.*\",restrict ssh-ed25519 \(key)\n",
    "me@example.org ssh-ed25519 \(key)\n", "export PATH=/bin\n", "127.0.0.1 localhost\n",
    "* * * * * /bin/true\n", "nas ssh-rsa \(key)\n", "nas ssh-ed25519\n", "nas\n",
    "@unknown nas ssh-ed25519 \(key)\n", "-----BEGIN OPENSSH PRIVATE KEY-----\n", "\u{0}\u{1}\n",
    "a,,b ssh-ed25519 \(key)\n", "root:x:0:0:root:/root:/bin/bash\n",
  ]

  @Test(arguments: foreign) func rejectsLinesOfOtherFiles(text: String) throws {
    #expect(KnownHostsFile.firstForeignLine(text) == 1)
    #expect(KnownHostsFile.firstForeignLine(Self.line + text) == 2)
    let folder = try TemporaryFolder()
    let file = try folder.write(text, to: "file")
    let error = #expect(throws: TransportError.self) {
      try KnownHostsFile.append(Self.line, to: file)
    }
    #expect(error?.kind == .configuration && error?.message.contains(file) == true)
    #expect(throws: TransportError.self) { try KnownHostsFile.check(file) }
    #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
  }

  @Test func createsPrivateFilesAndEndsLastLines() throws {
    let folder = try TemporaryFolder()
    let file = folder.file(".ssh/known_hosts")
    try KnownHostsFile.append(Self.line, to: file)
    let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    try folder.write("# mine", to: ".ssh/known_hosts")
    try KnownHostsFile.append(Self.line, to: file)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "# mine\n" + Self.line)
    try KnownHostsFile.check(folder.file("none"))
    try KnownHostsFile.append(Self.line, to: "/dev/null")
  }

  /// Managers of dotfiles link known_hosts; what lies behind a link has to be such a file, and be there.
  @Test func followsLinksToKnownHostsOnly() throws {
    let folder = try TemporaryFolder()
    _ = try folder.folder(".ssh")
    let manager = FileManager.default
    let real = try folder.write(Self.line, to: "dotfiles-known_hosts")
    try manager.createSymbolicLink(
      atPath: folder.file(".ssh/known_hosts"), withDestinationPath: real)
    try KnownHostsFile.append(Self.line, to: folder.file(".ssh/known_hosts"))
    #expect(try String(contentsOfFile: real, encoding: .utf8) == Self.line + Self.line)
    let keys = "ssh-ed25519 AAAA me\n"
    for target in [try folder.write(keys, to: "authorized_keys"), folder.file("nowhere")] {
      let link = folder.file(".ssh/link-\(target.suffix(3))")
      try manager.createSymbolicLink(atPath: link, withDestinationPath: target)
      #expect(throws: TransportError.self) { try KnownHostsFile.append(Self.line, to: link) }
      #expect(throws: TransportError.self) { try KnownHostsFile.check(link) }
    }
    #expect(try String(contentsOfFile: folder.file("authorized_keys"), encoding: .utf8) == keys)
    #expect(!manager.fileExists(atPath: folder.file("nowhere")))
  }

  /// And nothing waits for the other end of a FIFO.
  @Test func rejectsFIFOsAndFolders() throws {
    let folder = try TemporaryFolder()
    let fifo = folder.file("fifo")
    #expect(mkfifo(fifo, 0o600) == 0)
    for place in [fifo, try folder.folder("folder"), "/dev/zero"] {
      #expect(throws: TransportError.self) { try KnownHostsFile.append(Self.line, to: place) }
      #expect(throws: TransportError.self) { try KnownHostsFile.check(place) }
    }
  }
}
