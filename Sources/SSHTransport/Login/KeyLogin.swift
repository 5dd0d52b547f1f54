import Platform
import CSSH2
import SSHKeys

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Offers keys one by one, and signs with the one that the server accepts (RFC 4252 §7).
@safe final class KeyLogin {
  private let connection: LoginConnection
  /// Keys that may be offered.
  private let limit: Int
  private let keepsRemaining: Bool
  private var candidates: [Candidate]
  private var agent: Agent?
  /// Why the signing callback failed; libssh2 carries no reason.
  private var failure: TransportError?
  /// The current key could not be used, so that the server did not refuse it.
  private var isSkipped = false

  private(set) var record: LoginRecord
  /// A key that signed and was not enough: the server may want a password as well (RFC 4252 §5.1).
  private(set) var signed: Candidate?
  /// Set when the server hung up on a key and others are left.
  private(set) var remaining: RemainingKeys?

  /// - Parameter keepsRemaining: the server may hang up on a key, and the others go to a further connection.
  init(
    _ connection: LoginConnection, _ keys: RemainingKeys, limit: Int, keepsRemaining: Bool
  ) {
    self.connection = connection
    self.limit = limit
    self.keepsRemaining = keepsRemaining
    candidates = keys.candidates
    record = keys.record
  }

  /// The agent's, while its signature is awaited.
  var waitingDescriptor: Int32? { agent?.descriptor }

  /// `.refused`: no key is left.
  func advance() throws(TransportError) -> LoginStep {
    while let candidate = candidates.first {
      let code = try offer(candidate)
      if code == LibSSH2.again { return .waiting }
      agent = nil
      if code == 0 { return .accepted(.key(candidate)) }
      do {
        try connection.check(code, refused: record.refused, mayRetry: true)
      } catch {
        noteRemaining()
        throw error
      }
      candidates.removeFirst()
      record.tries += 1
      addWeaker(candidate)
    }
    return .refused
  }

  private static let unused = Int32(LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED)

  /// Sends the public key. A signature, and a passphrase, is needed only when the server accepts it.
  private func offer(_ candidate: Candidate) throws(TransportError) -> Int32 {
    var candidate = candidate
    if candidate.publicKey == nil, case .file(let file) = candidate.source {
      guard let key = try open(file) else { return Self.unused }
      candidate.publicKey = key.publicKey
      candidates[0] = candidate
    }
    guard let key = candidate.publicKey else { return Self.unused }
    let session = connection.session
    var context: UnsafeMutableRawPointer? = unsafe Unmanaged.passUnretained(self).toOpaque()
    _ = session.takeDisconnectReason()
    let code = unsafe cssh2_userauth_publickey(
      session.raw, connection.endpoint.user, key, key.count,
      candidate.isRSA ? candidate.rsaAlgorithm.rawValue : nil,
      { _, signature, length, data, count, context in
        guard let context = unsafe context?.pointee, let data = unsafe data else { return -1 }
        let this = unsafe Unmanaged<KeyLogin>.fromOpaque(context).takeUnretainedValue()
        return unsafe this.sign(
          UnsafeBufferPointer(start: data, count: count), into: signature, length)
      }, &context)
    if let failure { throw failure }
    guard code != LibSSH2.again, code != 0 else { return code }
    if isSkipped {
      isSkipped = false
    } else if LoginConnection.isRefusal(session.takeDisconnectReason()) || !connection.isCut {
      if record.refused.last != candidate.name { record.refused.append(candidate.name) }
    }
    return code
  }

  /// Queues an RSA key again with SHA-256, behind all other keys: some servers accept nothing else.
  private func addWeaker(_ candidate: Candidate) {
    guard candidate.isRSA, candidate.rsaAlgorithm == .sha512,
      record.refused.contains(candidate.name), record.refused.count + candidates.count < limit
    else { return }
    var weaker = candidate
    weaker.rsaAlgorithm = .sha256
    candidates.append(weaker)
  }

