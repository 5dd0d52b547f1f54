import Foundation
import LinkSimulation
import TestSupport
import Testing

@testable import SSHTransport

/// Servers that offer some algorithms only. libssh2 or the ssh program reaches each, without any option.
@Suite(.enabled(if: PrivateSSHD.isAvailable && SSHProgram.isInstalled, "OpenSSH is not installed"))
struct AutomaticChannelTests {
  struct Offer: Sendable, CustomTestStringConvertible {
    var name: String
    var hostKey = PrivateSSHD.KeyType.ed25519
    var lines: [String]
    /// What the message names: libssh2 1.10 does not have it.
    var missing: String?
    var testDescription: String { name }
  }

  static let offers = [
    Offer(name: "Ed25519 host key", lines: ["HostKeyAlgorithms ssh-ed25519"]),
    Offer(name: "ECDSA host key", hostKey: .ecdsa, lines: []),
    Offer(
      name: "rsa-sha2-512 host key", hostKey: .rsa, lines: ["HostKeyAlgorithms rsa-sha2-512"],
      missing: "host key algorithm in common (server: rsa-sha2-512;"),
    Offer(
      name: "ChaCha20", lines: ["Ciphers chacha20-poly1305@openssh.com"],
      missing: "cipher in common (server: chacha20-poly1305@openssh.com;"),
    Offer(
      name: "AES-GCM", lines: ["Ciphers aes256-gcm@openssh.com,aes128-gcm@openssh.com"],
      missing: "cipher in common (server: aes256-gcm@openssh.com, aes128-gcm@openssh.com;"),
    Offer(
      name: "EtM", lines: ["Ciphers aes256-ctr", "MACs hmac-sha2-512-etm@openssh.com"],
      missing: "MAC in common (server: hmac-sha2-512-etm@openssh.com;"),
    Offer(
      name: "hardened",
      lines: [
        "HostKeyAlgorithms ssh-ed25519", "KexAlgorithms curve25519-sha256",
        "Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com",
        "MACs hmac-sha2-512-etm@openssh.com",
      ], missing: "cipher in common"),
    Offer(
      name: "sntrup761", lines: ["KexAlgorithms sntrup761x25519-sha512@openssh.com"],
      missing: "key exchange in common (server: sntrup761x25519-sha512@openssh.com;"),
  ]

  private final class Events {
    var errors: [TransportError] = []
    var opened = 0
  }

  private func channel(_ endpoint: Endpoint, _ events: Events) -> AutomaticChannel {
    AutomaticChannel(
      LibSSH2Channel(endpoint),
      replacement: { (error) throws(TransportError) in
        events.errors.append(error)
        return try ProcessChannel.ssh(
          endpoint, alias: endpoint.host, explicitUser: endpoint.user, explicitPort: endpoint.port,
          timeout: 60)
      }, onOpen: { events.opened += 1 })
  }

  @Test(arguments: offers) func reachesServersWithFewAlgorithms(_ offer: Offer) throws {
    var options = PrivateSSHD.Options()
    options.hostKeys = [offer.hostKey]
    options.extraLines = offer.lines
    let server = try PrivateSSHD(options)
    let events = Events()
    let channel = channel(Endpoint(server, mayHandOver: true), events)
    defer { channel.close() }
    let driver = ChannelDriver(channel: channel)
    try driver.open()
    #expect(try driver.initialize() == 2)
    // libssh2 from 1.11 on has some of them.
    guard let missing = offer.missing, LibSSH2.version.hasPrefix("1.10.") else {
      #expect(events.errors.count + events.opened == 1)
      return
    }
    #expect(events.opened == 0)
    let error = try #require(events.errors.first)
    #expect(events.errors.count == 1 && error.kind == .handshakeFailed)
    #expect(error.message.contains(missing), "\(error.message)")
    #expect(error.message.contains("libssh2 1.10.0: "), "\(error.message)")
  }

  /// A certificate is offered by the ssh program only, before anybody is asked for a password.
  @Test func certificatesHandOver() throws {
    let folder = try TemporaryFolder()
    let authority = folder.file("ca")
    func keygen(_ words: String...) throws {
      let made = try Command.run(try #require(Command.find("ssh-keygen")), words)
      try #require(made.exitCode == 0, "\(made.errorText)")
    }
    try keygen("-q", "-t", "ed25519", "-N", "", "-f", authority)
    var options = PrivateSSHD.Options()
    options.extraLines = ["TrustedUserCAKeys \(authority).pub", "AuthorizedKeysFile none"]
    let server = try PrivateSSHD(options)
    try keygen("-q", "-s", authority, "-I", "test", "-n", server.user, server.identity + ".pub")
    let events = Events()
    let channel = channel(Endpoint(server, mayHandOver: true), events)
    defer { channel.close() }
    let driver = ChannelDriver(channel: channel)
    try driver.open()
    #expect(try driver.initialize() == 2)
    #expect(events.errors.map(\.kind) == [.authentication])
    #expect(events.errors.first?.handOverRemark.contains("certificates") == true)
  }

  /// Where the ssh program could do no more, it is not tried: each attempt counts against the account.
  @Test func refusedKeysDoNotHandOver() throws {
    let server = try PrivateSSHD()
    let stranger = try PrivateSSHD()
    var endpoint = Endpoint(server, mayHandOver: true)
    endpoint.identities = [stranger.identity]
    let events = Events()
    let channel = channel(endpoint, events)
    defer { channel.close() }
    let error = #expect(throws: TransportError.self) { try ChannelDriver(channel: channel).open() }
    #expect(error?.kind == .authentication && events.errors.isEmpty && events.opened == 0)
  }

  @Test func changedHostKeysDoNotHandOver() throws {
    let server = try PrivateSSHD()
    let other = try PrivateSSHD()
    let folder = try TemporaryFolder()
    var endpoint = Endpoint(server, mayHandOver: true)
    endpoint.knownHostsFiles = [
      try folder.write(
        try String(contentsOfFile: other.knownHosts, encoding: .utf8)
          .replacing(":\(other.port)", with: ":\(server.port)"), to: "known_hosts")
    ]
    let events = Events()
    let channel = channel(endpoint, events)
    defer { channel.close() }
    let error = #expect(throws: TransportError.self) { try ChannelDriver(channel: channel).open() }
    #expect(error?.kind == .hostKeyChanged && events.errors.isEmpty)
  }

  /// The refusal may arrive while the first packet is written. Then no poll(2) reports it any more.
  @Test func noticesARefusedSubsystemThatAWriteHasRead() throws {
    var options = PrivateSSHD.Options()
    options.extraLines = ["Subsystem other /bin/false"]
    options.subsystem = .none
    let server = try PrivateSSHD(options)
    // The refusal arrives after the stream is open.
    let link = try LinkProxy(to: server.port, settings: LinkSettings(milliseconds: 60))
    var endpoint = Endpoint(server)
    endpoint.port = link.port
    endpoint.knownHostsFiles = [try server.knownHosts(port: link.port)]
    let channel = LibSSH2Channel(endpoint)
    defer { channel.close() }
    let driver = ChannelDriver(channel: channel)
    try driver.open()
    // Until the refusal lies in the socket.
    try #require(driver.wait(for: .read))
    let error = #expect(throws: TransportError.self) {
      _ = try [UInt8]([0, 0, 0, 5, 1, 0, 0, 0, 3]).withUnsafeBytes { raw throws(TransportError) in
        try channel.write(raw)
      }
    }
    #expect(error?.kind == .channelRefused, "\(String(describing: error))")
  }
}
