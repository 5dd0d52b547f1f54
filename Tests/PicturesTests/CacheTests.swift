import Foundation
import PhotoModel
import SQLite
import TestSupport
import Testing

@testable import Pictures

@Suite struct CacheTests {
  private let folder: TemporaryFolder
  private var path: String { folder.file("index.gpkg.pictures") }

  init() throws { folder = try TemporaryFolder("gpsindex-pictures") }

  private static func key(_ name: String, _ kind: PictureKind = .thumbnail) -> PictureKey {
    PictureKey(location: Array("sftp://nas/\(name)".utf8), kind: kind)
  }

  private static let file = ListedFile(name: PathBytes(text: "a.jpg"), size: 1000, mtime: 7)

  /// A JPEG by its markers.
  private static func jpeg(_ count: Int, _ seed: UInt8 = 1) -> [UInt8] {
    [0xFF, 0xD8, 0xFF, 0xE0] + [UInt8](repeating: seed, count: count - 6) + [0xFF, 0xD9]
  }

  @Test func whatIsKeptIsFoundByAnyProcess() {
    let cache = PictureCache(path: path)
    #expect(cache.picture(Self.key("a"), Self.file) == nil)
    cache.keep(Self.jpeg(500), Self.key("a"), Self.file)
    #expect(cache.picture(Self.key("a"), Self.file) == Self.jpeg(500))
    let other = PictureCache(path: path)
    #expect(other.picture(Self.key("a"), Self.file) == Self.jpeg(500))
    other.keep(Self.jpeg(600, 2), Self.key("a"), Self.file)
    #expect(cache.picture(Self.key("a"), Self.file) == Self.jpeg(600, 2))
    #expect(cache.contents.pictures == 1)
  }

  @Test(arguments: [
    (key("b"), file), (key("a", .preview), file),
    (key("a"), ListedFile(name: file.name, size: 1001, mtime: 7)),
    (key("a"), ListedFile(name: file.name, size: 1000, mtime: 8)),
    (key("a"), ListedFile(name: file.name, size: nil, mtime: 7)),
    (key("a"), ListedFile(name: file.name, size: nil, mtime: nil)),
  ])
  func anotherFileIsNotFound(key: PictureKey, file: ListedFile) {
    let cache = PictureCache(path: path)
    cache.keep(Self.jpeg(500), Self.key("a"), Self.file)
    #expect(cache.picture(key, file) == nil)
  }

  @Test func thatThereIsNoPictureIsRemembered() {
    let cache = PictureCache(path: path)
    cache.keep([], Self.key("a", .preview), Self.file)
    #expect(cache.picture(Self.key("a", .preview), Self.file) == [])
  }

  @Test func theOldestPicturesGoWhenItIsFull() {
    let limit: Int64 = 200_000
    let cache = PictureCache(path: path, limit: limit)
    for number in 0..<300 { cache.keep(Self.jpeg(2000), Self.key("\(number)"), Self.file) }
    let (pictures, bytes) = cache.contents
    #expect(bytes <= limit && bytes > limit / 2 && pictures < 100)
    #expect(cache.picture(Self.key("299"), Self.file) != nil)
    #expect(cache.picture(Self.key("0"), Self.file) == nil)
    // One that would push out many others is not kept.
    cache.keep(Self.jpeg(60_000), Self.key("large"), Self.file)
    #expect(cache.picture(Self.key("large"), Self.file) == nil)
  }

