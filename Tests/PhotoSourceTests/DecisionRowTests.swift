import Foundation
import PhotoModel
import Testing

@testable import PhotoSource

/// The row of the decision table that is about names; `row01_…` to `row22_…` are in PhotoMetadataTests.
@Suite struct DecisionRowTests {
  @Test(arguments: [
    ("a.jpg", true), ("A.JPG", true), ("a.JpEg", true), (".hidden.jpg", true), ("a b.jpg", true),
    ("caf\u{E9}.jpg", true), ("cafe\u{301} \u{6D77} #1%20&.jpg", true), ("a.jpg.txt", false),
    ("._a.jpg", false), ("jpg", false), (".jpg", false), ("a.jpg ", false), ("a.xyz", false),
    ("a.exv", false), ("a.psd", false), ("a.mie", false), ("a.eps", false),
  ])
  func row23_names(_ name: String, _ isPhoto: Bool) {
    #expect(ListingRules().isPhoto(Array(name.utf8)) == isPhoto)
  }

  /// Bytes come as they are, links are skipped wherever they lead, AppleDouble is no photo.
  @Test(arguments: SourceKind.allCases)
  func row23_oddNamesAndLinks(_ kind: SourceKind) throws {
    let tree = try Tree()
    let names: [[UInt8]] = [
      [0xFF, 0xFE, 0x80] + Array(".JPG".utf8), Array("e\u{301}.jpeg".utf8),
      Array("\u{E9}.jpeg".utf8),
      Array("UPPER.JPEG".utf8), Array(".hidden.jpg".utf8),
    ]
    for name in names { tree.add(Array("d/".utf8) + name) }
    tree.add("d/._hidden.jpg")
    for (link, target) in [("loop", ".."), ("out.jpg", "/etc/hostname"), ("dangling.jpg", "gone")] {
      try FileManager.default.createSymbolicLink(
        atPath: tree.root + "/d/" + link, withDestinationPath: target)
    }
    let recorder = Recorder()
    try kind.run(tree, recorder)
    #expect(Set(recorder.listed[PathBytes(text: "d")]?.map(\.name.bytes) ?? []) == Set(names))
    #expect(recorder.contents.count == names.count && recorder.failures.isEmpty)
  }
}
