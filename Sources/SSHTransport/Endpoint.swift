/// Where and how to connect; plain values, resolved from a location and the user's ssh
/// configuration.
package struct Endpoint: Sendable, Equatable {
  package var host: String
  package var port: UInt16
  package var user: String
  /// Key files the user named for this site; when set, no other key is offered.
  package var identities: [String] = []
  /// Key files of the ssh configuration and its defaults, tried after the agent.
  package var defaultIdentities: [String] = []
  /// `SSH_AUTH_SOCK`; nil: no agent.
  package var agentSocket: String?
  package var knownHostsFiles: [String] = []
  /// Name to look up in known_hosts instead of host and port (ssh_config HostKeyAlias).
  package var hostKeyAlias: String?
  package var acceptNewHostKey = false
  package var compression = Compression.never
  /// Why a direct connection cannot reach this host (a ProxyJump, say); only `--transport ssh` can.
  package var needsSSHProgram: String?

  package init(host: String, port: UInt16, user: String) {
    self.host = host
    self.port = port
    self.user = user
  }

  /// The name known_hosts uses: `host`, or `[host]:port` off port 22.
  package var knownHostsName: String {
    if let hostKeyAlias { return hostKeyAlias }
    return port == 22 ? host : "[\(host)]:\(port)"
  }

  package var description: String { "\(host):\(port)" }
}

/// Compression of the transport (`zlib@openssh.com`).
package enum Compression: Sendable {
  case never
  /// When the server's first line takes 20 ms or more to come.
  case onLongLinks
}
