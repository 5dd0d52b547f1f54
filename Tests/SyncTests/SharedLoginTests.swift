import Foundation
import PhotoIndex
import PhotoModel
import PhotoSource
import SSHTransport
import TestSupport
import Testing

@testable import Sync

/// Several sites of a run, and what one of them costs the others.
@Suite(.serialized) struct SharedLoginTests {
  typealias Setting = ServerSyncTests.Setting

  private func count(_ text: String, in log: String) -> Int {
    log.components(separatedBy: text).count - 1
  }

  /// Failed logins get an address banned (PerSourcePenalties, fail2ban).
  @Test func aRefusedLoginIsNotTriedAgainForTheNextSite() throws {
    let setting = try Setting(photos: 1)
    let stranger = setting.folder.file("stranger")
    let keygen = try #require(Command.find("ssh-keygen"))
    _ = try Command.run(keygen, ["-q", "-t", "ed25519", "-N", "", "-f", stranger])
    setting.access.identity = stranger
    let keeper = ConnectionKeeper()
    for _ in 0..<3 {
      let error = #expect(throws: TransportError.self) { try setting.sync(keeper: keeper) }
      #expect(error?.kind == .authentication)
    }
    #expect(count("Connection from", in: setting.server.log) == 1)
  }

  /// Sites in the order of their names need not be in the order of their hosts.
  @Test func twoServersInTurnCostALoginEach() throws {
    let one = try Setting(photos: 2)
    let two = try Setting(photos: 2)
    let keeper = ConnectionKeeper()
    for _ in 0..<3 {
      #expect(try one.sync(keeper: keeper).listed == 2)
      #expect(try two.sync(keeper: keeper).listed == 2)
    }
    #expect(count("Accepted publickey", in: one.server.log) == 1)
    #expect(count("Accepted publickey", in: two.server.log) == 1)
  }

  /// The first of two keys that a server wants is no refusal: it answers “partial success” (RFC 4252 §5.1).
  @Test func twoKeysMayBeWanted() throws {
    var options = PrivateSSHD.Options()
    options.userKeys = [.ed25519, .ecdsa]
    options.extraLines = ["AuthenticationMethods publickey,publickey"]
    let setting = try Setting(photos: 3, server: options)
    let keys = setting.folder.file(".ssh")
    try FileManager.default.createDirectory(atPath: keys, withIntermediateDirectories: false)
    for type in options.userKeys {
      try FileManager.default.copyItem(
        atPath: setting.server.identity(type), toPath: "\(keys)/id_\(type.rawValue)")
    }
    setting.access.identity = nil
    var sync = SyncOptions()
    sync.source.connections = 1
    sync.source.timeout = 5
    #expect(try setting.sync(sync).listed == 3)
    let log = setting.server.log
    #expect(count("Partial publickey", in: log) == 1, "\(log)")
    #expect(count("Accepted publickey", in: log) == 1, "\(log)")
  }
}
