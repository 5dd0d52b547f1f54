import ArgumentParser
import PhotoIndex
import ShareLinks
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Serve the map and OGC API Features.",
    discussion: """
      Prints an address to open in the browser, and runs until Ctrl-C. The page shows photos, flight \
      paths and folders, filters them, and starts and follows syncs. QGIS and GDAL connect to the \
      same address (OGC API Features).

      Listens on loopback only, unless you pass --expose, and makes no third-party requests, unless \
      you pass --tiles.
      """)

  @Option(
    help: ArgumentHelp(
      "Address and port to listen on; port 0 is any free port.",
      valueName: "ADDRESS:PORT"))
  var listen: String = ListenAddress.standard

  @Flag(
    help:
      "Allow other machines to connect; required for a non-loopback --listen. They need the token."
  )
  var expose = false

  @Flag(name: .customLong("ask-token"), help: "Require the token on this machine, too.")
  var askToken = false

  @Flag(
    help:
      "Accept the links of gpsindex share add. Everybody else needs the token, as with --ask-token."
  )
  var share = false

  @Option(
    help: ArgumentHelp(
      "Base-map tile URL, such as https://example.org/{z}/{x}/{y}.png; the browser fetches the "
        + "tiles from there.", valueName: "URL"))
  var tiles: String?

  @Option(
    help: ArgumentHelp(
      "Raster tiles for the base map from a file, MBTiles or PMTiles; needs no network.",
      valueName: "FILE"))
  var basemap: String?

  @Option(help: ArgumentHelp("Attribution of the tiles, shown on the map.", valueName: "TEXT"))
  var attribution: String?

  @Option(
    name: .customLong("picture-cache"),
    help: ArgumentHelp(PictureCacheOption.help, valueName: "SIZE"))
  var pictureCache: String?

  @Option(
    help: ArgumentHelp(
      "Watch all sites meanwhile, as gpsindex watch --every does: new photos appear on the map.",
      valueName: "TIME"))
  var every: String?

  @OptionGroup var common: CommonOptions

  func run() throws {
    if let every { _ = try WatchInterval.seconds(every) }
    let address = try ListenAddress(listen)
    if !address.isLoopback, !expose {
      throw CommandFailure.usage(
        "--listen \(listen) lets other machines connect, which needs --expose",
        advice: "--listen \(listen) --expose, or --listen \(ListenAddress.standard)")
    }
    let path = try Environment.absolute(try common.indexPath())
    // Reports its errors here, with their exit codes.
    _ = try IndexReader(path: path)
    var arguments = [
      "index=\(path)", "address=\(address.host)", "port=\(address.port)",
      "program=\(try OwnProgram.path())",
    ]
    if address.isLoopback { arguments.append("loopback") }
    // Without it a link would hide nothing: whoever removes its token would read everything.
    if askToken || share { arguments.append("guard") }
    if share {
      arguments.append("share")
      noteShares(path)
    }
    if let name = OwnProgram.hostName { arguments.append("name=\(name)") }
    if let every { arguments.append("every=\(every)") }
    if let tiles { arguments.append("tiles=\(try Self.checked(tiles: tiles))") }
    if let basemap {
      guard tiles == nil else {
        throw CommandFailure.usage(
          "--basemap and --tiles cannot be combined", advice: "--basemap FILE alone")
      }
      arguments.append("basemap=\(try Environment.absolute(basemap))")
    }
    if let pictureCache {
      arguments.append("pictures=\(try PictureCacheOption.limit(pictureCache))")
    }
    if let attribution { arguments.append("attribution=\(attribution)") }
    if address.isLoopback, !common.quiet, let tunnel = SSHTunnel.arguments {
      arguments.append("tunnel=\(tunnel)")
    }
    if !address.isLoopback {
      Messages.note(
        "other machines can connect to this server: they need the token, and the connection is "
          + "not encrypted")
    }
    try OwnProgram.become("gpsindex-map", arguments)
  }

  /// The server reports a damaged file when it meets a link, and goes on without links.
  private func noteShares(_ index: String) {
    let count = ShareBook(index: index).count()
    common.note(
      count == 1 ? "1 link is accepted" : "\(count) links are accepted",
      advice: count == 0 ? "gpsindex share add NAME" : "")
  }

  private static func checked(tiles: String) throws -> String {
    let isWeb = tiles.hasPrefix("https://") || tiles.hasPrefix("http://")
    guard isWeb, ["{z}", "{x}", "{y}"].allSatisfy(tiles.contains),
      tiles.utf8.allSatisfy({ $0 > 0x20 })
    else {
      throw CommandFailure.usage(
        "--tiles “\(tiles)” is not a URL with {z}, {x} and {y}",
        advice: "--tiles 'https://tile.openstreetmap.org/{z}/{x}/{y}.png'")
    }
    return tiles
  }
}

/// How a browser on the user's own machine reaches a server of a machine that they are logged in to.
enum SSHTunnel {
  /// The end of an `ssh -L` command; nil outside of an SSH session (`SSH_CONNECTION`, ssh(1): addresses and ports of client
  /// and server).
  static var arguments: String? {
    arguments(
      connection: Environment.value("SSH_CONNECTION"),
      user: Environment.value("USER") ?? Environment.value("LOGNAME"))
  }

  static func arguments(connection: String?, user: String?) -> String? {
    let words = connection?.split(separator: " ") ?? []
    guard words.count == 4, let port = Int(words[3]), 1...65_535 ~= port,
      words[2].utf8.allSatisfy({ $0.isAlphanumeric || ".:%_-".utf8.contains($0) })
    else { return nil }
    // Only a name that needs no quotes in a shell.
    let name = user.flatMap { user in
      let isPlain = user.utf8.allSatisfy { $0.isAlphanumeric || "._-".utf8.contains($0) }
      return isPlain && !user.isEmpty && !user.hasPrefix("-") ? "\(user)@" : nil
    }
    return (port == 22 ? "" : "-p \(port) ") + (name ?? "") + words[2]
  }
}

extension UInt8 {
  fileprivate var isAlphanumeric: Bool {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: false
    }
  }
}

/// `127.0.0.1:8470`, `[::1]:0`, `localhost:80`.
struct ListenAddress: Equatable {
  static let standard = "127.0.0.1:8470"

  /// A numeric address.
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

/// Finds this program and the others of its installation.
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
      // Without /proc, use the first word of the command line.
      let given = access("/proc/self/exe", F_OK) == 0 ? "/proc/self/exe" : found()
    #endif
    guard let real = realpath(given, nil) else {
      throw CommandFailure(
        .other, "cannot find the path of this program: \(String(cString: strerror(errno)))",
        advice: "the full path of gpsindex as the command")
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

  /// Replaces this process by another program of the installation (execv), beside it or in `libexec`.
  /// Returns only to throw.
  static func become(_ name: String, _ arguments: [String]) throws -> Never {
    let folder = try path().split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
    let places = ["\(folder)/\(name)", "\(folder)/../libexec/gpsindex/\(name)"]
    guard let program = places.first(where: { access($0, X_OK) == 0 }) else {
      throw CommandFailure(
        .notFound,
        "the program \(name) is missing; it belongs beside gpsindex or in "
          + "../libexec/gpsindex",
        advice: "make build-map, in the source tree; make install, for an installed gpsindex")
    }
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    words.append(nil)
    execv(program, words)
    throw CommandFailure(.other, "\(program): \(String(cString: strerror(errno)))")
  }
}
