import ArgumentParser
import LinkSimulation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Written once before any signal can arrive, read by the handler only.
nonisolated(unsafe) private var signalledLink: Link?

@main
struct LinkSimulator: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "link-simulator",
    abstract: "Makes a server on this machine look far away.",
    discussion: """
      A TCP proxy between two ports of 127.0.0.1; other addresses cannot be given. Each direction \
      is delayed by half the round trip, TCP's handshake costs its round trip before the first \
      byte, and nothing limits the data in flight. Prints "listening PORT" and runs until \
      SIGTERM or SIGINT, then prints what went over it as JSON.
      """)

  @Option(help: "Port to listen on; 0: any free one.") var listen: UInt16 = 0
  @Option(help: "Port of the server.") var target: UInt16
  @Option(help: "Round trip in milliseconds, 0 to 60000.") var rtt: Double = 0
  @Option(help: "Megabits per second each way, shared by all connections.") var mbit: Double?
  @Option(help: "Write the JSON to this file whenever the last connection has ended.") var stats:
    String?

  mutating func validate() throws {
    guard target > 0 else { throw ValidationError("--target needs a port above 0") }
    guard rtt >= 0, rtt <= 60_000 else { throw ValidationError("--rtt is 0 to 60000") }
    if let mbit, !(mbit > 0) { throw ValidationError("--mbit is above 0") }
  }

  mutating func run() throws {
    let link = try Link(
      listen: listen, target: target, settings: LinkSettings(milliseconds: rtt, megabits: mbit))
    signalledLink = link
    for number in [SIGTERM, SIGINT] { signal(number) { _ in signalledLink?.stop() } }
    print("listening \(link.port)")
    fflush(nil)
    link.run(onIdle: write)
    write(link.statistics)
    print(link.statistics.json)
  }

  /// The file is there after each run of a client, not only at the end.
  private func write(_ statistics: LinkStatistics) {
    guard let stats, let file = fopen(stats, "w") else { return }
    fputs(statistics.json + "\n", file)
    fclose(file)
  }
}
