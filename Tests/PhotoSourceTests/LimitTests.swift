import Foundation
import PhotoModel
import Testing

@testable import PhotoSource

/// Limits of a whole walk: it ends, what it found is read, and nothing counts as gone.
@Suite struct LimitTests {
  private func tree() throws -> Tree {
    let tree = try Tree()
    for folder in 0..<30 { tree.add("a/\(folder)/\(folder).jpg") }
    return tree
  }

  private func run(
    _ kind: SourceKind, _ tree: Tree, _ change: (inout WalkLimits) -> Void
  ) throws -> (Recorder, SourceStatistics) {
    var options = SourceOptions()
    change(&options.limits)
    let recorder = Recorder()
    recorder.deadline = .now + .seconds(20)
    // Known, and where the listing may or may not come to.
    recorder.knownFolders = ["", "a", "a/3", "a/29"].map {
      KnownFolderHint(path: PathBytes(text: $0), entries: 1)
    }
    let statistics = try kind.run(tree, recorder, options: options)
    #expect(!recorder.isLate, "never ends")
    return (recorder, statistics)
  }

  private func expectLimit(_ recorder: Recorder, _ text: String) {
    #expect(recorder.notes.count { $0.contains(text) } == 1, "\(recorder.notes)")
    let stopped = recorder.ended.values.filter {
      if case .incomplete(.siteLimit, _) = $0 { true } else { false }
    }
    #expect(!stopped.isEmpty, "\(recorder.ended)")
    #expect(recorder.vanished.isEmpty && recorder.endedTwice.isEmpty && recorder.readTwice.isEmpty)
    // What was listed was read.
    let listed = recorder.listed.values.reduce(0) { $0 + $1.count }
    #expect(recorder.contents.count + recorder.failures.count == listed)
  }

  @Test(arguments: SourceKind.limited)
  func aFolderLimitEndsTheWalk(_ kind: SourceKind) throws {
    let (recorder, statistics) = try run(kind, tree()) { $0.folders = 12 }
    expectLimit(recorder, "more than 12 folders")
    #expect(statistics.foldersUnlisted > 0 || kind == .sftp)
    #expect(recorder.contents.count < 30)
  }

  @Test(arguments: SourceKind.limited)
  func anEntryLimitEndsTheWalk(_ kind: SourceKind) throws {
    let (recorder, _) = try run(kind, tree()) { $0.entries = 10 }
    expectLimit(recorder, "more than 10 entries")
  }

  @Test(arguments: SourceKind.limited)
  func aLimitOfHeldNamesEndsTheWalk(_ kind: SourceKind) throws {
    let (recorder, _) = try run(kind, tree()) { $0.heldBytes = 2_000 }
    expectLimit(recorder, "more than 2000 bytes of names")
  }

  /// What the walk holds is given back: a large site fits where no more than a part of it is held at once.
  @Test(arguments: SourceKind.limited)
  func namesThatAreDoneWithDoNotCount(_ kind: SourceKind) throws {
    let tree = try Tree()
    for folder in 0..<300 {
      for file in 0..<30 { tree.add("\(folder)/\(file).jpg", size: 10) }
    }
    var options = SourceOptions()
    // All names together take twice as much.
    options.limits.heldBytes = 800_000
    let recorder = Recorder()
    recorder.wants = { _ in false }
    try kind.run(tree, recorder, options: options)
    #expect(recorder.listed.values.reduce(0) { $0 + $1.count } == 9_000)
    #expect(recorder.ended.count == 301 && recorder.ended.values.allSatisfy { $0 == .complete })
    #expect(recorder.notes.isEmpty)
  }

