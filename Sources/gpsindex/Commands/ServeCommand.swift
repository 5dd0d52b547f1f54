import ArgumentParser
import PhotoIndex
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Show the photos on a map in the browser.",
    discussion: """
      Prints the address to open, and answers until Ctrl-C. The page shows photos, flights and \
      folders, filters them, follows syncs, and starts them. Programs such as QGIS connect to the \
      same address as to any server of OGC API Features.

      Only this machine is answered, and nothing is fetched from elsewhere unless --tiles is given.
      """)

  @Option(
    help: ArgumentHelp(
      "Where to listen; port 0 is any that is free.",
      valueName: "ADDRESS:PORT"))
  var listen: String = ListenAddress.standard

  @Flag(
    help: "Answer other machines, too: needed for a --listen that they reach. They need the token."
  )
  var expose = false

  @Flag(name: .customLong("ask-token"), help: "Ask for the token on this machine, too.")
  var askToken = false

  @Option(
    help: ArgumentHelp(
      "Map tiles to lie below, such as https://example.org/{z}/{x}/{y}.png; the browser then "
        + "fetches them from there.", valueName: "URL"))
  var tiles: String?

  @Option(help: ArgumentHelp("Whom the tiles come from, shown on the map.", valueName: "TEXT"))
  var attribution: String?

  @OptionGroup var common: CommonOptions

  func run() throws {
    let address = try ListenAddress(listen)
    if !address.isLoopback, !expose {
      throw CommandFailure.usage(
        "--listen \(listen) lets other machines in",
        advice: "add --expose when that is meant, or --listen \(ListenAddress.standard)")
    }
    let path = try Environment.absolute(try common.indexPath())
    // Its errors are told here, with their exit codes.
    _ = try IndexReader(path: path)
    var arguments = [
      "index=\(path)", "address=\(address.host)", "port=\(address.port)",
      "program=\(try OwnProgram.path())",
    ]
    if address.isLoopback { arguments.append("loopback") }
    if askToken { arguments.append("guard") }
    if let name = OwnProgram.hostName { arguments.append("name=\(name)") }
    if let tiles { arguments.append("tiles=\(try Self.checked(tiles: tiles))") }
    if let attribution { arguments.append("attribution=\(attribution)") }
    if !address.isLoopback {
      Messages.note(
        "other machines can reach this server; it asks them for the token, but what is sent is "
          + "not encrypted")
    }
    try OwnProgram.become("gpsindex-map", arguments)
  }

  private static func checked(tiles: String) throws -> String {
    let isWeb = tiles.hasPrefix("https://") || tiles.hasPrefix("http://")
    guard isWeb, ["{z}", "{x}", "{y}"].allSatisfy(tiles.contains),
      tiles.utf8.allSatisfy({ $0 > 0x20 })
    else {
      throw CommandFailure.usage(
        "--tiles “\(tiles)” is no address of tiles",
        advice: "--tiles 'https://tile.openstreetmap.org/{z}/{x}/{y}.png'")
    }
    return tiles
  }
}

/// `127.0.0.1:8470`, `[::1]:0`, `localhost:80`.
struct ListenAddress: Equatable {
  static let standard = "127.0.0.1:8470"

  /// An address in numbers.
  var host: String
  var port: Int

  init(_ text: String) throws {
    let wrong = CommandFailure.usage(
      "--listen “\(text)” is not ADDRESS:PORT", advice: "--listen \(Self.standard)")
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      0...65_535 ~= port
    else { throw wrong }
    self.port = port
    var host = String(text[..<colon])
    if host == "localhost" { host = "127.0.0.1" }
    var room = in6_addr()
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
      guard inet_pton(AF_INET6, host, &room) == 1 else { throw wrong }
    } else {
      guard inet_pton(AF_INET, host, &room) == 1 else { throw wrong }
    }
    self.host = host
  }

  /// Only this machine can reach it (127.0.0.0/8 and ::1).
  var isLoopback: Bool { host.hasPrefix("127.") || host == "::1" }
}

/// Where this program lies, and the others of its installation.
enum OwnProgram {
  /// The first word of the command line.
  static let calledAs = Mutex<String?>(nil)

  static func path() throws -> String {
    #if canImport(Darwin)
      var size: UInt32 = 0
      _NSGetExecutablePath(nil, &size)
      var name = [CChar](repeating: 0, count: Int(size) + 1)
      let isFound = _NSGetExecutablePath(&name, &size) == 0
      let given =
        isFound ? String(decoding: name.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self) : ""
    #else
      // Without /proc the first word must tell.
      let given = access("/proc/self/exe", F_OK) == 0 ? "/proc/self/exe" : found()
    #endif
    guard let real = realpath(given, nil) else {
      throw CommandFailure(
        .other, "this program cannot find itself: \(String(cString: strerror(errno)))")
    }
    defer { free(real) }
    return String(cString: real)
  }

  /// The program of the first word: a path, or a name that a shell found through PATH.
  private static func found() -> String {
    let name = calledAs.withLock { $0 } ?? ""
    if name.contains("/") { return name }
    let places = (Environment.value("PATH") ?? "").split(separator: ":").map { "\($0)/\(name)" }
    return places.first { access($0, X_OK) == 0 } ?? name
  }

  static var hostName: String? {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return nil }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Runs another program of the installation in the place of this one (execv): beside it, or in `libexec`.
  /// Comes back only to throw.
  static func become(_ name: String, _ arguments: [String]) throws -> Never {
    let folder = try path().split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
    let places = ["\(folder)/\(name)", "\(folder)/../libexec/gpsindex/\(name)"]
    guard let program = places.first(where: { access($0, X_OK) == 0 }) else {
      throw CommandFailure(
        .notFound,
        "the program \(name) is missing: it belongs beside gpsindex or into "
          + "../libexec/gpsindex", advice: "make build, or install gpsindex again")
    }
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    words.append(nil)
    execv(program, words)
    throw CommandFailure(.other, "\(program): \(String(cString: strerror(errno)))")
  }
}
