import Platform
import CSSH2
import Foundation
import TestSupport
import Testing

@testable import SSHKeys
@testable import SSHTransport

/// What the library at hand sends when a key logs in (RFC 4252 §7, RFC 8332 §3), read off the wire before any encryption.
@Suite(.enabled(if: Command.find("ssh-keygen") != nil, "ssh-keygen is not installed"))
struct PublicKeyRequestTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// One SSH_MSG_USERAUTH_REQUEST by public key.
  private struct Request {
    var isSigned = false
    var algorithm = ""
    var key: [UInt8] = []
    var signatureAlgorithm = ""
    var signature: [UInt8] = []
    /// All that stands before the signature.
    var body: [UInt8] = []

    init(_ payload: [UInt8]) throws {
      var reader = FieldReader(payload)
      let kind = reader.take(1)
      #expect(kind == [50])
      let words = [reader.text(), reader.text(), reader.text()]
      #expect(words == ["drone", "ssh-connection", "publickey"])
      isSigned = reader.take(1) == [1]
      algorithm = try PublicKeyRequestTests.needed(reader.text())
      key = try PublicKeyRequestTests.needed(reader.string())
      body = Array(payload.dropLast(reader.rest.count))
      guard isSigned else {
        #expect(reader.rest.isEmpty)
        return
      }
      var inner = FieldReader(try PublicKeyRequestTests.needed(reader.string()))
      #expect(reader.rest.isEmpty)
      signatureAlgorithm = try PublicKeyRequestTests.needed(inner.text())
      signature = try PublicKeyRequestTests.needed(inner.string())
      #expect(inner.rest.isEmpty)
    }
  }

  private static func needed<T>(_ value: T?) throws -> T { try #require(value) }

  private func makeKey(_ words: String...) throws -> (file: String, blob: [UInt8]) {
    let file = folder.file("key")
    let made = try Command.run("ssh-keygen", ["-q", "-N", "", "-f", file] + words)
    try #require(made.exitCode == 0, "\(made.errorText)")
    return (file, try #require(KeyFile.publicKey(inFile: file + ".pub")))
  }

  private static let wanted: [UInt8] = [60]
  private static let accepted: [UInt8] = [52]
  private static var refused: [UInt8] {
    var payload: [UInt8] = [51]
    payload.append(string: "publickey".utf8)
    return payload + [0]
  }

  /// The requests of a login, with a server that gives these answers.
  private func requests(_ file: String, _ answers: [[UInt8]]) throws -> [Request] {
    let session = try SessionHandle()
    let wire = Wire(answers)
    wire.attach(to: session)
    var endpoint = Endpoint(host: "127.0.0.1", port: 22, user: "drone")
    endpoint.identities = [file]
    // A connection that stands, as far as its descriptor tells.
    var ends: [Int32] = [-1, -1]
    #if canImport(Darwin)
      let type = SOCK_STREAM
    #else
      let type = Int32(SOCK_STREAM.rawValue)
    #endif
    try #require(socketpair(AF_UNIX, type, 0, &ends) == 0)
    defer { ends.forEach { close($0) } }
    let authenticator = try Authenticator(session, ends[0], endpoint, Credentials())
    do {
      #expect(try authenticator.advance() == (answers.last == Self.accepted))
    } catch {
      #expect(answers.last == Self.refused, "\(error)")
    }
    // After a refusal, the question for the methods that the server takes: the method "none".
    let methods = [0, 0, 0, 4] + Array("none".utf8)
    return try wire.payloads.filter { !$0.suffix(8).elementsEqual(methods) }.map(Request.init)
  }

  @Test(arguments: ["1024", "2048", "4096"]) func rsaKeysKeepTheirTypeAndSignWithSHA2(bits: String)
    throws
  {
    let (file, blob) = try makeKey("-t", "rsa", "-b", bits)
    let requests = try requests(file, [Self.wanted, Self.accepted])
    try #require(requests.count == 2)
    #expect(requests.map(\.isSigned) == [false, true])
    for request in requests {
      #expect(request.algorithm == "rsa-sha2-512")
      #expect(PublicKeyBlob.type(of: request.key) == "ssh-rsa")
      #expect(request.key == blob)
    }
    #expect(requests[1].signatureAlgorithm == "rsa-sha2-512")
    #expect(requests[1].signature.count == (Int(bits) ?? 0) / 8)
    try expectValid(requests[1], "sha512", file)
  }

  @Test func fallsBackToSHA256() throws {
    let (file, blob) = try makeKey("-t", "rsa")
    let requests = try requests(file, [Self.refused, Self.wanted, Self.accepted])
    try #require(requests.count == 3)
    #expect(
      requests.map(\.algorithm) == ["rsa-sha2-512", "rsa-sha2-256", "rsa-sha2-256"])
    #expect(requests.allSatisfy { $0.key == blob })
    #expect(requests[2].signatureAlgorithm == "rsa-sha2-256")
    try expectValid(requests[2], "sha256", file)
    // And that is all: SHA-1 is never tried.
    #expect(try self.requests(file, [Self.refused, Self.refused]).count == 2)
  }

  @Test(arguments: [["ed25519", "256"], ["ecdsa", "256"], ["ecdsa", "521"]])
  func otherKeysUseTheirTypeAsAlgorithm(kind: [String]) throws {
    let (file, blob) = try makeKey("-t", kind[0], "-b", kind[1])
    let requests = try requests(file, [Self.wanted, Self.accepted])
    try #require(requests.count == 2)
    let name = PublicKeyBlob.type(of: blob)
    #expect(requests.allSatisfy { $0.algorithm == name && $0.key == blob })
    #expect(requests[1].signatureAlgorithm == name)
  }

  /// By another program. The data to be signed begin with the session's id, which is empty here.
  private func expectValid(_ request: Request, _ digest: String, _ file: String) throws {
    guard Command.find("openssl") != nil else { return }
    let pem = try Command.run("ssh-keygen", ["-e", "-m", "PKCS8", "-f", file + ".pub"])
    let key = try folder.write(pem.text, to: "key.pem")
    try Data([0, 0, 0, 0] + request.body).write(to: URL(filePath: folder.file("data")))
    try Data(request.signature).write(to: URL(filePath: folder.file("signature")))
    let verified = try Command.run(
      "openssl",
      [
        "dgst", "-\(digest)", "-verify", key, "-signature", folder.file("signature"),
        folder.file("data"),
      ])
    #expect(verified.exitCode == 0, "\(verified.text)\(verified.errorText)")
  }

  @Test func readsAlgorithmAndKeyFromTheSignedData() throws {
    var data: [UInt8] = []
    data.append(string: [1, 2, 3])
    data.append(50)
    for word in ["drone", "ssh-connection", "publickey"] { data.append(string: word.utf8) }
    data.append(1)
    data.append(string: "rsa-sha2-256".utf8)
    data.append(string: [7, 8])
    let named = try #require(KeyLogin.named(in: data))
    #expect(named.algorithm == "rsa-sha2-256" && named.key == [7, 8])
    for cut in data.indices { #expect(KeyLogin.named(in: Array(data[..<cut])) == nil) }
    #expect(KeyLogin.named(in: data + [0]) == nil)
  }

  /// Where other keys may be left behind one that a server hangs up on.
  @Test func offersRSAKeysLastToOtherServers() throws {
    let rsa = try makeKey("-t", "rsa").file
    let other = folder.file("other")
    _ = try Command.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", other])
    let closed = folder.file("closed")
    _ = try Command.run(
      "ssh-keygen", ["-q", "-t", "rsa", "-m", "PEM", "-N", "secret", "-f", closed])
    try FileManager.default.removeItem(atPath: closed + ".pub")
    var endpoint = Endpoint(host: "127.0.0.1", port: 22, user: "drone")
    endpoint.defaultIdentities = [closed, rsa, other]
    for (last, names) in [(false, [closed, rsa, other]), (true, [other, closed, rsa])] {
      let found = try KeyCandidates(endpoint, limit: 5, rsaComesLast: last)
      #expect(found.list.map(\.name) == names)
    }
  }
}

/// Stands in for the socket of a session that has not shaken hands: packets are not encrypted then (RFC 4253 §6).
private final class Wire {
  private var sent: [UInt8] = []
  private var answers: [UInt8] = []

  init(_ payloads: [[UInt8]]) {
    for payload in payloads {
      let padding = 4 + (8 - (5 + payload.count + 4) % 8) % 8
      answers.append(word: UInt32(1 + payload.count + padding))
      answers.append(UInt8(padding))
      answers += payload + [UInt8](repeating: 0, count: padding)
    }
  }

  func attach(to session: SessionHandle) {
    cssh2_set_owner(session.raw, Unmanaged.passUnretained(self).toOpaque())
    typealias Context = UnsafeMutablePointer<UnsafeMutableRawPointer?>
    let send: @convention(c) (Int32, UnsafeRawPointer?, Int, Int32, Context?) -> Int = {
      _, bytes, count, _, context in
      guard let this = Wire.of(context), let bytes else { return -Int(EBADF) }
      this.sent += UnsafeRawBufferPointer(start: bytes, count: count)
      return count
    }
    let receive: @convention(c) (Int32, UnsafeMutableRawPointer?, Int, Int32, Context?) -> Int = {
      _, room, count, _, context in
      guard let this = Wire.of(context), let room else { return -Int(EBADF) }
      let given = min(count, this.answers.count)
      guard given > 0 else { return -Int(EAGAIN) }
      this.answers.prefix(given).withUnsafeBytes { bytes in
        if let start = bytes.baseAddress { room.copyMemory(from: start, byteCount: given) }
      }
      this.answers.removeFirst(given)
      return given
    }
    for (kind, function) in [
      (LIBSSH2_CALLBACK_SEND, unsafeBitCast(send, to: UnsafeMutableRawPointer.self)),
      (LIBSSH2_CALLBACK_RECV, unsafeBitCast(receive, to: UnsafeMutableRawPointer.self)),
    ] {
      _ = libssh2_session_callback_set(session.raw, Int32(kind), function)
    }
  }

  private static func of(_ context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?) -> Wire? {
    cssh2_owner(context).map { Unmanaged<Wire>.fromOpaque($0).takeUnretainedValue() }
  }

  /// Of the packets that were sent.
  var payloads: [[UInt8]] {
    var reader = FieldReader(sent)
    var found: [[UInt8]] = []
    while let packet = reader.string(), let padding = packet.first {
      found.append(Array(packet.dropFirst().dropLast(Int(padding))))
    }
    return found
  }
}
