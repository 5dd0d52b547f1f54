import Foundation
import GeoFormats
import PhotoIndex
import PhotoModel
import PhotoSource
import Sync
import Testing

@testable import gpsindex

/// Progress output, without a sync.
@Suite struct ProgressTests {
  static func state(_ change: (inout SyncProgress) -> Void = { _ in }) -> ProgressState {
    var progress = SyncProgress()
    progress.folder = PathBytes(text: "flight 3")
    progress.phase = .reading
    progress.counters.listed = 1000
    progress.counters.toRead = 500
    progress.counters.read = 100
    progress.counters.failed = 1
    progress.counters.bytesReceived = 3_400_000
    progress.connections = 4
    change(&progress)
    return ProgressState(site: "nas", progress: progress)
  }

  static func pace(_ state: ProgressState) -> Pace {
    var pace = Pace()
    pace.add(state, at: 2)
    return pace
  }

  private func line(_ width: Int, _ change: (inout SyncProgress) -> Void = { _ in }) -> String {
    let state = Self.state(change)
    return Span.line(
      ProgressBar.spans(state, Self.pace(state), width: width), hasColour: false)
  }

  @Test func barShowsAllPartsInAWideWindow() {
    #expect(
      line(120)
        == "nas [=============>        ] 600/1000  1 failed  300/s  8 s left  3.4 MB  "
        + "4 connections  flight 3")
    #expect(
      line(120) { $0.phase = .listing }.contains("600/1000+  1 failed  300/s  8+ s left"))
    // Relative to the last sync while the total is unknown.
    #expect(
      line(120) {
        $0.phase = .listing
        $0.expected = 6000
      }.hasPrefix("nas [==>"))
  }

  @Test func showsPhasesWithoutABar() {
    #expect(
      line(80) {
        $0.phase = .connecting
        $0.stage = "authenticating at nas:22"
      } == "nas: authenticating at nas:22 …, 2 s")
    #expect(line(80) { $0.phase = .finishing } == "nas 600/1000, writing the index …")
  }

  @Test func barFitsEveryWidth() {
    for width in 1...200 {
      for name in ["flight 3", "飛行写真飛行写真飛行写真", "\u{1B}[31m\n\u{7}"] {
        for phase in SyncProgress.Phase.allCases {
          let text = line(width) {
            $0.phase = phase
            $0.folder = PathBytes(text: name)
            $0.stage = name
          }
          #expect(terminalWidth(text) < max(2, width), "\(width): \(text)")
          #expect(!text.unicodeScalars.contains { ControlCharacters.contains($0) })
        }
      }
    }
    #expect(line(40) == "nas 600/1000  1 failed  300/s  8 s left")
  }

  @Test func usesColoursOnlyWhereAllowed() {
    for (isTerminal, variables, canRewrite, hasColour) in [
      (true, ["TERM": "xterm"], true, true), (true, ["TERM": "dumb"], false, false),
      (true, ["TERM": "xterm", "NO_COLOR": "1"], true, false),
      (true, ["TERM": "xterm", "NO_COLOR": ""], true, true),
      (false, ["TERM": "xterm"], false, false), (true, [:], false, false),
    ] {
      let terminal = Terminal(isTerminal: isTerminal) { variables[$0] }
      #expect(terminal.canRewrite == canRewrite && terminal.hasColour == hasColour)
    }
    let spans = ProgressBar.spans(Self.state(), Self.pace(Self.state()), width: 120)
    #expect(Span.line(spans, hasColour: true).contains("\u{1B}[31m1 failed\u{1B}[0m"))
  }

  @Test func paceCoversTheLastSeconds() {
    var pace = Pace()
    var state = ProgressState(site: "nas")
    state.progress.counters.listed = 20_000
    state.progress.counters.toRead = 20_000
    for second in 1...20 {
      // A slow start, then a thousand photos a second.
      state.progress.counters.read = second <= 10 ? 0 : (second - 10) * 1000
      pace.add(state, at: Double(second))
    }
    #expect(abs(pace.photosPerSecond - 1000) < 1)
    state.progress.counters.toRead = 13_000
    #expect(pace.secondsLeft(state) == 3)
    state.progress.counters.read = 0
    #expect(pace.secondsLeft(state) == nil)
    #expect(Pace().photosPerSecond == 0)
  }

  @Test func statusEventHasItsMembersInOrder() {
    let state = Self.state { $0.folder = PathBytes(text: "flight\u{1B}3") }
    #expect(
      ProgressEvents.status(state, Self.pace(state))
        == #"{"message_type":"status","site":"nas","phase":"reading","stage":null,"#
        + #""folder":"flight\u001b3","folders_listed":0,"folders_found":0,"done":600,"total":1000,"expected":0,"#
        + #""new":0,"changed":0,"unchanged":1000,"moved":0,"located":0,"without_position":0,"#
        + #""failed":1,"listing":false,"bytes":3400000,"connections":4,"photos_per_s":300.0,"#
        + #""bytes_per_s":1700000,"elapsed_s":2.0,"eta_s":8}"#)
  }

  @Test func summaryAccountsForEveryFile() {
    var run = SyncSummary()
    run.listed = 10
    run.new = 3
    run.changed = 2
    run.moved = 1
    run.removed = 4
    run.located = 7
    run.withoutPosition = 2
    run.failed = 1
    run.reasons = ["damaged": 1, "no-gps": 2]
    run.statistics.bytesReceived = 1_234_567
    run.statistics.filesOpened = 5
    run.skipped.others = ["txt": 9, "pdf": 2, "none": 1]
    run.skipped.unsupported = ["x3f": 1]
    run.skipped.folders = ["thumbnails": 2, "trash": 1]
    run.skipped.files = ["trash": 4]
    run.skipped.excluded = ["raw/**": 3]
    run.statistics.sidecarsListed = 3
    run.skipped.links = 1
    run.seconds = 1.25
    #expect(
      SyncSummaryText.lines(run, site: "my nas", isDryRun: false) == [
        "my nas synced: 10 listed = 4 unchanged + 3 new + 2 changed + 1 moved; 4 removed",
        "10 in the index = 7 located + 2 without position + 1 failed",
        "  2 no-gps: the camera wrote no position",
        "  1 damaged: empty, truncated or inconsistent; copy it again from the card",
        "  list them: gpsindex problems --site 'my nas'",
        "sidecar files: 3",
        "skipped: 2 thumbnail folders, 1 trash folder, 4 deleted files, 3 by --exclude 'raw/**', "
          + "1 unsupported file (1 x3f), 12 other files (9 txt, 2 pdf, 1 without extension), "
          + "1 symbolic link",
        "1.2 MB in 1.3 s, 5 files opened",
      ])
  }

  @Test(arguments: [
    ("nas", "nas"), ("my nas", "'my nas'"), ("a'b", #"'a'\''b'"#), ("", "''"), ("ö/1", "ö/1"),
    ("$(x)", "'$(x)'"), ("a\u{202E}b", "'a\u{202E}b'"),
  ])
  func quotesWordsForTheShell(word: String, quoted: String) {
    #expect(NextCommand.quoted(word) == quoted)
  }
}
