@testable import PhotoIndex
import PhotoModel
import PhotoSource
import Testing

@testable import Sync

/// The tables by which a photo is opened or trusted.
@Suite struct ChangeDecisionTests {
  struct Case: Sendable {
    var known: KnownPhoto?
    var size: Int64? = 100
    var mtime: Int64? = 1_000
    var full = false
    var wanted: ChangeDecision
  }

  static func known(
    size: Int64? = 100, mtime: Int64? = 1_000, racy: Bool = false, failed: Bool = false,
    parser: Int = 7
  ) -> KnownPhoto {
    KnownPhoto(
      fid: 1, name: PathBytes(text: "a.jpg"), size: size, mtime: mtime, racy: racy, failed: failed,
      parserVersion: parser)
  }

  static let cases: [Case] = [
    Case(known: nil, wanted: .new),
    Case(known: nil, size: nil, mtime: nil, wanted: .new),
    Case(known: nil, full: true, wanted: .new),
    Case(known: known(), wanted: .unchanged),
    Case(known: known(), size: 101, wanted: .changed),
    Case(known: known(), mtime: 1_001, wanted: .changed),
    // Backwards as well: a copy that keeps old times replaces a newer file.
    Case(known: known(), mtime: 999, wanted: .changed),
    // What the server does not tell proves nothing.
    Case(known: known(), size: nil, wanted: .changed),
    Case(known: known(), mtime: nil, wanted: .changed),
    Case(known: known(mtime: nil), mtime: nil, wanted: .changed),
    Case(known: known(size: nil), size: nil, wanted: .changed),
    Case(known: known(racy: true), wanted: .reread(.racy)),
    Case(known: known(failed: true), wanted: .reread(.failed)),
    Case(known: known(parser: 6), wanted: .reread(.parser)),
    // What a newer program read, an older one could only spoil.
    Case(known: known(parser: 8), wanted: .unchanged),
    Case(known: known(), full: true, wanted: .reread(.requested)),
    Case(known: known(racy: true, failed: true), mtime: 5, wanted: .changed),
    Case(known: known(), size: 0, mtime: 0, wanted: .changed),
    Case(known: known(size: 0, mtime: 0), size: 0, mtime: 0, wanted: .unchanged),
  ]

  @Test(arguments: cases) func decision(row: Case) {
    let listed = ListedFile(name: PathBytes(text: "a.jpg"), size: row.size, mtime: row.mtime)
    #expect(
      ChangeDecision(known: row.known, listed: listed, parserVersion: 7, full: row.full)
        == row.wanted)
  }

  static let day: Int64 = 86_400
  /// The scan starts at second 1,000,000 of the own clock.
  static let times: [(clock: Int64?, newest: Int64?, mtime: Int64?, racy: Bool)] = [
    // Nothing known of the server's clock: it is ours, with a margin of ten seconds.
    (nil, nil, 999_989, false), (nil, nil, 999_990, true),
    (nil, nil, 999_999, true), (nil, nil, nil, true),
    // Its clock was seen: two seconds' margin, the coarsest step of file times.
    (1_000_000, nil, 999_997, false), (1_000_000, nil, 999_998, true),
    (1_000_000, nil, 1_000_000, true), (1_000_000, nil, 1_000_500, true),
    // A server that lags ten minutes.
    (999_400, nil, 999_397, false), (999_400, nil, 999_399, true), (999_400, nil, 999_999, true),
    // The newest time of any entry: the server's clock has passed it.
    (nil, 999_995, 999_992, false), (nil, 999_995, 999_993, true),
    (nil, 999_000, 999_000, false), (nil, 999_000, 999_990, true),
    (1_000_000 - 3_600, 999_000, 998_997, false), (1_000_000 - 3_600, 999_000, 998_998, true),
    // A newest time in the future says no more than now.
    (nil, 2_000_000, 999_997, false), (nil, 2_000_000, 999_999, true),
    // A time in the future is always racy.
    (1_000_000, 1_000_000, 5_000_000, true),
    // A clock that is years behind: a day's margin.
    (5, 5, 1_000_000 - day - 1, false),
  ]

  @Test(arguments: times)
  func racy(clock: Int64?, newest: Int64?, mtime: Int64?, racy: Bool) {
    let rule = RacyRule(scanStart: 1_000_000, server: ServerTime(clock: clock, newest: newest))
    let file = ListedFile(name: PathBytes(text: "a.jpg"), size: 1, mtime: mtime)
    #expect(rule.isRacy(file) == racy)
  }
}
