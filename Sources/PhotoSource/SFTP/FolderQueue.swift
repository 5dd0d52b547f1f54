/// A folder to be opened. One that no earlier run knows is only a path until its turn comes.
enum WaitingFolder {
  case known(WalkedFolder)
  case new(path: [UInt8], depth: Int)

  /// Counts among the few that are listed at a time.
  var isUnknown: Bool {
    switch self {
    case .known(let folder): folder.isUnknown
    case .new: true
    }
  }
}

/// Folders that wait to be opened. Those that no earlier run knows are listed some at a time: their photos
/// are to be read while the next ones are listed.
final class FolderQueue {
  private static let mostUnknown = 1_000

  private var folders = Fifo<WaitingFolder>()
  /// Refused beside others again and again: opened one at a time, last.
  private var isolated = Fifo<WalkedFolder>()
  /// Listed to their end; what their listings did not show is to be asked for.
  private var probes: [WalkedFolder] = []
  private var unknownOpen = 0
  private var unknownAllowed = 64

  /// Some wait for their turn beside others.
  var hasFolders: Bool { !folders.isEmpty }
  var isEmpty: Bool { folders.isEmpty && isolated.isEmpty && probes.isEmpty }

  func append(_ folder: WalkedFolder) { folders.append(.known(folder)) }
  func append(path: [UInt8], depth: Int) { folders.append(.new(path: path, depth: depth)) }
  func appendIsolated(_ folder: WalkedFolder) { isolated.append(folder) }
  func appendProbe(_ folder: WalkedFolder) { probes.append(folder) }

  /// The next one to be opened; nil when there is none, or when enough unknown ones are open.
  func next() -> WaitingFolder? {
    guard let first = folders.first else { return nil }
    guard !first.isUnknown || unknownOpen < unknownAllowed else { return nil }
    return folders.popFirst()
  }

  func nextIsolated() -> WalkedFolder? { isolated.popFirst() }

  func takeProbes() -> [WalkedFolder] {
    defer { probes = [] }
    return probes
  }

  /// All that wait to be opened, taken out.
  func takeAll() -> [WaitingFolder] {
    folders.removeAll() + isolated.removeAll().map(WaitingFolder.known)
  }

  func entered(_ folder: WalkedFolder) { if folder.isUnknown { unknownOpen += 1 } }
  func left(_ folder: WalkedFolder) { if folder.isUnknown { unknownOpen -= 1 } }

  /// A folder without photos allows two more at a time.
  func allowMoreUnknown() { unknownAllowed = min(Self.mostUnknown, unknownAllowed + 2) }
}
