import Foundation
import Platform
import TestSupport
import Testing

@testable import Fetch

@Suite struct CheckTests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func sumsAsTheStandardDoes(_ text: String, _ expected: String) {
    #expect(SHA256.text(SHA256.digest(Array(text.utf8))) == expected)
  }

  @Test(.enabled(if: Command.find("sha256sum") != nil))
  func sumsAsSha256sumDoes() throws {
    let folder = try TemporaryFolder()
    var random = SplitMix64(seed: 5)
    for length in [1, 55, 56, 63, 64, 65, 119, 120, 1_000, 300_001] {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      let path = try folder.write(bytes, to: "x")
      var hash = SHA256()
      let cut = length / 3
      bytes[..<cut].withUnsafeBytes { hash.update($0) }
      bytes[cut...].withUnsafeBytes { hash.update($0) }
      let sum = SHA256.text(hash.finish())
      #expect(try Command.run("sha256sum", [path]).text.hasPrefix(sum), "\(length) bytes")
    }
  }

  @Test func theManifestIsThatOfSha256sum() throws {
    let folder = try TemporaryFolder()
    var manifest = Manifest()
    for name in ["a.jpg", "b c.jpg", "back\\slash.jpg", "é.jpg"] {
      try folder.write(name, to: name)
      manifest[Array(name.utf8)] = SHA256.text(SHA256.digest(Array(name.utf8)))
    }
    let path = folder.file("sums")
    try manifest.write(to: path)
    #expect(try Manifest(path: path) == manifest)
    let check = try Command.run("/bin/sh", ["-c", "cd \(folder.path) && sha256sum -c sums"])
    #expect(check.exitCode == 0, "\(check.errorText)")
    let theirs = try Command.run(
      "/bin/sh", ["-c", "cd \(folder.path) && sha256sum a.jpg *.jpg"])
    #expect(Manifest(bytes: theirs.stdout) == manifest)
  }

  private func verdict(_ bytes: [UInt8]) throws -> FileCheck.Verdict {
    let folder = try TemporaryFolder()
    let path = try folder.write(bytes, to: "x")
    let file = open(path, O_RDONLY)
    defer { close(file) }
    return FileCheck.check(file, size: Int64(bytes.count))
  }

  /// A scan of two bytes, with an escaped FF in it, and a second image behind the first.
  private static let jpeg: [UInt8] =
    [0xFF, 0xD8, 0xFF, 0xE1, 0, 8, 0xFF, 0xD8, 0xFF, 0xD9, 0, 0]
    + [0xFF, 0xDA, 0, 4, 1, 2, 0x11, 0xFF, 0, 0x22, 0xFF, 0xD9]

  private static func box(_ type: String, _ count: Int) -> [UInt8] {
    [0, 0, UInt8((count + 8) >> 8), UInt8((count + 8) & 255)] + Array(type.utf8)
      + [UInt8](repeating: 0, count: count)
  }

  private static let png: [UInt8] =
    [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10] + [0, 0, 0, 2] + Array("IDAT".utf8) + [
      1, 2, 0, 0, 0, 0,
    ]
    + [0, 0, 0, 0] + Array("IEND".utf8) + [1, 2, 3, 4]

  static let whole: [[UInt8]] = [
    jpeg, jpeg + [0, 0, 0], box("ftyp", 8) + box("mdat", 40), png,
    Array("RIFF".utf8) + [12, 0, 0, 0] + Array("WEBPVP8 ".utf8) + [0, 0, 0, 0],
  ]

  @Test(arguments: whole.indices) func everyCutIsSeen(_ index: Int) throws {
    let bytes = Self.whole[index]
    #expect(try verdict(bytes) == .whole)
    let last = index == 1 ? bytes.count - 4 : bytes.count - 1
    for count in 16...max(16, last) where count <= last {
      guard case .cut = try verdict(Array(bytes.prefix(count))) else {
        // A container may end between two boxes.
        #expect(index == 2 && (count == 16 || count < 24), "\(count) of \(bytes.count) bytes")
        continue
      }
    }
  }

  @Test func anotherFormatIsNotJudged() throws {
    #expect(try verdict([UInt8](repeating: 7, count: 100)) == .unknownFormat)
  }
}
