package import SSHTransport

/// Where a site lies, ready to be reached.
package enum SitePlace: Sendable, Equatable {
  /// Absolute path of a folder on this machine.
  case folder([UInt8])
  case server(ServerPlace)
}

package struct ServerPlace: Sendable, Equatable {
  /// nil: the ssh configuration's, else the account's own name.
  package var user: String?
  /// A name, an address, or an alias of the ssh configuration.
  package var host: String
  package var port: UInt16?
  /// Absolute, or relative to the login's home folder; empty for that folder itself.
  package var path: [UInt8]

  package init(user: String?, host: String, port: UInt16?, path: [UInt8]) {
    self.user = user
    self.host = host
    self.port = port
    self.path = path
  }
}

/// How to reach a server; what `site add` keeps and `sync` may override.
package struct AccessOptions: Sendable, Equatable {
  package enum Transport: String, Sendable, CaseIterable { case libssh2, ssh }
  package var identity: String?
  package var knownHosts: String?
  package var acceptNewHostKey = false
  package var transport = Transport.libssh2
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
  let place: ServerPlace
  private let options: AccessOptions
  private let timeout: Double
  private let mayCompress: Bool
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
    self.endpoint = endpoint
    self.place = place
    self.options = options
    self.timeout = timeout
  }

  /// The ssh program cannot time the link before it names its algorithms.
  var timesLink: Bool { options.transport == .libssh2 }
  var key: ConnectionKeeper.Key { ConnectionKeeper.Key(place, options) }

  /// - Parameter isFirst: only a run's first connection may ask the user anything; what is not
  ///   libssh2 does not keep answers.
  package func makeChannel(
    _ compression: Compression = .never, isFirst: Bool = true
  ) throws(TransportError) -> any ByteChannel {
    var given = endpoint
    given.compression =
      options.compression == false ? .forbidden : mayCompress ? compression : .never
    switch options.transport {
    case .libssh2:
      if !isFirst { given.proxy = furtherProxy }
      return LibSSH2Channel(given, options.credentials)
    case .ssh:
      // The ssh program reads its own configuration; only what was asked for overrides it.
      given.knownHostsFiles = options.knownHosts.map { [$0] } ?? []
      let mayAsk = isFirst && options.credentials.canAsk
      return try ProcessChannel.ssh(
        given, alias: place.host, explicitUser: place.user, explicitPort: place.port,
        timeout: timeout, mayAsk: mayAsk)
    }
  }
}

extension SFTPSource {
  /// A walk over the place that `access` reaches; `path` overrides the place's own. Connections that
  /// `keeper` holds for the same server are used on, and left to it at the end.
  package convenience init(
    _ access: ServerAccess, path: [UInt8]? = nil, options: SourceOptions,
    visitor: any SourceVisitor, keeper: ConnectionKeeper? = nil
  ) {
    // On long links compression pays from the first photo on: heads shrink to a third, listings to a tenth.
    // Where the link cannot be timed first, only a long listing is sure to be worth it.
    let known = visitor.knownFolders.reduce(0) { $0 + max(0, $1.entries) }
    let compression = access.timesLink || known >= 1_000 ? Compression.onLongLinks : .never
    var isFirst = true
    var options = options
    options.connectTimeout = access.endpoint.connectTimeout ?? options.connectTimeout
    self.init(
      root: path ?? access.place.path, label: access.endpoint.description, options: options,
      visitor: visitor
    ) { () throws(TransportError) in
      defer { isFirst = false }
      return try access.makeChannel(compression, isFirst: isFirst)
    }
    if let keeper { self.keeper = (keeper, access.key) }
  }
}
