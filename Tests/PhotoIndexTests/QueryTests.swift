import Foundation
import PhotoModel
import TestSupport
import Testing

@testable import PhotoIndex

/// Every filter against a plain loop over all rows.
@Suite struct QueryTests {
  let folder: TemporaryFolder
  let rows: [PhotoRow]
  let reader: IndexReader

  static let sites = ["b site", "a", "Ä"]

  /// Built once; every test works on a copy.
  static let sample = Result { try build() }

  init() throws {
    let sample = try Self.sample.get()
    folder = try TemporaryFolder()
    try sample.file.write(to: URL(filePath: folder.index))
    rows = sample.rows
    reader = try IndexReader(path: folder.index)
  }

  static func build() throws -> (file: Data, rows: [PhotoRow]) {
    let folder = try TemporaryFolder()
    var g = SplitMix64(seed: 2024)
    let writer = try IndexWriter(path: folder.index)
    var model = Model()
    let paths =
      ["", "2024", "2024/a", "2024/a/raw", "2024/b", "x*?", "é"].map { PathBytes($0.utf8) }
      + [PathBytes([0x80]), PathBytes([0xC3, 0x2F, 0x41])]
    for name in Self.sites {
      let site = try writer.addSite(SiteRecord(name: name, location: "/\(name)")).id
      for (number, path) in paths.enumerated() {
        if number == 4 {
          _ = try writer.folderID(site: site, path: path)  // stays empty
          continue
        }
        var batch = FolderChanges(site: site, folder: path)
        for photo in 0..<(name == "a" && number == 1 ? 900 : 60) {
          var change = Samples.change(Samples.name(photo, &g), &g)
          if g.chance(0.1) { change.record.flags.insert(.fileGone) }
          // Compact folders, so that boxes hold some of them whole.
          if number == 2, case .located = change.record.outcome {
            change.record.outcome = .located(
              Coordinate(
                latitude: Double.random(in: 1...1.5, using: &g),
                longitude: Double.random(in: 1...1.5, using: &g)))
          }
          batch.inserts.append(change)
        }
        try writer.apply(batch)
        let known = try writer.reader.knownPhotos(writer.folderID(site: site, path: path))
        let changes = Dictionary(uniqueKeysWithValues: batch.inserts.map { ($0.file.name, $0) })
        for photo in known {
          let change = try #require(changes[photo.name])
          model.rows[.init(site: name, folder: path, file: photo.name)] = (photo.fid, change)
        }
      }
    }
    try writer.checkpoint()
    return (try Data(contentsOf: URL(filePath: folder.index)), model.sorted)
  }

  @Test func withoutConditionsAllRowsComeInOrder() throws {
    #expect(try reader.everything() == rows)
    #expect(try reader.all(PhotoFilter()) == rows.filter { $0.record.position != nil })
  }

  @Test(arguments: 0..<8) func randomFiltersEqualALoop(seed: UInt64) throws {
    var g = SplitMix64(seed: seed &* 7919 &+ 1)
    var hits = 0
    for _ in 0..<30 {
      let filter = randomFilter(&g)
      let expected = Array(
        rows.filter { Reference.matches(filter, $0) }.prefix(filter.limit ?? .max))
      let found = try reader.all(filter)
      #expect(found == expected, "\(filter)")
      #expect(try reader.count(filter) == expected.count, "\(filter)")
      try compareFolders(filter)
      hits += expected.count
    }
    #expect(hits > 200)
  }

  /// One kind of condition at a time, so that each meets many hits.
  @Test(arguments: 0...12) func eachFilterAloneEqualsALoop(kind: Int) throws {
    var g = SplitMix64(seed: UInt64(kind) + 99)
    var hits = 0
    for _ in 0..<25 {
      var filter = PhotoFilter()
      set(kind, in: &filter, &g)
      let expected = rows.filter { Reference.matches(filter, $0) }
      #expect(try reader.all(filter) == expected, "\(filter)")
      #expect(try reader.count(filter) == expected.count, "\(filter)")
      hits += expected.count
    }
    #expect(hits > 100)
  }

