/// How much one walk takes of what a site says, whoever says it. A site beyond a limit is listed in
/// part: what is not listed is unknown, and nothing of it counts as gone.
package struct WalkLimits: Sendable, Equatable {
  /// Folders below the root.
  package var folders = 500_000
  /// Entries of all folders together, photos or not.
  package var entries = 20_000_000
  /// Memory for names: of entries of folders that are being listed, of folders and photos that wait.
  package var heldBytes = 256 << 20

  package init() {}
}

/// The limit that ended a walk.
package enum WalkLimit: Sendable, Equatable {
  case folders(Int)
  case entries(Int)
  case heldBytes(Int)

  /// What was too much.
  package var text: String {
    switch self {
    case .folders(let count): "more than \(count) folders"
    case .entries(let count): "more than \(count) entries in all folders"
    case .heldBytes(let count):
      count < 1 << 20
        ? "more than \(count) bytes of names at once"
        : "more than \(count >> 20) MiB of names at once"
    }
  }

  /// For people: what was reached, what that means, and what to do.
  package func note(unlisted: Int) -> String {
    let folders =
      switch unlisted {
      case 0: "the rest"
      case 1: "1 waiting folder and the rest"
      default: "\(unlisted) waiting folders and the rest"
      }
    return "limit of a sync reached: \(text); \(folders) not listed, no row of them is removed; "
      + "if the site is that large, add its folders as sites of their own"
  }
}

/// Counts against ``WalkLimits``. The costs are what 64-bit Swift takes for a name in the collections
/// of the source and its visitor, measured and rounded up, not the length of the name alone.
struct WalkBudget {
  let limits: WalkLimits
  private(set) var folders = 0
  private(set) var entries = 0
  private(set) var heldBytes = 0
  /// The first limit that was reached; stays.
  private(set) var reached: WalkLimit?

  init(_ limits: WalkLimits) { self.limits = limits }

  /// Of an entry of a folder that is being listed: its place among the names seen, and what the
  /// visitor keeps of it until the folder's end.
  static func cost(name: [UInt8]) -> Int { name.count + 160 }
  /// Of a folder that waits to be opened.
  static func cost(path: [UInt8]) -> Int { path.count + 96 }
  /// Of an LSTAT on its way.
  static func cost(question path: [UInt8]) -> Int { 2 * path.count + 160 }
  /// Of a photo that waits to be read.
  static let job = 512

  /// Room for more folders beside those that are being listed.
  var isRoomy: Bool { heldBytes < limits.heldBytes / 2 }

  /// - Returns: false when a limit is reached, now or before.
  mutating func take(entries count: Int) -> Bool {
    guard reached == nil else { return false }
    entries += count
    if entries > limits.entries { reached = .entries(limits.entries) }
    return reached == nil
  }

  /// - Returns: false when a limit is reached, now or before.
  mutating func takeFolder() -> Bool {
    guard reached == nil else { return false }
    folders += 1
    if folders > limits.folders { reached = .folders(limits.folders) }
    return reached == nil
  }

  /// A thread that lists a folder has met the limit of memory.
  mutating func exceedMemory() {
    if reached == nil { reached = .heldBytes(limits.heldBytes) }
  }

  /// - Parameter others: bytes held beside, which nobody counts one by one.
  mutating func hold(_ bytes: Int, beside others: Int = 0) {
    heldBytes += bytes
    if heldBytes + others > limits.heldBytes, reached == nil {
      reached = .heldBytes(limits.heldBytes)
    }
  }

  mutating func release(_ bytes: Int) { heldBytes = max(0, heldBytes - bytes) }
}
