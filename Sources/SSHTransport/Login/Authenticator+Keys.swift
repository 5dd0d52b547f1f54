import CSSH2

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

extension Authenticator {
  private static let unused = Int32(LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED)

  /// Shows the server the public key; it is asked to sign, and a passphrase asked for, only when the
  /// server wants that key.
  func offer(_ candidate: Candidate) throws(TransportError) -> Int32 {
    var candidate = candidate
    if candidate.publicKey == nil, case .file(let file) = candidate.source {
      guard let key = try open(file) else { return Self.unused }
      candidate.publicKey = key.publicKey
      candidates[0] = candidate
    }
    guard let key = candidate.publicKey else { return Self.unused }
    var context: UnsafeMutableRawPointer? = unsafe Unmanaged.passUnretained(self).toOpaque()
    _ = cssh2_take_disconnect()
    let code = unsafe cssh2_userauth_publickey(
      session.raw, endpoint.user, key, key.count,
      candidate.isRSA ? candidate.rsaAlgorithm.rawValue : nil,
      { _, signature, length, data, count, context in
        guard let context = unsafe context?.pointee, let data = unsafe data else { return -1 }
        let this = unsafe Unmanaged<Authenticator>.fromOpaque(context).takeUnretainedValue()
        return unsafe this.sign(
          UnsafeBufferPointer(start: data, count: count), into: signature, length)
      }, &context)
    if let failureInside { throw failureInside }
    guard code != LibSSH2.again, code != 0 else { return code }
    if isSkipped {
      isSkipped = false
    } else if Self.isRefusal(cssh2_take_disconnect()) || !isCut {
      if refused.last != candidate.name { refused.append(candidate.name) }
    }
    return code
  }

  /// A server may take RSA keys with SHA-256 alone: tried when all other keys are through.
  func addWeaker(_ candidate: Candidate) {
    guard candidate.isRSA, candidate.rsaAlgorithm == .sha512, refused.contains(candidate.name),
      refused.count + candidates.count < limit
    else { return }
    var weaker = candidate
    weaker.rsaAlgorithm = .sha256
    candidates.append(weaker)
  }

  /// nil: nobody knows the passphrase.
  private func open(_ file: KeyFile) throws(TransportError) -> SigningKey? {
    do {
      if let key = try credentials.key(of: file) { return key }
      skipped.append("\(file.path) is protected by a passphrase: add it to ssh-agent (ssh-add)")
    } catch {
      guard error.kind == .configuration, endpoint.identities.isEmpty else { throw error }
      skipped.append("\(error.message): \(error.advice)")
    }
    return nil
  }

  /// The algorithm and the key that the data to be signed name (RFC 4252 §7).
  static func named(in data: [UInt8]) -> (algorithm: String, key: [UInt8])? {
    var reader = FieldReader(data)
    guard reader.string() != nil, reader.take(1) == [50], reader.string() != nil,
      reader.text() == "ssh-connection", reader.text() == "publickey", reader.take(1) == [1],
      let algorithm = reader.text(), let key = reader.string(), reader.rest.isEmpty
    else { return nil }
    return (algorithm, key)
  }

  private func sign(
    _ data: UnsafeBufferPointer<UInt8>,
    into signature: UnsafeMutablePointer<
      UnsafeMutablePointer<UInt8>?
    >?, _ length: UnsafeMutablePointer<Int>?
  ) -> Int32 {
    // What is signed is what the request says, whatever the library made of it.
    guard let candidate = candidates.first, let key = candidate.publicKey,
      let named = unsafe Self.named(in: Array(data)), named.key == key
    else { return -1 }
    var made: [UInt8]?
    var why = "\(candidate.name) did not sign"
    switch candidate.source {
    case .file(let file):
      do throws(TransportError) {
        guard let opened = try open(file) else {
          isSkipped = true
          return -1
        }
        made = unsafe opened.sign(data, by: named.algorithm)
      } catch {
        failureInside = error
        return -1
      }
    case .agent(let socket):
      if agent == nil {
        agent = Agent(socketPath: socket)
        guard unsafe agent?.startSigning(data, with: key, by: named.algorithm) == true else {
          break
        }
      }
      switch agent?.signature() {
      case .waiting: return LibSSH2.again
      case .signature(let bytes): made = bytes
      case .otherAlgorithm(let other):
        why += " by \(named.algorithm) but by \(other), which is not used"
      case .refused, nil: break
      }
      // From here on the server is waited for.
      agent = nil
    }
    guard let made, let copy = unsafe malloc(made.count) else {
      isSkipped = true
      skipped.append(why)
      return -1
    }
    // libssh2 frees it.
    unsafe memcpy(copy, made, made.count)
    unsafe signature?.pointee = copy.assumingMemoryBound(to: UInt8.self)
    unsafe length?.pointee = made.count
    signed = candidate
    return 0
  }
}
