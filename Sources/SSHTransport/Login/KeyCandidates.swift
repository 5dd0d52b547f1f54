import SSHKeys

/// Which keys are offered, in which order: OpenSSH's (ssh_config(5), IdentityFile, IdentitiesOnly).
///
/// First the named or configured keys that the agent holds, then its other keys unless only named ones
/// may be used, then the files. A server counts each offer (MaxAuthTries, 6 by default), so their number is limited.
struct KeyCandidates {
  private(set) var list: [Candidate] = []
  private(set) var skipped: [SkippedKey] = []

  /// - Parameter rsaComesLast: for servers that may hang up on an RSA key, so that they would never see a good key of
  ///   another type behind it.
  /// - Throws: when a key file the user named for this site is unusable.
  init(_ endpoint: Endpoint, limit: Int, rsaComesLast: Bool) throws(TransportError) {
    let held = heldByAgent(endpoint)
    var files: [Candidate] = []
    var fromAgent: [Candidate] = []
    func add(_ path: String, mustBeUsable: Bool) throws(TransportError) {
      // A `.pub` file names a key of the agent.
      let key = KeyFile.publicKey(inFile: path)
      if let key, let found = held.first(where: { $0.publicKey == key }) {
        return fromAgent.append(found)
      }
      let file: KeyFile
      do throws(KeyFileError) {
        file = try KeyFile.inspect(path)
      } catch {
        // A default key that is missing or unusable is no error of this site.
        if mustBeUsable { throw TransportError(error) }
        if error.kind == .readableByOthers {
          skipped.append(SkippedKey(reason: "\(error.message): \(error.advice)"))
        }
        return
      }
      if file.hasCertificate {
        skipForSSHProgram(
          "certificates, as beside \(path), need the ssh program: \(SSHProgram.advice)")
      }
      if let key = file.publicKey, let found = held.first(where: { $0.publicKey == key }) {
        fromAgent.append(found)
      } else {
        files.append(Candidate(name: path, publicKey: file.publicKey, source: .file(file)))
      }
    }
    for path in endpoint.identities { try add(path, mustBeUsable: true) }
    if endpoint.identities.isEmpty {
      for path in endpoint.defaultIdentities { try add(path, mustBeUsable: false) }
    }
    var all = fromAgent
    if endpoint.identities.isEmpty, !endpoint.identitiesOnly {
      all += held.filter { !fromAgent.contains($0) }
    }
    all = (all + files).filter { isUsable($0) }
    if rsaComesLast { all = all.filter { !$0.isRSA } + all.filter(\.isRSA) }
    list = Array(all.prefix(limit))
    if all.count > limit {
      skipped.append(
        SkippedKey(
          reason: "\(all.count - limit) further keys were not offered, since servers hang up after "
            + "a few: name the right one with --identity"))
    }
  }

  private mutating func heldByAgent(_ endpoint: Endpoint) -> [Candidate] {
    guard let socket = endpoint.agentSocket, !socket.isEmpty else { return [] }
    guard let keys = Agent(socketPath: socket)?.keys() else {
      skipped.append(SkippedKey(reason: "the agent at \(socket) does not answer"))
      return []
    }
    return keys.map {
      Candidate(
        name: "agent: \($0.comment)", publicKey: $0.publicKey, source: .agent(socket: socket))
    }
  }

  private mutating func skipForSSHProgram(_ reason: String) {
    skipped.append(SkippedKey(reason: reason, needsSSHProgram: true))
  }

  /// libssh2 carries plain signatures only.
  private mutating func isUsable(_ candidate: Candidate) -> Bool {
    guard !candidate.isRSA || RSAAlgorithm.isPossible else {
      skipForSSHProgram(
        "\(candidate.name) is an RSA key, which libssh2 \(LibSSH2.version) cannot use: "
          + SSHProgram.advice)
      return false
    }
    guard let key = candidate.publicKey else { return true }
    let type = PublicKeyBlob.type(of: key)
    if type == "ssh-rsa" || type == "ssh-ed25519" || type.hasPrefix("ecdsa-sha2-nistp"),
      !type.contains("-cert-")
    {
      return true
    }
    skipForSSHProgram(
      "\(candidate.name) is of the type \(type), which needs the ssh program: \(SSHProgram.advice)")
    return false
  }
}

extension TransportError {
  init(_ error: KeyFileError) {
    self.init(
      error.kind == .readableByOthers ? .authentication : .configuration, error.message,
      advice: error.advice)
  }
}
