import Foundation
import PhotoModel
import TestSupport
import Testing

@testable import Fetch

@Suite struct FetchPlanTests {
  static func row(_ site: String, _ folder: [UInt8], _ file: [UInt8], size: Int64 = 5) -> PhotoRow {
    PhotoRow(
      id: 1, site: site, folder: PathBytes(folder).text, file: PathBytes(file).text, size: size,
      mtime: 1_700_000_000,
      record: PhotoRecord(outcome: .located(Coordinate(latitude: 1, longitude: 2))))
  }

  static func traits(merging: Bool, windows: Bool) -> DiskTraits {
    var traits = DiskTraits()
    traits.mergesNames = merging
    traits.names.isForWindows = windows
    traits.names.isTextOnly = windows
    return traits
  }

  private func paths(_ plan: FetchPlan) -> [String] {
    plan.targets.map { String(decoding: $0.path, as: UTF8.self) }
  }

  @Test func keepsTheTreeOfTheSite() {
    var plan = FetchPlan(traits: DiskTraits(), isFlat: false, namesSites: true)
    plan.add(Self.row("nas", Array("a/b".utf8), Array("1.JPG".utf8)), sidecar: nil)
    plan.add(Self.row("nas", [], Array("2.JPG".utf8)), sidecar: nil)
    #expect(paths(plan) == ["nas/a/b/1.JPG", "nas/2.JPG"])
    var alone = FetchPlan(traits: DiskTraits(), isFlat: false, namesSites: false)
    alone.add(Self.row("nas", Array("a/b".utf8), Array("1.JPG".utf8)), sidecar: nil)
    #expect(paths(alone) == ["a/b/1.JPG"])
    #expect(alone.bytes == 5)
  }

  @Test func putsAllIntoOneFolder() {
    var plan = FetchPlan(traits: DiskTraits(), isFlat: true, namesSites: false)
    plan.add(Self.row("nas", Array("a/b".utf8), Array("1.JPG".utf8)), sidecar: nil)
    plan.add(Self.row("nas", Array("a--b".utf8), Array("1.JPG".utf8)), sidecar: nil)
    #expect(paths(plan) == ["a--b--1.JPG", "a-%2Db--1.JPG"])
  }

  @Test func fetchesASharedSidecarOnce() {
    let sidecar = ListedFile(name: PathBytes(Array("1.xmp".utf8)), size: 3, mtime: 4)
    var plan = FetchPlan(traits: DiskTraits(), isFlat: false, namesSites: false)
    plan.add(Self.row("nas", Array("a".utf8), Array("1.JPG".utf8)), sidecar: sidecar)
    plan.add(Self.row("nas", Array("a".utf8), Array("1.DNG".utf8)), sidecar: sidecar)
    #expect(paths(plan) == ["a/1.JPG", "a/1.xmp", "a/1.DNG"])
    #expect(plan.photos == 2)
  }

  @Test func tellsNamesApartThatTheDiskDoesNot() {
    var plan = FetchPlan(
      traits: Self.traits(merging: true, windows: false), isFlat: false, namesSites: false)
    for name in ["IMG.JPG", "img.jpg", "Img.Jpg", "e\u{301}.jpg", "é.jpg"] {
      plan.add(Self.row("nas", [], Array(name.utf8)), sidecar: nil)
    }
    #expect(
      plan.targets.map(\.path)
        == ["IMG.JPG", "img%~2.jpg", "Img%~3.Jpg", "e\u{301}.jpg", "é%~2.jpg"]
        .map { Array($0.utf8) })
  }

  @Test(arguments: [
    ("..", "1.JPG"), ("a/../b", "1.JPG"), ("/etc", "passwd"), ("a//b", "1.JPG"), ("a", ".."),
    ("a", "../1.JPG"), ("a", "/etc/passwd"), ("", "."),
  ])
  func refusesPathsThatLeadOutOfTheSite(_ folder: String, _ file: String) {
    var plan = FetchPlan(traits: DiskTraits(), isFlat: false, namesSites: false)
    plan.add(Self.row("nas", Array(folder.utf8), Array(file.utf8)), sidecar: nil)
    #expect(plan.targets.isEmpty && plan.refused.count == 1)
  }

  /// Whatever names an index has: each path stays inside, and no two files share one.
  @Test(arguments: [false, true], [false, true])
  func hostileNamesStayInsideAndApart(merging: Bool, flat: Bool) {
    let traits = Self.traits(merging: merging, windows: merging)
    var names = HostileNames(seed: merging ? 3 : 4)
    var plan = FetchPlan(traits: traits, isFlat: flat, namesSites: true)
    for _ in 0..<1_000 {
      let folder = (0..<names.number(0...3)).map { _ in names.name() }
      let site = String(decoding: names.name(), as: UTF8.self)
      plan.add(
        Self.row(site, Array(folder.joined(separator: [UInt8(ascii: "/")])), names.name()),
        sidecar: nil)
    }
    #expect(plan.targets.count > 200)
    var keys: Set<NameKey> = []
    for target in plan.targets {
      #expect(keys.insert(traits.key(target.path)).inserted, "\(target.path) twice")
      let parts = target.path.split(
        separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      #expect(parts.allSatisfy { SafeNameTests.isSafe(Array($0)) }, "\(target.path)")
      if flat { #expect(parts.count == 1) }
      let top = String(decoding: parts[0], as: UTF8.self).lowercased()
      #expect(!top.hasPrefix(SafeName.stage), "\(top)")
    }
  }
}