  /// Keeps the keys that the server has not seen. OpenSSH hangs up after too many keys and counts further connections
  /// against the address (PerSourcePenalties): there the keys of one connection must do.
  private func noteRemaining() {
    guard keepsRemaining,
      connection.credentials.accepted(for: connection.endpoint.login) == nil,
      let current = candidates.first, candidates.count > 1
    else { return }
    // The key or the link may be at fault. When it is not known which, the key is offered again, as the last one.
    let isRefused = record.refused.last == current.name
    remaining = RemainingKeys(
      candidates: Array(candidates.dropFirst()) + (isRefused ? [] : [current]), record: record)
  }

  // MARK: Signing

  /// nil: nobody knows the passphrase.
  private func open(_ file: KeyFile) throws(TransportError) -> SigningKey? {
    do {
      if let key = try connection.credentials.key(of: file) { return key }
      record.skipped.append(
        SkippedKey(
          reason: "\(file.path) is protected by a passphrase: add it to ssh-agent (ssh-add)"))
    } catch {
      let isHandedOver = connection.endpoint.mayHandOver && error.needsSSHProgram
      guard error.kind == .configuration,
        connection.endpoint.identities.isEmpty || isHandedOver
      else { throw error }
      record.skipped.append(
        SkippedKey(
          reason: "\(error.message): \(error.advice)", needsSSHProgram: error.needsSSHProgram))
    }
    return nil
  }

  /// The algorithm and the key in the data to be signed (RFC 4252 §7).
  static func named(in data: [UInt8]) -> (algorithm: String, key: [UInt8])? {
    var reader = FieldReader(data)
    guard reader.string() != nil, reader.take(1) == [50], reader.string() != nil,
      reader.text() == "ssh-connection", reader.text() == "publickey", reader.take(1) == [1],
      let algorithm = reader.text(), let key = reader.string(), reader.rest.isEmpty
    else { return nil }
    return (algorithm, key)
  }

  private enum Made {
    case waiting
    case signature([UInt8])
    case none(why: String)
  }

  /// The callback of libssh2.
  private func sign(
    _ data: UnsafeBufferPointer<UInt8>,
    into signature: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?,
    _ length: UnsafeMutablePointer<Int>?
  ) -> Int32 {
    // Only the request that was asked for is signed, whatever the library made of it.
    guard let candidate = candidates.first, let key = candidate.publicKey,
      let named = unsafe Self.named(in: Array(data)), named.key == key
    else { return -1 }
    let made: Made
    do throws(TransportError) {
      made = unsafe try makeSignature(data, candidate, key, named.algorithm)
    } catch {
      failure = error
      return -1
    }
    switch made {
    case .waiting: return LibSSH2.again
    case .none(let why):
      isSkipped = true
      if !why.isEmpty { record.skipped.append(SkippedKey(reason: why)) }
      return -1
    case .signature(let bytes):
      guard let copy = unsafe malloc(bytes.count) else { return -1 }
      // libssh2 frees it.
      unsafe memcpy(copy, bytes, bytes.count)
      unsafe signature?.pointee = copy.assumingMemoryBound(to: UInt8.self)
      unsafe length?.pointee = bytes.count
      signed = candidate
      return 0
    }
  }

  private func makeSignature(
    _ data: UnsafeBufferPointer<UInt8>, _ candidate: Candidate, _ key: [UInt8],
    _ algorithm: String
  ) throws(TransportError) -> Made {
    let why = "\(candidate.name) did not sign"
    switch candidate.source {
    case .file(let file):
      // open(_:) has noted why it cannot be used.
      guard let opened = try open(file) else { return .none(why: "") }
      return unsafe opened.sign(data, by: algorithm).map { .signature($0) } ?? .none(why: why)
    case .agent(let socket):
      if agent == nil {
        agent = Agent(socketPath: socket)
        guard unsafe agent?.startSigning(data, with: key, by: algorithm) == true else {
          agent = nil
          return .none(why: why)
        }
      }
      let answer = agent?.signature()
      if case .waiting = answer { return .waiting }
      // From here on the server is waited for.
      agent = nil
      return switch answer {
      case .signature(let bytes): .signature(bytes)
      case .otherAlgorithm(let other):
        .none(why: why + " by \(algorithm) but by \(other), which is not used")
      case .waiting, .refused, nil: .none(why: why)
      }
    }
  }
}

/// Keys to offer, and what a connection before this one has found out.
struct RemainingKeys {
  var candidates: [Candidate]
  var record = LoginRecord()
}
