package import SSHTransport

/// How to reach a server; what `site add` keeps and `sync` may override.
package struct AccessOptions: Sendable, Equatable {
  package enum Transport: String, Sendable, CaseIterable {
    /// libssh2, and the ssh program where libssh2 is not enough.
    case auto
    case libssh2, ssh
  }
  package var identity: String?
  package var knownHosts: String?
  package var acceptNewHostKey = false
  package var transport = Transport.auto
  /// `auto`: an earlier run has found that only the ssh program can log in.
  package var needsSSHProgram = false
  /// nil: the ssh configuration decides; true: on long links, whatever it says.
  package var compression: Bool?
  /// From the environment, read by the caller: `HOME`, `USER`, `SSH_AUTH_SOCK`, `SHELL`.
  package var home = ""
  package var accountName = ""
  package var agentSocket: String?
  /// `SHELL`, which a ProxyCommand is given to.
  package var shell = "/bin/sh"
  /// Whom to ask for secrets; one object for a whole run.
  package var credentials = Credentials()
  package init() {}
}

/// Makes connections to one server, from the ssh configuration and the options given.
package struct ServerAccess: Sendable {
  package let endpoint: Endpoint
  /// The ssh configuration is ignored, and why; one line.
  package let remark: String?
  private(set) var place: ServerPlace
  private let options: AccessOptions
  private let timeout: Double
  private let mayCompress: Bool
  /// `auto` starts with the ssh program.
  private let isSSHProgramFirst: Bool
  /// The proxy of further connections, which asks nobody.
  private let furtherProxy: [String]?

  /// Asks the ssh configuration once (`ssh -G`, some milliseconds).
  /// - Parameter isStopped: ends the wait for it.
  package init(
    _ place: ServerPlace, _ options: AccessOptions, timeout: Double,
    isStopped: () -> Bool = { false }
  ) {
    var configured = SSHConfiguration()
    var obstacle: TransportError?
    do throws(TransportError) {
      configured = try SSHConfiguration.lookUp(
        alias: place.host, user: place.user, port: place.port, home: options.home,
        seconds: min(20, timeout), isStopped: isStopped)
    } catch {
      obstacle = error
    }
    var endpoint = Endpoint(
      host: configured.hostName ?? place.host, port: place.port ?? configured.port ?? 22,
      user: place.user ?? configured.user ?? options.accountName)
    if let identity = options.identity { endpoint.identities = [identity] }
    let ssh = options.home + "/.ssh"
    endpoint.defaultIdentities =
      configured.identityFiles ?? ["\(ssh)/id_ed25519", "\(ssh)/id_ecdsa", "\(ssh)/id_rsa"]
    endpoint.identitiesOnly = configured.identitiesOnly
    endpoint.agentSocket =
      switch configured.identityAgent {
      case nil, "SSH_AUTH_SOCK", "$SSH_AUTH_SOCK": options.agentSocket
      case let agent?: agent.isEmpty ? nil : agent
      }
    endpoint.knownHostsFiles =
      options.knownHosts.map { [$0] }
      ?? configured.knownHostsFiles ?? ["\(ssh)/known_hosts", "/etc/ssh/ssh_known_hosts"]
    endpoint.hostKeyAlias = configured.hostKeyAlias
    mayCompress = options.compression ?? !configured.forbidsCompression
    endpoint.acceptNewHostKey = options.acceptNewHostKey
    endpoint.connectTimeout = configured.connectTimeout
    endpoint.route = configured.proxyJump ?? configured.proxyCommand ?? ""
    endpoint.jump = configured.proxyJump
    func proxy(mayAsk: Bool) -> [String]? {
      do throws(TransportError) {
        return try configured.proxy(
          host: endpoint.host, alias: place.host, port: endpoint.port, user: endpoint.user,
          shell: options.shell, mayAsk: mayAsk)
      } catch {
        obstacle = error
        return nil
      }
    }
    endpoint.proxy = proxy(mayAsk: options.credentials.canAsk)
    furtherProxy = proxy(mayAsk: false)
    endpoint.obstacle = obstacle
    self.remark = configured.remark
    let isAutomatic = options.transport == .auto && SSHProgram.isInstalled
    endpoint.mayHandOver = isAutomatic
    // Named files are for a login of their own, not for the master's.
    let usesMaster =
      configured.hasMaster && options.identity == nil && options.knownHosts == nil
    isSSHProgramFirst = isAutomatic && (options.needsSSHProgram || usesMaster)
    self.endpoint = endpoint
    self.place = place
    self.options = options
    self.timeout = timeout
  }

  /// Another folder of the same server.
  func with(path: [UInt8]) -> ServerAccess {
    var other = self
    other.place.path = path
    return other
  }

  var key: ConnectionKeeper.Key { ConnectionKeeper.Key(place, options) }

  /// - Parameters:
  ///   - compression: through libssh2, which times the link before it names its algorithms.
  ///   - programCompression: through the ssh program, which cannot.
  ///   - isFirst: only a run's first connection may prompt the user; the ssh program does not keep answers.
  ///   - remark: called when the ssh program takes over.
  package func makeChannel(
    _ compression: Compression = .never, programCompression: Compression = .never,
    isFirst: Bool = true, remark: @escaping (String) -> Void = { _ in }
  ) throws(TransportError) -> any ByteChannel {
    if isFirst, let ignored = self.remark { remark("\(place.host): \(ignored)") }
    let program = { () throws(TransportError) in
      try makeProgramChannel(programCompression, isFirst: isFirst)
    }
    switch options.transport {
    case .ssh: return try program()
    case .libssh2: return makeLibraryChannel(compression, isFirst: isFirst)
    case .auto:
      let credentials = options.credentials
      let server = place.server
      guard endpoint.mayHandOver else { return makeLibraryChannel(compression, isFirst: isFirst) }
      if isSSHProgramFirst || credentials.transport(for: server) == .ssh { return try program() }
      return AutomaticChannel(
        makeLibraryChannel(compression, isFirst: isFirst),
        replacement: { (error) throws(TransportError) in
          credentials.noteTransport(.ssh, for: server)
          remark(
            error.handOverRemark
              + (credentials.hasPasswordCommand ? "; --password-command does not reach it" : ""))
          return try program()
        },
        onOpen: { credentials.noteTransport(.libssh2, for: server) })
    }
  }

  private func given(_ compression: Compression) -> Endpoint {
    var given = endpoint
    given.compression =
      options.compression == false ? .forbidden : mayCompress ? compression : .never
    return given
  }

  private func makeLibraryChannel(_ compression: Compression, isFirst: Bool) -> LibSSH2Channel {
    var given = given(compression)
    if !isFirst { given.proxy = furtherProxy }
    return LibSSH2Channel(given, options.credentials)
  }

  private func makeProgramChannel(
    _ compression: Compression, isFirst: Bool
  ) throws(TransportError) -> ProcessChannel {
    var given = given(compression)
    // The ssh program reads its own configuration; only explicit options override it.
    given.knownHostsFiles = options.knownHosts.map { [$0] } ?? []
    return try ProcessChannel.ssh(
      given, alias: place.host, explicitUser: place.user, explicitPort: place.port,
      timeout: timeout, mayAsk: isFirst && options.credentials.canAsk,
      credentials: options.credentials)
  }
}

