/// What a container's walk sees of its file: the bytes that have arrived, and a ledger of what it
/// has looked at, so that a hostile file cannot make it ask for ever.
///
/// Every look is charged once, with all that would be asked for it, whether or not it had arrived
/// already: where the walk stops depends on the file alone.
struct FileWindow: Sendable {
  /// With the hint (32 KiB), predictions and one kilobyte for small things this stays within the
  /// 256 KiB of one photo.
  static let budget: Int64 = 262_144 - 32_768 - maxPredicted - 1024
  static let maxPredicted: Int64 = 32_768
  /// Each look may cost a round trip, however few bytes it is for.
  static let maxLooks = 1024
  /// Stands for the end of a file whose size is not known.
  static let farthest = Int64.max / 4

  struct Ledger: Sendable {
    fileprivate var spent: Int64 = 0
    fileprivate var predicted: Int64 = 0
    fileprivate var looks: [Range<Int64>] = []
    fileprivate var lookCount = 0
    /// The walk wanted more than there is room for.
    fileprivate(set) var isExhausted = false
  }

  let held: HeldBytes
  /// A usable position is known already.
  let hasPosition: Bool
  private(set) var ledger: Ledger
  private(set) var wanted: [Range<Int64>] = []

  init(_ held: HeldBytes, _ ledger: Ledger, hasPosition: Bool) {
    self.held = held
    self.ledger = ledger
    self.hasPosition = hasPosition
  }

  var end: Int64 { held.end ?? Self.farthest }

  /// The bytes of `range`, fewer only when the file ends before.
  /// - Parameters:
  ///   - ahead: bytes to ask for from the range's begin on, when they must be asked for.
  ///   - isForeseen: the walk asks for such ranges by the hundred, in few flights.
  /// - Returns: nil when they have not arrived (and are now asked for), or the budget is used up.
  mutating func bytes(
    _ range: Range<Int64>, ahead: Int64 = 0, isForeseen: Bool = false
  ) -> ArraySlice<UInt8>? {
    let demand = max(range.upperBound - range.lowerBound, ahead)
    let look = range.lowerBound..<(range.lowerBound + demand)
    guard charge(look, counts: !isForeseen) else { return nil }
    if let bytes = held.bytes(range) { return bytes }
    wanted.append(look)
    return nil
  }

  /// Sets `size` bytes aside for reading that is done elsewhere.
  /// - Returns: how many of them there are.
  mutating func reserve(_ size: Int64) -> Int64 {
    let granted = min(max(0, size), Self.budget - ledger.spent)
    ledger.spent += granted
    return granted
  }

  /// Asks for bytes that are likely to be looked at next, as long as there is room for guesses.
  mutating func predict(_ range: Range<Int64>) {
    let size = range.upperBound - range.lowerBound
    guard ledger.predicted + size <= Self.maxPredicted, range.upperBound <= end else { return }
    ledger.predicted += size
    wanted.append(range)
  }

  /// A walk looks at no more than three ranges before it goes on, so that the last ones suffice to
  /// know a look that is repeated after waiting.
  private mutating func charge(_ look: Range<Int64>, counts: Bool) -> Bool {
    for known in ledger.looks.suffix(8)
    where known.lowerBound <= look.lowerBound && look.upperBound <= known.upperBound {
      return true
    }
    let size = look.upperBound - look.lowerBound
    if counts { ledger.lookCount += 1 }
    guard ledger.spent + size <= Self.budget, ledger.lookCount <= Self.maxLooks else {
      ledger.isExhausted = true
      return false
    }
    ledger.spent += size
    if ledger.looks.count >= 64 { ledger.looks.removeFirst(32) }
    ledger.looks.append(look)
    return true
  }
}