  @Test func aLimitOfZeroMakesNoFile() {
    let cache = PictureCache(path: path, limit: 0)
    cache.keep(Self.jpeg(500), Self.key("a"), Self.file)
    #expect(cache.picture(Self.key("a"), Self.file) == nil)
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  /// What stands where the cache should be.
  enum Damage: CaseIterable {
    case noDatabase, cutShort, overwritten, otherTables, extraTrigger
  }

  @Test(arguments: Damage.allCases)
  func aDamagedFileIsPutAsideAndMadeAnew(damage: Damage) throws {
    do {
      let cache = PictureCache(path: path)
      for number in 0..<200 { cache.keep(Self.jpeg(900), Self.key("\(number)"), Self.file) }
    }
    try spoil(damage)
    let cache = PictureCache(path: path)
    // Found or not found, but no wrong bytes.
    if let found = cache.picture(Self.key("5"), Self.file) { #expect(found == Self.jpeg(900)) }
    for number in 300..<500 { cache.keep(Self.jpeg(700), Self.key("\(number)"), Self.file) }
    for number in 0..<200 { _ = cache.picture(Self.key("\(number)"), Self.file) }
    cache.keep(Self.jpeg(800), Self.key("new"), Self.file)
    #expect(cache.picture(Self.key("new"), Self.file) == Self.jpeg(800))
    #expect(FileManager.default.fileExists(atPath: path + ".damaged"))
    #expect(PictureCache(path: path).picture(Self.key("new"), Self.file) == Self.jpeg(800))
  }

  private func spoil(_ damage: Damage) throws {
    func change(_ sql: String) throws {
      try Connection(path: path, mode: .readWrite).execute(sql)
    }
    switch damage {
    case .noDatabase: try Data("no database".utf8).write(to: URL(filePath: path))
    case .cutShort: #expect(truncate(path, 5000) == 0)
    case .overwritten:
      let file = try FileHandle(forWritingTo: URL(filePath: path))
      try file.seek(toOffset: 4096)
      try file.write(contentsOf: Data(repeating: 0x5A, count: 100_000))
      try file.close()
    case .otherTables: try change("CREATE TABLE more (x); DROP TABLE picture")
    case .extraTrigger:
      try change(
        "CREATE TRIGGER t AFTER INSERT ON picture BEGIN UPDATE picture SET bytes = x'00'; END")
    }
  }

  /// Whoever may write beside the index may have written the cache.
  @Test func foreignBytesThatAreNoJPEGAreNotPassedOn() throws {
    let cache = PictureCache(path: path)
    cache.keep(Self.jpeg(500), Self.key("a"), Self.file)
    try Connection(path: path, mode: .readWrite).execute(
      "UPDATE picture SET bytes = CAST('<svg onload=alert(1)>' AS BLOB)")
    #expect(cache.picture(Self.key("a"), Self.file) == nil)
  }

  @Test func itMayBeDeletedAtAnyTime() {
    let cache = PictureCache(path: path)
    cache.keep(Self.jpeg(500), Self.key("a"), Self.file)
    for end in ["", "-wal", "-shm"] { unlink(path + end) }
    cache.keep(Self.jpeg(500), Self.key("b"), Self.file)
    let next = PictureCache(path: path)
    next.keep(Self.jpeg(500), Self.key("c"), Self.file)
    #expect(next.picture(Self.key("c"), Self.file) == Self.jpeg(500))
  }

  @Test func whereItCannotBeWrittenNothingFails() throws {
    let cache = PictureCache(path: folder.file("no/such/folder/index.pictures"))
    cache.keep(Self.jpeg(500), Self.key("a"), Self.file)
    #expect(cache.picture(Self.key("a"), Self.file) == nil && cache.contents.pictures == 0)
  }

  @Test func severalThreadsAndConnectionsMayUseIt() {
    let caches = [PictureCache(path: path), PictureCache(path: path)]
    DispatchQueue.concurrentPerform(iterations: 4) { part in
      for number in 0..<50 {
        caches[part % 2].keep(Self.jpeg(1000), Self.key("\(part)-\(number)"), Self.file)
      }
    }
    let found = (0..<4).flatMap { part in (0..<50).map { "\(part)-\($0)" } }
      .count { caches[0].picture(Self.key($0), Self.file) == Self.jpeg(1000) }
    #expect(found == 200)
  }
}
