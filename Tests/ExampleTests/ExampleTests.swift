import Foundation
import PhotoIndex
import PhotoModel
import SyntheticIndex
import TestSupport
import Testing

/// The programs of Examples, which use the libraries.
@Suite struct ExampleTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder("gpsindex-examples") }

  /// The built example, beside the test executable.
  private func run(_ name: String, _ arguments: [String]) throws -> Command.Result {
    let tests = URL(filePath: CommandLine.arguments[0]).standardizedFileURL
    let program = tests.deletingLastPathComponent().appending(path: name).path
    return try Command.run(program, arguments)
  }

  @Test func photoMetadataPrintsThePositionOfAPhoto() throws {
    let builder = SiteBuilder(photos: 1, fileSize: 6_000_000)
    let photo = try #require(try builder.write(to: folder.file("site")).first)
    let text = try folder.write("no photo at all", to: "text.jpg")
    let path = folder.file("site/\(photo.path)")
    let result = try run("photo-position", [path, text])
    #expect(result.exitCode == 0, "\(result.errorText)")
    let lines = result.text.split(separator: "\n")
    try #require(lines.count == 2)
    let words = lines[0].dropFirst(path.count + 2).split(separator: " ")
    #expect(abs((Double(words[0]) ?? 0) - photo.latitude) < 1e-6)
    #expect(abs((Double(words[1]) ?? 0) - photo.longitude) < 1e-6)
    let read = try #require(Int(words[3]))
    #expect(read < 65_536 && lines[0].hasSuffix("of \(photo.size) bytes)"))
    #expect(lines[1].contains("failed: not-an-image"))
  }

  @Test func sftpReadsTheHeadsOfAllFilesOfAFolder() throws {
    let server = try #require(PrivateSSHD.sftpServer)
    for number in 1...150 { try folder.write([0xFF, 0xD8, UInt8(number)], to: "p\(number).jpg") }
    try folder.write("", to: "empty.jpg")
    try folder.folder("below")
    let result = try run("sftp-heads", [folder.path, server])
    #expect(result.exitCode == 0, "\(result.errorText)")
    let expected = (1...150).map { "p\($0).jpg ff d8 \(String($0, radix: 16))" }
    let lines = result.text.split(separator: "\n").map(String.init)
    #expect(Set(lines) == Set(expected + ["empty.jpg (End of file)"]) && lines.count == 151)
  }

  @Test func photoIndexPrintsABoxAsGeoJSON() throws {
    let path = folder.file("index.gpkg")
    let writer = try IndexWriter(path: path)
    let site = try writer.addSite(SiteRecord(name: "nas", location: "/photos"))
    var changes = FolderChanges(site: site.id, folder: PathBytes(text: "flight"))
    for (name, longitude) in [("in.jpg", 8.5), ("out.jpg", 9.5)] {
      let position = Coordinate(latitude: 47.4, longitude: longitude)
      changes.inserts.append(
        PhotoChange(
          file: ListedFile(name: PathBytes(text: name), size: 1, mtime: 1),
          record: PhotoRecord(outcome: .located(position)), racy: false, parserVersion: 1))
    }
    try writer.apply(changes)
    let result = try run("photo-query", [path, "8.4", "47.3", "8.6", "47.5"])
    #expect(result.exitCode == 0)
    #expect(result.errorText == "nas/flight: 1\n")
    let object = try JSONSerialization.jsonObject(with: Data(result.stdout)) as? [String: Any]
    let features = try #require(object?["features"] as? [[String: Any]])
    #expect(features.count == 1)
    #expect((features.first?["properties"] as? [String: Any])?["file"] as? String == "in.jpg")
  }

  @Test func flightQCPrintsFindings() throws {
    let path = folder.file("index.gpkg")
    let writer = try IndexWriter(path: path)
    let site = try writer.addSite(SiteRecord(name: "nas", location: "/photos"))
    var changes = SyntheticSurvey().folders(site: 1, id: site.id, flights: 1)
    changes[0].inserts.removeSubrange(60..<63)
    for changes in changes { try writer.apply(changes) }
    let result = try run("flight-check", [path, "nas"])
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(result.text.contains("mapping, 122 footprints"))
    #expect(result.text.contains("error gap: about 3 photos missing"), "\(result.text)")
  }

  @Test func picturesWritesThumbnails() throws {
    let builder = SiteBuilder(photos: 3, fileSize: 60_000)
    let root = folder.file("site")
    let photos = try builder.write(to: root)
    let index = folder.file("index.gpkg")
    let program = URL(filePath: CommandLine.arguments[0]).standardizedFileURL
      .deletingLastPathComponent().appending(path: "gpsindex").path
    let sync = try Command.run(program, ["sync", root, "--index", index, "-q"])
    try #require(sync.exitCode == 0, "\(sync.errorText)")
    try folder.folder("out")
    // Its place is that of another file now.
    try Data("other".utf8).write(to: URL(filePath: "\(root)/\(photos[1].path)"))
    let result = try run("photo-thumbnails", [index, folder.file("out")])
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(result.text.contains("\(photos[1].path): "), "\(result.text)")
    for id in [1, 3] {
      let jpeg = try Data(contentsOf: URL(filePath: folder.file("out/\(id).jpg")))
      #expect(jpeg.starts(with: [0xFF, 0xD8, 0xFF]))
    }
    #expect(!FileManager.default.fileExists(atPath: folder.file("out/2.jpg")))
  }
}
