#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// An SFTP stream through a child process: `ssh -s host sftp`, which reaches what libssh2 cannot
/// (FIDO keys, certificates, RSA-only servers), or a local `sftp-server`.
@safe public final class ProcessChannel: ByteChannel {
  private let arguments: [String]
  private let label: String
  private var child: ChildStream?

  public var descriptor: Int32 { child?.descriptor ?? -1 }
  public private(set) var interest: Interest = .read
  public let stage: ConnectionStage
  /// The ssh program hides the server's version; a caller may know it.
  public let isOpenSSH: Bool

  /// `arguments[0]` is found through PATH; no shell is involved.
  public init(arguments: [String], label: String, isOpenSSH: Bool = false) {
    self.arguments = arguments
    self.isOpenSSH = isOpenSSH
    self.label = label
    self.stage = .talking(to: label, through: arguments.first ?? "")
  }

  /// The ssh program for an endpoint. Options that forward anything are switched off.
  /// - Parameter mayAsk: ssh may ask for a password, a passphrase or about a host key; once.
  /// - Throws: `.configuration` when a host key may be added to a file that is not known_hosts.
  public static func ssh(
    _ endpoint: Endpoint, alias: String, explicitUser: String?, explicitPort: UInt16?,
    timeout: Double, mayAsk: Bool = false
  ) throws(TransportError) -> ProcessChannel {
    // ssh adds host keys to whatever file it is given.
    if endpoint.acceptNewHostKey || mayAsk, let file = endpoint.knownHostsFiles.first {
      try KnownHostsFile.check(file)
    }
    var arguments = [
      "ssh", "-oClearAllForwardings=yes", "-oForwardAgent=no", "-oForwardX11=no",
      "-oPermitLocalCommand=no", "-oRemoteCommand=none", "-oRequestTTY=no",
      "-oBatchMode=\(mayAsk ? "no" : "yes")", "-oNumberOfPasswordPrompts=1",
      "-oConnectTimeout=\(max(1, Int(min(timeout, 3600))))",
      "-oStrictHostKeyChecking="
        + (endpoint.acceptNewHostKey ? "accept-new" : mayAsk ? "ask" : "yes"),
    ]
    switch endpoint.compression {
    case .onLongLinks: arguments.append("-C")
    case .forbidden: arguments.append("-oCompression=no")
    case .never: break
    }
    if let explicitUser { arguments += ["-l", explicitUser] }
    if let explicitPort { arguments += ["-p", String(explicitPort)] }
    // ssh reads % in names of files as the beginning of a token.
    func plain(_ path: String) -> String { path.replacing("%", with: "%%") }
    for identity in endpoint.identities { arguments += ["-i", plain(identity)] }
    if !endpoint.identities.isEmpty { arguments.append("-oIdentitiesOnly=yes") }
    if !endpoint.knownHostsFiles.isEmpty {
      let files = endpoint.knownHostsFiles.map { "\"\(plain($0))\"" }.joined(separator: " ")
      arguments.append("-oUserKnownHostsFile=\(files)")
    }
    arguments += ["-s", "--", alias, "sftp"]
    return ProcessChannel(arguments: arguments, label: endpoint.description)
  }

  deinit { close() }

  public func advance() throws(TransportError) -> Bool {
    if child == nil { child = try ChildStream(arguments, for: label) }
    return true
  }

  public func read(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(TransportError) -> ReadOutcome {
    guard let child else { return .end }
    let count = unsafe recv(child.descriptor, buffer.baseAddress, buffer.count, 0)
    if count > 0 { return .bytes(count) }
    if count < 0, errno == EAGAIN || errno == EINTR { return .wouldBlock }
    throw child.ended(label)
  }

  public func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
    guard let child else { return 0 }
    #if canImport(Darwin)
      let flags: Int32 = 0
    #else
      let flags = Int32(MSG_NOSIGNAL)
    #endif
    let count = unsafe send(child.descriptor, bytes.baseAddress, bytes.count, flags)
    if count >= 0 {
      interest = .read
      return count
    }
    if errno == EAGAIN || errno == EINTR {
      interest = [.read, .write]
      return 0
    }
    throw child.ended(label)
  }

  public func tend() { child?.collectErrors() }

  public func close() {
    child?.close()
    child = nil
  }
}
