import Platform

/// Where and how to connect; plain values, resolved from a location and the user's ssh
/// configuration.
public struct Endpoint: Sendable, Equatable {
  public var host: String
  public var port: UInt16
  public var user: String
  /// Key files the user named for this site; when set, no other key is offered.
  public var identities: [String] = []
  /// Key files of the ssh configuration and its defaults, tried after the agent.
  public var defaultIdentities: [String] = []
  /// Of the agent only keys that a key file names (ssh_config IdentitiesOnly).
  public var identitiesOnly = false
  /// `SSH_AUTH_SOCK`; nil: no agent.
  public var agentSocket: String?
  /// Looked into in this order; a new key goes into the first.
  public var knownHostsFiles: [String] = []
  /// Name to look up in known_hosts instead of host and port (ssh_config HostKeyAlias).
  public var hostKeyAlias: String?
  /// Takes and remembers the key of a host that is in none of the files; a changed key never.
  public var acceptNewHostKey = false
  public var compression = Compression.never
  /// A program whose input and output are the connection (ProxyJump, ProxyCommand), with arguments.
  public var proxy: [String]?
  /// Names the proxy, so that hosts with one address behind different proxies are different.
  public var route = ""
  /// The hosts of ProxyJump.
  public var jump: String?
  /// Seconds for the connection to stand (ssh_config ConnectTimeout).
  public var connectTimeout: Double?
  /// Why libssh2 cannot reach this host, such as a proxy that only the ssh program understands.
  public var obstacle: TransportError?
  /// The ssh program takes over where libssh2 cannot log in: a key that only the ssh program can use goes before a
  /// password.
  public var mayHandOver = false

  public init(host: String, port: UInt16, user: String) {
    self.host = host
    self.port = port
    self.user = user
  }

  /// The name known_hosts uses: `host`, or `[host]:port` off port 22.
  public var knownHostsName: String {
    if let hostKeyAlias { return hostKeyAlias }
    return port == 22 ? host : "[\(host)]:\(port)"
  }

  public var description: String { Self.withPort(host, port) }

  /// A call of the ssh program for this server.
  func call(alias: String) -> SSHCall {
    var call = SSHCall(server: description, alias: alias, host: host, port: port, user: user)
    let plain = [host, alias, hostKeyAlias ?? host].map { $0.lowercased() }
    call.names = Set(plain + plain.map { "[\($0)]:\(port)" })
    call.jump = jump
    call.hasProxy = proxy != nil
    call.certificates = (identities.isEmpty ? defaultIdentities : identities)
      .map { "\($0)-cert.pub" }.filter { FilePath.resolved($0) != nil }
    return call
  }

  private static func withPort(_ host: String, _ port: UInt16) -> String {
    host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  /// For prompts.
  var loginName: String { "\(user)@" + (port == 22 ? host : Self.withPort(host, port)) }
  /// Who logs in where. A secret for one server is not sent to another port or behind another proxy.
  var account: String { "\(user)@\(description) \(hostKeyAlias ?? "") \(route)" }
  /// And with which named keys.
  var login: String { "\(account) \(identities)" }
}

/// Compression of the transport (`zlib@openssh.com`).
public enum Compression: Sendable {
  /// Not asked for here.
  case never
  /// And not by the ssh program's own configuration.
  case forbidden
  /// When the server's first line takes 20 ms or more to come.
  case onLongLinks
}
