import PhotoModel
import TestSupport
import Testing

@testable import PhotoIndex

/// What has changed since a sequence number: rows, tombstones, runs.
@Suite struct ChangesTests {
  private static func located(_ latitude: Double) -> PhotoRecord {
    PhotoRecord(outcome: .located(Coordinate(latitude: latitude, longitude: 8)))
  }

  private struct Change: Equatable, CustomStringConvertible {
    var seq: Int64
    var path: String
    var description: String { "\(seq) \(path)" }
  }

  private static func seen(_ one: OneSite, since seq: Int64 = 0) throws -> [Change] {
    var found: [Change] = []
    try one.writer.reader.changes(since: seq) {
      found.append(Change(seq: $0.seq, path: $0.row.path))
    }
    return found
  }

  private static func fid(_ one: OneSite, _ path: String) throws -> Int64 {
    try #require(try one.writer.reader.photo(site: "nas", path: PathBytes(text: path))).id
  }

  private static func filled() throws -> OneSite {
    let one = try OneSite("nas", at: "/x")
    try one.writer.apply(
      changes(one.site, "f") { $0.inserts = ["a", "b", "c"].map { photo($0, located(47)) } })
    return one
  }

  @Test func insertsAreNumberedOneByOne() throws {
    let one = try Self.filled()
    #expect(try Self.seen(one).map(\.seq) == [1, 2, 3])
    #expect(try one.writer.reader.changeState().lastSeq == 3)
    #expect(try Self.seen(one, since: 2) == [Change(seq: 3, path: "f/c")])
    #expect(try Self.seen(one, since: 3).isEmpty)
    var seen: Int64 = 0
    try one.writer.reader.changes(since: 0) { seen = $0.firstSeenAt }
    #expect(seen > 1_600_000_000)
  }

  @Test func onlyWhatARowSaysRaisesItsNumber() throws {
    let one = try Self.filled()
    let a = try Self.fid(one, "f/a")
    func update(_ change: PhotoChange) throws {
      try one.writer.apply(changes(one.site, "f") { $0.updates = [.init(fid: a, change: change)] })
    }
    var change = photo("a", Self.located(47))
    try update(change)
    change.racy.toggle()
    change.parserVersion += 1
    try update(change)
    #expect(try Self.seen(one, since: 3).isEmpty)
    change.record.iso = 200
    try update(change)
    #expect(try Self.seen(one, since: 3) == [Change(seq: 4, path: "f/a")])
    change.sidecar = ListedFile(name: PathBytes(text: "a.xmp"), size: 1, mtime: 2)
    try update(change)
    #expect(try Self.seen(one, since: 4) == [Change(seq: 5, path: "f/a")])
  }

