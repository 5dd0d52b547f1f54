import Foundation
import GeoFormats
import PhotoModel
import PhotoSource
import TestSupport
import Testing

@testable import gpsindex

@Suite struct ParsingTests {
  @Test(arguments: [
    ("2024", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"),
    ("2024-02", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"),
    ("2023-12", "2023-12-01T00:00:00Z", "2024-01-01T00:00:00Z"),
    ("2024-02-29", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"),
    ("2024-05-01T10:30", "2024-05-01T10:30:00Z", "2024-05-01T10:31:00Z"),
    ("2024-05-01 10:30:15", "2024-05-01T10:30:15Z", "2024-05-01T10:30:16Z"),
    ("2024-05-01T10:30:15.25Z", "2024-05-01T10:30:15.250Z", "2024-05-01T10:30:15.260Z"),
    ("2024-05-01T10:30:15.1234567z", "2024-05-01T10:30:15.123Z", "2024-05-01T10:30:15.124Z"),
    ("2024-05-01T00:30+02:00", "2024-04-30T22:30:00Z", "2024-04-30T22:31:00Z"),
    ("2024-05-01T00:30-0330", "2024-05-01T04:00:00Z", "2024-05-01T04:01:00Z"),
    ("2024-05-01T00:30+02", "2024-04-30T22:30:00Z", "2024-04-30T22:31:00Z"),
  ])
  func times(text: String, from: String, to: String) throws {
    let span = try #require(FilterTime.span(text, now: nil))
    #expect(ISOTime.text(milliseconds: span.start.milliseconds) == from)
    #expect(ISOTime.text(milliseconds: span.end.milliseconds) == to)
    #expect(span.isInstant == text.contains(":"))
    // Only a zone makes a moment of it.
    let time = text.dropFirst(10)
    let hasZone = time.contains { "Zz+-".contains($0) }
    let start = span.start.milliseconds
    #expect(span.start == (hasZone ? .moment(start) : .clock(start)))
  }

  @Test(arguments: [
    "", "24", "2024-13", "2024-00", "2024-02-30", "2023-02-29", "2024-5-1", "2024-05-01T",
    "2024-05-01T25:00", "2024-05-01T10", "2024-05-01T10:60", "2024-05-01T10:30:61",
    "2024-05-01T10:30:15.", "2024-05-01T10:30+2", "2024-05-01Z", "01.05.2024", "2024-05-01T10:30x",
    "２０２４", "2024-05-01T10:30+99:00",
  ])
  func noTimes(text: String) { #expect(FilterTime.span(text, now: nil) == nil) }

  @Test(
    arguments: [
      ("sftp://drone@nas:2222/photos", "drone", "nas", 2222, "/photos"),
      ("sftp://nas/photos/", nil, "nas", nil, "/photos/"), ("sftp://nas", nil, "nas", nil, ""),
      ("sftp://nas/~/photos", nil, "nas", nil, "photos"),
      ("SFTP://nas/a%20b", nil, "nas", nil, "/a b"),
      ("sftp://[::1]:22/p", nil, "::1", 22, "/p"),
      ("sftp://[fe80::1]/p", nil, "fe80::1", nil, "/p"),
      ("drone@nas:photos", "drone", "nas", nil, "photos"), ("nas:/abs", nil, "nas", nil, "/abs"),
      ("nas:", nil, "nas", nil, ""), ("alias:a:b@c/d", nil, "alias", nil, "a:b@c/d"),
      ("me@[::1]:x", "me", "::1", nil, "x"), ("nas:100%", nil, "nas", nil, "100%"),
      ("ssh://nas/x", nil, "nas", nil, "/x"), ("nas:./x", nil, "nas", nil, "./x"),
      ("drone@nas:a/b@c", "drone", "nas", nil, "a/b@c"),
      ("nas:~/photos", nil, "nas", nil, "photos"), ("drone@nas:~", "drone", "nas", nil, ""),
      ("nas:~//photos", nil, "nas", nil, "photos"), ("nas:~x/p", nil, "nas", nil, "~x/p"),
      ("sftp://nas/~/~/p", nil, "nas", nil, "./~/p"),
      ("sftp://nas:22/~/~/p", nil, "nas", 22, "./~/p"),
    ] as [(String, String?, String, UInt16?, String)])
  func servers(text: String, user: String?, host: String, port: UInt16?, path: String) throws {
    let location = try SitePlace.parse(text, folder: "/", home: "/")
    let expected = SitePlace.server(
      .init(user: user, host: host, port: port, path: Array(path.utf8)))
    #expect(location == expected)
    #expect(try SitePlace.parse(location.text, folder: "/", home: nil) == expected)
  }

  /// Names reach known_hosts and the shell that runs a ProxyCommand.
  @Test(arguments: [
    "$(id):photos", "a;b:photos", "`id`:photos", "sftp://a|b/photos", "*:photos", "a,b:photos",
    "-oProxyCommand=id:photos", "a'b@nas:photos", "$(id)@nas:photos", "-l@nas:photos",
  ])
  func refusesShellCharactersInNames(text: String) {
    let failure = #expect(throws: PlaceError.self) {
      try SitePlace.parse(text, folder: "/", home: nil)
    }
    #expect(failure?.kind == .invalid)
  }

  @Test func errorsNeverContainThePassword() {
    for text in ["sftp://u:hunter2@h/p", "sftp://:hunter2@h/p", "u:hunter2@h:p"] {
      do {
        _ = try SitePlace.parse(text, folder: "/", home: nil)
        Issue.record("\(text) was taken")
      } catch {
        #expect(error.kind == .invalid)
        #expect(!(error.message + error.advice).contains("hunter2"))
      }
    }
  }

  @Test(arguments: [
    (["--bbox", "1", "2", "3", "4", "x"], ["--bbox=1,2,3,4", "x"]),
    (["--bbox", "1,2,3,4", "5"], ["--bbox=1,2,3,4", "5"]),
    (["--bbox", "1", "2", "--near", "3", "4"], ["--bbox", "1", "2", "--near=3,4"]),
    (["--bbox", "1,2,3,4,5"], ["--bbox", "1,2,3,4,5"]), (["--bbox"], ["--bbox"]),
    (["--bbox", "--count"], ["--bbox", "--count"]),
    (["--", "--bbox", "1"], ["--", "--bbox", "1"]),
    (["--near=-1", "-2", "-q"], ["--near=-1,-2", "-q"]), (["a", "-1", "-2"], ["a", "-1", "-2"]),
  ])
  func numberWords(given: [String], joined: [String]) {
    #expect(NumberWords.joined(given) == joined)
  }

  @Test(arguments: [
    (["--index", "f", "query"], ["query", "--index", "f"]),
    (["-q", "--index=f", "query", "--", "x"], ["query", "-q", "--index=f", "--", "x"]),
    (["--index", "query"], ["--index", "query"]),
    (["query", "--index", "f"], ["query", "--index", "f"]),
    ([], []),
  ])
  func movesOptionsAfterTheCommand(given: [String], moved: [String]) {
    #expect(NumberWords.behindCommand(given) == moved)
  }

  @Test(arguments: [
    ("bbx", "bbox"), ("bobx", "bbox"), ("sinse", "since"), ("xyzzy", nil), ("poly", "polygon"),
    ("", nil),
  ])
  func suggestsTheNearestName(word: String, expected: String?) {
    #expect(Similar.nearest(to: word, in: ["bbox", "since", "polygon", "near"]) == expected)
  }

  @Test func editDistanceAgreesWithItsDefinition() {
    let words = ["", "a", "b", "ab", "ba", "abc", "acb", "aabb", "bbox", "obbx"]
    for a in words {
      for b in words {
        #expect(Similar.distance(a, b) == reference(Array(a), Array(b)), "\(a) \(b)")
      }
    }
  }

  private func reference(_ a: [Character], _ b: [Character]) -> Int {
    guard let x = a.last, let y = b.last else { return a.count + b.count }
    let (shortA, shortB) = (Array(a.dropLast()), Array(b.dropLast()))
    var best = min(
      reference(shortA, b) + 1, reference(a, shortB) + 1,
      reference(shortA, shortB) + (x == y ? 0 : 1))
    if a.count > 1, b.count > 1, x == b[b.count - 2], y == a[a.count - 2] {
      best = min(best, reference(Array(a.dropLast(2)), Array(b.dropLast(2))) + 1)
    }
    return best
  }

  @Test(arguments: [
    #"{"a":[1,-2.5e3,true,false,null,"xé🚁\n\"\\\/"],"b":{}}"#, "[]", " 12 ", #""""#,
    #""\ud83d\ude81 \u00e9""#, "[[[[[]]]]]", "\t[ 1 , 2 ]\r\n",
  ])
  func jsonAgreesWithFoundation(text: String) throws {
    let ours = try JSONValue(parsing: Array(text.utf8))
    let theirs = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    #expect(same(ours, theirs))
  }

  private func same(_ ours: JSONValue, _ theirs: Any) -> Bool {
    switch ours {
    case .null: theirs is NSNull
    case .bool(let flag): theirs as? Bool == flag
    case .number(let number): (theirs as? NSNumber)?.doubleValue == number
    case .string(let text): theirs as? String == text
    case .array(let values):
      (theirs as? [Any]).map { $0.count == values.count && zip(values, $0).allSatisfy(same) }
        ?? false
    case .object(let members):
      (theirs as? [String: Any]).map { object in
        object.count == members.count
          && members.allSatisfy { key, value in object[key].map { same(value, $0) } ?? false }
      } ?? false
    }
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "[1 2]", "tru", "+1", ".5", "1e999", "\"a",
    "\"\\x\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\u{1}\"", "[1]]", "nan", "-", "\"\\u12\"",
  ])
  func noJSON(text: String) {
    #expect(throws: JSONFault.self) { try JSONValue(parsing: Array(text.utf8)) }
  }

  @Test func parsesRandomBytesWithoutATrap() {
    var random = SplitMix64(seed: 172)
    let base = Array(
      #"{"type":"Polygon","coordinates":[[[8,47],[9.5e0,47],[9,48],[8,47]]],"\u00e9\ud83d\ude81":[null]}"#
        .utf8)
    var (read, refused) = (0, 0)
    for _ in 0..<10_000 {
      var bytes = base
      for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: at)
        default: bytes = Array(bytes[..<max(1, at)])
        }
      }
      do {
        let polygons = try PolygonFile.polygons(in: bytes, path: "p")
        #expect(!polygons.polygons.isEmpty, "\(String(decoding: bytes, as: UTF8.self))")
        read += 1
      } catch {
        refused += 1
      }
    }
    #expect(read > 50 && refused > 1_000, "\(read) read, \(refused) refused")
  }

  @Test(arguments: [
    (Int64(0), "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_234_567, "1.2 MB"),
    (999_999, "999.9 kB"), (12_345_678_901, "12.3 GB"), (Int64.max, "9223372.0 TB"),
  ])
  func formatsByteCounts(count: Int64, text: String) { #expect(Bytes.text(count) == text) }

  @Test func suggestsSiteNames() throws {
    #expect(SitePlace.folder(Array("/data/my photos".utf8)).suggestedName == "my photos")
    #expect(SitePlace.folder(Array("/".utf8)).suggestedName == "photos")
    #expect(
      SitePlace.server(.init(user: nil, host: "nas", port: nil, path: [])).suggestedName == "nas")
    #expect(SiteName.free("a:b", taken: [String]()) == "a_b")
    #expect(SiteName.free("x", taken: ["x", "x-2"]) == "x-3")
    #expect(SiteName.free(".hidden", taken: [String]()) == "hidden")
    #expect(SiteName.free("--", taken: [String]()) == "photos")
  }
}
