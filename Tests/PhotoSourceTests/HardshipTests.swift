import Foundation
import PhotoModel
import SSHTransport
import Testing

@testable import PhotoSource

/// Servers and links that go wrong again and again, or in one place only.
@Suite(.enabled(if: LocalServer.path != nil, "needs OpenSSH's sftp-server"))
struct HardshipTests {
  private func tree(_ count: Int, folders: Int = 5) throws -> Tree {
    let tree = try Tree()
    for file in 0..<count { tree.add("s/f\(file % folders)/\(file).jpg") }
    return tree
  }

  private func recorder(seconds: Double = 20) -> Recorder {
    let recorder = Recorder()
    recorder.deadline = .now + .seconds(seconds)
    return recorder
  }

  @Test func aFolderThatBreaksEveryConnectionIsIncompleteInTheEnd() throws {
    let tree = try tree(20)
    let recorder = recorder()
    try SourceKind.sftp.run(tree, recorder) {
      FaultTests.BreakingChannel(LocalServer.channel(isOpenSSH: true), after: 600)
    }
    #expect(!recorder.isLate, "hangs")
    guard case .incomplete(.transport, _) = recorder.ended[.empty] else {
      Issue.record("\(recorder.ended)")
      return
    }
  }

  @Test func anEndlessFolderOfOtherFilesEnds() throws {
    let tree = try Tree()
    tree.add("s/a.txt")
    var options = SourceOptions()
    options.maximumEntriesPerFolder = 1_000
    let recorder = recorder()
    try SourceKind.sftp.run(tree, recorder, options: options) {
      JudgingChannel(judge: { message in
        guard message[0] == 12 else { return nil }
        let name = Array("notes.txt".utf8)
        let entry =
          JudgingChannel.bytes(UInt32(name.count)) + name + JudgingChannel.bytes(0)
          + JudgingChannel.bytes(4) + JudgingChannel.bytes(0o100644)
        return [104] + message[1..<5] + JudgingChannel.bytes(100)
          + Array(repeating: entry, count: 100).joined()
      })
    }
    #expect(!recorder.isLate, "never ends")
    guard case .incomplete(.tooManyEntries, _) = recorder.ended[.empty] else {
      Issue.record("\(recorder.ended)")
      return
    }
  }

  /// Not the handle limit, but this file: the others go on as many at a time as before.
  @Test func aFileThatIsRefusedDoesNotSlowTheOthers() throws {
    let tree = try tree(4_000)
    let recorder = recorder()
    var open = 0
    var opens = 0
    var victim: [UInt8]?
    /// Handles in use at most, before each refusal and after the last one.
    var most = [0]
    try SourceKind.sftp.run(tree, recorder) {
      JudgingChannel(judge: { message in
        switch message[0] {
        case 3, 11: open += 1
        case 4: open -= 1
        default: break
        }
        most[most.count - 1] = max(most[most.count - 1], open)
        guard message[0] == 3 else { return nil }
        opens += 1
        let path = JudgingChannel.string(message)
        if opens == 300 { victim = path }
        guard path == victim else { return nil }
        open -= 1
        most.append(0)
        return JudgingChannel.status(4, for: message)
      })
    }
    #expect(!recorder.isLate)
    #expect(recorder.contents.count == 3_999 && recorder.failures.count == 1)
    #expect(most.count >= 3 && most[2] > 500, "\(most)")
  }

  /// Folders count, too, and a refusal arrives when what it was beside is closed already.
  @Test func aServerThatCountsOverAllConnectionsLosesNothing() throws {
    let tree = try tree(600)
    let recorder = recorder()
    var options = SourceOptions()
    options.measuringPeriod = 0
    var open = 0
    let statistics = try SourceKind.sftp.run(tree, recorder, options: options) {
      JudgingChannel(
        LocalServer.channel(),
        judge: { message in
          switch message[0] {
          case 4: open -= 1
          case 3, 11:
            if open > 0 { return JudgingChannel.status(4, for: message) }
            open += 1
          default: break
          }
          return nil
        })
    }
    #expect(!recorder.isLate && statistics.connections > 1)
    #expect(recorder.contents.count == 600 && recorder.failures.isEmpty)
  }

