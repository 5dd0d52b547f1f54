import ArgumentParser
import GeoFormats
import PhotoIndex
import PhotoModel
import Platform
import ShareLinks

struct ShareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "share", abstract: "Manage links that show a part of the map.",
    discussion: """
      A link opens the map of gpsindex serve --share with the photos of one filter. It shows \
      thumbnails, and changes nothing.

        gpsindex share add pit --folder 2024-04-02_pit --expires 30d
        gpsindex share revoke pit
      """,
    subcommands: [ShareAddCommand.self, ShareListCommand.self, ShareRevokeCommand.self])
}

struct ShareAddCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Make a link for the photos of a filter.",
    discussion: """
      Prints the link, or the part to append to the address of gpsindex serve --share. The token in \
      it is shown only here; the file beside the index keeps its SHA-256. Relative times mean this \
      moment. Photos without a position belong to it, unless a filter is geographic.

        gpsindex share add pit --folder 2024-04-02_pit --expires 30d
        gpsindex share add coast --bbox 8.4,47.3,8.6,47.5 --server http://nas:8470
      """)

  @Argument(help: ArgumentHelp("Name of the link, shown on the page.", valueName: "NAME"))
  var name: String

  @OptionGroup(title: "Filters") var filters: FilterOptions

  @Flag(help: "Show photos without a position only, with the reason.")
  var missing = false

  @Option(
    help: ArgumentHelp(
      "The link ends after this time, such as 30d or 12h, or with this day, such as 2026-12-31.",
      valueName: "TIME"))
  var expires: String?

  @Flag(
    name: .customLong("with-paths"),
    help: "Also show site names, whole folders, URLs, serial numbers and whole photos.")
  var withPaths = false

  @Option(
    help: ArgumentHelp(
      "Print the whole link for this address of the server, such as http://nas:8470.",
      valueName: "URL"))
  var server: String?

  @OptionGroup var common: CommonOptions

  func run() throws {
    let clock = FilterClock()
    let expiry = try expires.map { try ShareExpiry.milliseconds($0, clock) }
    let address = try server.map(Self.checked)
    var given = filters.words
    if missing {
      try given.refusePlaces(for: "--missing")
      given[.missing] = "true"
    }
    // Reports faults of the filter with the words of this command line.
    _ = try given.filter()
    let polygon = try given[.polygon].map { path in
      String(
        decoding: try PolygonFile.contents(of: path, option: "--polygon", maximalSize: 1 << 20),
        as: UTF8.self)
    }
    let words = try ShareWords.stored(given, now: { clock }, polygon: polygon)
    let token = ShareToken.new()
    let share = try Share(
      name: name, token: token, words: words, created: clock.milliseconds, expires: expiry,
      hasPaths: withPaths)
    let index = try common.indexPath()
    let count = try IndexReader(path: index).count(share.filter)
    try ShareFile(index: index).add(share)
    try StandardOutput.write("\(address ?? "")/#share=\(token)\n")
    common.note("the link \(name) shows \(Plural.photos(count)); its token is not shown again")
    if address == nil {
      common.note("append the printed part to the address of gpsindex serve --share")
    }
  }

  private static func checked(_ address: String) throws -> String {
    var text = address[...]
    while text.hasSuffix("/") { text = text.dropLast() }
    guard text.hasPrefix("http://") || text.hasPrefix("https://"), !text.hasSuffix(":"),
      text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") })
    else {
      throw CommandFailure.usage(
        "--server “\(address)” is not an address of a server", advice: "--server http://nas:8470")
    }
    return String(text)
  }
}

/// `30d`, `12h`: so long from now. `2026-12-31`: the end of that day; a date-time: that moment. Without a zone by this machine's
/// clock.
enum ShareExpiry {
  static func milliseconds(_ text: String, _ now: FilterClock) throws -> Int64 {
    let wrong = CommandFailure.usage(
      "--expires “\(text)” is not a time in the future",
      advice: "--expires 30d, --expires 12h or --expires 2026-12-31")
    guard let span = FilterTime.span(text, now: { now }) else { throw wrong }
    let isAbsolute = FilterTime.span(text, now: nil) != nil
    let time: Int64
    switch span.isInstant ? span.start : span.end {
    case .moment(let moment):
      // The grammar means so long ago.
      time = isAbsolute ? moment : 2 * now.milliseconds - moment
    case .clock(let clock):
      let guess = clock - Int64(now.offsetMinutes) * 60_000
      time = clock - Int64(SystemClock.offsetMinutes(atSecond: guess / 1000)) * 60_000
    }
    guard time > now.milliseconds else { throw wrong }
    return time
  }
}

struct ShareListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List all links, without their tokens.")

  @OptionGroup(title: "Output") var output: ListOutputOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    let format = try output.chosenFormat()
    let index = try common.indexPath()
    let shares = try ShareFile(index: index).read()
    let now = SystemClock.wallMilliseconds()
    let columns = ["name", "filter", "created", "expires", "with_paths", "state"]
    try Listing.print(
      format, csv: output.csv.words.style, columns.map { Column($0) },
      shares.map { share in
        [
          .text(share.name), .text(ShareWords.text(share.words)), .time(share.created),
          share.expires.map { .time($0) } ?? .null, .flag(share.hasPaths),
          .text(share.isExpired(at: now) ? "expired" : "valid"),
        ]
      })
    if shares.isEmpty {
      common.note("the index has no links", advice: "gpsindex share add NAME")
    }
  }
}

struct ShareRevokeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "End a link.",
    discussion: """
      A running server refuses the link from its next request on, also for pages that are open.
      """)

  @Argument(help: ArgumentHelp("The link.", valueName: "NAME")) var name: String
  @OptionGroup var common: CommonOptions

  func run() throws {
    try ShareFile(index: try common.indexPath()).revoke(name)
    common.note("the link \(name) no longer works")
  }
}

extension CommandFailure {
  init(_ error: ShareError) {
    let status: ExitStatus =
      switch error.kind {
      case .invalid, .exists: .usage
      case .notFound: .notFound
      case .damaged: .badData
      case .io: .io
      }
    self.init(status, error.message, advice: error.advice)
  }
}