extension ServerPlace {
  /// Names the account and the server in a run's notes.
  var server: String { "\(user ?? "")@\(host):\(port ?? 0)" }
}

extension AccessOptions {
  /// What the run has connected to the server with; nil: nothing yet.
  package func usedTransport(_ place: ServerPlace) -> Credentials.Transport? {
    credentials.transport(for: place.server)
  }
}

extension SFTPSource {
  /// A walk over the place that `access` reaches. Connections that `keeper` holds for the same server are
  /// used on, and left to it at the end.
  convenience init(
    _ access: ServerAccess, options: SourceOptions, visitor: any SourceVisitor,
    keeper: ConnectionKeeper? = nil
  ) {
    // On long links compression pays from the first photo on: heads shrink to a third, listings to a tenth.
    // The ssh program cannot time the link first, so that only a long listing is sure to be worth it.
    keeper?.note(access)
    let known = visitor.knownFolders.reduce(0) { $0 + max(0, $1.entries) }
    let programCompression = known >= 1_000 ? Compression.onLongLinks : .never
    var isFirst = true
    var options = options
    options.connectTimeout = access.endpoint.connectTimeout ?? options.connectTimeout
    self.init(
      root: access.place.path, label: access.endpoint.description, options: options,
      visitor: visitor, keeping: keeper.map { ($0, access.key) }
    ) { [unowned visitor] () throws(TransportError) in
      defer { isFirst = false }
      return try access.makeChannel(
        .onLongLinks, programCompression: programCompression, isFirst: isFirst
      ) { [unowned visitor] in visitor.note($0) }
    }
  }
}
