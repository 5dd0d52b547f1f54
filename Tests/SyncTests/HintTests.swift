import PhotoModel
import PhotoSource
import Testing

@testable import PhotoIndex
@testable import Sync

/// Folders to look into at once, from what the index knows; the index may be a stranger's.
@Suite struct HintTests {
  private func folder(_ path: String, photos: Int = 3) -> KnownFolder {
    KnownFolder(id: 1, path: PathBytes(text: path), photoCount: photos)
  }

  @Test func parentsAreLookedIntoToo() {
    let hints = SyncWalk.hints([folder("a/b/c"), folder("a/d")])
    #expect(hints.map(\.path.text) == ["", "a", "a/b", "a/b/c", "a/d"])
    #expect(hints.map(\.entries) == [-1, -1, -1, 3, 3])
  }

  /// The parents of one path of 40 KB have 400 MB of names.
  @Test func aPathThatNoWalkReachesHasNoParents() {
    let deep = Array(repeating: "a", count: 20_000).joined(separator: "/")
    let hints = SyncWalk.hints([folder(deep), folder("b/c")])
    #expect(hints.map(\.path.text) == ["", deep, "b", "b/c"])
  }

  @Test func theNamesOfAllParentsAreBounded() {
    let name = String(repeating: "n", count: 200)
    let hints = SyncWalk.hints(
      (0..<2000).map { number in
        folder("\(number)/" + Array(repeating: name, count: 60).joined(separator: "/"))
      })
    #expect(hints.reduce(0) { $0 + $1.path.bytes.count } < 100 << 20)
    #expect(hints.count { $0.entries == 3 } == 2000)
  }
}