  @Test(arguments: [
    // Edges are inclusive, a box may be a line or a point.
    BoundingBox(west: 1, south: 1, east: 2, north: 2),
    BoundingBox(west: 1, south: -90, east: 1, north: 90),
    BoundingBox(west: 1, south: 1, east: 1, north: 1),
    BoundingBox(west: -180, south: 90, east: 180, north: 90),
    BoundingBox(west: 0, south: -90, east: 0, north: -90),
    // Over the antimeridian, and touching it from either side.
    BoundingBox(west: 179, south: -90, east: -179, north: 90),
    BoundingBox(west: 180, south: -90, east: -180, north: 90),
    BoundingBox(west: 180, south: -90, east: 180, north: 90),
    BoundingBox(west: -180, south: -90, east: -180, north: 90),
    BoundingBox(west: 170, south: -90, east: 180, north: 90),
    BoundingBox(west: -180, south: -90, east: -179.5, north: 90),
    BoundingBox(west: -180, south: -90, east: 180, north: 90),
    BoundingBox(west: 5, south: -90, east: 4.5, north: 90),
    BoundingBox(west: 20, south: 2, east: 21, north: 1),
  ])
  func specialBoxesEqualALoop(_ box: BoundingBox) throws {
    let filter = PhotoFilter.with {
      $0.box = box
      $0.which = .all
    }
    let expected = rows.filter { Reference.matches(filter, $0) }
    #expect(try reader.all(filter) == expected)
    #expect(try reader.count(filter) == expected.count)
    try compareFolders(filter)
  }

  /// R*Tree coordinates are 32-bit: neighbours of an edge one unit in the last place away decide.
  @Test func boxesAreExactToTheLastBit() throws {
    let writer = try IndexWriter(path: folder.index)
    let site = try writer.addSite(SiteRecord(name: "exact", location: "/e")).id
    let edge = 13.405_011_234_567
    let places = [edge.nextDown, edge, edge.nextUp]
    try writer.apply(
      changes(site, "f") { changes in
        changes.inserts = places.enumerated().map { photo("\($0)", located($1, $1)) }
      })
    for (box, expected) in [
      (BoundingBox(west: edge, south: edge, east: 14, north: 14), ["1", "2"]),
      (BoundingBox(west: 13, south: 13, east: edge, north: edge), ["0", "1"]),
      (BoundingBox(west: edge, south: edge, east: edge, north: edge), ["1"]),
      (BoundingBox(west: edge.nextUp, south: 0, east: 14, north: 14), ["2"]),
    ] {
      let filter = PhotoFilter.with {
        $0.box = box
        $0.site = "exact"
      }
      #expect(try reader.all(filter).map(\.file) == expected)
      #expect(try reader.count(filter) == expected.count)
    }
  }

  /// Folders of more than 4,096 located photos are searched through the photos' own R*Tree.
  @Test func aVeryLargeFolderAnswersLikeSmallOnes() throws {
    var g = SplitMix64(seed: 5)
    let writer = try IndexWriter(path: folder.index)
    let site = try writer.addSite(SiteRecord(name: "large", location: "/l")).id
    let inserts = (0..<5000).map { photo("\($0).jpg", Self.scattered($0, &g)) }
    try writer.apply(changes(site, "f") { $0.inserts = inserts })
    let all = try reader.all(.with { $0.site = "large" })
    #expect(all.count == 5000)
    for _ in 0..<20 {
      let filter = PhotoFilter.with {
        $0.site = "large"
        set(g.pick([0, 1, 2]), in: &$0, &g)
      }
      let expected = all.filter { Reference.matches(filter, $0) }
      #expect(try reader.all(filter) == expected)
      #expect(try reader.count(filter) == expected.count)
    }
  }

  private static func scattered(_ number: Int, _ g: inout SplitMix64) -> PhotoRecord {
    PhotoRecord(outcome: .located(Samples.position(&g)))
  }

  @Test func aQuestionMayBeAskedInsideAQuestion() throws {
    var pairs = 0
    try reader.photos(.with { $0.limit = 3 }) { outer in
      try reader.photos(.with { $0.limit = 2 }) { _ in pairs += 1 }
      #expect(try reader.photo(site: outer.site, path: PathBytes(text: outer.path)) == outer)
    }
    #expect(pairs == 6)
  }