  @Test func aMoveKeepsThePhotoAndLeavesNoTombstone() throws {
    let one = try Self.filled()
    let (a, b) = (try Self.fid(one, "f/a"), try Self.fid(one, "f/b"))
    // Two photos exchange their names.
    try one.writer.apply(
      changes(one.site, "f") {
        $0.moves = [
          .init(fid: a, file: ListedFile(name: PathBytes(text: "b"), size: 1, mtime: 1)),
          .init(fid: b, file: ListedFile(name: PathBytes(text: "a"), size: 1, mtime: 1)),
        ]
      })
    #expect(try Self.fid(one, "f/a") == b && Self.fid(one, "f/b") == a)
    #expect(
      try Self.seen(one, since: 3) == [Change(seq: 4, path: "f/b"), Change(seq: 5, path: "f/a")])
    #expect(try one.writer.reader.tombstones(since: 0).isEmpty)
  }

  @Test func aDeletionLeavesATombstoneWithTheNextNumber() throws {
    let one = try Self.filled()
    let c = try Self.fid(one, "f/c")
    try one.writer.apply(changes(one.site, "f") { $0.deletes = [c, c + 99] })
    let stones = try one.writer.reader.tombstones(since: 0)
    #expect(stones.count == 1)
    let stone = try #require(stones.first)
    #expect(stone.seq == 4 && stone.site == "nas" && stone.siteID == one.site)
    #expect(stone.photo == Tombstone.Photo(id: c, folder: "f", file: "c"))
    #expect((stone.removedAt ?? 0) > 1_600_000_000_000)
    #expect(try one.writer.reader.tombstones(since: 4).isEmpty)
    #expect(try one.writer.reader.tombstones(since: 0, site: one.site + 1).isEmpty)
    // The number is not given again, though its row is gone, and the name gets a new photo.
    try one.writer.apply(changes(one.site, "f") { $0.inserts = [photo("c", Self.located(48))] })
    #expect(try Self.seen(one, since: 3) == [Change(seq: 5, path: "f/c")])
    #expect(try Self.fid(one, "f/c") > c)
  }

  @Test func keepingARowAndItsReturnAreChanges() throws {
    let one = try Self.filled()
    let a = try Self.fid(one, "f/a")
    for (seq, isKept) in [(Int64(4), true), (4, true), (5, false), (5, false)] {
      try one.writer.apply(
        changes(one.site, "f") { if isKept { $0.keeps = [a] } else { $0.returns = [a] } })
      #expect(try Self.seen(one, since: 3) == [Change(seq: seq, path: "f/a")])
    }
  }

  @Test func aRemovedSiteIsOneTombstoneAndARun() throws {
    let one = try Self.filled()
    try one.writer.removeSite(named: "nas")
    let stone = try #require(try one.writer.reader.tombstones(since: 0).first)
    #expect(stone.photo == nil && stone.site == "nas" && stone.seq == 4)
    let run = try #require(try one.writer.reader.run(of: 4))
    #expect(run.outcome == .siteRemoved && run.site == "nas")
    #expect(try one.writer.reader.changeState().lastSeq == 4)
  }

  @Test func prunedTombstonesAreSaidToBeIncompleteAndTheirNumbersStayTaken() throws {
    let one = try Self.filled()
    let all = try ["f/a", "f/b", "f/c"].map { try Self.fid(one, $0) }
    try one.writer.apply(changes(one.site, "f") { $0.deletes = all })
    try one.writer.pruneTombstones(upTo: 99)
    #expect(try one.writer.reader.tombstones(since: 0).isEmpty)
    #expect(try one.writer.reader.changeState().tombstonesSince == 6)
    try one.writer.apply(changes(one.site, "f") { $0.inserts = [photo("d", Self.located(48))] })
    #expect(try Self.seen(one).map(\.seq) == [7])
  }

  // MARK: The log

  private static func log(_ one: OneSite, since seq: Int64) throws -> [String] {
    var found: [String] = []
    try one.writer.reader.changeLog(since: seq) {
      found.append("\($0.kind.rawValue) \($0.path)" + ($0.from.map { " from \($0)" } ?? ""))
    }
    return found
  }

  private static func move(_ one: OneSite, _ fid: Int64, to folder: String, _ name: String) throws {
    try one.writer.apply(
      changes(one.site, folder) {
        $0.moves = [
          .init(fid: fid, file: ListedFile(name: PathBytes(text: name), size: 1, mtime: 1))
        ]
      })
  }

  @Test func theLogSaysWhatHasBecomeOfEachPhoto() throws {
    let one = try Self.filled()
    let (a, b) = (try Self.fid(one, "f/a"), try Self.fid(one, "f/b"))
    #expect(try Self.log(one, since: 0) == ["new f/a", "new f/b", "new f/c"])
    try Self.move(one, a, to: "g", "a")
    try one.writer.apply(
      changes(one.site, "f") {
        $0.updates = [.init(fid: b, change: photo("b", Self.located(48)))]
        $0.deletes = []
      })
    #expect(try Self.log(one, since: 3) == ["moved g/a from f/a", "changed f/b"])
    try one.writer.apply(
      changes(one.site, "g") {
        $0.updates = [.init(fid: a, change: photo("a", Self.located(48)))]
      })
    #expect(try Self.log(one, since: 3) == ["changed f/b", "moved-changed g/a from f/a"])
    #expect(try Self.log(one, since: 4) == ["changed f/b", "changed g/a"])
    try one.writer.apply(changes(one.site, "g") { $0.deletes = [a] })
    #expect(try Self.log(one, since: 3) == ["changed f/b", "removed g/a from f/a"])
    #expect(try Self.log(one, since: 4) == ["changed f/b", "removed g/a"])
    #expect(try Self.log(one, since: 0) == ["new f/c", "new f/b"])
  }

  @Test func aPhotoThatMovesAwayAndBackIsNoEntryUnlessItChanged() throws {
    let one = try Self.filled()
    let a = try Self.fid(one, "f/a")
    try Self.move(one, a, to: "g", "a")
    try Self.move(one, a, to: "f", "a")
    #expect(try Self.log(one, since: 3).isEmpty)
    #expect(try Self.log(one, since: 4) == ["moved f/a from g/a"])
    try one.writer.apply(
      changes(one.site, "f") {
        $0.updates = [.init(fid: a, change: photo("a", Self.located(48)))]
      })
    #expect(try Self.log(one, since: 3) == ["changed f/a"])
  }

  /// The deletion guard changes no photo: a row that it marks, or gives back, says the same otherwise.
  @Test func keptAndReturnedRowsAreNoChangedContent() throws {
    let one = try Self.filled()
    let a = try Self.fid(one, "f/a")
    func mark(kept isKept: Bool) throws {
      try one.writer.apply(
        changes(one.site, "f") { if isKept { $0.keeps = [a] } else { $0.returns = [a] } })
    }
    try mark(kept: true)
    #expect(try Self.log(one, since: 3) == ["kept f/a"])
    #expect(try Self.log(one, since: 0).last == "new f/a")
    try mark(kept: false)
    #expect(try Self.log(one, since: 3).isEmpty)
    #expect(try Self.log(one, since: 4) == ["returned f/a"])
    try one.writer.apply(
      changes(one.site, "f") {
        $0.updates = [.init(fid: a, change: photo("a", Self.located(48)))]
      })
    try mark(kept: true)
    #expect(try Self.log(one, since: 3) == ["changed f/a"])
    #expect(try Self.log(one, since: 6) == ["kept f/a"])
  }

  @Test func aKeptPhotoThatIsFoundElsewhereHasMoved() throws {
    let one = try Self.filled()
    let a = try Self.fid(one, "f/a")
    try one.writer.apply(changes(one.site, "f") { $0.keeps = [a] })
    try Self.move(one, a, to: "g", "a")
    #expect(try Self.log(one, since: 3) == ["moved g/a from f/a"])
    #expect(try Self.log(one, since: 4) == ["moved g/a from f/a"])
    try Self.move(one, a, to: "f", "a")
    #expect(try Self.log(one, since: 3).isEmpty)
    #expect(try Self.log(one, since: 4) == ["returned f/a"])
    try one.writer.apply(changes(one.site, "f") { $0.keeps = [a] })
    #expect(try Self.log(one, since: 3) == ["kept f/a"])
    #expect(try Self.log(one, since: 4).isEmpty)
  }

  /// Read again with the same result: a time in the same second, `sync --full`.
  @Test func aKeptRowThatIsReadAgainHasReturned() throws {
    let one = try Self.filled()
    let a = try Self.fid(one, "f/a")
    try one.writer.apply(changes(one.site, "f") { $0.keeps = [a] })
    try one.writer.apply(
      changes(one.site, "f") {
        $0.updates = [.init(fid: a, change: photo("a", Self.located(47)))]
      })
    #expect(try Self.log(one, since: 4) == ["returned f/a"])
    let row = try one.writer.reader.photo(site: "nas", path: PathBytes(text: "f/a"))
    #expect(row?.record.flags.contains(.fileGone) == false)
  }

  @Test func photosThatExchangeTheirNamesHaveMoved() throws {
    let one = try Self.filled()
    let (a, b) = (try Self.fid(one, "f/a"), try Self.fid(one, "f/b"))
    try one.writer.apply(
      changes(one.site, "f") {
        $0.moves = [
          .init(fid: a, file: ListedFile(name: PathBytes(text: "b"), size: 1, mtime: 1)),
          .init(fid: b, file: ListedFile(name: PathBytes(text: "a"), size: 1, mtime: 1)),
        ]
      })
    #expect(try Self.log(one, since: 3) == ["moved f/b from f/a", "moved f/a from f/b"])
  }

  @Test func aPhotoThatCameAndWentIsNoEntry() throws {
    let one = try Self.filled()
    try one.writer.apply(changes(one.site, "f") { $0.inserts = [photo("d", Self.located(47))] })
    let d = try Self.fid(one, "f/d")
    try one.writer.apply(changes(one.site, "f") { $0.deletes = [d] })
    #expect(try Self.log(one, since: 3).isEmpty)
    #expect(try Self.log(one, since: 4) == ["removed f/d"])
  }

  @Test func entriesOfOverlappingRunsNameTheirOwn() throws {
    let one = try OneSite("nas", at: "/x")
    let other = try IndexWriter(path: one.writer.path)
    let box = try other.addSite(SiteRecord(name: "box", location: "/y"))
    one.writer.beginRun(try one.writer.site(named: "nas"))
    other.beginRun(box)
    for name in ["a", "b"] {
      try one.writer.apply(changes(one.site, "f") { $0.inserts = [photo(name, Self.located(47))] })
      try other.apply(changes(box.id, "f") { $0.inserts = [photo(name, Self.located(47))] })
    }
    var seen: [String] = []
    try one.writer.reader.changeLog(since: 0) { seen.append("\($0.site) \($0.run?.site ?? "?")") }
    #expect(seen == ["nas nas", "box box", "nas nas", "box box"])
    #expect(try one.writer.reader.run(of: 3)?.site == "nas")
  }

  @Test func theTimeOfAChangeLeadsToTheNumberBeforeIt() throws {
    let one = try Self.filled()
    var times: [Int64] = []
    try one.writer.reader.changeLog(since: 0) { times.append($0.time ?? 0) }
    let written = try #require(times.first)
    #expect(Set(times) == [written] && written > 1_600_000_000_000)
    #expect(try one.writer.reader.seq(before: written) == 0)
    #expect(try one.writer.reader.seq(before: written + 1) == 3)
    #expect(try one.writer.reader.seq(before: .max) == 3)
    #expect(try one.writer.reader.seq(before: .min) == 0)
  }

  @Test func aSyncThatFindsNothingKeepsWhatTheLastOneBrought() throws {
    let one = try OneSite("nas", at: "/x")
    let site = try one.writer.site(named: "nas")
    one.writer.beginRun(site)
    try one.writer.apply(changes(one.site, "f") { $0.inserts = [photo("a", Self.located(47))] })
    try one.writer.finishSync(site: one.site, summary: Self.summary(), changed: true)
    // It only clears a mark that no reader of the row sees.
    one.writer.beginRun(site)
    var same = photo("a", Self.located(47))
    same.racy.toggle()
    let a = try Self.fid(one, "f/a")
    try one.writer.apply(changes(one.site, "f") { $0.updates = [.init(fid: a, change: same)] })
    var nothing = Self.summary()
    nothing.new = 0
    nothing.finishedAt += 60_000
    nothing.complete = false
    try one.writer.finishSync(site: one.site, summary: nothing, changed: true)
    let last = try #require(try one.writer.site(named: "nas").lastSync)
    #expect(last.new == 3 && last.finishedAt == Self.summary().finishedAt && !last.complete)
  }

  // MARK: Runs

  private static func summary() -> SiteSummary {
    var summary = SiteSummary(finishedAt: 1_700_000_000_000, complete: true, seconds: 1)
    summary.new = 3
    summary.listed = 3
    return summary
  }

  @Test func aRunHasARowOnlyWhenItChangedSomething() throws {
    let one = try OneSite("nas", at: "/x")
    let site = try one.writer.site(named: "nas")
    one.writer.beginRun(site)
    try one.writer.apply(changes(one.site, "f") { $0.inserts = [photo("a", Self.located(47))] })
    // A kill from here on leaves the run without an outcome.
    let begun = try #require(try one.writer.reader.runs().first)
    #expect(begun.outcome == nil && begun.finishedAt == nil)
    #expect(begun.firstSeq == 1 && begun.lastSeq == 1 && begun.token.count == 32)
    try one.writer.apply(changes(one.site, "g") { $0.inserts = [photo("b", Self.located(47))] })
    try one.writer.finishSync(site: one.site, summary: Self.summary(), changed: true)
    let done = try #require(try one.writer.reader.runs().first)
    #expect(done.outcome == .complete && done.token == begun.token && done.lastSeq == 2)
    #expect(done.counters.new == 3 && done.counters.listed == 3)

    one.writer.beginRun(site)
    var same = photo("a", Self.located(47))
    same.racy.toggle()
    let a = try Self.fid(one, "f/a")
    try one.writer.apply(changes(one.site, "f") { $0.updates = [.init(fid: a, change: same)] })
    try one.writer.finishSync(site: one.site, summary: Self.summary(), changed: true)
    #expect(try one.writer.reader.runs().count == 1)

    one.writer.beginRun(site)
    try one.writer.apply(changes(one.site, "f") { $0.deletes = [a] })
    try one.writer.abandonRun()
    let runs = try one.writer.reader.runs(site: one.site)
    #expect(runs.map(\.outcome) == [.failed, .complete])
    #expect(runs[0].token != runs[1].token && runs[0].firstSeq == 3)
    #expect(try one.writer.reader.run(of: 2) == runs[1] && one.writer.reader.run(of: 4) == nil)
  }

  @Test func aCopyHasAnIdentityOfItsOwn() throws {
    let one = try Self.filled()
    let own = try one.writer.reader.changeState()
    #expect(own.identity.count == 32)
    #expect(try OneSite("nas", at: "/x").writer.reader.changeState().identity != own.identity)
    let copy = one.writer.path + ".copy.gpkg"
    try one.writer.reader.snapshot(to: copy)
    let state = try IndexReader(path: copy).changeState()
    #expect(state.identity.count == 32 && state.identity != own.identity)
    #expect(state.lastSeq == own.lastSeq)
  }
}
