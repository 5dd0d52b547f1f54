import ArgumentParser
import GeoFormats
import PhotoIndex
import PhotoModel

struct ChangesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "changes", abstract: "List new, changed, moved and removed photos.",
    discussion: """
      Each photo appears once, with its last change, the time, and the sync that wrote it. Without \
      --since it lists what the last sync with changes brought. A photo that came and went since \
      then is not listed.

        gpsindex changes nas
        gpsindex changes --since 7d -f geojson -o week.geojson
        gpsindex changes --since 4711 --json        what came after that number
      """)

  @Argument(
    help: ArgumentHelp("Only photos of this site.", valueName: "SITE"),
    completion: Completions.sites)
  var site: String?

  @Option(
    help: ArgumentHelp(
      "A time such as 7d, yesterday or 2024-05-01T10:30 by this machine's clock, or a sequence "
        + "number: the seq of an earlier output.", valueName: "WHEN"))
  var since: String?

  @OptionGroup(title: "Output") var output: ChangeOutputOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    let format = try output.chosenFormat()
    let start = try since.map(ChangesStart.init)
    let reader = try IndexReader(path: try common.indexPath(), takesOlder: true)
    let (seq, count, isPruned) = try reader.reading {
      let id = try site.map { try reader.site(named: $0).id }
      let seq = try start?.seq(in: reader) ?? Self.lastRun(of: id, reader)
      let count = try writeOutput(to: output.target.file) { sink in
        var writer = ChangeWriter(
          format, csv: output.csv.words.style,
          terminalColumns: Terminal.outputColumns(output.target.file), sink: sink)
        try writer.begin()
        let count = try reader.changeLog(since: seq, site: id) { try writer.write($0) }
        try writer.end()
        return count
      }
      return (seq, count, try reader.changeState().tombstonesSince > seq)
    }
    if isPruned {
      common.note("removals and former paths are no longer known from \(seq) on")
    }
    if count == 0 {
      common.note(
        "no changes", advice: NextCommand.text(["status", "--runs"], index: common.index))
    }
  }

  /// The number before the changes of the last run; everything when there is none.
  private static func lastRun(of site: Int64?, _ reader: IndexReader) throws -> Int64 {
    try reader.runs(site: site, limit: 1).first.map { max(0, $0.firstSeq - 1) } ?? 0
  }
}

/// The value of `--since`.
enum ChangesStart: Equatable {
  case seq(Int64)
  /// Milliseconds since 1970 UTC.
  case time(Int64)

  init(_ text: String) throws { try self.init(text, now: FilterClock.init) }

  init(_ text: String, now: @escaping () -> FilterClock) throws {
    // All digits are a number, also four of them.
    if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let seq = Int64(text) {
      self = .seq(seq)
      return
    }
    guard let span = FilterTime.span(text, now: now) else {
      throw CommandFailure.usage(
        "--since “\(text)” is neither a time nor a sequence number",
        advice: "--since 7d, --since 2024-05-01, or --since 4711")
    }
    switch span.start {
    case .moment(let time): self = .time(time)
    case .clock(let time): self = .time(time - Int64(now().offsetMinutes) * 60_000)
    }
  }

  func seq(in reader: IndexReader) throws -> Int64 {
    switch self {
    case .seq(let seq): seq
    case .time(let time): try reader.seq(before: time)
    }
  }
}
