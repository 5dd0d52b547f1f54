import ArgumentParser
import PhotoIndex
import PhotoModel
import PhotoSource
import Pictures
import Platform
import SSHTransport
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Reads pictures for the map server: requests on standard input, answers on standard output, until the input ends. No public
/// interface.
struct PicturesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pictures", abstract: "Read pictures for gpsindex serve.", shouldDisplay: false)

  @Option(
    name: .customLong("picture-cache"),
    help: ArgumentHelp(PictureCacheOption.help, valueName: "SIZE"))
  var cache: String?

  @OptionGroup var reach: ReachOptions

  func run() throws {
    let path = try reach.common.indexPath()
    var index = FollowedIndex(path: path)
    let sites = PictureSites(
      config: reach.config.config, index: path,
      credentials: try reach.secrets.credentials(for: []))
    let output = Mutex(())
    let service = PictureService(
      cache: try PictureCacheOption.cache(cache, index: path), reach: { try sites.reach($0) }
    ) { number, answer in
      let bytes = answer.bytes(number: number)
      output.withLock { _ in Self.write(bytes) }
    }
    defer { service.close() }
    var held: [UInt8] = []
    while let more = try Self.read() {
      held += more
      while held.count >= PictureRequest.length {
        let request = PictureRequest(held[..<PictureRequest.length])
        held.removeFirst(PictureRequest.length)
        try Self.perform(request, service, index.reader())
      }
    }
  }

  private static func perform(
    _ request: PictureRequest?, _ service: PictureService, _ reader: IndexReader
  ) throws {
    switch request {
    case .get(let number, let photo, let kind, let known):
      service.get(number, photo: photo, kind, known: known, reader)
    case .cancel(let number): service.cancel(number)
    case .readAhead(let photo, let kind): service.readAhead(photo: photo, kind, reader)
    case .forgetAhead: service.forgetAhead()
    case nil:
      throw CommandFailure.usage(
        "gpsindex pictures is started by gpsindex serve", advice: "gpsindex serve")
    }
  }

  /// - Returns: nil at the end of the input.
  private static func read() throws -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 64 * PictureRequest.length)
    while true {
      let count = systemRead(0, &buffer)
      if count < 0, errno == EINTR { continue }
      return count > 0 ? Array(buffer[..<count]) : nil
    }
  }

  private static func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { systemWrite(1, $0) }
      if count < 0, errno == EINTR { continue }
      // The map server is gone.
      guard count > 0 else { endProcess() }
      rest = rest.dropFirst(count)
    }
  }
}

/// The index at a path, opened anew when another file has taken its place: ids of the old one name other photos there.
private struct FollowedIndex {
  let path: String
  private var opened: (reader: IndexReader, file: FileIdentity?)?

  init(path: String) { self.path = path }

  mutating func reader() throws -> IndexReader {
    let file = FileIdentity(path: path)
    if let opened, file != nil, opened.file == file { return opened.reader }
    let reader = try IndexReader(path: path)
    opened = (reader, file)
    return reader
  }
}

// The command has methods of the same names.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}

private func endProcess() -> Never { exit(0) }

private func systemRead(_ descriptor: Int32, _ buffer: inout [UInt8]) -> Int {
  read(descriptor, &buffer, buffer.count)
}

/// Reaches sites as a sync does.
struct PictureSites: Sendable {
  /// The value of `--config`.
  let config: String?
  let index: String
  let credentials: Credentials

  func reach(_ kept: SiteRecord) throws -> PictureReach { try reach(own: site(kept)) }

  /// With its effective settings.
  func site(_ kept: SiteRecord) throws -> SiteRecord {
    var (site, _) = SiteTrust(index: index).own(kept)
    site.settings = try Settings(option: config).settings(of: site)
    return site
  }

  func reach(own site: SiteRecord) throws -> PictureReach {
    PictureReach(
      place: try SitePlace(site), access: AccessOptions(site.settings, credentials),
      options: SourceOptions(site.settings))
  }
}

/// `--picture-cache SIZE`.
enum PictureCacheOption {
  static let help: String =
    "Keep up to so many bytes of thumbnails and previews in the file INDEX.pictures, such as 1G; 0: none. "
    + "Default: 256M."

  static func cache(_ text: String?, index: String) throws -> PictureCache {
    PictureCache(path: PictureCache.path(ofIndex: index), limit: try limit(text))
  }

  /// Bytes: `256M`, `1G`, `0`.
  static func limit(_ text: String?) throws -> Int64 {
    guard let text else { return PictureCache.standardLimit }
    guard let bytes = bytes(text) else {
      throw CommandFailure.usage(
        "--picture-cache “\(text)” is not a size", advice: "--picture-cache 256M, or 0 for none")
    }
    return bytes
  }

  /// The bytes that a text like those means; nil for other texts.
  static func bytes(_ text: String) -> Int64? {
    var word = text.uppercased()
    for ending in ["IB", "B"] where word.hasSuffix(ending) {
      word.removeLast(ending.count)
      break
    }
    let factors: [Character: Double] = ["K": 1024, "M": 1_048_576, "G": 1_073_741_824]
    var factor = 1.0
    if let last = word.last, let found = factors[last] {
      word.removeLast()
      factor = found
    }
    guard let number = FilterNumbers.number(word), number >= 0, number * factor <= 1e13 else {
      return nil
    }
    return Int64(number * factor)
  }
}
