import Foundation
import PhotoIndex
import PhotoModel
import Testing

@testable import gpsindex

/// Patterns that match nothing get a note on standard error and change no exit code.
@Suite struct PatternNoteTests {
  private static func card() throws -> Workshop {
    let shop = try Workshop(filled: false)
    try FileManager.default.createDirectory(
      atPath: shop.path("card/raw"), withIntermediateDirectories: true)
    for name in ["a.jpg", "b.insv", "c.png", "raw/d.jpg"] {
      try Data([1, 2, 3, 4]).write(to: URL(filePath: shop.path("card/" + name)))
    }
    return shop
  }

  /// Each with the words of its note, or none.
  @Test(arguments: [
    ("--exclude *.png", []), ("--exclude raw", []), ("--exclude raw/**", []),
    ("--include-ext insv", []),
    ("--exclude *.pgn", ["--exclude '*.pgn' left out nothing"]),
    ("--exclude 2019/raw --exclude *.png", ["--exclude 2019/raw left out nothing"]),
    ("--exclude *.[pg]ng", ["left out nothing; in a pattern [ ] { } and \\ stand for themselves"]),
    ("--include-ext insw", ["--include-ext insw: the site has no such file"]),
    ("--include-ext jpg", ["gpsindex reads these files anyway"]),
  ])
  func aSyncNamesPatternsThatMatchNothing(arguments: String, notes: [String]) throws {
    let shop = try Self.card()
    let words = arguments.split(separator: " ").map(String.init)
    for command in [["sync", shop.path("card")], ["sync", "card"]] {
      let result = try shop.run(command + words)
      #expect([0, 3].contains(result.status) && result.outputBytes.isEmpty)
      for note in notes { #expect(result.errors.contains(note), "\(result.errors)") }
      let count = ["left out nothing", "no such file", "anyway"].count {
        result.errors.contains($0)
      }
      #expect(count == notes.count, "\(result.errors)")
    }
    // Stored patterns are named once, by the first sync.
    let later = try shop.run("sync", "card")
    for note in notes { #expect(!later.errors.contains(note), "\(later.errors)") }
    let quiet = try shop.run(["sync", "card", "--quiet"] + words)
    for note in notes { #expect(!quiet.errors.contains(note), "\(quiet.errors)") }
  }

  @Test func aDryRunNamesPatternsToo() throws {
    let shop = try Self.card()
    let result = try shop.run("sync", "card", "--dry-run", "--exclude", "*.pgn")
    #expect(result.errors.contains("--exclude '*.pgn' left out nothing"), "\(result.errors)")
  }

  @Test func eventsContainTheNotes() throws {
    let shop = try Self.card()
    let result = try shop.run("sync", "card", "--progress", "json", "--exclude", "*.pgn")
    let line = result.errorLines.first { $0.contains("left out nothing") }
    #expect(line?.hasPrefix("{") == true && line?.contains(#""note""#) == true, "\(result.errors)")
  }

  @Test(arguments: [
    ("--exclude *.pgn", "leaves out nothing in the root folder"),
    ("--include-ext insw", "--include-ext insw: the root folder has no such file"),
    ("--include-ext jpg", "gpsindex reads these files anyway"),
    ("--exclude *.png --exclude raw --include-ext insv", ""),
  ])
  func siteAddLooksAtTheRootFolder(arguments: String, note: String) throws {
    let shop = try Self.card()
    let words = arguments.split(separator: " ").map(String.init)
    let result = try shop.run(["site", "add", "card", "card"] + words)
    #expect(result.status == 0, "\(result.errors)")
    if note.isEmpty {
      #expect(result.errorLines.count == 2, "\(result.errors)")
    } else {
      #expect(result.errors.contains(note), "\(result.errors)")
    }
  }

  /// A pattern beside others that select photos.
  @Test(arguments: ["query", "folders", "problems", "qc"])
  func namesFolderPatternsThatMatchNothing(command: String) throws {
    let shop = try Workshop()
    let words = [command, "--folder", "flight1", "--folder", "2019*/raw"]
    let result = try shop.run(words)
    let note = "no folder with photos matches --folder '2019*/raw'"
    #expect([0, 3].contains(result.status) && result.errors.contains(note), "\(result.errors)")
    #expect(try !shop.run(words + ["--quiet"]).errors.contains(note))
    let both = try shop.run([command, "--folder", "flight1", "--folder", "flight*"])
    #expect(!both.errors.contains("no folder"), "\(both.errors)")
  }

  @Test(arguments: [
    ("2019*/raw", "no folder with photos matches --folder '2019*/raw'"),
    ("flight[12]", "in a pattern [ ] { } and \\ stand for themselves"),
    ("flihgt2", "no folder with photos matches --folder flihgt2"),
  ])
  func explainsAnEmptyResult(pattern: String, why: String) throws {
    let shop = try Workshop()
    for command in ["query", "folders"] {
      let result = try shop.run(command, "--folder", pattern, "-f", "csv")
      #expect(result.status == 0 && result.errors.contains(why), "\(result.errors)")
      #expect(result.errors.contains("\ntry: "), "\(result.errors)")
    }
  }

  // MARK: Sites of one folder

  @Test(arguments: [
    ("nas:photos", "has the same folder as the site first"),
    ("sftp://nas/~/photos", "has the same folder as the site first"),
    ("nas:photos/2024", "is a folder inside the site first"),
    ("nas:", "contains the folder of the site first"), ("nas:photos2", ""),
    ("other:photos", ""),
  ])
  func siteAddNamesASiteOfTheSameFolder(location: String, relation: String) throws {
    let shop = try Workshop(filled: false)
    #expect(try shop.run("site", "add", "first", "nas:photos", "--no-test").status == 0)
    let result = try shop.run("site", "add", "second", location, "--no-test")
    #expect(result.status == 0 && result.errorLines.count == (relation.isEmpty ? 1 : 2))
    #expect(relation.isEmpty || result.errors.contains("second " + relation), "\(result.errors)")
    #expect(try IndexReader(path: shop.index).sites().count == 2)
  }
}
