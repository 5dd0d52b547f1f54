import Foundation
import PhotoModel
import SSHTransport
import Testing

@testable import PhotoSource

/// Predicted handles against the real sftp-server, and against one that numbers them in another way:
/// faster or not, never other bytes and never fewer names.
@Suite(.enabled(if: LocalServer.path != nil, "needs OpenSSH's sftp-server"))
struct PredictedHandleTests {
  /// sftp-server with its handles renumbered: its handle `n` arrives as `rename(n)`.
  final class RenumberingChannel: ByteChannel {
    private let inner = LocalServer.channel(isOpenSSH: true)
    private let rename: (UInt32) -> UInt32
    private let original: (UInt32) -> UInt32
    private var received: [UInt8] = []
    private var ready: [UInt8] = []
    private var held: [UInt8] = []

    init(rename: @escaping (UInt32) -> UInt32, original: @escaping (UInt32) -> UInt32) {
      self.rename = rename
      self.original = original
    }

    var descriptor: Int32 { inner.descriptor }
    var interest: Interest { inner.interest }
    let stage = ConnectionStage.talking(to: "a test")
    let isOpenSSH = true
    func advance() throws(TransportError) -> Bool { try inner.advance() }
    func close() { inner.close() }

    private func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
      bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }

    private func put(_ number: UInt32, into bytes: inout [UInt8], at offset: Int) {
      for index in 0..<4 {
        bytes[offset + index] = UInt8(truncatingIfNeeded: number >> (24 - 8 * index))
      }
    }

    /// Takes whole packets off `buffer`; type and the position of a handle's four bytes decide.
    private func packets(
      _ buffer: inout [UInt8], types: Set<UInt8>, _ change: (UInt32) -> UInt32
    ) -> [UInt8] {
      var start = 0
      while buffer.count - start >= 4 {
        let end = start + 4 + Int(number(buffer[start..<start + 4]))
        guard end <= buffer.count else { break }
        if end - start >= 17, types.contains(buffer[start + 4]),
          number(buffer[start + 9..<start + 13]) == 4
        {
          put(change(number(buffer[start + 13..<start + 17])), into: &buffer, at: start + 13)
        }
        start = end
      }
      defer { buffer.removeSubrange(0..<start) }
      return Array(buffer[..<start])
    }

    func read(into target: UnsafeMutableRawBufferPointer) throws(TransportError) -> ReadOutcome {
      if ready.isEmpty {
        switch try inner.read(into: target) {
        case .bytes(let count):
          received += target[..<count]
          ready = packets(&received, types: [102], rename)
        case let other: return other
        }
      }
      return ready.handOver(to: target)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
      held += bytes
      // CLOSE, READ, FSTAT, READDIR.
      try inner.writeAll(packets(&held, types: [4, 5, 8, 12], original))
      return bytes.count
    }
  }

  private func tree(_ count: Int = 400) throws -> Tree {
    let tree = try Tree()
    for file in 0..<count { tree.add("s/f\(file % 7)/\(file).jpg") }
    return tree
  }

  private func expectAll(_ recorder: Recorder, _ count: Int = 400) {
    #expect(recorder.contents.count == count && recorder.failures.isEmpty)
    for (path, bytes) in recorder.contents {
      #expect(bytes == Tree.content(path.text, 0..<100))
    }
    #expect(recorder.readTwice.isEmpty && recorder.endedTwice.isEmpty)
    #expect(recorder.listed.values.reduce(0) { $0 + $1.count } == count)
    #expect(!recorder.ended.isEmpty && recorder.ended.values.allSatisfy { $0 == .complete })
    #expect(recorder.ended.count == 9)
  }

  @Test func readsEachFileOnceFromTheRealServer() throws {
    let tree = try tree()
    let recorder = Recorder()
    let statistics = try SourceKind.sftp.run(tree, recorder) {
      LocalServer.channel(isOpenSSH: true)
    }
    expectAll(recorder)
    #expect(statistics.dataRequests == 400)
    #expect(statistics.connections == 1 && statistics.retries == 0)
  }

  /// Files that vanish between their listing and their OPEN refute the predictions that follow them.
  @Test func aVanishedFileSpoilsNoOther() throws {
    let tree = try tree()
    let recorder = Recorder()
    var removed = 0
    recorder.wants = { file in
      guard file.name.text.hasSuffix("3.jpg"), removed < 30 else { return true }
      let name = file.name.text
      let number = Int(name.prefix { $0 != "." }) ?? 0
      removed += unlink("\(tree.root)/s/f\(number % 7)/\(name)") == 0 ? 1 : 0
      return true
    }
    try SourceKind.sftp.run(tree, recorder) { LocalServer.channel(isOpenSSH: true) }
    #expect(removed == 30)
    #expect(
      recorder.failures.count == 30 && recorder.failures.values.allSatisfy { $0 == .vanished })
    #expect(recorder.contents.count == 370)
    for (path, bytes) in recorder.contents {
      #expect(bytes == Tree.content(path.text, 0..<100))
    }
  }

  /// Known folders that are gone by now: their OPENDIR fails among the first.
  @Test func vanishedFoldersDoNotConfuseTheOthers() throws {
    let tree = try tree()
    let recorder = Recorder()
    recorder.knownFolders = ["", "s", "s/a", "s/f0", "s/b", "s/f1", "s/f2", "s/c"].map {
      KnownFolderHint(path: PathBytes(Array($0.utf8)), entries: 60)
    }
    try SourceKind.sftp.run(tree, recorder) { LocalServer.channel(isOpenSSH: true) }
    expectAll(recorder)
    #expect(recorder.vanished.count == 3)
  }

  /// Predicted handles that do not exist fail; the requests are sent again on the right ones.
  @Test func readsAServerWithOtherHandlesWithoutPredictions() throws {
    let tree = try tree()
    let recorder = Recorder()
    let statistics = try SourceKind.sftp.run(tree, recorder) {
      RenumberingChannel(rename: { $0 + 5_000 }, original: { $0 &- 5_000 })
    }
    expectAll(recorder)
    #expect(statistics.connections == 1)
  }

  /// Predicted handles that belong to another folder or file: that connection is given up, and its
  /// listings start again, since a READDIR takes the entries away from the folder it belongs to.
  @Test(arguments: [1, 2, 3, 4, 8, 50] as [UInt32]) func losesNothingWhenHandlesAreSwapped(
    from first: UInt32
  ) throws {
    let tree = try tree()
    let recorder = Recorder()
    recorder.knownFolders = ["", "s", "s/f0", "s/f1", "s/f2", "s/f3", "s/f4", "s/f5", "s/f6"].map {
      KnownFolderHint(path: PathBytes(Array($0.utf8)), entries: 60)
    }
    // From `first` on, neighbours change places.
    func swapped(_ number: UInt32) -> UInt32 {
      guard number >= first else { return number }
      return (number - first) ^ 1 + first
    }
    let statistics = try SourceKind.sftp.run(tree, recorder) {
      RenumberingChannel(rename: swapped, original: swapped)
    }
    expectAll(recorder)
    // The folders are asked for in one flight, so that a wrong prediction meets its neighbour; for files it
    // depends on the moment.
    if first < 8 {
      #expect(statistics.connections == 2)
      #expect(
        recorder.notes.contains { $0.contains("does not number its handles as OpenSSH does") })
    }
  }
}
