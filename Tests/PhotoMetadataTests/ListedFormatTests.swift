import PhotoSource
import Testing

@testable import PhotoMetadata

/// The file endings that a walk looks at (`ListingRules`) and the formats that are read (`FileFormat`) are kept
/// in two targets that do not import each other; here they meet.
@Suite struct ListedFormatTests {
  /// How files of each listed ending begin.
  static let heads: [(endings: [String], head: [UInt8])] = [
    (
      ["jpg", "jpeg", "jpe", "jfif", "insp", "mpo", "rjpeg", "rjpg", "jps"],
      [0xFF, 0xD8, 0xFF, 0xE1]
    ),
    (
      [
        "tif", "tiff", "dng", "cr2", "nef", "nrw", "arw", "arq", "sr2", "srf", "pef", "gpr", "rwl",
        "srw",
        "3fr", "fff", "iiq", "erf", "mef", "mos", "dcr", "kdc", "k25",
      ], bytes("II*\0")
    ),
    (["rw2"], bytes("IIU\0")), (["orf"], bytes("IIRO")), (["mrw"], bytes("\0MRM")),
    (["raf"], bytes("FUJIFILMCCD-RAW")), (["cr3"], brand("crx ")),
    (["heic", "heif", "hif", "heics", "heifs"], brand("heic")), (["avif"], brand("avif")),
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

  /// How files of formats begin that are known and not read.
  static let unsupported: [(endings: [String], head: [UInt8])] = [
    (["x3f"], bytes("FOVb")), (["crw"], [0x49, 0x49, 26, 0, 0, 0] + bytes("HEAPCCDR")),
    (["jp2", "jpf", "jpx", "jpm"], [0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20]),
    (["j2k"], [0xFF, 0x4F, 0xFF, 0x51]), (["jxr", "wdp", "hdp"], [0x49, 0x49, 0xBC]),
  ]

  @Test func countsKnownFormatsThatAreNotReadAsUnsupported() {
    for (_, head) in Self.unsupported { #expect(Self.kind(head) == .otherImage) }
    let endings = Self.unsupported.flatMap(\.endings)
    #expect(Set(endings) == Set(ListingRules.unsupportedExtensions))
    #expect(Set(endings).isDisjoint(with: ListingRules.readExtensions))
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
