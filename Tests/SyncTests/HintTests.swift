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
    let hints = KnownRows.hints([folder("a/b/c"), folder("a/d")])
    #expect(hints.map(\.path.text) == ["", "a", "a/b", "a/b/c", "a/d"])
    #expect(hints.map(\.entries) == [-1, -1, -1, 3, 3])
  }

  /// The parents of one path of 40 KB have 400 MB of names.
  @Test func aPathThatNoWalkReachesHasNoParents() {
    let deep = Array(repeating: "a", count: 20_000).joined(separator: "/")
    let hints = KnownRows.hints([folder(deep), folder("b/c")])
    #expect(hints.map(\.path.text) == ["", deep, "b", "b/c"])
  }

  @Test func theNamesOfAllParentsAreBounded() {
    let folders = (0..<100).map {
      folder("\($0)/" + Array(repeating: "name", count: 20).joined(separator: "/"))
    }
    let hints = KnownRows.hints(folders, bytesOfParents: 10_000)
    let parents = hints.filter { $0.entries < 0 }
    let bytes = parents.reduce(0) { $0 + $1.path.bytes.count }
    #expect(bytes > 9_000 && bytes < 12_000)
    #expect(hints.count - parents.count == 100)
    #expect(KnownRows.hints(folders).count == 1 + 100 * 21)
  }
}
