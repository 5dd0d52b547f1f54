import Foundation
import PhotoIndex
import PhotoModel
import PhotoSource
import SSHTransport
import Synchronization
import TestSupport
import Testing

@testable import Pictures

/// Pictures of a small site, read from a folder and from a private SFTP server.
@Suite struct ServiceTests {
  enum Way: CaseIterable { case folder, server }

  /// The answers that came, by the numbers of their requests.
  final class Answers: Sendable {
    private let state = Mutex<[UInt64: PictureAnswer]>([:])
    private let order = Mutex<[UInt64]>([])

    func add(_ number: UInt64, _ answer: PictureAnswer) {
      state.withLock { $0[number] = answer }
      order.withLock { $0.append(number) }
    }

    /// - Returns: nil when there is none within a minute.
    func wait(_ number: UInt64) -> PictureAnswer? {
      _ = Poll.until(seconds: 60) { self.state.withLock { $0[number] != nil } }
      return state.withLock { $0[number] }
    }

    /// How often the service asked how to reach the site.
    let reached = Atomic(0)

    func picture(_ number: UInt64) -> [UInt8]? {
      if case .picture(let bytes, _) = wait(number) { bytes } else { nil }
    }

    func failure(_ number: UInt64) -> PictureFailure? {
      if case .failure(let failure) = wait(number) { failure } else { nil }
    }

    var count: Int { order.withLock { $0.count } }
  }

  /// A site, its index, and the service on it.
  final class Shop {
    let folder: TemporaryFolder
    let root: String
    let index: String
    let server: PrivateSSHD?
    let answers = Answers()
    let service: PictureService
    let reader: IndexReader
    let rows: [PhotoRow]

    init(
      _ way: Way, photos: Int = 12, cache limit: Int64 = 0, seed: UInt64 = 6,
      breaking: (String) throws -> Void = { _ in }
    ) throws {
      let folder = try TemporaryFolder("gpsindex-pictures")
      let (root, index) = (folder.file("photos"), folder.file("index.gpkg"))
      (self.folder, self.root, self.index) = (folder, root, index)
      _ = try SiteBuilder(photos: photos, folders: 3, fileSize: 80_000, seed: seed).write(to: root)
      let server = way == .folder ? nil : try PrivateSSHD()
      self.server = server
      let location = server?.location(root) ?? root
      let more =
        server.map { ["--identity", $0.identity, "--known-hosts", $0.knownHosts] } ?? []
      let programs = URL(filePath: CommandLine.arguments[0]).standardizedFileURL
        .deletingLastPathComponent()
      let result = try Command.run(
        programs.appending(path: "gpsindex").path,
        ["sync", location, "--index", index, "-q", "--progress", "none"] + more,
        environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path], timeout: 120)
      try #require(result.exitCode == 0, "\(result.errorText)")
      try breaking(root)
      reader = try IndexReader(path: index)
      var rows: [PhotoRow] = []
      for id in 1...Int64(photos) { if let row = try reader.photo(id: id) { rows.append(row) } }
      self.rows = rows
      var access = AccessOptions()
      access.identity = server?.identity
      access.knownHosts = server?.knownHosts
      access.home = folder.path
      let place =
        server.map {
          SitePlace.server(
            ServerPlace(user: $0.user, host: $0.host, port: $0.port, path: Array(root.utf8)))
        } ?? .folder(Array(root.utf8))
      let reach = PictureReach(place: place, access: access, options: SourceOptions())
      let cache = limit > 0 ? PictureCache(path: index + ".pictures", limit: limit) : nil
      service = PictureService(
        cache: cache,
        reach: { [answers] _ in
          answers.reached.add(1, ordering: .relaxed)
          return reach
        }
      ) { [answers] in
        answers.add($0, $1)
      }
    }

    deinit { service.close() }

    func file(_ row: PhotoRow) -> String { "\(root)/\(row.path)" }

    /// The bytes that the row names.
    func bytes(_ row: PhotoRow) throws -> [UInt8] {
      let place = try #require(row.record.thumbnail)
      let file = try Data(contentsOf: URL(filePath: file(row)))
      return Array(file[Int(place.offset)..<Int(place.offset + place.length)])
    }

