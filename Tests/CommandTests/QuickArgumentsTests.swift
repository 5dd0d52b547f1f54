import ArgumentParser
import PhotoModel
import Testing

@testable import gpsindex

/// Queries that are parsed without the argument parser mean what it makes of them.
@Suite struct QuickArgumentsTests {
  /// Single options, and spellings that only the argument parser accepts.
  private static let words: [[String]] =
    [
      ["--bbox=1,2,3,4"], ["--bbox", "-1,-2,3,4"], ["--bbox", "1", "2", "3", "4"],
      ["--near", "-1,2"], ["--near=1,2"], ["--radius", "200m"], ["--radius", "-5"],
      ["--polygon", "a.geojson"], ["--polygon", "-"], ["--site", "nas"], ["--site=n=a,s"],
      ["--site="], ["--site", ""], ["--site"], ["--site", "-nas"], ["--site", "--"],
      ["--folder", "a/**"], ["--folder", "a b"], ["--since", "2024-05-01"], ["--until=2025"],
      ["--alt", "..-5"], ["--alt", "-10..5"], ["--alt", "--"], ["--rel-alt", "-1..2"],
      ["--fix", "fixed"], ["--fix=float"], ["--rtk-std", "5cm"], ["--camera", "*DJI*"],
      ["--limit", "5"], ["--limit", "-5"], ["--limit=5"], ["--flag", "void"], ["--flag=conflict"],
      ["--present"], ["--present=true"], ["--reason", "no-gps"], ["-f", "csv"], ["-fcsv"],
      ["-f=csv"], ["--format=csv"], ["--format", "geojson"], ["-o", "x.csv"], ["--output=x.csv"],
      ["-o", "-"], ["--json"], ["--3d"], ["--raw-csv"], ["--excel"], ["--decimal-comma"],
      ["--missing"], ["--count"], ["--count=true"], ["--fail-empty"], ["-q"], ["--quiet"],
      ["-qf", "csv"], ["--index", "i.gpkg"], ["--index=i.gpkg"], ["--lim", "5"], ["--unknown"],
      ["nas"], ["nas", "other"], [""], ["-"], ["--"], ["--help"], ["--version"], ["-h"],
      ["--no-count"], ["--é=1"],
      ["--folder=\u{301}a"], ["--folder", "\u{301}a"], ["--site=\u{301}"], ["--camera=\u{FE0F}*"],
      ["--limit=\u{20DD}5"], ["--since=\u{200D}"], ["--folder\u{301}=a"], ["-\u{301}-folder=a"],
      ["=", "x"], ["é"],
    ] + FilterName.allCases.map { ["--\($0.rawValue)", "1"] }

  /// - Returns: false where the words are left to the argument parser.
  private func compare(_ given: [String]) -> Bool {
    let words = NumberWords.joined(given)
    guard let quick = QueryArguments(quick: words) else { return false }
    let parsed = try? QueryCommand.parse(words)
    #expect(parsed?.arguments == quick, "\(given)")
    return true
  }

  @Test func bothParsersAgree() {
    let quick = Self.words.filter { compare($0) }
    #expect(quick.count > 50)
    var compared = 0
    for (i, first) in quick.enumerated() {
      // A part of the pairs, each option with others before and behind it: the argument parser takes its time.
      for second in quick[(i % 29)...].enumerated() where second.offset % 29 == 0 {
        compared += compare(first + second.element) ? 1 : 0
        compared += compare(second.element + ["-q"] + first) ? 1 : 0
      }
    }
    #expect(compared > 150, "\(compared) queries were parsed without the argument parser")
  }

  /// Code points count, not characters: a value may begin with a combining mark.
  @Test func aValueMayBeginWithACombiningMark() throws {
    let words = NumberWords.joined(["--folder=\u{301}a", "--index=\u{301}i"])
    #expect(QueryArguments(quick: words)?.filters[all: .folder] == ["\u{301}a"])
    #expect(try QueryCommand.parse(words).arguments.index == "\u{301}i")
  }

  @Test(arguments: [
    [], ["--bbox=8.4,47.3,8.6,47.5"], ["--bbox", "8.4", "47.3", "8.6", "47.5"],
    ["-q", "-f", "geojson", "--index", "i", "--bbox=1,2,3,4"],
    ["--near", "8.5,47.4", "--radius", "200m", "--count"], ["--site", "nas", "-o", "x.csv"],
    ["--limit", "10"], ["nas", "--folder", "a", "--folder", "b", "--present"],
  ])
  func commonQueriesNeedNoArgumentParser(words: [String]) {
    #expect(QueryArguments(quick: NumberWords.joined(words)) != nil)
  }
}
