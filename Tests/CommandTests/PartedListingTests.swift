import Foundation
import PhotoIndex
import PhotoModel
import Testing

/// Results that are large enough for two readers equal those of one, byte for byte.
@Suite struct PartedListingTests {
  static let photos = 30_000

  /// Empty parts at the beginning, in the middle and at the end for boxes; odd names in one folder.
  private static func fill(_ index: String) throws {
    let writer = try IndexWriter(path: index)
    for name in ["one", "two"] {
      let site = try writer.addSite(SiteRecord(name: name, location: "/\(name)")).id
      try writer.apply(
        (0..<60).map { folder in
          var changes = FolderChanges(site: site, folder: PathBytes(text: "f\(100 + folder)"))
          changes.inserts = (0..<photos / 120).map { number in
            var record = PhotoRecord(
              outcome: number % 50 == 7
                ? .withoutPosition(.noGPS)
                : .located(
                  Coordinate(latitude: Double(number) / 100, longitude: Double(folder) + 0.125)))
            record.altitude = number % 3 == 0 ? nil : Double(number) / 8
            record.takenAt = number % 5 == 0 ? nil : 1_714_557_600_000 + Int64(number * 7_200_500)
            record.cameraMake = number % 40 < 20 ? "DJI" : nil
            record.fix = number % 4 == 0 ? .fixed : nil
            let odd = folder == 30 && number % 9 == 0 ? [0xFF, 0x22] : Array("p".utf8)
            return PhotoChange(
              file: ListedFile(
                name: PathBytes(odd + Array("\(number).jpg".utf8)), size: Int64(number), mtime: 5),
              record: record, racy: false, parserVersion: 1)
          }
          return changes
        })
    }
  }

  /// A limit disables the second reader; a limit above the result changes nothing else.
  @Test func twoReadersWriteTheSameBytesAsOne() throws {
    let shop = try Workshop(filled: false)
    try Self.fill(shop.index)
    let filters = [
      [], ["--missing"], ["--bbox", "3,0,57,2"], ["--near", "30,1", "--radius", "2500km"],
      ["--alt", "5..25"], ["--site", "two", "--bbox", "0,0,60,90", "--fix", "fixed"],
    ]
    for format in ["geojson", "geojsonseq", "jsonl", "json", "csv"] {
      for filter in filters {
        let query = ["query", "-q", "-f", format] + filter
        let two = try shop.run(query)
        let one = try shop.run(query + ["--limit", "1000000"])
        #expect(two.status == 0 && one.status == 0, "\(query): \(two.errors)")
        #expect(two.outputBytes == one.outputBytes, "\(query)")
        #expect(!two.outputBytes.isEmpty)
      }
    }
    let three = try shop.run(["query", "-f", "geojson", "--3d"])
    let limited = try shop.run(["query", "-f", "geojson", "--3d", "--limit", "1000000"])
    #expect(three.outputBytes == limited.outputBytes)
    #expect(three.errors.contains("left out") && three.errors == limited.errors)
  }

  /// A closed pipe ends the command normally at any time, and leaves no thread behind.
  @Test func closedPipeEndsBothReaders() throws {
    let shop = try Workshop(filled: false)
    try Self.fill(shop.index)
    let result = try shop.run(
      ["query", "-f", "geojson"],
      shell: "{ \"$0\" \"$@\"; echo \"status $?\" >&2; } | head -c 100000 >/dev/null")
    #expect(result.errors == "status 0\n")
  }
}
