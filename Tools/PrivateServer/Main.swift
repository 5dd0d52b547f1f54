import ArgumentParser
import Foundation
import TestSupport

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

@main
struct PrivateServer: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "private-sshd",
    abstract: "Runs an OpenSSH server of its own on 127.0.0.1, for the demo and the benchmarks.",
    discussion: """
      Own port, own keys, nothing of the system's configuration. Prints one line of JSON (host, \
      port, user, identity, known_hosts, pid), runs until SIGTERM or SIGINT, and leaves nothing \
      behind.
      """)

  @Option(help: "Another line of sshd_config, such as 'MaxStartups 2:100:3'.")
  var option: [String] = []
  @Option(help: "A command to run instead of OpenSSH's sftp-server.") var subsystem: String?

  mutating func run() throws {
    var wanted = sigset_t()
    sigemptyset(&wanted)
    for number in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&wanted, number) }
    // Blocked before the first thread, so that only `sigwait` gets them.
    pthread_sigmask(SIG_BLOCK, &wanted, nil)

    var options = PrivateSSHD.Options()
    options.extraLines = option
    if let subsystem { options.subsystem = .command(subsystem) }
    let server = try PrivateSSHD(options)
    let facts: [String: String] = [
      "host": server.host, "port": String(server.port), "user": server.user,
      "identity": server.identity, "known_hosts": server.knownHosts,
      "pid": server.pid.map(String.init) ?? "",
    ]
    let json = try JSONSerialization.data(
      withJSONObject: facts, options: [.sortedKeys, .withoutEscapingSlashes])
    FileHandle.standardOutput.write(json + Data("\n".utf8))
    var number: Int32 = 0
    sigwait(&wanted, &number)
    server.stop()
  }
}
