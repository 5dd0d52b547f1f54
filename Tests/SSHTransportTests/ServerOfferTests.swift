import Platform
import SSHKeys
import Testing

@testable import SSHTransport

/// The server's algorithms, as its first packet names them (RFC 4253 §7.1).
@Suite struct ServerOfferTests {
  private static func greeting(_ lists: [String], before: String = "") -> [UInt8] {
    var payload: [UInt8] = [20] + [UInt8](repeating: 7, count: 16)
    for list in lists { payload.append(string: list.utf8) }
    payload += [UInt8](repeating: 0, count: 5)
    let padding = 4 + (8 - (5 + payload.count + 4) % 8) % 8
    var out = Array((before + "SSH-2.0-Some_1.0\r\n").utf8)
    out.append(word: UInt32(1 + payload.count + padding))
    return out + [UInt8(padding)] + payload + [UInt8](repeating: 0, count: padding)
  }

  private static let lists = [
    "curve25519-sha256,kex-strict-s-v00@openssh.com", "ssh-ed25519,rsa-sha2-512", "aes128-ctr",
    "aes256-gcm@openssh.com", "hmac-sha2-256", "", "none", "none", "", "",
  ]
  private static let client = ClientOffer(
    keyExchange: ["curve25519-sha256"], hostKeys: ["ssh-ed25519"], ciphers: ["aes128-ctr"],
    macs: ["hmac-sha2-256"])

  @Test(arguments: ["", "hello\n", "a\r\nb\n\n"]) func readsAlgorithms(before: String) throws {
    let offer = try #require(ServerOffer(greeting: Self.greeting(Self.lists, before: before)))
    #expect(offer.keyExchange == ["curve25519-sha256"])
    #expect(offer.hostKeys == ["ssh-ed25519", "rsa-sha2-512"])
    #expect(offer.ciphers == [["aes128-ctr"], ["aes256-gcm@openssh.com"]])
    #expect(offer.macs == [["hmac-sha2-256"], []])
    #expect(
      offer.gaps(Self.client) == [
        ServerOffer.Gap(what: "cipher", server: ["aes256-gcm@openssh.com"], client: ["aes128-ctr"]),
        ServerOffer.Gap(what: "MAC", server: [], client: ["hmac-sha2-256"]),
      ])
  }

  /// A cipher that authenticates by itself needs no MAC.
  @Test func ignoresMACsOfAuthenticatedCiphers() throws {
    var lists = Self.lists
    lists[2] = "aes256-gcm@openssh.com"
    lists[4] = ""
    let offer = try #require(ServerOffer(greeting: Self.greeting(lists)))
    var client = Self.client
    client.ciphers = ["aes256-gcm@openssh.com"]
    #expect(offer.gaps(client).isEmpty)
  }

  @Test func rejectsIncompleteAndForeignBytes() {
    let whole = Self.greeting(Self.lists)
    let end = whole.count
    for cut in 0..<end { #expect(ServerOffer(greeting: Array(whole[..<cut])) == nil) }
    for at in whole.indices {
      var changed = whole
      changed[at] ^= 0x81
      _ = ServerOffer(greeting: changed)
    }
    #expect(ServerOffer(greeting: Array("220 mail ready\r\n".utf8)) == nil)
    #expect(ServerOffer(greeting: [UInt8](repeating: 0xFF, count: 1_000)) == nil)
  }
}
