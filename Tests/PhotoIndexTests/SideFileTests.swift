import Foundation
import PhotoModel
import Platform
import SQLite
import TestSupport
import Testing

@testable import PhotoIndex

/// What stands beside an index may have been put there by whoever may write to its folder.
@Suite struct SideFileTests {
  private let place: OneSite
  private var folder: TemporaryFolder { place.folder }

  init() throws { place = try OneSite("nas", at: "/photos") }

  private enum Trap: CaseIterable { case fifo, link, folder }

  /// - Returns: the file that a link leads to.
  @discardableResult
  private func set(_ trap: Trap, at path: String) throws -> String {
    let target = folder.file("precious")
    try Data("precious".utf8).write(to: URL(filePath: target))
    switch trap {
    case .fifo: #expect(mkfifo(path, 0o600) == 0)
    case .link: #expect(symlink(target, path) == 0)
    case .folder: #expect(mkdir(path, 0o700) == 0)
    }
    return target
  }

  private func isPrecious(_ target: String) -> Bool {
    (try? Data(contentsOf: URL(filePath: target))) == Data("precious".utf8)
  }

  @Test(arguments: Trap.allCases)
  private func s22_aLockThatIsNoFileIsRefused(_ trap: Trap) throws {
    let lock = "\(place.writer.path).site\(place.site).lock"
    let target = try set(trap, at: lock)
    let error = #expect(throws: IndexError.self) { try place.writer.lease(site: place.site) }
    #expect(error?.kind == .io && error?.message.contains(lock) == true, "\(error?.message ?? "")")
    // Those who only look do not wait either.
    let reader = try IndexReader(path: folder.index)
    let site = try reader.site(named: "nas")
    #expect(reader.runningSync(site) == nil)
    #expect(reader.lastAttempt(site) == nil)
    #expect(isPrecious(target))
  }

  @Test(arguments: Trap.allCases)
  private func s22_aStateFileThatIsNoFileIsNoState(_ trap: Trap) throws {
    let site = try place.writer.site(named: "nas")
    let state = "\(place.writer.path).site\(place.site).last"
    let target = try set(trap, at: state)
    let reader = try IndexReader(path: folder.index)
    #expect(reader.lastAttempt(site) == nil)
    // The next run replaces the name, not what a link leads to.
    SiteAttempt(.complete).keep(index: folder.index, site: site)
    #expect(isPrecious(target))
    if trap != .folder { #expect(reader.lastAttempt(site)?.outcome == .complete) }
  }

  @Test(arguments: Trap.allCases)
  private func s22_replacesOrAvoidsATakenTemporaryName(_ trap: Trap) throws {
    let site = try place.writer.site(named: "nas")
    let state = "\(place.writer.path).site\(place.site).last"
    let target = try set(trap, at: AtomicFile.temporaryName(for: state))
    SiteAttempt(.stopped).keep(index: folder.index, site: site)
    #expect(isPrecious(target))
    let kept = try IndexReader(path: folder.index).lastAttempt(site)?.outcome
    // unlink(2) removes no folder.
    #expect(kept == (trap == .folder ? nil : .stopped))
  }

  @Test(arguments: ["-wal", "-shm", "-journal"], Trap.allCases)
  private func s22_aSideFileOfSQLiteThatIsNoFileIsRefused(_ suffix: String, _ trap: Trap) throws {
    let index = folder.file("other.gpkg")
    _ = try IndexWriter(path: index)
    try set(trap, at: index + suffix)
    let reading = #expect(throws: IndexError.self) { try IndexReader(path: index) }
    let writing = #expect(throws: IndexError.self) { try IndexWriter(path: index) }
    for error in [reading, writing] {
      #expect(error?.kind == .damaged && error?.message.contains(index + suffix) == true)
    }
  }

  /// VACUUM INTO would make the file by the umask (022 mostly), and follow the link.
  @Test func s23_aCopyIsPrivateFromItsFirstByte() throws {
    let copy = folder.file("copy.gpkg")
    let target = try set(.link, at: copy)
    let connection = try Connection(path: folder.index, mode: .readWrite)
    // Called in the middle of the copy.
    let modes = Modes()
    connection.setInterrupt(every: 1) { _ in
      modes.note(copy)
      return .goOn
    }
    try connection.vacuum(intoNew: copy)
    modes.note(copy)
    #expect(modes.seen == [0o600])
    #expect(isPrecious(target))
    #expect(try IndexReader(path: copy).sites().map(\.name) == ["nas"])
  }
}

/// The modes that a file was seen with.
private final class Modes: @unchecked Sendable {
  // Unchecked: used by the test's one thread only.
  private(set) var seen: Set<mode_t> = []

  func note(_ path: String) {
    var status = stat()
    if lstat(path, &status) == 0 { seen.insert(status.st_mode & 0o777) }
  }
}
