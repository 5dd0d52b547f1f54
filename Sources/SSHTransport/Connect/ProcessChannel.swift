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
  private let call: SSHCall?
  private var child: ChildStream?
  private var onNewHostKey: ((String) -> Void)?

  public var descriptor: Int32 { child?.descriptor ?? -1 }
  public private(set) var interest: Interest = .read
  public let stage: ConnectionStage
  /// The ssh program hides the server's version; a caller may know it.
  public let isOpenSSH: Bool

  /// `arguments[0]` is found through PATH; no shell is involved.
  public convenience init(arguments: [String], label: String, isOpenSSH: Bool = false) {
    self.init(arguments: arguments, label: label, isOpenSSH: isOpenSSH, call: nil)
  }

  private init(arguments: [String], label: String, isOpenSSH: Bool, call: SSHCall?) {
    self.arguments = arguments
    self.call = call
    self.isOpenSSH = isOpenSSH
    self.label = label
    self.stage = .talking(to: label, through: arguments.first ?? "")
  }

  /// The ssh program for an endpoint. Options that forward anything are switched off.
  /// - Parameter mayAsk: ssh may ask for a password, a passphrase or about a host key; once.
  /// - Throws: `.configuration` when a host key may be added to a file that is not known_hosts.
  public static func ssh(
    _ endpoint: Endpoint, alias: String, explicitUser: String?, explicitPort: UInt16?,
    timeout: Double, mayAsk: Bool = false, credentials: Credentials = Credentials()
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
    var call = endpoint.call(alias: alias)
    call.mayAsk = mayAsk
    call.hasPasswordCommand = credentials.hasPasswordCommand
    let channel = ProcessChannel(
      arguments: arguments, label: endpoint.description, isOpenSSH: false, call: call)
    if endpoint.acceptNewHostKey {
      channel.onNewHostKey = {
        credentials.noteNewHostKey("ssh accepted the unknown host key of \($0), and stored it")
      }
    }
    return channel
  }

  deinit { close() }

  public func advance() throws(TransportError) -> Bool {
    if child == nil { child = try ChildStream(arguments, for: label, call: call) }
    return true
  }

  public func read(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(TransportError) -> ReadOutcome {
    guard let child else { return .end }
    let count = unsafe recv(child.descriptor, buffer.baseAddress, buffer.count, 0)
    if count > 0 { return .bytes(count) }
    if count < 0, errno == EAGAIN || errno == EINTR { return .wouldBlock }
    throw end(child)
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
    throw end(child)
  }

  public func tend() {
    child?.collectErrors()
    if let onNewHostKey, let host = child?.takeAddedHost() { onNewHostKey(host) }
  }

  private func end(_ child: ChildStream) -> TransportError {
    let error = child.ended(label)
    tend()
    return error
  }

  public func close() {
    child?.close()
    child = nil
  }
}
