import Foundation
import TestSupport
import Testing

@testable import Platform

@Suite struct WholeFileTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder("gpsindex-platform") }

  private func made(_ name: String, _ text: String) throws -> String {
    let path = folder.file(name)
    try Data(text.utf8).write(to: URL(filePath: path))
    return path
  }

  @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 200_000])
  func readsEveryByteUpToTheLimit(count: Int) throws {
    let path = try made("a", String(repeating: "x", count: count))
    let bytes = try WholeFile.bytes(of: path, limit: count)
    #expect(bytes == [UInt8](repeating: 0x78, count: count))
    if count > 0 {
      #expect(throws: SystemError(EFBIG)) { try WholeFile.bytes(of: path, limit: count - 1) }
    }
  }

  @Test func saysWhyAFileCannotBeRead() throws {
    #expect(throws: SystemError(ENOENT)) {
      try WholeFile.bytes(of: folder.file("none"), limit: 10)
    }
    #expect(SystemError(ENOENT).text == "No such file or directory")
  }

  /// Opening it for reading would wait until somebody writes.
  @Test(arguments: [WholeFile.Access.any, .regular])
  func refusesAFIFOWithoutWaiting(access: WholeFile.Access) throws {
    let path = folder.file("fifo")
    try #require(mkfifo(path, 0o600) == 0)
    #expect(throws: SystemError(EINVAL)) { try WholeFile.bytes(of: path, limit: 10, access) }
  }

  @Test func followsALinkOnlyWhereThatIsAllowed() throws {
    let path = try made("a", "text")
    let link = folder.file("link")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
    #expect(try WholeFile.bytes(of: link, limit: 10) == Array("text".utf8))
    #expect(throws: SystemError(ELOOP)) { try WholeFile.bytes(of: link, limit: 10, .regular) }
  }

  @Test func refusesAFolderWhereOnlyARegularFileMayStand() throws {
    #expect(throws: SystemError(EINVAL)) {
      try WholeFile.bytes(of: folder.path, limit: 10, .regular)
    }
  }
}

@Suite struct AtomicFileTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder("gpsindex-platform") }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test(arguments: [true, false]) func replacesAFileAndLeavesNothingBeside(isDurable: Bool) throws {
    let path = folder.file("note")
    for text in ["first", "second, and longer"] {
      try AtomicFile.write(Array(text.utf8), to: path, isDurable: isDurable)
      #expect(try WholeFile.bytes(of: path, limit: 100) == Array(text.utf8))
    }
    #expect(try names() == ["note"])
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test func takesOverANameThatAKilledProcessLeft() throws {
    let path = folder.file("note")
    let other = folder.file("other")
    try Data("untouched".utf8).write(to: URL(filePath: other))
    try FileManager.default.createSymbolicLink(
      atPath: AtomicFile.temporaryName(for: path), withDestinationPath: other)
    try AtomicFile.write(Array("mine".utf8), to: path, isDurable: false)
    #expect(try WholeFile.bytes(of: other, limit: 100) == Array("untouched".utf8))
    #expect(try names() == ["note", "other"])
  }

  @Test func leavesNothingBehindWhenItFails() throws {
    let path = folder.file("taken")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    #expect(throws: SystemError.self) {
      try AtomicFile.write([1], to: path, isDurable: false)
    }
    #expect(throws: SystemError(ENOENT)) {
      try AtomicFile.write([1], to: folder.file("none/note"), isDurable: false)
    }
    #expect(try names() == ["taken"])
  }

  @Test func putsAFinishedFileInPlace() throws {
    let (part, path) = (folder.file("part"), folder.file("whole"))
    try Data("new".utf8).write(to: URL(filePath: part))
    try Data("old".utf8).write(to: URL(filePath: path))
    try AtomicFile.replace(path, by: part)
    #expect(try WholeFile.bytes(of: path, limit: 10) == Array("new".utf8))
    #expect(try names() == ["whole"])
  }
}

@Suite struct FilePathTests {
  @Test(arguments: [
    ("a", ".", "a"), ("/a", "/", "a"), ("/a/b", "/a", "b"), ("a/b/", "a/b", ""), ("", ".", ""),
  ])
  func splitsAtTheLastSlash(path: String, folder: String, name: String) {
    let parts = FilePath.split(path)
    #expect(parts.folder == folder && parts.name == name)
  }

  @Test func knowsAFileByAllItsNames() throws {
    let folder = try TemporaryFolder("gpsindex-platform")
    let (path, link, other) = (folder.file("a"), folder.file("link"), folder.file("b"))
    for file in [path, other] { try Data().write(to: URL(filePath: file)) }
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
    #expect(FileIdentity.isSame(path, link))
    #expect(!FileIdentity.isSame(path, other))
    #expect(!FileIdentity.isSame(folder.file("none"), folder.file("none")))
    let file = open(link, O_RDONLY)
    defer { close(file) }
    #expect(FileIdentity(descriptor: file) == FileIdentity(path: path))
    #expect(FileIdentity(descriptor: -1) == nil)
    #expect(FilePath.resolved(link) == FilePath.resolved(path))
    #expect(FilePath.resolved(folder.file("none")) == nil)
  }
}
