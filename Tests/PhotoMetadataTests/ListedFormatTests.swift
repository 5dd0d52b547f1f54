import PhotoSource
import Testing

@testable import PhotoMetadata

/// The file endings that a walk looks at (`ListingRules`) and the formats that are read (`FileFormat`) are kept
/// in two targets that do not import each other; here they meet.
@Suite struct ListedFormatTests {
  /// How files of each listed ending begin.
  static let heads: [(endings: [String], head: [UInt8])] = [
    (["jpg", "jpeg", "jpe", "jfif"], [0xFF, 0xD8, 0xFF, 0xE1]),
    (
      [
        "tif", "tiff", "dng", "cr2", "nef", "nrw", "arw", "sr2", "srf", "pef", "gpr", "rwl", "srw",
        "3fr", "fff", "iiq", "erf", "mef", "mos", "dcr", "kdc", "k25",
      ], bytes("II*\0")
    ),
    (["rw2"], bytes("IIU\0")), (["orf"], bytes("IIRO")), (["mrw"], bytes("\0MRM")),
    (["raf"], bytes("FUJIFILMCCD-RAW")), (["cr3"], brand("crx ")),
    (["heic", "heif", "hif"], brand("heic")), (["avif"], brand("avif")),
    (["png"], [0x89] + bytes("PNG\r\n") + [0x1A, 0x0A]),
    (["webp"], bytes("RIFF\0\0\0\0WEBP")),
    (["jxl"], [0, 0, 0, 12] + bytes("JXL ")), (["jxl"], [0xFF, 0x0A]),
    (["mp4", "m4v"], brand("mp42")), (["mov"], brand("qt  ")), (["3gp"], brand("3gp4")),
  ]

  private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
  private static func brand(_ name: String) -> [UInt8] {
    [0, 0, 0, 16] + bytes("ftyp" + name) + [0, 0, 0, 0]
  }
  private static func kind(_ head: [UInt8]) -> FileKind {
    FileKind(head: (head + [UInt8](repeating: 0, count: 32 - head.count))[...])
  }

  @Test(arguments: heads.indices) func readsTheFormatOfEveryListedEnding(index: Int) {
    let (endings, head) = Self.heads[index]
    switch Self.kind(head) {
    case .read: break
    case let other: Issue.record("\(endings): \(other)")
    }
  }

  @Test func testsEveryListedEnding() {
    let tested = Set(Self.heads.flatMap(\.endings))
    #expect(tested == Set(ListingRules.readExtensions))
    #expect(Set(ListingRules.readExtensions).count == ListingRules.readExtensions.count)
  }

  /// A format without an ending would never be looked at.
  @Test(arguments: FileFormat.all) func listsAnEndingForEveryFormat(format: FileFormat) {
    #expect(Self.heads.contains { Self.kind($0.head) == .read(format) })
  }

  @Test func readsVideosAsVideos() {
    let videos = Self.heads.filter { Self.kind($0.head) == .read(.video) }
    #expect(Set(videos.flatMap(\.endings)) == Set(ListingRules.videoExtensions))
  }
}