  @Test func theAskersErrorComesThroughUnchanged() throws {
    struct Enough: Error {}
    #expect(throws: Enough.self) { try reader.photos(PhotoFilter()) { _ in throw Enough() } }
    #expect(try reader.count(PhotoFilter()) > 0)
  }

  @Test func anUnknownSiteIsAnErrorThatNamesTheKnownOnes() throws {
    let error = #expect(throws: IndexError.self) {
      _ = try reader.count(.with { $0.site = "nsa" })
    }
    #expect(error?.kind == .notFound)
    #expect(error?.advice == "one of: a, b site, Ä")
  }

  @Test func aPhotoIsFoundByTheEndOfItsPath() throws {
    let row = try #require(
      rows.first { row in
        row.folder == "2024/a/raw" && row.site == "a" && rows.count { $0.path == row.path } == 3
      })
    for path in [row.file, "raw/\(row.file)", "a/raw/\(row.file)", row.path, "a/\(row.path)"] {
      #expect(try reader.photos(at: PathBytes(text: path)).contains(row), "\(path)")
    }
    #expect(try reader.photos(at: PathBytes(text: "w/\(row.file)")).isEmpty)
    #expect(try reader.photos(at: PathBytes(text: row.path)).count == Self.sites.count)
    #expect(try reader.photo(site: "a", path: PathBytes(text: row.path)) == row)
    #expect(try reader.photo(site: "a", path: PathBytes(text: "raw/\(row.file)")) == nil)
  }

  @Test func statusAndProblemsAccountForEveryPhoto() throws {
    #expect(try reader.status().count == Self.sites.count)
    for status in try reader.status() {
      let own = rows.filter { $0.site == status.site.name }
      #expect(status.photos == own.count)
      #expect(status.located == own.count { $0.record.position != nil })
      #expect(status.located + status.withoutPosition + status.failed == status.photos)
      #expect(status.reasons.values.reduce(0, +) == status.withoutPosition + status.failed)
      var problems: [String: Int] = [:]
      try reader.problems(.with { $0.site = status.site.name }) {
        problems[$0.record.outcome.reason ?? "", default: 0] += 1
      }
      #expect(problems == status.reasons)
      #expect(status.folders == 9)
    }
    #expect(try reader.status(site: "a").map(\.site.name) == ["a"])
    #expect(try reader.folders().count == 27)
    #expect(try reader.folders(.with { $0.limit = 4 }).count == 4)
  }

  @Test func knownFoldersAndPhotosComeInTheOrderOfTheirBytes() throws {
    let site = try reader.site(named: "a")
    let known = try reader.knownFolders(site.id)
    #expect(known.map(\.path) == known.map(\.path).sorted())
    #expect(known.count == 9)
    for folder in known {
      let photos = try reader.knownPhotos(folder.id)
      #expect(photos.count == folder.photoCount)
      #expect(photos.map(\.name) == photos.map(\.name).sorted())
      let own = rows.filter { $0.site == "a" && PathBytes(text: $0.folder) == folder.path }
      #expect(photos.map(\.fid) == own.map(\.id))
      #expect(photos.map(\.mtime) == own.map(\.mtime))
      #expect(photos.map(\.size) == own.map(\.size))
      for (photo, row) in zip(photos, own) {
        if case .failed = row.record.outcome {
          #expect(photo.failed)
        } else {
          #expect(!photo.failed)
        }
      }
    }
  }

  /// Names and patterns are data, never SQL.
  @Test(arguments: [
    "' OR 1=1 --", "\"; DROP TABLE photos; --", "%", "\u{0}", "日本", "a' UNION SELECT",
  ])
  func textIsNeverSQL(_ text: String) throws {
    #expect(try reader.all(.with { $0.folderGlobs = [text] }).isEmpty)
    #expect(throws: IndexError.self) { _ = try reader.count(.with { $0.site = text }) }
    #expect(try reader.photos(at: PathBytes(text.utf8)).isEmpty)
    #expect(try reader.everything().count == rows.count)
  }

  // MARK: Filters within filters

  /// What a filter is limited by narrows every answer, in whatever order and depth.
  @Test(arguments: 0..<8) func randomFiltersWithinFiltersEqualALoop(seed: UInt64) throws {
    var g = SplitMix64(seed: seed &* 104_729 &+ 7)
    var hits = 0
    for _ in 0..<30 {
      var filter = randomFilter(&g)
      // A filter of two conditions seldom leaves much of another such filter.
      var other = PhotoFilter()
      for _ in 0..<g.pick([1, 1, 2]) { set(Int.random(in: 0...12, using: &g), in: &other, &g) }
      if g.chance(0.5) { other.which = g.pick([.all, .all, .missing, .located]) }
      if g.chance(0.2) { other.within = [randomFilter(&g)] }
      other.limit = g.pick([nil, 0, 1])
      filter.within = g.chance(0.2) ? [randomFilter(&g), other] : [other]
      let parts = [filter] + filter.within + other.within
      let matching = rows.filter { row in parts.allSatisfy { Reference.matches($0, row) } }
      let expected = Array(matching.prefix(filter.limit ?? .max))
      #expect(try reader.all(filter) == expected, "\(filter)")
      #expect(try reader.count(filter) == expected.count, "\(filter)")
      var places: [Int64] = []
      try reader.places(filter, each: { places.append($0.id) }, endOfFolder: { _ in })
      var located = parts
      located[0].which = .located
      let onMap = rows.filter { row in located.allSatisfy { Reference.matches($0, row) } }
      #expect(places.count == min(onMap.count, filter.limit ?? .max), "\(filter)")
      #expect(Set(places).isSubset(of: onMap.map(\.id)), "\(filter)")
      let ids = rows.map(\.id) + [0, -1, .max]
      #expect(try reader.passing(ids, filter) == matching.map(\.id), "\(filter)")
      try compareFoldersWithin(filter, parts)
      #expect(try reader.atMost(filter) >= expected.count)
      hits += expected.count
    }
    #expect(hits > 100)
  }

  private func compareFoldersWithin(_ filter: PhotoFilter, _ parts: [PhotoFilter]) throws {
    var (filter, parts) = (filter, parts)
    filter.limit = nil
    parts[0].which = .all
    let own = rows.filter { row in parts.allSatisfy { Reference.matches($0, row) } }
    let hits = Dictionary(grouping: own) { "\($0.site)\u{0}\($0.folder)" }
    let found = try reader.folders(filter)
    // A folder without a hit would tell its name.
    #expect(found.count == hits.count, "\(filter)")
    for folder in found {
      let own = hits["\(folder.site)\u{0}\(folder.folder)"] ?? []
      #expect(folder.photos == own.count, "\(filter) \(folder)")
      #expect(folder.located == own.count { $0.record.position != nil }, "\(filter)")
      #expect(folder.photos == folder.located + folder.withoutPosition + folder.failed)
      #expect(folder.extent == Reference.extent(own.compactMap(\.record.position)))
    }
  }

  @Test func tailsOfFoldersMatchTheirLastTwoNames() throws {
    let tail = PhotoFilter.with {
      $0.folderGlobs = ["a/raw"]
      $0.which = .all
    }
    #expect(try reader.count(tail) == 0)
    var shown = tail
    shown.matchesTails = true
    #expect(try reader.all(shown) == rows.filter { $0.folder == "2024/a/raw" })
    shown.folderGlobs = ["2024/**"]
    #expect(try reader.all(shown).contains { $0.folder == "2024/a" })
    #expect(try !reader.all(shown).contains { $0.folder == "2024/a/raw" })
  }

  @Test func aLimitedFilterDoesNotTellWhichSitesExist() throws {
    for name in ["nobody", "a"] {
      let filter = PhotoFilter.with {
        $0.site = name
        $0.within = [.with { $0.site = "b site" }]
      }
      #expect(try reader.count(filter) == 0)
    }
  }

  // MARK: Random filters

  private func compareFolders(_ filter: PhotoFilter) throws {
    var whole = filter
    whole.which = .all
    whole.limit = nil
    let hits = Dictionary(grouping: rows.filter { Reference.matches(whole, $0) }) {
      "\($0.site)\u{0}\($0.folder)"
    }
    let found = try reader.folders(whole)
    for folder in found {
      let own = hits["\(folder.site)\u{0}\(folder.folder)"] ?? []
      #expect(folder.photos == own.count, "\(filter) \(folder)")
      #expect(folder.located == own.count { $0.record.position != nil }, "\(filter)")
      #expect(folder.photos == folder.located + folder.withoutPosition + folder.failed)
      #expect(folder.extent == Reference.extent(own.compactMap(\.record.position)))
    }
    #expect(found.count { $0.photos > 0 } == hits.count, "\(filter)")
  }

  private func randomFilter(_ g: inout SplitMix64) -> PhotoFilter {
    var filter = PhotoFilter()
    for kind in 0...12 where g.chance(0.15) { set(kind, in: &filter, &g) }
    if g.chance(0.2) { filter.limit = Int.random(in: 0...20, using: &g) }
    return filter
  }

  private func set(_ kind: Int, in filter: inout PhotoFilter, _ g: inout SplitMix64) {
    func corner(_ g: inout SplitMix64) -> Coordinate { Samples.position(&g) }
    switch kind {
    case 0:
      let (a, b) = (corner(&g), corner(&g))
      filter.box = BoundingBox(
        west: a.longitude, south: min(a.latitude, b.latitude), east: b.longitude,
        north: max(a.latitude, b.latitude))
    case 1:
      filter.near = .init(
        center: corner(&g),
        radius: g.pick([0, 1, 500, 111_319.5, 400_000, 2_000_000, 10_000_000, 20_004_000]))
    case 2: filter.polygon = Reference.randomPolygons(&g)
    case 3: filter.sites = (0..<g.pick([1, 1, 2])).map { _ in g.pick(Self.sites) }
    case 4:
      filter.folderGlobs = (0..<g.pick([1, 1, 2, 3])).map { _ in
        g.pick([
          "2024/*", "2024/**", "**/a*", "", "**", "x[*]?", "x??", "*", "/**", "**/", "/2024/",
        ])
      }
    case 5:
      let time = Int64.random(in: 1_600_000_000...1_600_000_900, using: &g) * 1000
      if g.chance(0.7) { filter.takenSince = g.chance(0.5) ? .moment(time) : .clock(time) }
      let end = time + Int64.random(in: -1...400_000, using: &g)
      if g.chance(0.7) { filter.takenUntil = g.chance(0.5) ? .moment(end) : .clock(end) }
    case 6:
      let low = Double(Int.random(in: -500...12_000, using: &g)) / 4
      filter.altitude = low...(low + Double(Int.random(in: 0...4000, using: &g)) / 4)
    case 7: filter.fixes = Set((0..<g.pick([1, 2])).map { _ in g.pick(FixQuality.allCases) })
    case 8:
      let low = Double(Int.random(in: -10...120, using: &g))
      filter.relativeAltitude = low...(low + Double(Int.random(in: 0...60, using: &g)))
    case 9: filter.rtkDeviation = Double(Int.random(in: 0...9, using: &g)) / 64
    case 10:
      filter.cameraGlobs = (0..<g.pick([1, 1, 2])).map { _ in
        g.pick([
          "dji", "DJI*", "m3?", "*", "?", "DJI M3E", "", "*%*", "*_\\", "100?_\\", "株*", "*;--",
          "FC3411", "hasselblad ?*", "HASS",
        ])
      }
    case 11:
      filter.isPresent = g.chance(0.5)
      filter.reasons = (0..<g.pick([0, 1, 2])).map { _ in
        g.chance(0.5) ? g.pick(NoPosition.allCases).rawValue : g.pick(Failure.allCases).rawValue
      }
      if !filter.reasons.isEmpty { filter.which = .all }
    default:
      filter.flags = PhotoFlags(rawValue: 1 << UInt32.random(in: 0..<12, using: &g))
      filter.which = g.pick([.all, .missing, .located])
    }
  }
}
