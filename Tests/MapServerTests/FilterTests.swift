import ArgumentParser
import Foundation
import GeoFormats
import PhotoModel
import TestSupport
import Testing

@testable import MapServer
@testable import gpsindex

/// Every place that accepts filters uses the same grammar.
@Suite struct FilterTests {
  private static func parse(_ words: FilterWords) throws -> PhotoFilter {
    try FilterGrammar.filter(words, now: { FilterClock(milliseconds: 0, offsetMinutes: 0) }) {
      try Polygons(geoJSON: Array($0.utf8), named: "polygon")
    }
  }

  @Test func everyNameHasOneEntry() {
    #expect(FilterGrammar.entries.map(\.name) == FilterName.allCases)
    let tested = Set(FilterRow.all.flatMap { $0.words.map(\.name) })
    #expect(tested == Set(FilterName.allCases))
  }

  /// On the command line `polygon` is a file; `missing` and `present` are flags.
  @Test func helpShowsTheValueOfEachFilter() {
    let help = QueryCommand.helpMessage() + ProblemsCommand.helpMessage()
    for entry in FilterGrammar.entries
    where ![.polygon, .missing, .present].contains(entry.name) {
      #expect(help.contains("--\(entry.name.rawValue) <\(entry.takes)>"))
    }
  }

  @Test(arguments: FilterRow.all) func grammarParses(row: FilterRow) {
    do {
      let filter = try Self.parse(row.filterWords)
      #expect(filter == row.filter)
    } catch let error as FilterError {
      #expect(row.filter == nil)
      #expect((error.message.text(.option) + error.advice.text(.option)).contains(row.fault))
    } catch let error as GeoJSONFault {
      #expect(row.filter == nil && error.message.contains(row.fault))
    } catch {
      Issue.record(error)
    }
  }

  /// 2024-05-01T23:30Z, which is 2 May at +02:00 and 1 May at −05:00.
  private static let evening: Int64 = 1_714_606_200_000
  /// 2024-05-01.
  private static let may: Int64 = 1_714_521_600_000

  /// By the calendar of whoever asks, as a bare date of that day.
  @Test(
    arguments: [
      (120, "today", 1), (120, "Yesterday", 0), (-300, "today", 0), (-300, "yesterday", -1),
    ] as [(Int, String, Int64)])
  func relativeDaysAreDates(offset: Int, text: String, day: Int64) throws {
    let now = FilterClock(milliseconds: Self.evening, offsetMinutes: offset)
    let span = try FilterTime.span(text, of: "since", now: { now })
    let start = Self.may + day * 86_400_000
    #expect(span.start == .clock(start) && span.end == .clock(start + 86_400_000))
    #expect(!span.isInstant)
    #expect(throws: FilterError.self) { try FilterTime.span(text, of: "datetime", now: nil) }
  }

  /// Each with its length in minutes.
  @Test(
    arguments: [
      ("7d", 10_080), ("12H", 720), ("90min", 90), ("2w", 20_160), ("now", 0), ("0d", 0),
    ] as [(String, Int64)])
  func relativeTimesAreMoments(text: String, minutes: Int64) throws {
    let now = FilterClock(milliseconds: Self.evening, offsetMinutes: 120)
    let span = try FilterTime.span(text, of: "until", now: { now })
    #expect(span.start == .moment(Self.evening - minutes * 60_000) && span.isInstant)
    #expect(throws: FilterError.self) { try FilterTime.span(text, of: "datetime", now: nil) }
  }

  @Test(arguments: FilterRow.all) func commandLineAgrees(row: FilterRow) throws {
    let folder = try TemporaryFolder("gpsindex-filters")
    do {
      let filter = try Self.commandLine(row, folder)
      #expect(filter == row.filter)
    } catch {
      #expect(row.filter == nil, "\(error)")
      let failure = CommandFailure(error, arguments: [])
      #expect((failure.message + failure.advice).contains(row.fault), "\(failure)")
      #expect(failure.status == (failure.message.contains(folder.path) ? .badData : .usage))
    }
  }

