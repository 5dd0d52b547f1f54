internal import CMemory
import Dispatch
import MapServer
import ShareLinks
import TileFiles

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// C's `main`, which gets its arguments without /proc, as in `gpsindex`.
@_cdecl("gpsindex_map_main")
public func gpsindexMapMain(
  _ count: CInt, _ given: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
  let words = UnsafeBufferPointer(start: given, count: Int(count)).compactMap { $0 }
    .map { String(cString: $0) }
  Task { await MapProgram.main(Array(words.dropFirst())) }
  dispatchMain()
}

/// The map server, which `gpsindex serve` executes. It is a separate program so that no query loads the HTTP library. Its
/// arguments are not a public interface; `serve` has checked them.
enum MapProgram {
  static func main(_ words: [String]) async {
    signal(SIGPIPE, SIG_IGN)
    // Return freed memory of large responses to the system.
    cmemory_give_back()
    guard let arguments = Arguments(words) else {
      fail(64, "gpsindex-map is started by gpsindex serve", "gpsindex serve")
    }
    guard let leaflet = Leaflet() else {
      fail(
        66,
        "the map library Leaflet is not installed in \(Leaflet.folders.joined(separator: ", "))",
        "apt-get install libjs-leaflet")
    }
    let basemap = openBasemap(arguments.basemap)
    let workers = Workers(threads: 8)
    let listener: MapListener
    do {
      listener = try await MapListener.bind(
        address: arguments.address, port: arguments.port, workers: workers)
    } catch {
      failToListen(error, arguments)
    }
    let token = AccessControl.newToken()
    let access = AccessControl(
      token: token, address: arguments.address, port: listener.port,
      isLoopback: arguments.isLoopback, protectsReading: arguments.protectsReading,
      names: arguments.names, shares: arguments.acceptsShares ? openShares(arguments) : nil)
    var settings = MapSettings(
      index: arguments.index, leaflet: leaflet, tiles: arguments.tiles,
      attribution: arguments.attribution ?? basemap?.attribution)
    settings.basemap = basemap
    settings.hasPictures = true
    let service = MapService(
      settings: settings, access: access, workers: workers,
      control: SyncControl(
        program: arguments.program, index: arguments.index, workers: workers),
      pictures: PictureReading(
        program: arguments.program, index: arguments.index, cache: arguments.pictureCache))
    let signals = await Signals()
    if let every = arguments.every {
      do {
        try await service.watch(every: every)
      } catch {
        fail(74, "cannot watch the sites: \(error)", "gpsindex watch --every \(every)")
      }
    }
    // Browsers do not send the part after #.
    writeMessage("\(access.address)/#token=\(token)\n", to: STDOUT_FILENO)
    if let tunnel = arguments.tunnel {
      let port = listener.port
      writeMessage(
        "gpsindex: to open it from your own machine, run there: ssh -L "
          + "\(port):\(inURL(arguments.address)):\(port) \(tunnel)\n", to: STDERR_FILENO)
    }
    let serving = Task { try await listener.run(service) }
    let number = await signals.first()
    await service.close()
    serving.cancel()
    exit(128 + number)
  }

  /// The server goes on without links when their file is damaged.
  private static func openShares(_ arguments: Arguments) -> ShareBook {
    ShareBook(index: arguments.index) { error in
      writeMessage("gpsindex: \(error.message)\ntry: \(error.advice)\n", to: STDERR_FILENO)
    }
  }

  private static func openBasemap(_ path: String?) -> TileFile? {
    guard let path else { return nil }
    do {
      return try TileFile(path: path)
    } catch {
      fail(66, error.message, error.advice)
    }
  }

  private static func inURL(_ address: String) -> String {
    address.contains(":") ? "[\(address)]" : address
  }

  private static func failToListen(_ error: ListenFailure, _ arguments: Arguments) -> Never {
    let (code, why): (Int32, String) =
      switch error.number {
      case EADDRINUSE: (75, "another program uses this port, perhaps another gpsindex serve")
      case EACCES: (77, "permission denied")
      case EADDRNOTAVAIL: (74, "this machine does not have this address")
      default: (74, "\(error)")
      }
    fail(
      code, "cannot listen on \(arguments.address) port \(arguments.port): \(why)",
      "--listen \(inURL(arguments.address)):0, for any free port")
  }

  private static func fail(_ code: Int32, _ message: String, _ advice: String) -> Never {
    writeMessage("gpsindex: \(message)\ntry: \(advice)\n", to: STDERR_FILENO)
    exit(code)
  }
}

/// SIGINT and SIGTERM.
struct Signals {
  private static let numbers = [SIGINT, SIGTERM]

  private let received: AsyncStream<Int32>
  private let sources: [any DispatchSourceSignal]

  /// Returns when the handlers are installed, so that no signal is lost.
  init() async {
    let (received, input) = AsyncStream.makeStream(of: Int32.self)
    self.received = received
    sources = Self.numbers.map { DispatchSource.makeSignalSource(signal: $0, queue: .global()) }
    for (number, source) in zip(Self.numbers, sources) {
      #if canImport(Darwin)
        // On Darwin the source does not replace the handler; on Linux it does.
        signal(number, SIG_IGN)
      #endif
      source.setEventHandler { input.yield(number) }
      await withCheckedContinuation { registered in
        source.setRegistrationHandler { registered.resume() }
        source.resume()
      }
    }
  }

  /// Waits for the first signal. A second one ends the program at once.
  func first() async -> Int32 {
    var number = SIGTERM
    for await one in received {
      number = one
      break
    }
    for source in sources { source.cancel() }
    for number in Self.numbers { signal(number, SIG_DFL) }
    return number
  }
}
