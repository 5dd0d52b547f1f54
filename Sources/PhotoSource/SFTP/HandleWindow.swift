/// How many handles one connection may have open, or be opening, at once. Servers seldom say how many they
/// grant, so the window grows while opens succeed, and shrinks at a refusal.
struct HandleWindow: Equatable {
  private(set) var size: Int
  /// The window grows no further.
  private(set) var limit: Int
  /// The server stated how many handles it grants.
  private(set) var isStated = false
  /// The most handles that were open or being opened at once.
  private(set) var peak = 0
  /// So many were, until as many came to their end: the server bears them.
  private(set) var proven = 0
  private var doneSincePeak = 0
  /// Both before the first refusal lowered them.
  private var before: Before?

  private struct Before: Equatable {
    var size: Int
    var limit: Int
  }

  init(size: Int = 64, limit: Int = 256) {
    self.size = size
    self.limit = limit
  }

  /// The server stated how many handles it grants; some stay in reserve.
  mutating func serverStates(handles: UInt64) {
    limit = max(1, min(Int(min(handles, 100_000)) - 16, 1_000))
    size = limit
    isStated = true
  }

  /// An OPEN is sent while `beside` handles are open or being opened.
  mutating func opening(beside: Int) {
    guard beside >= peak else { return }
    peak = beside + 1
    doneSincePeak = 0
  }

  /// A file or folder came to its end.
  mutating func finished() {
    doneSincePeak += 1
    if doneSincePeak >= peak { proven = max(proven, peak) }
  }

  /// For good: a connection ended, or a handle became invalid, among more.
  mutating func lower(to limit: Int) {
    self.limit = min(self.limit, max(1, limit))
    size = min(size, self.limit)
    before = nil
    peak = 0
    doneSincePeak = 0
  }

  /// An OPEN succeeded: without stated limits the window doubles per round trip.
  mutating func opened() {
    if size < limit { size += 1 }
  }

  /// Lowers the window to the number of handles that were open or being opened when the refused one was
  /// asked for: those that the server granted may be closed again by the time the refusal arrives. What
  /// is refused again, among fewer, has a reason of its own: the window was not to blame. Among as many, it
  /// may have met the window of another connection that was not lowered yet.
  /// - Returns: whether to try again beside others, or else alone and last.
  mutating func refused(_ opening: Opening, _ refusals: Refusals) -> Bool {
    if let fewest = refusals.fewestBeside, opening.beside < fewest {
      restore()
      return false
    }
    if opening.beside < size {
      before = before ?? Before(size: size, limit: limit)
      size = max(1, opening.beside)
      limit = min(limit, size)
    }
    return refusals.count < Refusals.most
  }

  /// Back to what it was before a refusal that had another reason.
  mutating func restore() {
    if let before { (size, limit) = (before.size, before.limit) }
    before = nil
  }
}