    func get(_ number: UInt64, _ photo: Int64, _ kind: PictureKind = .thumbnail) {
      service.get(number, photo: photo, kind, known: 0, reader)
    }
  }

  static var ways: [Way] { PrivateSSHD.isAvailable ? Way.allCases : [.folder] }

  @Test(arguments: ways) func thumbnailsHaveTheBytesOfTheFile(way: Way) throws {
    let shop = try Shop(way)
    for row in shop.rows { shop.get(UInt64(row.id), row.id) }
    #expect(shop.rows.count == 12)
    for row in shop.rows {
      #expect(shop.answers.picture(UInt64(row.id)) == (try shop.bytes(row)), "\(row.path)")
    }
  }

  /// ExifTool finds the same bytes.
  @Test(.enabled(if: Command.find("exiftool") != nil))
  func thumbnailsAreThoseThatExifToolFinds() throws {
    let shop = try Shop(.folder, photos: 60, seed: 11)
    let exiftool = try #require(Command.find("exiftool"))
    for row in shop.rows {
      shop.get(UInt64(row.id), row.id)
      let found = try Command.run(exiftool, ["-b", "-ThumbnailImage", shop.file(row)])
      #expect(!found.stdout.isEmpty && shop.answers.picture(UInt64(row.id)) == found.stdout)
    }
  }

  @Test(arguments: ways) func aPictureIsReadOnceAndThenComesFromTheCache(way: Way) throws {
    let shop = try Shop(way, photos: 3, cache: 1 << 20)
    shop.get(1, 1)
    let bytes = try #require(shop.answers.picture(1))
    // The answer may come before the cache has it.
    let cache = PictureCache(path: shop.index + ".pictures", limit: 1 << 20)
    #expect(Poll.until(seconds: 60) { cache.contents.pictures == 1 })
    shop.server?.stop()
    try FileManager.default.removeItem(atPath: shop.root)
    shop.get(2, 1)
    #expect(shop.answers.picture(2) == bytes)
  }

  @Test func whoHasThePictureGetsAShortAnswer() throws {
    let shop = try Shop(.folder, photos: 2)
    shop.get(1, 1)
    guard case .picture(_, let tag) = shop.answers.wait(1) else {
      Issue.record("no picture")
      return
    }
    shop.service.get(2, photo: 1, .thumbnail, known: tag, shop.reader)
    #expect(shop.answers.wait(2) == .known(tag: tag))
    shop.service.get(3, photo: 2, .thumbnail, known: tag, shop.reader)
    #expect(shop.answers.picture(3) != nil)
  }

  // MARK: Failures

  enum Trouble: CaseIterable { case rewritten, touched, removed, unreadable, folder }

  @Test(arguments: ways, Trouble.allCases)
  func aFileThatChangedGivesNoWrongPicture(way: Way, trouble: Trouble) throws {
    // Root may read everything.
    if trouble == .unreadable, geteuid() == 0 { return }
    let shop = try Shop(way, photos: 3)
    let file = shop.file(try #require(shop.rows.first))
    let files = FileManager.default
    switch trouble {
    case .rewritten:
      try Data(repeating: 0xD8, count: 70_000).write(to: URL(filePath: file))
    case .touched:
      try files.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 5)], ofItemAtPath: file)
    case .removed: try files.removeItem(atPath: file)
    case .unreadable: try files.setAttributes([.posixPermissions: 0], ofItemAtPath: file)
    case .folder:
      try files.removeItem(atPath: file)
      try files.createDirectory(atPath: file, withIntermediateDirectories: false)
    }
    shop.get(1, shop.rows[0].id)
    let failure = try #require(shop.answers.failure(1), "\(trouble)")
    let expected: [PictureFailure.Kind] =
      switch trouble {
      case .rewritten, .touched: [.changed]
      case .removed: [.gone]
      case .unreadable: [.unreadable]
      case .folder: [.changed, .serverError, .unreadable]
      }
    #expect(expected.contains(failure.kind), "\(failure)")
    // Others are read all the same.
    shop.get(2, shop.rows[1].id)
    #expect(shop.answers.picture(2) == (try shop.bytes(shop.rows[1])))
  }

  @Test(arguments: ways) func whatIsNotThereHasAReason(way: Way) throws {
    let shop = try Shop(way, photos: 2)
    shop.get(1, 99)
    #expect(shop.answers.failure(1)?.kind == .noPhoto)
    shop.get(2, 1, .preview)
    #expect(shop.answers.failure(2)?.kind == .noPicture)
    shop.get(3, 1, .image)
    let whole = try Data(contentsOf: URL(filePath: shop.file(shop.rows[0])))
    #expect(shop.answers.picture(3) == Array(whole))
  }

  @Test(.enabled(if: PrivateSSHD.isAvailable))
  func aServerThatIsGoneFailsWhatWaitsForIt() throws {
    let shop = try Shop(.server, photos: 4)
    shop.server?.stop()
    for number in 1...4 { shop.get(UInt64(number), Int64(number)) }
    for number in 1...4 {
      let kind = try #require(shop.answers.failure(UInt64(number))?.kind)
      #expect(kind == .unreachable)
    }
  }

  /// The connection is gone, not the server: the next wish makes another.
  @Test(.enabled(if: PrivateSSHD.isAvailable))
  func aConnectionThatBrokeIsReplaced() throws {
    let shop = try Shop(.server, photos: 4)
    shop.get(1, 1)
    #expect(shop.answers.picture(1) != nil)
    let server = try #require(shop.server)
    #expect(server.signalSessions() > 0)
    shop.get(2, 2)
    #expect(shop.answers.picture(2) == (try shop.bytes(shop.rows[1])))
  }

  /// On one connection, however many are asked for.
  @Test(.enabled(if: PrivateSSHD.isAvailable))
  func manyPicturesTakeOneLogin() throws {
    let shop = try Shop(.server, photos: 100)
    let before = shop.server?.log.components(separatedBy: "Accepted publickey").count ?? 0
    for row in shop.rows { shop.get(UInt64(row.id), row.id) }
    for row in shop.rows { #expect(shop.answers.picture(UInt64(row.id)) != nil) }
    let after = shop.server?.log.components(separatedBy: "Accepted publickey").count ?? 0
    #expect(after == before + 1)
  }

  @Test func aSiteWithOtherSettingsIsReachedAgain() throws {
    let shop = try Shop(.folder, photos: 3)
    for number in 1...2 {
      shop.get(UInt64(number), Int64(number))
      #expect(shop.answers.picture(UInt64(number)) != nil)
    }
    #expect(shop.answers.reached.load(ordering: .relaxed) == 1)
    let writer = try IndexWriter(path: shop.index)
    var site = try #require(try writer.sites().first)
    site.settings.timeoutSeconds = 9
    try writer.updateSite(site)
    shop.get(3, 3)
    #expect(shop.answers.picture(3) != nil)
    #expect(shop.answers.reached.load(ordering: .relaxed) == 2)
  }

  @Test func nobodyIsAnsweredAfterHeGaveUp() throws {
    let shop = try Shop(.folder, photos: 40)
    for row in shop.rows { shop.get(UInt64(row.id), row.id) }
    for row in shop.rows { shop.service.cancel(UInt64(row.id)) }
    // What had begun may still be answered; the session goes on.
    shop.get(1000, 1)
    #expect(shop.answers.picture(1000) != nil)
  }

  @Test(arguments: ways) func readingAheadFillsTheCache(way: Way) throws {
    let shop = try Shop(way, photos: 12, cache: 4 << 20)
    for row in shop.rows { shop.service.readAhead(photo: row.id, .thumbnail, shop.reader) }
    let cache = PictureCache(path: shop.index + ".pictures", limit: 4 << 20)
    #expect(Poll.until(seconds: 60) { cache.contents.pictures == 12 })
    #expect(shop.answers.count == 0)
  }
}