  /// Folders that are listed at the same time wait for each other before they hold too much together.
  @Test(.enabled(if: LocalServer.path != nil, "needs OpenSSH's sftp-server"))
  func largeFoldersAreListedOneAfterTheOther() throws {
    let tree = try Tree()
    for folder in 0..<10 { tree.add("s/\(folder)/none.txt") }
    var options = SourceOptions()
    options.limits.heldBytes = 420_000
    let recorder = Recorder()
    recorder.wants = { _ in false }
    recorder.deadline = .now + .seconds(30)
    // Ten names a reply, forty replies a folder: 660 kB of names in all.
    var folders: [UInt32: Bool] = [:]
    var handles: [[UInt8]: Int] = [:]
    try SourceKind.sftp.run(tree, recorder, options: options) {
      JudgingChannel(
        LocalServer.channel(isOpenSSH: false),
        judge: { message in
          let id = JudgingChannel.number(message[1..<5])
          if message[0] == 11 {
            let path = String(decoding: JudgingChannel.string(message), as: UTF8.self)
            folders[id] = path.dropLast().hasSuffix("/s/")
          }
          guard message[0] == 12, let told = handles[JudgingChannel.string(message)] else {
            return nil
          }
          guard told < 400 else { return JudgingChannel.status(1, for: message) }
          handles[JudgingChannel.string(message)] = told + 10
          return [104] + message[1..<5] + Self.names(told..<(told + 10))
        },
        edit: { message in
          let id = JudgingChannel.number(message[1..<5])
          if message[0] == 102, folders[id] == true { handles[JudgingChannel.string(message)] = 0 }
          return message
        })
    }
    #expect(!recorder.isLate, "never ends")
    #expect(recorder.notes.isEmpty)
    #expect(recorder.listed.values.reduce(0) { $0 + $1.count } == 4_000)
    #expect(recorder.ended.count == 12 && recorder.ended.values.allSatisfy { $0 == .complete })
  }

  /// The body of a reply with photos of these numbers.
  private static func names(_ numbers: Range<Int>) -> [UInt8] {
    var out = JudgingChannel.bytes(UInt32(numbers.count))
    for number in numbers {
      let name = Array("\(number).jpg".utf8)
      out += JudgingChannel.bytes(UInt32(name.count)) + name + JudgingChannel.bytes(0)
      for value: UInt32 in [1 | 4 | 8, 0, 10, 0o100644, 1, 1] {
        out += JudgingChannel.bytes(value)
      }
    }
    return out
  }

  @Test func budgetsAreExact() {
    var limits = WalkLimits()
    limits.folders = 2
    limits.entries = 5
    limits.heldBytes = 100
    var budget = WalkBudget(limits)
    #expect(budget.takeFolder() && budget.takeFolder() && budget.take(entries: 5))
    budget.hold(60)
    #expect(!budget.isRoomy && budget.reached == nil)
    budget.release(30)
    #expect(budget.heldBytes == 30 && budget.isRoomy)
    budget.hold(60, beside: 10)
    #expect(budget.reached == nil)
    budget.hold(0, beside: 11)
    #expect(budget.reached == .heldBytes(100))
    // The first one stays.
    #expect(!budget.takeFolder() && !budget.take(entries: 1) && budget.reached == .heldBytes(100))
  }

  @Test func fifoKeepsTheOrder() {
    var fifo = Fifo<Int>()
    var expected = 0
    for round in 0..<20_000 {
      fifo.append(round)
      if round % 3 != 0 {
        #expect(fifo.first == expected && fifo.popFirst() == expected)
        expected += 1
      }
    }
    #expect(Array(fifo.removeAll()) == Array(expected..<20_000) && fifo.isEmpty)
    #expect(fifo.popFirst() == nil)
  }

  /// A folder of many photos over a server that hands them out faster than they are read: the listing waits.
  @Test(.enabled(if: LocalServer.path != nil, "needs OpenSSH's sftp-server"))
  func photosWaitNoLongerThanTheyAreRead() throws {
    let tree = try Tree()
    tree.add("a.jpg")
    var options = SourceOptions()
    options.inFlight = 1
    options.maximumEntriesPerFolder = 60_000
    let recorder = Recorder()
    recorder.ranges = []
    recorder.deadline = .now + .seconds(60)
    var listed = 0
    var read = 0
    var most = 0
    recorder.onRead = { read += 1 }
    try SourceKind.sftp.run(tree, recorder, options: options) {
      JudgingChannel(judge: { message in
        guard message[0] == 12 else { return nil }
        most = max(most, listed - read)
        listed += 100
        return [104] + message[1..<5] + Self.names((listed - 100)..<listed)
      })
    }
    #expect(!recorder.isLate, "never ends")
    guard case .incomplete(.tooManyEntries, _) = recorder.ended[.empty] else {
      Issue.record("\(recorder.ended)")
      return
    }
    #expect(listed > 60_000 && read >= 60_000)
    // Four times what keeps all windows full, and the 32 replies that are on their way.
    #expect(most <= 4 * 2_000 + 32 * 100 + 1_000, "\(most)")
  }
}
