/// What a container's walk sees of its file: the bytes that have arrived, what was found so far, and
/// a byte budget, so that a hostile file cannot make it ask for ever.
///
/// Each requested range is counted once, with its read-ahead, whether or not its bytes have arrived:
/// where the walk stops depends on the file alone.
struct FileWindow: Sendable {
  /// With the hint (32 KiB), predictions and one kilobyte for small things this stays within the
  /// 256 KiB of one photo.
  static let budget: Int64 = 262_144 - 32_768 - maxPredicted - 1024
  static let maxPredicted: Int64 = 32_768
  /// Each look may cost a round trip, however few bytes it is for.
  static let maxLooks = 1024
  /// Stands for the end of a file whose size is not known.
  static let farthest = Int64.max / 4

  private let rules: WalkRules

  private(set) var held = HeldBytes(end: nil)
  private(set) var wanted: [Range<Int64>] = []

  // What was found so far.

  /// A usable position is known already.
  var hasPosition = false
  var hasExif = false
  var hasXmp = false
  private var hasDroneMake = false
  /// A packet announces that it goes on elsewhere, and there is no position yet.
  var expectsMoreXmp = false
  var pictures: Pictures

  struct Pictures: Sendable {
    /// What the format's own structures say.
    var found = PictureValues()
    /// Exif or the format's header states the size of the picture.
    var hasSize = false
    /// The caller wants the place of the preview, at the cost of further flights.
    let isPreviewWanted: Bool
  }
  /// Bytes that mattered of the Exif blocks so far.
  private(set) var exifBytes: Int64 = 0

  // The budget.

  private var spent: Int64 = 0
  private var predicted: Int64 = 0
  private var looks: [Range<Int64>] = []
  private var lookCount = 0
  /// The walk wanted more than there is room for.
  private(set) var isExhausted = false

  // What the next photo of the folder is likely to need.

  /// Set by formats of segments.
  var behind: Behind

  struct Behind: Sendable {
    /// Right behind the first Exif block, where XMP usually stands.
    var exif: Int64?
    /// Bytes to ask for there.
    let bytes: Int64
    /// Right behind the packet that was found last.
    var packet: Int64?
  }
  /// The bytes that mattered.
  private(set) var used: [Range<Int64>] = [0..<FileKind.bytesNeeded]
  /// How many bytes mattered of the segment at ``Behind/exif``.
  private(set) var usedBehindExif: Int64?

  init(_ rules: WalkRules, bytesBehindExif: Int64, seeksPreview: Bool) {
    self.rules = rules
    pictures = Pictures(isPreviewWanted: seeksPreview)
    behind = Behind(bytes: min(max(bytesBehindExif, JpegFile.headerBytes), 16_384))
  }

  /// Exif names a maker of drones, whose XMP says more than Exif.
  var isOfDrone: Bool { hasDroneMake }

  mutating func note(make: String?) {
    hasDroneMake = hasDroneMake || DroneMakers.include(make)
  }

  var end: Int64 { held.end ?? Self.farthest }

  /// What is left of the budget.
  var room: Int64 { rules.budget - spent }

  /// Begins a step of the walk with the bytes that have arrived.
  mutating func open(_ held: HeldBytes) {
    self.held = held
    wanted.removeAll(keepingCapacity: true)
  }

  /// Lets go of the bytes, so that more can be added to them without a copy.
  mutating func close() { held = HeldBytes(end: nil) }

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

  /// Asks for bytes without a charge: for walks that reserve what they look at.
  mutating func want(_ range: Range<Int64>) { wanted.append(range) }

  /// Sets `size` bytes aside for reading that is done elsewhere.
  /// - Returns: how many of them there are.
  mutating func reserve(_ size: Int64) -> Int64 {
    let granted = min(max(0, size), max(0, room))
    spent += granted
    return granted
  }

  /// Asks for bytes that are likely to be looked at next, as long as there is room for guesses.
  mutating func predict(_ range: Range<Int64>) {
    let size = range.upperBound - range.lowerBound
    guard predicted + size <= Self.maxPredicted, range.upperBound <= end else { return }
    predicted += size
    wanted.append(range)
  }

  /// Notes bytes that mattered.
  /// - Parameter segment: where the segment begins that they are of.
  mutating func use(_ range: Range<Int64>, segment: Int64? = nil) {
    guard rules.hasSteadyLayout else { return }
    used.append(range)
    if let segment, segment == behind.exif { usedBehindExif = range.upperBound - segment }
  }

  /// Notes the bytes that mattered of an Exif block.
  mutating func use(exif ranges: [Range<Int64>]) {
    for range in ranges { exifBytes += range.upperBound - range.lowerBound }
    if rules.hasSteadyLayout { used += ranges }
  }

  /// A walk looks at no more than three ranges before it goes on, so that the last ones suffice to
  /// know a look that is repeated after waiting.
  private mutating func charge(_ look: Range<Int64>, counts: Bool) -> Bool {
    for known in looks.suffix(8)
    where known.lowerBound <= look.lowerBound && look.upperBound <= known.upperBound {
      return true
    }
    let size = look.upperBound - look.lowerBound
    if counts { lookCount += 1 }
    guard spent + size <= rules.budget, lookCount <= Self.maxLooks else {
      isExhausted = true
      return false
    }
    spent += size
    if looks.count >= 64 { looks.removeFirst(32) }
    looks.append(look)
    return true
  }
}