  /// Parses a row with the program's parser; `problems` takes reasons.
  private static func commandLine(_ row: FilterRow, _ folder: TemporaryFolder) throws -> PhotoFilter
  {
    var words: [String] = ["--index", folder.file("index.gpkg")]
    var isReason = false
    for (name, value) in row.words {
      switch name {
      case .missing, .present: words += value == "true" ? ["--\(name.rawValue)"] : []
      case .polygon:
        let path = folder.file("area.geojson")
        try Data(value.utf8).write(to: URL(filePath: path))
        words += ["--polygon", path]
      default:
        isReason = isReason || name == .reason
        words += ["--\(name.rawValue)", value]
      }
    }
    let joined = NumberWords.joined(words)
    if isReason { return try ProblemsCommand.parse(joined).filter() }
    let parsed = try PhotoListing(QueryCommand.parse(joined).arguments).filter
    if let quick = QueryArguments(quick: joined) {
      #expect(try PhotoListing(quick).filter == parsed)
    }
    return parsed
  }

  @Test func mapAndOGCAPIFeaturesAgree() async throws {
    let place = try Place()
    for row in FilterRow.all {
      let query = row.words.map { "\($0.name.rawValue)=\(escaped($0.value))" }
        .joined(separator: "&")
      for path in [
        "/map/points", "/map/folders", "/map/download", "/collections/photos/items",
        "/collections/folders/items",
      ] {
        let answer = try await place.get("\(path)?\(query)")
        #expect(answer.status == (row.filter == nil ? 400 : 200), "\(path)?\(row)")
        guard row.filter == nil else { continue }
        let description = try #require(try answer.json()["description"] as? String)
        let error = #expect(throws: (any Error).self) { try Self.parse(row.filterWords) }
        if let error = error as? FilterError {
          let sentence = error.message.text(.parameter)
          #expect(description == "\(sentence); try: \(error.advice.text(.parameter))")
          #expect(!description.contains("--"), "\(description)")
        } else {
          #expect(description.contains(row.fault))
        }
      }
    }
  }

  @Test func mapFilterEqualsGrammarFilter() throws {
    for row in FilterRow.all {
      let query = row.words.map { "\($0.name.rawValue)=\(escaped($0.value))" }
      let request = try #require(
        MapRequest(method: "GET", target: "/?" + query.joined(separator: "&")))
      let filter = try? FilterParameters(request).filter
      #expect(filter == row.filter, "\(row)")
    }
  }

  /// Each with the number of matching photos.
  @Test(arguments: [
    ("near=8.501,47.4&radius=10m", 1), ("near=8.502,47.4&radius=200m", 3),
    ("near=180,-17.5&radius=20km", 2), ("since=2024-05", Place.allTimed),
    ("since=2024-05-01T12:00:04%2B0200", 2), ("until=2024-05-01T10:00:04Z", 1),
    ("datetime=2024-05", Place.allTimed), ("missing=true", 2), ("reason=no-gps", 1),
    ("reason=damaged&site=nas", 1), ("missing=true&folder=fiji", 0), ("missing=false&site=nas", 5),
    (
      "polygon=%7B%22type%22:%22Polygon%22,%22coordinates%22:[[[8,47],[9,47],[9,48],[8,48]]]%7D",
      3
    ),
  ])
  func queryFiltersSelectMapPhotos(query: String, count: Int) async throws {
    let place = try Place()
    let page = try await place.get("/collections/photos/items?limit=100&\(query)").json()
    #expect((page["features"] as? [Any])?.count == count)
    #expect(page["numberMatched"] as? Int == count)
    let csv = try await place.get("/map/download?f=csv&\(query)")
    #expect(Self.rows(csv) == count)
    let points = try await place.get("/map/points?\(query)")
    let drawn = points.bytes[8..<12].reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(drawn == (query.contains("reason") || query.contains("missing=true") ? 0 : count))
  }

  @Test(arguments: [
    ("near=8.501,47.4&radius=10m", ["zurich"]), ("reason=no-gps", ["zurich"]),
    ("flag=conflict", ["zurich"]), ("missing=true&site=nas", ["zurich"]),
    ("near=180,-17.5&radius=20km", ["fiji"]), ("fix=fixed&bbox=100,0,101,1", []),
  ])
  func photoFiltersSelectFolders(query: String, names: [String]) async throws {
    let answer = try await Place().get("/collections/folders/items?limit=100&\(query)")
    let found = try FeaturesTests.features(answer).compactMap {
      ($0["properties"] as? [String: Any])?["folder"] as? String
    }
    #expect(found == names)
  }

  @Test(arguments: [
    "datetime=2024-02-31", "datetime=2024-05/2024-13", "datetime=2024&since=2024",
    "bbox=1,2,x,3,4,5", "flag=void,odd", "flag=void,", "fix=float,odd", "datetime=7d",
    "datetime=yesterday/..", "limit=1&limit=2", "present=yes",
  ])
  func refusesInvalidOGCParameters(query: String) async throws {
    let answer = try await Place().get("/collections/photos/items?\(query)")
    #expect(answer.status == 400)
  }

  @Test func gpxDownloadRefusesMissingPhotos() async throws {
    let place = try Place()
    #expect(try await place.get("/map/download?f=gpx&missing=true").status == 400)
    let csv = try await place.get("/map/download?f=csv&missing=true")
    #expect(csv.status == 200 && csv.text.contains("no-gps"))
  }

  /// The number of rows of a CSV file without line ends in cells.
  private static func rows(_ csv: Place.Answer) -> Int { csv.bytes.count { $0 == 0x0A } - 1 }

  @Test func limitAppliesToPointsAndDownloads() async throws {
    let place = try Place()
    let points = try await place.get("/map/points?limit=2")
    #expect(points.bytes[8..<12].elementsEqual([2, 0, 0, 0]))
    let csv = try await place.get("/map/download?f=csv&limit=2&site=nas")
    #expect(Self.rows(csv) == 2)
  }
}

