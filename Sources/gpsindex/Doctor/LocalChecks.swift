import PhotoIndex
import SSHKeys
import SSHTransport

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Checks without a connection.
enum LocalChecks {
  static func index(_ path: String) -> [Finding] {
    guard access(path, F_OK) == 0 else {
      return [
        .warn("index", "\(path) does not exist yet", next: "gpsindex site add NAME LOCATION")
      ]
    }
    do {
      let statuses = try IndexReader(path: path).status()
      let photos = statuses.reduce(0) { $0 + $1.photos }
      let isWritable = access(path, W_OK) == 0
      let text = "\(path): \(Plural.sites(statuses.count)), \(Plural.photos(photos))"
      // Positions of photos are private.
      var found = stat()
      if stat(path, &found) == 0, found.st_mode & 0o077 != 0 {
        return [
          .warn(
            "index", "\(text); other users can read it",
            next: "chmod 600 \(NextCommand.quoted(path))")
        ]
      }
      return [
        isWritable
          ? .ok("index", text)
          : .warn(
            "index", "\(text); it is read-only", next: "chmod u+w \(NextCommand.quoted(path))"
          )
      ]
    } catch {
      return [.fail("index", error)]
    }
  }

  static func configuration(_ file: ConfigFile) -> Finding {
    .ok(
      "config",
      file.exists
        ? "\(file.path): \(Plural.sites(file.sites.count))"
        : "\(file.path) does not exist, which is fine"
    )
  }

  /// The keys that a login would offer, and the agent.
  static func keys(_ endpoint: Endpoint) -> [Finding] {
    let isNamed = !endpoint.identities.isEmpty
    let paths = isNamed ? endpoint.identities : endpoint.defaultIdentities
    var findings: [Finding] = []
    for path in paths where isNamed || access(path, F_OK) == 0 { findings.append(key(path)) }
    let agent = agent(endpoint.agentSocket)
    if !isNamed || agent.grade == .ok { findings.append(agent) }
    let isUsable = findings.contains { $0.grade == .ok }
    if findings.allSatisfy({ $0.check != "key" }), !isUsable {
      findings.append(
        .warn(
          "key", "no key for the login",
          next: "ssh-keygen -t ed25519, then ssh-copy-id -p \(endpoint.port) "
            + "\(endpoint.user)@\(endpoint.host); or a password, asked for when the server takes one"
        ))
    }
    return findings
  }

  private static func key(_ path: String) -> Finding {
    do throws(KeyFileError) {
      let key = try KeyFile.inspect(path)
      if key.isEncrypted {
        return .warn(
          "key", "\(path) has a passphrase",
          next: "ssh-add \(NextCommand.quoted(path))")
      }
      return .ok(
        "key", "\(path): \(key.isRSA ? "RSA" : "not RSA"), no passphrase, read by its owner only")
    } catch {
      return .fail("key", error.message.isEmpty ? path : error.message, next: error.advice)
    }
  }

  private static func agent(_ socket: String?) -> Finding {
    guard let socket, !socket.isEmpty else {
      return .warn(
        "agent", "no ssh-agent (SSH_AUTH_SOCK is not set)", next: "eval $(ssh-agent) && ssh-add")
    }
    return answers(socket)
      ? .ok("agent", "answers at \(socket)")
      : .warn("agent", "\(socket) does not answer", next: "eval $(ssh-agent) && ssh-add")
  }

  /// Whether a process listens on a Unix socket.
  private static func answers(_ path: String) -> Bool {
    var address = sockaddr_un()
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard path.utf8.count < room else { return false }
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { raw in raw.copyBytes(from: path.utf8) }
    #if canImport(Darwin)
      let file = socket(AF_UNIX, SOCK_STREAM, 0)
    #else
      let file = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    #endif
    guard file >= 0 else { return false }
    defer { close(file) }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(file, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
  }

  static func knownHosts(_ endpoint: Endpoint) -> Finding {
    let name = endpoint.knownHostsName
    let types = KnownHosts(files: endpoint.knownHostsFiles).keyTypes(name: name)
    let files = endpoint.knownHostsFiles.joined(separator: ", ")
    return types.isEmpty
      ? .warn(
        "known_hosts", "\(name) is not in \(files)",
        next: endpoint.proxy == nil
          ? "--accept-new, after you compare this fingerprint with the server's: "
            + "ssh-keyscan -p \(endpoint.port) \(endpoint.host) | ssh-keygen -lf -"
          : "--accept-new, after you compare the fingerprint with the server's")
      : .ok("known_hosts", "\(name) has \(types.joined(separator: ", "))")
  }
}