  /// OpenSSH tells a read error in mid-listing as the end of the folder.
  @Test(arguments: [true, false]) func aListingThatLeavesOutWhatIsThereIsIncomplete(
    gone: Bool
  ) throws {
    let tree = try tree(40)
    let recorder = recorder()
    recorder.knownFolders = ["", "s", "s/f0", "s/f1"].map {
      KnownFolderHint(path: PathBytes(text: $0), entries: 8)
    }
    recorder.known[PathBytes(text: "s/f0")] = ["0.jpg", "5.jpg"].map { PathBytes(text: $0) }
    if gone { #expect(unlink(tree.root + "/s/f0/5.jpg") == 0) }
    try SourceKind.sftp.run(tree, recorder) {
      JudgingChannel(edit: { message in
        guard message[0] == 104 else { return message }
        return ["f1", "5.jpg"].reduce(message) { JudgingChannel.without(Array($1.utf8), $0) }
      })
    }
    #expect(!recorder.isLate && recorder.vanished.isEmpty)
    let outcomes = ["s/f0", "s/f1"].map { recorder.ended[PathBytes(text: $0)] }
    #expect(outcomes.map { $0 == .complete } == [gone, false], "\(outcomes)")
    #expect(recorder.ended[PathBytes(text: "s")] == .complete)
  }

  /// The real server at its limit of descriptors, which it does not tell.
  @Test(arguments: [14, 30, 100]) func aLimitThatIsNotToldIsFound(descriptors: Int) throws {
    let tree = try tree(600)
    let recorder = recorder()
    var refused = 0
    let limited = ["sh", "-c", "ulimit -n \(descriptors); exec \(LocalServer.path ?? "")"]
    try SourceKind.sftp.run(tree, recorder) {
      JudgingChannel(
        LocalServer.channel(arguments: limited, isOpenSSH: true),
        judge: { $0[0] == 200 ? JudgingChannel.status(8, for: $0) : nil },
        edit: { message in
          if message[0] == 101, message[5..<9].elementsEqual([0, 0, 0, 4]) { refused += 1 }
          return message
        })
    }
    #expect(!recorder.isLate && refused > 0)
    #expect(recorder.contents.count == 600 && recorder.failures.isEmpty)
    #expect(!recorder.ended.isEmpty && recorder.ended.values.allSatisfy { $0 == .complete })
  }

  /// What leaves between its parent's listing and its own is not proved gone: its photos may be at
  /// another place that was listed before.
  @Test(arguments: [true, false]) func aFolderRenamedInMidWalkIsIncomplete(known: Bool) throws {
    let tree = try tree(50)
    let recorder = recorder()
    if known {
      recorder.knownFolders = ["", "s", "s/f1"].map {
        KnownFolderHint(path: PathBytes(text: $0), entries: 10)
      }
    }
    var opens = 0
    try SourceKind.sftp.run(tree, recorder) {
      JudgingChannel(judge: { message in
        let path = String(decoding: JudgingChannel.string(message), as: UTF8.self)
        guard message[0] == 11, path.hasSuffix("s/f1") else { return nil }
        opens += 1
        // A known folder is asked for before its parent's listing: then it is there.
        if opens == 1 { _ = rename(path, path + "-renamed") }
        return nil
      })
    }
    #expect(!recorder.isLate && recorder.vanished.isEmpty == !known)
    #expect(recorder.ended[PathBytes(text: "s")] == .complete)
    #expect(recorder.contents.count == (known ? 50 : 40))
    if !known {
      guard case .incomplete(.vanished, _) = recorder.ended[PathBytes(text: "s/f1")] else {
        Issue.record("\(recorder.ended)")
        return
      }
    }
  }

  /// Most of what is in flight when a connection breaks only waited for its turn.
  @Test func aLinkThatBreaksAgainAndAgainLosesNothing() throws {
    let tree = try Tree()
    for file in 0..<1_200 { tree.add("s/f\(file % 10)/\(file).jpg", size: 3_000) }
    let recorder = recorder(seconds: 60)
    recorder.ranges = [0..<3_000]
    let statistics = try SourceKind.sftp.run(tree, recorder) {
      FaultTests.BreakingChannel(LocalServer.channel(isOpenSSH: true), after: 600_000)
    }
    #expect(!recorder.isLate && statistics.connections > 4)
    #expect(recorder.contents.count == 1_200 && recorder.failures.isEmpty)
    #expect(recorder.readTwice.isEmpty && recorder.endedTwice.isEmpty)
    #expect(!recorder.ended.isEmpty && recorder.ended.values.allSatisfy { $0 == .complete })
  }

  /// A disk that stalls, a process that was stopped: replies wait until this side looks again.
  @Test func anOwnPauseIsNoFaultOfTheServer() throws {
    let tree = try tree(40)
    let recorder = recorder()
    var options = SourceOptions()
    options.timeout = 0.3
    options.inFlight = 1
    options.connections = 1
    var done = 0
    recorder.onRead = {
      done += 1
      if done == 10 { usleep(700_000) }
    }
    recorder.ranges = [0..<50, 50..<100]
    let statistics = try SourceKind.sftp.run(tree, recorder, options: options)
    #expect(statistics.connections == 1 && statistics.retries == 0)
    #expect(recorder.contents.count == 40)
  }

  @Test(arguments: [true, false]) func aFolderThatIsHiddenAndRefusedIsNotGone(known: Bool) throws {
    let tree = try tree(20)
    let recorder = recorder()
    recorder.knownFolders = ["", "s", "s/f0", "s/f1", "s/f1/x", "s/gone"].map {
      KnownFolderHint(path: PathBytes(text: $0), entries: 4)
    }
    // A dead mount: its stat fails, so sftp-server leaves it out, and it cannot be opened.
    try SourceKind.sftp.run(tree, recorder) {
      JudgingChannel(
        LocalServer.channel(isOpenSSH: known),
        judge: { message in
          message[0] == 11
            && String(decoding: JudgingChannel.string(message), as: UTF8.self).contains("s/f1")
            ? JudgingChannel.status(4, for: message) : nil
        },
        edit: { message in
          guard message[0] == 104 else { return message }
          return JudgingChannel.without(Array("f1".utf8), message)
        })
    }
    #expect(recorder.vanished.map(\.text) == ["s/gone"])
    guard case .incomplete(.serverError, _) = recorder.ended[PathBytes(text: "s/f1")] else {
      Issue.record("\(recorder.ended)")
      return
    }
  }
}

extension [UInt8] {
  func ends(with text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}

extension JudgingChannel {
  /// A NAME reply without one of its entries.
  static func without(_ hidden: [UInt8], _ message: Message) -> Message {
    var at = 9
    var kept: [UInt8] = []
    var count: UInt32 = 0
    while at < message.count {
      let start = at
      let length = Int(number(message[at..<at + 4]))
      let name = Array(message[(at + 4)..<(at + 4 + length)])
      at += 4 + length
      at += 4 + Int(number(message[at..<at + 4]))
      // OpenSSH's flags: size, owner, mode, times.
      at += 32
      if name == hidden { continue }
      kept += message[start..<at]
      count += 1
    }
    return Array(message[..<5]) + bytes(count) + kept
  }
}
