import ArgumentParser
import Testing

@testable import gpsindex

/// The quick parser gives the same result as the full one.
@Suite struct QuickQueryTests {
  /// Single options, pairs, and spellings that only the full parser accepts.
  private static let words: [[String]] = [
    ["--bbox=1,2,3,4"], ["--bbox", "-1,-2,3,4"], ["--near", "-1,2"], ["--near=1,2"],
    ["--radius", "200m"], ["--radius", "-5"], ["--polygon", "a.geojson"], ["--polygon", "-"],
    ["--site", "nas"], ["--site=n=a,s"], ["--site="], ["--site", ""], ["--site"],
    ["--site", "-nas"], ["--site", "--"], ["--folder", "a/**"], ["--folder", "a b"],
    ["--since", "2024-05-01"], ["--until=2025"], ["--alt", "..-5"], ["--alt", "-10..5"],
    ["--fix", "fixed"], ["--limit", "5"], ["--limit", "-5"], ["--flag", "void"],
    ["--flag=conflict"], ["-f", "csv"], ["-fcsv"], ["-f=csv"], ["--format=csv"],
    ["--format", "geojson"], ["-o", "x.csv"], ["--output=x.csv"], ["-o", "-"], ["--json"],
    ["--3d"], ["--raw-csv"], ["--missing"], ["--count"], ["--fail-empty"], ["-q"], ["--quiet"],
    ["-qf", "csv"], ["--index", "i.gpkg"], ["--index=i.gpkg"], ["--lim", "5"], ["--unknown"],
    ["nas"], ["--"], ["--help"], ["--version"], ["-h"], ["--no-count"], ["--é=1"], ["=", "x"],
  ]

  /// - Returns: false where the quick parser does not accept the words.
  private func compare(_ given: [String]) -> Bool {
    let words = NumberWords.joined(given)
    guard let quick = PhotoQuestion(quick: words) else { return false }
    let parsed = try? QueryCommand.parse(words)
    #expect(parsed?.question == quick, "\(given)")
    return true
  }

  @Test func quickAndFullParserAgree() {
    var compared = 0
    for first in Self.words {
      compared += compare(first) ? 1 : 0
      for second in Self.words {
        compared += compare(first + second) ? 1 : 0
        compared += compare(second + ["-q"] + first) ? 1 : 0
      }
    }
    #expect(compared > 100, "\(compared) queries were quick")
  }

  @Test func parsesCommonQueriesQuickly() {
    for words in [
      [], ["--bbox=8.4,47.3,8.6,47.5"], ["-q", "-f", "geojson", "--index", "i", "--bbox=1,2,3,4"],
      ["--near", "8.5,47.4", "--radius", "200m", "--count"], ["--site", "nas", "-o", "x.csv"],
    ] {
      #expect(PhotoQuestion(quick: words) != nil, "\(words)")
    }
  }
}
