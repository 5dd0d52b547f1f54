import Foundation
import Testing

@testable import GeoFormats

@Suite struct TextTests {
  @Test(arguments: [
    ("plain.jpg", "plain.jpg"), ("", ""), ("é日🚁", "é日🚁"), ("a\nb\tc\rd", #"a\nb\tc\rd"#),
    ("\u{1b}]0;x\u{7}", #"\x1b]0;x\x07"#), ("\u{7f}", #"\x7f"#), ("\u{9b}31m", #"\x9b31m"#),
    ("a\u{202E}b", #"a\u{202e}b"#), ("\u{2066}x\u{2069}", #"\u{2066}x\u{2069}"#),
    ("\u{2028}", #"\u{2028}"#), ("\u{61C}", #"\u{61c}"#), ("nul\0", #"nul\x00"#),
    ("back\\slash", "back\\slash"), ("\u{A0}", "\u{A0}"), ("\u{2010}", "\u{2010}"),
  ])
  func terminalTextShowsControls(text: String, shown: String) {
    #expect(terminalText(text) == shown)
  }

  @Test func noControlCharacterGetsThrough() {
    for value in UInt32(0)...0x3000 {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let text = "a" + String(Character(scalar)) + "b"
      let shown = terminalText(text)
      if ControlCharacters.contains(scalar) {
        #expect(!shown.unicodeScalars.contains(scalar), "U+\(String(value, radix: 16))")
      } else {
        #expect(shown == text)
      }
    }
  }

  @Test(arguments: [
    ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("ﾊﾝ", 2), ("🚁", 2), ("한", 2),
    ("\u{200B}", 0), ("ＡＢ", 4), ("ö.jpg", 5),
  ])
  func widths(text: String, columns: Int) {
    #expect(terminalWidth(text) == columns)
  }

  @Test func jsonStringsReadBackAndHoldNoControls() throws {
    for name in oddNames {
      var bytes = [UInt8]()
      bytes.appendJSONString(name)
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(!text.unicodeScalars.contains { ControlCharacters.contains($0) })
      let parsed = try JSONSerialization.jsonObject(
        with: Data(bytes), options: .fragmentsAllowed)
      #expect((parsed as? String).map { Array($0.utf8) } == Array(name.utf8))
    }
  }

  @Test func jsonTextPlacesTheCommas() {
    var json = JSONText()
    json.beginObject()
    json.member("site", .text("n\"as"))
    json.key("reasons")
    json.beginObject()
    json.endObject()
    json.key("list")
    json.beginArray()
    json.value(1)
    json.value(2.5)
    json.value(nil as String?)
    json.beginArray()
    json.endArray()
    json.value(true)
    json.null()
    json.endArray()
    json.member("t", .time(0))
    json.member("d", .degrees(1))
    json.endObject()
    #expect(
      json.text
        == #"{"site":"n\"as","reasons":{},"list":[1,2.5,null,[],true,null],"#
        + #""t":"1970-01-01T00:00:00Z","d":1.0000000}"#)
  }

  @Test(arguments: [
    ("out.geojson", OutputFormat.geojson), ("a.b/out.CSV", .csv), ("x.json", .json),
    ("x.ndjson", .jsonl), ("x.geojsons", .geojsonseq), ("x.gpx", .gpx), ("x.kml", .kml),
    ("x.kmz", .kmz), ("x.html", .html), ("X.HTM", .html),
    ("x.gpkg", .gpkg), ("x.jsonl", .jsonl), ("x.txt", .table), ("x.gpq", nil), ("x", nil),
    (".csv", nil), ("a.csv/x", nil), ("x.", nil), ("", nil), ("/", nil),
  ])
  func formatOfAFileName(name: String, format: OutputFormat?) {
    #expect(OutputFormat(fileName: name) == format)
  }

  @Test func formatByName() {
    #expect(OutputFormat(name: "GeoJSON") == .geojson)
    #expect(OutputFormat(name: "shp") == nil)
  }
}
