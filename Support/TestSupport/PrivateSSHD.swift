import Foundation
import Synchronization

/// A real OpenSSH server on 127.0.0.1 for one test: own port, own host keys, own user keys, own
/// configuration, all in a temporary folder. Works as root and as an ordinary user, who logs in
/// as himself. Ends with the last reference.
package final class PrivateSSHD: Sendable {
  package struct Options: Sendable {
    package var hostKeys: [KeyType] = [.ed25519, .ecdsa]
    /// The server accepts each of them.
    package var userKeys: [KeyType] = [.ed25519]
    package var subsystem = Subsystem.server
    /// More lines of sshd_config, such as `MaxStartups 2:100:3`. They stand first, and sshd takes
    /// the first value it meets, so they also replace ours.
    package var extraLines: [String] = []

    package init() {}
  }

  package enum KeyType: String, Sendable, CaseIterable { case ed25519, ecdsa, rsa }

  package enum Subsystem: Sendable {
    /// OpenSSH's `sftp-server` program, or `internal-sftp` where it is not installed.
    case server
    case `internal`
    /// Any program with arguments; run by the user's shell.
    case command(String)
    /// The server has no sftp subsystem.
    case none
  }

  package let host = "127.0.0.1"
  package let user: String
  package let options: Options
  private let folder: TemporaryFolder
  private let state: Mutex<State>

  private struct State {
    var port: UInt16
    var process: ChildProcess?
  }

  /// Whether an OpenSSH server and key maker are installed: for `.enabled(if:)`.
  package static var isAvailable: Bool {
    Command.find("sshd") != nil && Command.find("ssh-keygen") != nil
  }

  /// OpenSSH's SFTP server as a program of its own; nil: not installed.
  package static var sftpServer: String? {
    [
      "/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server",
      "/usr/libexec/sftp-server", "/usr/lib/ssh/sftp-server", "/opt/homebrew/libexec/sftp-server",
    ].first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Makes keys and configuration, starts the server and waits until it listens.
  package init(_ options: Options = Options()) throws {
    self.options = options
    guard let entry = getpwuid(geteuid()) else { throw TestSupportError("who am I? getpwuid") }
    user = String(cString: entry.pointee.pw_name)
    folder = try TemporaryFolder("gpsindex-sshd")
    state = Mutex(State(port: 0, process: nil))
    try makeKeys()
    try start()
  }

  deinit { stop() }

  package var port: UInt16 { state.withLock { $0.port } }
  /// The accepted private key: the first of ``Options/userKeys``.
  package var identity: String { identity(options.userKeys.first ?? .ed25519) }
  package func identity(_ type: KeyType) -> String { folder.file("user_\(type.rawValue)") }
  package func hostKey(_ type: KeyType) -> String { folder.file("host_\(type.rawValue)") }

  /// A known_hosts file with the host keys at ``port``.
  package var knownHosts: String { folder.file("known_hosts") }

  /// A known_hosts file with the host keys at another port, such as a ``LinkProxy``'s.
  package func knownHosts(port: UInt16) throws -> String {
    var text = ""
    for type in options.hostKeys {
      let key = try String(contentsOfFile: hostKey(type) + ".pub", encoding: .utf8)
      text += "[\(host)]:\(port) " + key.split(separator: " ").prefix(2).joined(separator: " ")
      text += "\n"
    }
    return try folder.write(text, to: port == self.port ? "known_hosts" : "known_hosts_\(port)")
  }

  /// `sftp://user@127.0.0.1:PORT` + an absolute path.
  package func location(_ path: String, port: UInt16? = nil) -> String {
    "sftp://\(user)@\(host):\(port ?? self.port)\(path)"
  }

  /// Options that make `ssh` and `sftp` use only what this server made: no agent, no file of the
  /// user's, no question.
  package func clientOptions(port: UInt16? = nil) throws -> [String] {
    let known = try port.map { try knownHosts(port: $0) } ?? knownHosts
    return [
      "-F", "/dev/null", "-i", identity, "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none",
      "-o", "UserKnownHostsFile=\(known)", "-o", "GlobalKnownHostsFile=/dev/null",
      "-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes",
    ]
  }

  /// What the server has logged, at level VERBOSE, over all restarts.
  package var log: String {
    String(
      decoding: FileManager.default.contents(atPath: folder.file("log")) ?? Data(), as: UTF8.self)
  }

  /// The server's process; nil after ``stop()``.
  package var pid: Int32? { state.withLock { $0.process?.pid } }

  /// Processes of the sessions under way: sshd's children, theirs, and so on.
  package var sessionProcesses: [Int32] { pid.map { ProcessTree.descendants(of: $0) } ?? [] }

  /// Sends a signal to every session process; the server continues.
  /// - Returns: how many there were.
  @discardableResult
  package func signalSessions(_ signal: Int32 = SIGKILL) -> Int {
    let found = sessionProcesses
    for pid in found { kill(pid, signal) }
    return found.count
  }

  /// Ends the server with all its sessions.
  package func stop() {
    let process = state.withLock { state in
      defer { state.process = nil }
      return state.process
    }
    guard let process else { return }
    // Stopped first, so that it starts no new session meanwhile.
    process.send(SIGSTOP)
    for pid in ProcessTree.descendants(of: process.pid) { kill(pid, SIGKILL) }
    process.send(SIGKILL, toGroup: true)
    _ = process.wait(seconds: 5)
  }

  /// Ends the server with all its sessions and starts it again on the same port.
  package func restart() throws {
    stop()
    try start()
  }

  // MARK: - Starting

  private func makeKeys() throws {
    guard let keygen = Command.find("ssh-keygen") else {
      throw TestSupportError("ssh-keygen is not installed")
    }
    var files = options.hostKeys.map { ($0, hostKey($0)) }
    files += options.userKeys.map { ($0, identity($0)) }
    for (type, file) in files {
      let made = try Command.run(
        keygen, ["-q", "-t", type.rawValue, "-N", "", "-C", "gpsindex-test", "-f", file])
      guard made.exitCode == 0 else { throw TestSupportError("ssh-keygen: \(made.errorText)") }
    }
    let allowed = try options.userKeys.map {
      try String(contentsOfFile: identity($0) + ".pub", encoding: .utf8)
    }
    try folder.write(allowed.joined(), to: "authorized_keys")
  }

  private func start() throws {
    guard let sshd = Command.find("sshd") else { throw TestSupportError("sshd is not installed") }
    if geteuid() == 0 {
      // As root, sshd chroots its unprivileged half into this folder and insists that it exists.
      mkdir("/run/sshd", 0o755)
    }
    let fixed = port
    // Another process may take the free port before sshd binds it: retry.
    for _ in 0..<10 {
      let port = try fixed == 0 ? Self.freePort() : fixed
      let process = try launch(sshd, port: port)
      let place = "Server listening on \(host) port \(port)."
      let up = Poll.until(seconds: 60) { () -> Bool? in
        if process.started.contains(place) { return true }
        return process.child.poll() == nil ? nil : false
      }
      if up == true {
        state.withLock { $0 = State(port: port, process: process.child) }
        _ = try knownHosts(port: port)
        return
      }
      let said = process.started
      guard said.contains("Address already in use") else {
        throw TestSupportError("sshd did not start: \(said)")
      }
    }
    throw TestSupportError("sshd found no free port")
  }

  private struct Launched {
    let child: ChildProcess
    let logFile: String
    let logBefore: Int

    /// What the server logged since it was launched.
    var started: String {
      let all = FileManager.default.contents(atPath: logFile) ?? Data()
      return String(decoding: all.dropFirst(logBefore), as: UTF8.self)
    }
  }

  private func launch(_ sshd: String, port: UInt16) throws -> Launched {
    let configuration = try folder.write(
      configurationLines(port: port).joined(separator: "\n") + "\n", to: "sshd_config")
    let logFile = folder.file("log")
    let before = FileManager.default.contents(atPath: logFile)?.count ?? 0
    let log = open(logFile, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    defer {
      close(log)
      close(null)
    }
    guard log >= 0, null >= 0 else { throw TestSupportError("open \(logFile)") }
    let child = try ChildProcess(
      sshd, ["-D", "-e", "-f", configuration], environment: nil, stdin: null, stdout: log,
      stderr: log)
    return Launched(child: child, logFile: logFile, logBefore: before)
  }

  private func configurationLines(port: UInt16) -> [String] {
    let subsystem: String? =
      switch options.subsystem {
      case .server: Self.sftpServer ?? "internal-sftp"
      case .internal: "internal-sftp"
      case .command(let command): command
      case .none: nil
      }
    return options.extraLines + [
      "Port \(port)", "ListenAddress \(host)", "PidFile none",
      "AuthorizedKeysFile \(folder.file("authorized_keys"))", "PermitRootLogin prohibit-password",
      "PasswordAuthentication no", "KbdInteractiveAuthentication no", "StrictModes no",
      // Without PAM sshd refuses an account whose password is locked, keys or not.
      "UsePAM \(Self.accountIsLocked(user) ? "yes" : "no")", "UseDNS no", "LogLevel VERBOSE",
      "PrintMotd no", "PermitUserRC no", "X11Forwarding no", "AllowTcpForwarding no",
      // A nested shell does not read the user's startup files, which take time, may print, and may break when a test kills
      // a session.
      "SetEnv SHLVL=2",
    ] + (subsystem.map { ["Subsystem sftp \($0)"] } ?? [])
      + options.hostKeys.map { "HostKey \(hostKey($0))" }
  }

  /// The password field of /etc/shadow begins with `!`; only root can see that, and only a server
  /// run by root looks.
  private static func accountIsLocked(_ user: String) -> Bool {
    guard geteuid() == 0, let shadow = try? String(contentsOfFile: "/etc/shadow", encoding: .utf8)
    else { return false }
    return shadow.split(separator: "\n").contains { $0.hasPrefix("\(user):!") }
  }

  private static func freePort() throws -> UInt16 {
    #if canImport(Darwin)
      let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #else
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #endif
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let found = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    guard found else { throw TestSupportError("no free port on 127.0.0.1") }
    return UInt16(bigEndian: address.sin_port)
  }
}
