import Foundation
import TestSupport
import Testing

@Suite struct SiteBuilderTests {
  @Test(arguments: [(1375, 12), (50, 400), (400, 50), (3, 3), (1, 1), (10, 0)])
  func writesExactlyThePhotosAskedFor(photos: Int, folders: Int) throws {
    let tree = try TemporaryFolder()
    var builder = SiteBuilder(photos: photos, folders: folders, seed: 7)
    builder.layouts = .small
    let written = try builder.write(to: tree.path)
    #expect(written.count == (folders == 0 ? 0 : photos))
    #expect(Set(written.map(\.path)).count == written.count)
    for photo in written {
      var status = stat()
      #expect(stat(tree.file(photo.path), &status) == 0)
      #expect(Int64(status.st_size) == photo.size)
    }
    let perFolder = Dictionary(grouping: written) {
      ($0.path as NSString).deletingLastPathComponent
    }
    #expect(perFolder.values.allSatisfy { $0[0].path.hasSuffix("/DJI_0001.JPG") })
    if photos == 1375 { #expect(perFolder.values.map(\.count).max() == 513) }
  }

  @Test func writesTheSameForTheSameSeed() throws {
    let (a, b, c) = (try TemporaryFolder(), try TemporaryFolder(), try TemporaryFolder())
    let first = try SiteBuilder(photos: 9, folders: 2, fileSize: 90_000, seed: 3).write(to: a.path)
    let second = try SiteBuilder(photos: 9, folders: 2, fileSize: 90_000, seed: 3).write(to: b.path)
    let third = try SiteBuilder(photos: 9, folders: 2, fileSize: 90_000, seed: 4).write(to: c.path)
    #expect(first == second && first.count == 9)
    #expect(first != third)
    for photo in first {
      #expect(
        FileManager.default.contentsEqual(atPath: a.file(photo.path), andPath: b.file(photo.path)))
    }
  }

  @Test func sparseFilesUseNoDiskSpace() throws {
    let tree = try TemporaryFolder()
    let photo = try #require(
      try SiteBuilder(photos: 1, fileSize: 6_000_000).write(to: tree.path).first)
    var status = stat()
    #expect(stat(tree.file(photo.path), &status) == 0)
    #expect(abs(Int(status.st_size) - 6_000_000) <= 600_000)
    #expect(Int(status.st_blocks) * 512 < 500_000)
    let mtime = try #require(
      try FileManager.default.attributesOfItem(atPath: tree.file(photo.path))[.modificationDate]
        as? Date)
    #expect(Int64(mtime.timeIntervalSince1970) == photo.mtime)
  }

  /// An independent reader finds the truth in every layout.
  @Test(.enabled(if: Command.find("exiftool") != nil, "exiftool is not installed"))
  func statesItsTruthInExif() throws {
    let tree = try TemporaryFolder()
    let written = try SiteBuilder(photos: 40, folders: 3, fileSize: 200_000).write(to: tree.path)
    #expect(Set(written.map(\.layout)).count == 2)
    let read = try Command.run(
      "exiftool",
      ["-n", "-T", "-Composite:GPSLatitude", "-Composite:GPSLongitude", "-EXIF:GPSAltitude"]
        + written.map { tree.file($0.path) })
    let lines = read.text.split(separator: "\n")
    try #require(lines.count == written.count, "\(read.errorText)")
    for (photo, line) in zip(written, lines) {
      let values = line.split(separator: "\t").compactMap { Double($0) }
      try #require(values.count == 3, "\(line)")
      #expect(abs(values[0] - photo.latitude) < 1e-8)
      #expect(abs(values[1] - photo.longitude) < 1e-8)
      #expect(abs(values[2] - photo.altitude) < 0.001)
    }
  }

  /// Markers in the order of a baseline picture (ITU-T T.81 §B.2.1), an end mark at the end, nothing but zeros before.
  @Test(arguments: [(SiteBuilder.Layouts.small, 0), (.native, 200_000), (.makernote, 0)])
  func isAWholeJPEG(layout: SiteBuilder.Layouts, size: Int) throws {
    let tree = try TemporaryFolder()
    var builder = SiteBuilder(photos: 1, fileSize: size)
    builder.layouts = layout
    let photo = try #require(try builder.write(to: tree.path).first)
    let bytes = try #require(FileManager.default.contents(atPath: tree.file(photo.path)))
    var markers: [UInt8] = []
    var at = 2
    while at + 4 <= bytes.count, markers.last != 0xDA {
      #expect(bytes[at] == 0xFF)
      markers.append(bytes[at + 1])
      at += 2 + Int(bytes[at + 2]) << 8 + Int(bytes[at + 3])
    }
    #expect(Array(bytes.prefix(2)) == [0xFF, 0xD8])
    #expect(markers.drop { $0 & 0xF0 == 0xE0 } == [0xDB, 0xC0, 0xC4, 0xDA])
    #expect(bytes[at..<(bytes.count - 2)].allSatisfy { $0 == 0 })
    #expect(Array(bytes.suffix(2)) == [0xFF, 0xD9])
  }

  /// What is measured beside others must be readable to them: Pillow decodes the picture and finds the position.
  @Test(.enabled(if: SiteBuilderTests.hasPillow, "Pillow is not installed"))
  func pillowReadsPictureAndPosition() throws {
    let script = """
      import sys
      from PIL import Image
      for path in sys.argv[1:]:
        image = Image.open(path)
        image.load()
        gps = image._getexif()[34853]
        print(*(float(sum(float(v) / 60**i for i, v in enumerate(gps[key]))) for key in (2, 4)))
      """
    for (layout, size) in [(SiteBuilder.Layouts.small, 0), (.mixed, 6_000_000)] {
      let tree = try TemporaryFolder()
      var builder = SiteBuilder(photos: 12, folders: 2, fileSize: size)
      builder.layouts = layout
      let written = try builder.write(to: tree.path)
      let read = try Command.run(
        "/usr/bin/python3", ["-c", script] + written.map { tree.file($0.path) })
      let lines = read.text.split(separator: "\n")
      try #require(lines.count == written.count, "\(read.errorText)")
      for (photo, line) in zip(written, lines) {
        let values = line.split(separator: " ").compactMap { Double($0) }
        try #require(values.count == 2, "\(line)")
        #expect(abs(values[0] - abs(photo.latitude)) < 1e-8)
        #expect(abs(values[1] - abs(photo.longitude)) < 1e-8)
      }
    }
  }

  private static let hasPillow =
    (try? Command.run("/usr/bin/python3", ["-c", "import PIL"]).exitCode) == 0

  /// exiftool finds nothing to complain of.
  @Test(
    .enabled(if: Command.find("exiftool") != nil, "exiftool is not installed"),
    arguments: [SiteBuilder.Layouts.small, .native, .makernote])
  func exiftoolReportsNoWarning(layout: SiteBuilder.Layouts) throws {
    let tree = try TemporaryFolder()
    var builder = SiteBuilder(photos: 5, fileSize: layout == .small ? 0 : 200_000)
    builder.layouts = layout
    _ = try builder.write(to: tree.path)
    let read = try Command.run(
      "exiftool", ["-r", "-q", "-a", "-s3", "-Warning", "-Error", tree.path])
    #expect(read.stdout.isEmpty, "\(read.text)")
  }
}
