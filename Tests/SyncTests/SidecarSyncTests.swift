import Foundation
import PhotoIndex
import PhotoMetadata
import PhotoModel
import PhotoSource
import SSHTransport
import TestSupport
import Testing

@testable import Sync

/// Sidecar files from the first sync to their removal, in local folders and over SFTP.
@Suite struct SidecarSyncTests {
  enum Way: CaseIterable, Sendable { case local, sftp }

  final class Setting {
    let folder: TemporaryFolder
    let root: String
    let index: String
    let site: SiteRecord
    let way: Way
    var notes: [String] = []
    /// The last walk's.
    var statistics = SourceStatistics()

    init(_ way: Way) throws {
      self.way = way
      folder = try TemporaryFolder()
      root = folder.file("site")
      index = folder.file("index.gpkg")
      try FileManager.default.createDirectory(
        atPath: root + "/flight", withIntermediateDirectories: true)
      site = try IndexWriter(path: index).addSite(SiteRecord(name: "s", location: root))
    }

    static let server = [
      "/usr/lib/openssh/sftp-server", "/usr/libexec/sftp-server", "/usr/lib/ssh/sftp-server",
    ].first { FileManager.default.isExecutableFile(atPath: $0) }

    func write(_ name: String, _ bytes: [UInt8], mtime: Int64 = 1_600_000_000) throws {
      let path = "\(root)/flight/\(name)"
      try Data(bytes).write(to: URL(filePath: path))
      try SiteBuilder.setTimes(of: path, to: mtime)
    }

    func write(_ name: String, _ text: String, mtime: Int64 = 1_600_000_000) throws {
      try write(name, Array(text.utf8), mtime: mtime)
    }

    func remove(_ name: String) throws {
      try FileManager.default.removeItem(atPath: "\(root)/flight/\(name)")
    }

    @discardableResult
    func sync(_ change: (inout SyncOptions) -> Void = { _ in }) throws -> SyncSummary {
      var run = SyncRun(
        site: site, place: .folder(Array(root.utf8)), access: AccessOptions(), indexPath: index)
      change(&run.options)
      let (root, options) = (Array(root.utf8), run.options.source)
      let summary = try run.run {
        if case .note(let text) = $0 { self.notes.append(text) }
      } open: { visitor in
        if way == .local {
          return openSource(
            .folder(root), access: AccessOptions(), options: options, visitor: visitor)
        }
        return SFTPSource(root: root, label: "test", options: options, visitor: visitor) {
          ProcessChannel(
            arguments: [Setting.server ?? "sftp-server"], label: "sftp-server", isOpenSSH: true)
        }
      }
      statistics = summary.statistics
      return summary
    }

    func record(_ name: String) throws -> PhotoRecord? { try row(name)?.record }

    func row(_ name: String) throws -> PhotoRow? {
      try IndexReader(path: index).photo(site: "s", path: PathBytes(text: "flight/\(name)"))
    }

    func sidecar(_ name: String) throws -> String? {
      guard let row = try row(name) else { return nil }
      return try IndexReader(path: index).state(of: row.id)?.sidecar?.name.text
    }
  }

  static let plain = JpegBuilder(latitude: nil, longitude: nil, altitude: nil).build()
  static let located = JpegBuilder(latitude: 47.5, longitude: 8.25).build()

  static func xmp(_ latitude: Double, _ longitude: Double) -> String {
    FieldPacket.packet("exif:GPSLatitude=\"\(latitude)\" exif:GPSLongitude=\"\(longitude)\"")
  }

  enum FieldPacket {
    static func packet(_ attributes: String) -> String {
      """
      <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="r"><rdf:Description rdf:about="" \
      xmlns:exif="http://ns.adobe.com/exif/1.0/" \(attributes)/></rdf:RDF></x:xmpmeta>
      """
    }
  }

  static let subtitle = """
    1
    00:00:00,000 --> 00:00:00,033
    2024-03-20 12:59:17.885
    [latitude: 30.5] [longitude: -81.25] [rel_alt: 6.500 abs_alt: 32.25]

    """

