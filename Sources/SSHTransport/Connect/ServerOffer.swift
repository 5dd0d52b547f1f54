import Platform
/// The algorithms that a server offers: its SSH_MSG_KEXINIT (RFC 4253 §7.1).
struct ServerOffer: Equatable {
  var keyExchange: [String]
  var hostKeys: [String]
  /// From client to server, then from server to client.
  var ciphers: [[String]]
  var macs: [[String]]

  /// - Parameter greeting: all that the server has sent, from its first byte on.
  init?(greeting: [UInt8]) {
    // Other lines may precede the version (RFC 4253 §4.2).
    var rest = greeting[...]
    while true {
      guard let end = rest.firstIndex(of: 10) else { return nil }
      let line = rest[..<end]
      rest = rest[(end + 1)...]
      if line.starts(with: "SSH-".utf8) { break }
    }
    var packet = FieldReader(rest)
    guard let body = packet.string(), let padding = body.first, body.count > Int(padding) else {
      return nil
    }
    var reader = FieldReader(body.dropFirst())
    // The cookie of 16 bytes follows the number of the message.
    guard reader.take(1) == [20], reader.take(16) != nil else { return nil }
    var lists: [[String]] = []
    for _ in 0..<6 {
      guard let text = reader.text() else { return nil }
      lists.append(text.split(separator: ",").map(String.init))
    }
    // Names that announce an extension are no algorithms (RFC 8308 §2.1).
    keyExchange = lists[0].filter { !$0.hasPrefix("kex-strict-") && !$0.hasPrefix("ext-info-") }
    hostKeys = lists[1]
    ciphers = Array(lists[2...3])
    macs = Array(lists[4...5])
  }

  /// A kind of algorithm in which client and server have nothing in common.
  struct Gap: Equatable {
    var what: String
    var server: [String]
    var client: [String]
  }

  /// The kinds of algorithms in which the server and this client have nothing in common.
  func gaps(_ client: ClientOffer) -> [Gap] {
    var gaps: [Gap] = []
    func compare(_ what: String, _ server: [String], _ client: [String]) {
      guard !server.contains(where: client.contains) else { return }
      let gap = Gap(what: what, server: server, client: client)
      if !gaps.contains(gap) { gaps.append(gap) }
    }
    compare("key exchange", keyExchange, client.keyExchange)
    compare("host key algorithm", hostKeys, client.hostKeys)
    for direction in ciphers.indices {
      compare("cipher", ciphers[direction], client.ciphers)
      // A cipher that authenticates needs no MAC (RFC 5647 §5.1).
      let common = client.ciphers.filter(ciphers[direction].contains)
      if !common.contains(where: { $0.contains("-gcm@") || $0.hasPrefix("chacha20-") }) {
        compare("MAC", macs[direction], client.macs)
      }
    }
    return gaps
  }
}

/// The algorithms that this client offers.
struct ClientOffer: Equatable {
  var keyExchange: [String]
  var hostKeys: [String]
  var ciphers: [String]
  var macs: [String]
}
