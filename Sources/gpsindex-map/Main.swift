import Dispatch
import MapServer

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The map server, which `gpsindex serve` turns into: a program of its own, so that no query pays for the HTTP library.
/// Its arguments are no public interface; `serve` has checked them.
@main enum MapProgram {
  static func main() async {
    signal(SIGPIPE, SIG_IGN)
    guard let arguments = Arguments(CommandLine.arguments.dropFirst()) else {
      fail(64, "this program is started by another one", "gpsindex serve")
    }
    guard let leaflet = Leaflet() else {
      fail(
        66, "the map library Leaflet is in none of \(Leaflet.folders.joined(separator: ", "))",
        "apt-get install libjs-leaflet")
    }
    let workers = Workers(threads: 8)
    let listener: MapListener
    do {
      listener = try await MapListener.bind(
        address: arguments.address, port: arguments.port, workers: workers)
    } catch {
      let number = error.number
      fail(
        number == EADDRINUSE ? 75 : number == EACCES ? 77 : 74,
        "cannot listen on \(arguments.address) port \(arguments.port): \(error)",
        "--listen \(arguments.address):0, for any port that is free")
    }
    let token = Gate.newToken()
    let gate = Gate(
      token: token, address: arguments.address, port: listener.port,
      isLoopback: arguments.isLoopback, guardsReading: arguments.guardsReading,
      names: arguments.names)
    let settings = MapSettings(
      index: arguments.index, leaflet: leaflet, tiles: arguments.tiles,
      attribution: arguments.attribution)
    let service = MapService(
      settings: settings, gate: gate, workers: workers,
      control: SyncControl(
        program: arguments.program, index: arguments.index, workers: workers))
    // The token stands behind the #, which browsers send to nobody.
    say(STDOUT_FILENO, "\(gate.address)/#token=\(token)\n")
    let serving = Task { try await listener.run(service) }
    let number = await Signals.first()
    await service.close()
    serving.cancel()
    exit(128 + number)
  }

  private static func fail(_ code: Int32, _ message: String, _ advice: String) -> Never {
    say(STDERR_FILENO, "gpsindex: \(message)\ntry: \(advice)\n")
    exit(code)
  }

  private static func say(_ descriptor: Int32, _ text: String) {
    let bytes = Array(text.utf8)
    _ = write(descriptor, bytes, bytes.count)
  }
}

/// What `serve` hands on, as `name=value`.
struct Arguments {
  var index = ""
  var address = ""
  var port = 0
  /// The program that syncs.
  var program = ""
  var isLoopback = false
  var guardsReading = false
  var names: [String] = []
  var tiles: String?
  var attribution: String?

  init?(_ words: some Sequence<String>) {
    for word in words {
      let sides = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let value = sides.count == 2 ? String(sides[1]) : ""
      switch sides[0] {
      case "index": index = value
      case "address": address = value
      case "port": port = Int(value) ?? -1
      case "program": program = value
      case "loopback": isLoopback = true
      case "guard": guardsReading = true
      case "name": names.append(value)
      case "tiles": tiles = value
      case "attribution": attribution = value
      default: return nil
      }
    }
    guard !index.isEmpty, !address.isEmpty, !program.isEmpty, 0...65_535 ~= port else { return nil }
  }
}

/// SIGINT and SIGTERM.
enum Signals {
  static let numbers = [SIGINT, SIGTERM]

  /// Waits for the first; from then on a second one ends the program at once.
  static func first() async -> Int32 {
    let (stream, input) = AsyncStream.makeStream(of: Int32.self)
    let sources = numbers.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { input.yield(number) }
      source.resume()
      return source
    }
    var received = SIGTERM
    for await number in stream {
      received = number
      break
    }
    for source in sources { source.cancel() }
    for number in numbers { signal(number, SIG_DFL) }
    return received
  }
}
