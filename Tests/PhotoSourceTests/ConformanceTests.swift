import Foundation
import PhotoModel
import Testing

@testable import PhotoSource

/// What every source must do alike; a new source is added to ``SourceKind``.
@Suite struct ConformanceTests {
  @Test(arguments: SourceKind.allCases)
  func reportsEveryPhotoAndFolderOnce(_ kind: SourceKind) throws {
    let tree = try Tree()
    for folder in 0..<7 {
      for file in 0..<(folder * 40) { tree.add("site/F\(folder)/DJI_\(file).JPG") }
    }
    tree.add("top.jpeg")
    tree.add("notes.txt")
    let recorder = Recorder()
    let statistics = try kind.run(tree, recorder)
    #expect(recorder.contents.count == 21 * 40 + 1)
    #expect(recorder.listed.values.reduce(0) { $0 + $1.count } == 21 * 40 + 1)
    #expect(!recorder.ended.isEmpty && recorder.ended.values.allSatisfy { $0 == .complete })
    #expect(
      Set(recorder.ended.keys.map(\.text)) == Set(["", "site"] + (1..<7).map { "site/F\($0)" }))
    #expect(recorder.endedTwice.isEmpty && recorder.readTwice.isEmpty && recorder.failures.isEmpty)
    #expect(statistics.filesOpened == 21 * 40 + 1)
    for (path, bytes) in recorder.contents {
      #expect(bytes == Tree.content(path.text, 0..<100))
    }
  }

  @Test(arguments: SourceKind.allCases)
  func readsTheRangesAskedFor(_ kind: SourceKind) throws {
    let tree = try Tree()
    tree.add("a.jpg", size: 200_000)
    let recorder = Recorder()
    // Second: longer than one reply; third: over the end; fourth: behind the end.
    recorder.ranges = [10..<20, 1000..<150_000, 199_990..<200_100, 300_000..<300_010]
    try kind.run(tree, recorder)
    let expected =
      Tree.content("a.jpg", 10..<20) + Tree.content("a.jpg", 1000..<150_000)
      + Tree.content("a.jpg", 199_990..<200_000)
    #expect(recorder.contents[PathBytes(text: "a.jpg")] == expected)
  }

  @Test(arguments: SourceKind.allCases)
  func namesAreBytes(_ kind: SourceKind) throws {
    let tree = try Tree()
    let names: [[UInt8]] = [
      Array("a b.jpg".utf8), Array("line\nbreak.jpg".utf8), Array("tab\t.jpg".utf8),
      [0xFF, 0xFE] + Array(".jpg".utf8), Array("e\u{301}.jpg".utf8), Array("\u{E9}.jpg".utf8),
      Array("-rf.jpg".utf8), Array("x'; DROP TABLE photos;--.jpg".utf8),
      Array("\u{1B}[31m.jpg".utf8),
      Array("=cmd.jpg".utf8), Array("%2e%2e.jpg".utf8), Array("back\\slash.jpg".utf8),
      Array(repeating: 0x4E, count: 251) + Array(".jpg".utf8),
    ]
    for name in names { tree.add(Array("d/".utf8) + name) }
    let recorder = Recorder()
    try kind.run(tree, recorder)
    let seen = recorder.listed[PathBytes(text: "d")]?.map(\.name.bytes) ?? []
    #expect(Set(seen) == Set(names))
    #expect(recorder.contents.count == names.count)
  }

  @Test(arguments: SourceKind.allCases)
  func passesOverWhatIsNoPhoto(_ kind: SourceKind) throws {
    let tree = try Tree()
    tree.add("a.jpg")
    tree.add("._a.jpg")
    tree.add("@eaDir/a.jpg")
    tree.add("#recycle/b.jpg")
    tree.add("jpg")
    tree.add(".jpg")
    try FileManager.default.createSymbolicLink(
      atPath: tree.root + "/link.jpg", withDestinationPath: "a.jpg")
    try FileManager.default.createSymbolicLink(
      atPath: tree.root + "/loop", withDestinationPath: ".")
    mkfifo(tree.root + "/fifo.jpg", 0o644)
    let recorder = Recorder()
    try kind.run(tree, recorder)
    #expect(recorder.contents.keys.map(\.text) == ["a.jpg"])
    #expect(recorder.ended.keys.map(\.text) == [""])
  }

  @Test(arguments: SourceKind.allCases)
  func unwantedPhotosAreNotOpened(_ kind: SourceKind) throws {
    let tree = try Tree()
    for file in 0..<50 { tree.add("f/\(file).jpg") }
    let recorder = Recorder()
    recorder.wants = { _ in false }
    let statistics = try kind.run(tree, recorder)
    #expect(recorder.listed.values.reduce(0) { $0 + $1.count } == 50)
    #expect(statistics.filesOpened == 0 && statistics.dataRequests == 0)
  }

  @Test(arguments: SourceKind.allCases)
  func knownFoldersThatAreGoneAreNamed(_ kind: SourceKind) throws {
    let tree = try Tree()
    tree.add("here/a.jpg")
    tree.add("real/b.jpg")
    // A link has taken the place of a known folder: it is not a folder any more.
    try FileManager.default.createSymbolicLink(
      atPath: tree.root + "/linked", withDestinationPath: "real")
    let recorder = Recorder()
    recorder.knownFolders = ["", "here", "gone", "gone/below", "linked"].map {
      KnownFolderHint(path: PathBytes(text: $0), entries: 1)
    }
    try kind.run(tree, recorder)
    #expect(recorder.vanished.map(\.text).sorted() == ["gone", "gone/below", "linked"])
    #expect(Set(recorder.contents.keys.map(\.text)) == ["here/a.jpg", "real/b.jpg"])
    #expect(Set(recorder.ended.keys.map(\.text)) == ["", "here", "real"])
  }

  @Test(arguments: SourceKind.allCases)
  func aMissingRootIsAnError(_ kind: SourceKind) throws {
    let tree = try Tree()
    try FileManager.default.removeItem(atPath: tree.root)
    #expect(throws: SourceError.self) { try kind.run(tree, Recorder()) }
  }

  @Test(arguments: SourceKind.allCases)
  func anEntryLimitEndsAFolderAsIncomplete(_ kind: SourceKind) throws {
    let tree = try Tree()
    for file in 0..<300 { tree.add("f/\(file).jpg", size: 10) }
    var options = SourceOptions()
    options.maximumEntriesPerFolder = 150
    let recorder = Recorder()
    try kind.run(tree, recorder, options: options)
    guard case .incomplete(.tooManyEntries, _) = recorder.ended[PathBytes(text: "f")] else {
      Issue.record("not incomplete: \(String(describing: recorder.ended))")
      return
    }
  }

  @Test(arguments: SourceKind.allCases)
  func depthIsLimited(_ kind: SourceKind) throws {
    let tree = try Tree()
    tree.add("1/2/3/4/a.jpg")
    var options = SourceOptions()
    options.maximumDepth = 2
    let recorder = Recorder()
    try kind.run(tree, recorder, options: options)
    #expect(recorder.ended[PathBytes(text: "1/2")] == .complete)
    #expect(
      recorder.ended[PathBytes(text: "1/2/3")].map { $0 != .complete } == true
        && recorder.contents.isEmpty)
  }

  @Test(arguments: SourceKind.allCases)
  func cancellingEndsTheWalk(_ kind: SourceKind) throws {
    let tree = try Tree()
    for file in 0..<500 { tree.add("f/\(file).jpg", size: 10) }
    let recorder = Recorder()
    recorder.cancelAfter = 5
    var options = SourceOptions()
    options.inFlight = 2
    try kind.run(tree, recorder, options: options)
    #expect((5..<500).contains(recorder.contents.count))
  }
}
