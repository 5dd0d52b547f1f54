import Foundation
import PhotoModel
import TestSupport
import Testing

@testable import Fetch

@Suite struct DestinationTests {
  private let folder: TemporaryFolder
  private let to: String

  init() throws {
    folder = try TemporaryFolder("gpsindex-fetch")
    to = folder.file("to")
  }

  private func part(_ destination: Destination, _ text: String) throws -> String {
    try folder.write(text, to: "to/\(SafeName.stage)/x.part")
    return "x.part"
  }

  private func text(_ path: String) -> String? {
    try? String(contentsOfFile: folder.file(path), encoding: .utf8)
  }

  @Test func placesAFileOnceAndOverwritesNothing() throws {
    let destination = try Destination(to)
    #expect(destination.entry(Array("a/b/1".utf8)) == .absent)
    #expect(
      destination.place(try part(destination, "new"), at: Array("a/b/1".utf8), replaces: false)
        == .done)
    #expect(text("to/a/b/1") == "new")
    #expect(
      destination.place(try part(destination, "other"), at: Array("a/b/1".utf8), replaces: false)
        == .taken)
    #expect(text("to/a/b/1") == "new")
    #expect(
      destination.place(try part(destination, "other"), at: Array("a/b/1".utf8), replaces: true)
        == .done)
    #expect(text("to/a/b/1") == "other")
    // A folder never gives way.
    #expect(
      destination.place(try part(destination, "x"), at: Array("a/b".utf8), replaces: true) == .taken
    )
  }

  @Test func followsNoLink() throws {
    try folder.folder("outside")
    try folder.folder("to")
    try folder.write("kept", to: "outside/file")
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("to/a"), withDestinationPath: folder.file("outside"))
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("to/link"), withDestinationPath: folder.file("outside/file"))
    let destination = try Destination(to)
    #expect(destination.entry(Array("a/file".utf8)) == .other)
    #expect(destination.entry(Array("link".utf8)) == .other)
    for path in ["a/file", "a/new", "link"] {
      for replaces in [false, true] {
        let outcome = destination.place(
          try part(destination, "x"), at: Array(path.utf8), replaces: replaces)
        #expect(outcome == .taken, "\(path)")
      }
    }
    #expect(text("outside/file") == "kept")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("outside")) == ["file"])
  }

  @Test func isLockedAgainstASecondFetch() throws {
    let destination = try Destination(to)
    #expect(throws: FetchError.self) { try Destination(to) }
    withExtendedLifetime(destination) {}
  }

  @Test func leavesNothingBehind() throws {
    do { _ = try Destination(to) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: to) == [])
    _ = try Destination(unchanged: folder.file("nowhere"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("nowhere")))
  }

  /// Hostile names through all steps on a real disk: nothing outside changes, nothing is overwritten.
  @Test func hostileNamesLeaveNothingElse() throws {
    try folder.write("canary", to: "canary")
    try folder.write("canary", to: "to/canary.jpg")
    let destination = try Destination(to)
    var plan = FetchPlan(traits: destination.traits, isFlat: false, namesSites: false)
    var names = HostileNames(seed: 11)
    for _ in 0..<800 {
      let folder = (0..<names.number(0...2)).map { _ in names.name() }
      plan.add(
        FetchPlanTests.row(
          "nas", Array(folder.joined(separator: [UInt8(ascii: "/")])), names.name()), sidecar: nil)
    }
    plan.add(FetchPlanTests.row("nas", [], Array("canary.jpg".utf8)), sidecar: nil)
    var placed: [[UInt8]: String] = [:]
    for (number, target) in plan.targets.enumerated() {
      let outcome = destination.place(
        try part(destination, "\(number)"), at: target.path, replaces: false)
      if outcome == .done { placed[target.path] = "\(number)" }
    }
    #expect(placed.count > 300)
    for (path, text) in placed {
      let file = destination.openFile(path)
      #expect(file >= 0)
      let found = FileHandle(fileDescriptor: file, closeOnDealloc: true).readDataToEndOfFile()
      #expect(String(decoding: found, as: UTF8.self) == text, "\(path) was overwritten")
    }
    #expect(text("to/canary.jpg") == "canary" && text("canary") == "canary")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["canary", "to"])
  }
}