  /// An MP4 without a place: type box, then `moov` with `mvhd`.
  static let video: [UInt8] = {
    func box(_ type: String, _ content: [UInt8]) -> [UInt8] {
      let size = UInt32(content.count + 8)
      return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) } + Array(type.utf8)
        + content
    }
    let header = [UInt8](repeating: 0, count: 100)
    return box("ftyp", Array("mp42\0\0\0\0mp42".utf8)) + box("moov", box("mvhd", header))
  }()

  @Test(arguments: Way.allCases) func aSidecarIsReadRememberedChangedAndRemoved(way: Way) throws {
    let s = try Setting(way)
    try s.write("A.JPG", Self.plain)
    try s.write("A.xmp", Self.xmp(47, 8))
    try s.write("B.JPG", Self.plain)
    try s.write("B.JPG.XMP", Self.xmp(48, 9))
    try s.write("C.JPG", Self.located)
    try s.write("V.MP4", Self.video)
    try s.write("V.SRT", Self.subtitle)
    try s.write("other.xmp", Self.xmp(1, 1))
    try s.write("other.srt", "no video's")
    let first = try s.sync()
    #expect(first.listed == 4 && first.new == 4 && first.located == 4 && first.failed == 0)
    #expect(try s.record("A.JPG")?.position == Coordinate(latitude: 47, longitude: 8))
    #expect(try s.record("A.JPG")?.source == .sidecar)
    #expect(try s.record("B.JPG")?.position == Coordinate(latitude: 48, longitude: 9))
    #expect(try s.record("C.JPG")?.source == .exif)
    let video = try #require(try s.record("V.MP4"))
    #expect(video.kind == .video && video.relativeAltitude == 6.5 && video.altitude == 32.25)
    #expect(video.position == Coordinate(latitude: 30.5, longitude: -81.25))
    #expect(video.takenLocal == "2024-03-20T12:59:17.885")
    #expect(try s.sidecar("A.JPG") == "A.xmp" && s.sidecar("V.MP4") == "V.SRT")
    #expect(try s.sidecar("C.JPG") == nil)

    // Nothing has changed: nothing is opened, and no byte of the index is written.
    let before = try Data(contentsOf: URL(filePath: s.index))
    let second = try s.sync()
    #expect(
      second.unchanged == 4 && s.statistics.filesOpened == 0 && s.statistics.dataRequests == 0)
    #expect(try Data(contentsOf: URL(filePath: s.index)) == before)

    // Another time of the side-car: its photo is read again, and only that one.
    try s.write("A.xmp", Self.xmp(47.5, 8), mtime: 1_600_000_100)
    #expect(try s.sync().unchanged == 4)
    #expect(s.statistics.filesOpened == 2)
    #expect(try s.record("A.JPG")?.position == Coordinate(latitude: 47.5, longitude: 8))

    // A new one beside a photo that had none.
    try s.write("C.xmp", Self.xmp(47.5, 8.3))
    try s.sync()
    #expect(s.statistics.filesOpened == 2)
    let third = try #require(try s.record("C.JPG"))
    #expect(third.source == .exif && third.flags.contains(.conflict))
    #expect(third.otherPosition == Coordinate(latitude: 47.5, longitude: 8.3))
    #expect(third.otherSource == .sidecar)

    // Gone: the photo stands alone again.
    try s.remove("A.xmp")
    try s.remove("C.xmp")
    let last = try s.sync()
    #expect(last.listed == 4 && last.removed == 0 && s.statistics.filesOpened == 2)
    #expect(try s.record("A.JPG")?.outcome == .withoutPosition(.noGPS))
    #expect(try s.record("C.JPG")?.flags.contains(.conflict) == false)
    #expect(try s.sidecar("A.JPG") == nil)
    #expect(last.located + last.withoutPosition + last.failed == last.listed)
    #expect(try IndexReader(path: s.index).check() == [])
    #expect(try s.sync().statistics.filesOpened == 0)
  }

  /// Thousands of photos, listed in many parts: photos are read before what stands beside them is known.
  @Test(arguments: Way.allCases) func sidecarsThatAreListedLateAreNotMissed(way: Way) throws {
    let s = try Setting(way)
    let count = 700
    for number in 0..<count {
      try s.write("IMG_\(number).JPG", Self.plain)
      if number % 7 == 0 { try s.write("IMG_\(number).xmp", Self.xmp(10, Double(number) / 10 + 1)) }
    }
    let summary = try s.sync()
    #expect(summary.new == count && summary.located == 100 && summary.withoutPosition == 600)
    #expect(try s.record("IMG_693.JPG")?.position?.longitude == 70.3)
    #expect(try IndexReader(path: s.index).check() == [])
    let second = try s.sync()
    #expect(second.unchanged == count && s.statistics.filesOpened == 0)
  }

  @Test(arguments: Way.allCases) func onePairServesSeveralPhotosAndMovesWithThem(way: Way) throws {
    let s = try Setting(way)
    try s.write("A.JPG", Self.plain)
    try s.write("A.JPEG", Self.plain)
    try s.write("A.xmp", Self.xmp(47, 8))
    try s.sync()
    #expect(s.statistics.filesOpened == 3)
    let id = try #require(try s.row("A.JPG")?.id)
    #expect(try s.record("A.JPEG")?.position == s.record("A.JPG")?.position)
    try FileManager.default.moveItem(atPath: s.root + "/flight", toPath: s.root + "/renamed")
    let moved = try s.sync()
    // Two photos and their side-car are read once more: too few to be proved by their folder.
    #expect(moved.moved == 2 && moved.new == 0 && s.statistics.filesOpened == 3)
    let row = try IndexReader(path: s.index).photo(
      site: "s", path: PathBytes(text: "renamed/A.JPG"))
    #expect(row?.id == id && row?.record.source == .sidecar)
    #expect(try s.sync().unchanged == 2 && s.statistics.filesOpened == 0)
  }

  /// A side-car that is there and cannot be read proves nothing.
  @Test(.enabled(if: getuid() != 0)) func anUnreadableSidecarTakesNothingAway() throws {
    let s = try Setting(.local)
    try s.write("A.JPG", Self.plain)
    try s.write("A.xmp", Self.xmp(47, 8))
    try s.sync()
    try s.write("A.xmp", Self.xmp(48, 8), mtime: 1_600_000_100)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0], ofItemAtPath: s.root + "/flight/A.xmp")
    try s.sync()
    #expect(try s.record("A.JPG")?.position == Coordinate(latitude: 47, longitude: 8))
    #expect(s.notes.contains { $0.contains("A.xmp could not be read") })
  }

  /// The same by the walk's own calls, whoever runs the test.
  @Test func aDoubtAboutASidecarTakesNothingAway() throws {
    let s = try Setting(.local)
    try s.write("A.JPG", Self.plain)
    try s.write("A.xmp", Self.xmp(47, 8))
    try s.sync()
    let folder = PathBytes(text: "flight")
    func walk(_ body: (SyncWalk) -> Void) throws {
      let writer = WriterQueue(indexPath: s.index, site: s.site)
      let walk = try SyncWalk(
        site: s.site, reader: try IndexReader(path: s.index), writer: writer,
        options: SyncOptions()
      ) { _ in }
      body(walk)
      walk.changes.flush()
      try writer.finish()
    }
    let photo = ListedFile(
      name: PathBytes(text: "A.JPG"), size: Int64(Self.plain.count), mtime: 1_600_000_000)
    let touched = ListedFile(name: photo.name, size: photo.size, mtime: 1_600_000_500)
    // Not seen in a listing that was cut, and the photo itself is another by its time.
    try walk { walk in
      #expect(walk.didList([touched], in: folder) == [])
      let cut = ListingOutcome.incomplete(.transport, detail: "cut")
      #expect(walk.wantedAtEnd(of: folder, cut) == [])
      walk.didFinishListing(folder, cut)
    }
    #expect(try s.record("A.JPG")?.source == .sidecar)
    // Listed, and gone or refused when it was to be read.
    for failure in [Failure.vanished, .unreadable, .transport] {
      let sidecar = ListedFile(name: PathBytes(text: "A.xmp"), size: 5, mtime: 5)
      try walk { walk in
        walk.didListSidecars([sidecar], in: folder)
        #expect(walk.didList([photo], in: folder) == [])
        let wanted = walk.wantedAtEnd(of: folder, .complete)
        #expect(wanted == [photo, sidecar])
        walk.didFinishListing(folder, .complete)
        walk.didRead(sidecar, in: folder, .failed(failure, detail: "x"))
        walk.didRead(photo, in: folder, .read(Self.reading(photo, Self.plain)))
      }
      #expect(try s.record("A.JPG")?.source == .sidecar, "\(failure)")
    }
  }

  /// Every flight's photos begin at DJI_0001.JPG: the place of an earlier one is not this one's.
  @Test func anotherPhotoDoesNotKeepThePlaceOfTheEarlierOne() throws {
    let s = try Setting(.local)
    try s.write("A.JPG", Self.plain)
    try s.write("A.xmp", Self.xmp(47, 8))
    try s.sync()
    try s.write("A.JPG", Self.located, mtime: 1_600_000_100)
    // It changes its size at every look, which is as good as unreadable.
    let folder = PathBytes(text: "flight")
    let writer = WriterQueue(indexPath: s.index, site: s.site)
    let walk = try SyncWalk(
      site: s.site, reader: try IndexReader(path: s.index), writer: writer, options: SyncOptions()
    ) { _ in }
    let sidecar = ListedFile(name: PathBytes(text: "A.xmp"), size: 5, mtime: 5)
    let photo = ListedFile(
      name: PathBytes(text: "A.JPG"), size: Int64(Self.located.count), mtime: 1_600_000_100)
    walk.didListSidecars([sidecar], in: folder)
    #expect(walk.didList([photo], in: folder) == [])
    #expect(walk.wantedAtEnd(of: folder, .complete) == [photo, sidecar])
    walk.didFinishListing(folder, .complete)
    walk.didRead(sidecar, in: folder, .failed(.changing, detail: "x"))
    walk.didRead(photo, in: folder, .read(Self.reading(photo, Self.located)))
    walk.changes.flush()
    try writer.finish()
    #expect(try s.record("A.JPG")?.source == .exif)
    #expect(try s.sidecar("A.JPG") == nil)
    // The next sync has both.
    try s.sync()
    #expect(try s.sidecar("A.JPG") == "A.xmp")
    #expect(try s.record("A.JPG")?.flags.contains(.conflict) == true)
  }

  static func reading(_ file: ListedFile, _ bytes: [UInt8]) -> PhotoReading {
    let reading = PhotoReading(fileSize: file.size, hint: .initial)
    while true {
      let ranges = reading.nextRanges()
      if ranges.isEmpty { return reading }
      for range in ranges {
        let end = min(Int(range.upperBound), bytes.count)
        reading.receive(range, Array(bytes[min(Int(range.lowerBound), end)..<end]))
      }
    }
  }

  static let decisions:
    [(known: ListedFile?, listed: ListedFile?, complete: Bool, SidecarDecision)] =
      {
        func file(_ name: String, _ size: Int64? = 1, _ mtime: Int64? = 2) -> ListedFile {
          ListedFile(name: PathBytes(text: name), size: size, mtime: mtime)
        }
        return [
          (nil, nil, true, .same), (nil, nil, false, .same), (nil, file("A.xmp"), true, .changed),
          (nil, file("A.xmp"), false, .changed), (file("A.xmp"), file("A.xmp"), true, .same),
          (file("A.xmp"), file("A.xmp"), false, .same),
          (file("A.xmp"), file("A.xmp", 2), true, .changed),
          (file("A.xmp"), file("A.xmp", 1, 1), true, .changed),
          (file("A.xmp"), file("A.JPG.xmp"), true, .changed),
          (file("A.xmp"), nil, true, .gone), (file("A.xmp"), nil, false, .unknown),
          // What the server does not tell proves nothing.
          (file("A.xmp", nil), file("A.xmp", nil), true, .changed),
          (file("A.xmp", 1, nil), file("A.xmp", 1, nil), true, .changed),
        ]
      }()

  @Test(arguments: decisions)
  func decision(known: ListedFile?, listed: ListedFile?, complete: Bool, wanted: SidecarDecision) {
    #expect(SidecarDecision(known: known, listed: listed, isComplete: complete) == wanted)
  }
}