/// The definition of `/api`, compared with the grammar.
@Suite struct DefinitionTests {
  private static func definition() async throws -> [String: Any] {
    try await Place().get("/api").json()
  }

  private static func parameters(_ definition: [String: Any]) throws -> [String: [String: Any]] {
    let components = try #require(definition["components"] as? [String: Any])
    return try #require(components["parameters"] as? [String: [String: Any]])
  }

  /// The standard parameters of OGC API Features, and `f`, the format.
  private static let documented =
    Set(FilterName.allCases.map(\.rawValue))
    .union(FilterParameters.Other.allCases.map(\.rawValue)).subtracting(["f"])

  @Test func openAPIListsExactlyTheFilters() async throws {
    let definition = try await Self.definition()
    let parameters = try Self.parameters(definition)
    #expect(Set(parameters.keys) == Self.documented)
    for (key, parameter) in parameters {
      #expect(parameter["name"] as? String == key && parameter["in"] as? String == "query")
      #expect((parameter["description"] as? String)?.isEmpty == false)
    }
    let paths = try #require(definition["paths"] as? [String: [String: [String: Any]]])
    for collection in Features.Collection.allCases {
      let items = try #require(paths["/collections/\(collection.rawValue)/items"]?["get"])
      let references = try #require(items["parameters"] as? [[String: String]])
      let names = references.compactMap { $0["$ref"]?.split(separator: "/").last.map(String.init) }
      #expect(Set(names) == Self.documented && names.count == Self.documented.count)
    }
  }

  /// What the description allows is what the server accepts.
  @Test(arguments: FilterGrammar.entries)
  func openAPISchemasMatchTheGrammar(entry: FilterEntry) async throws {
    let parameter = try #require(
      try Self.parameters(try await Self.definition())[entry.name.rawValue])
    let schema = try #require(parameter["schema"] as? [String: Any])
    let items = schema["items"] as? [String: Any] ?? schema
    #expect((schema["type"] as? String == "array") == (parameter["explode"] is Bool))
    if entry.repeats { #expect(parameter["explode"] as? Bool == !entry.isCommaList) }
    let values: [String]
    switch entry.value {
    case .choice(let names):
      #expect(
        items["enum"] as? [String] == names
          && (schema["type"] as? String == "array") == entry.repeats)
      values = names
    case .flag:
      #expect(schema["type"] as? String == "boolean")
      values = ["true", "false"]
    case .count:
      values = [schema["minimum"], schema["maximum"]].compactMap { ($0 as? Int).map(String.init) }
      #expect(values.count == 2)
    case .text, .numbers: return
    }
    for value in values {
      let request = try #require(
        MapRequest(method: "GET", target: "/items?\(entry.name.rawValue)=\(value)"))
      _ = try FilterParameters(request)
    }
  }
}
