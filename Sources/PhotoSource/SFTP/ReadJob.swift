import PhotoModel

/// A file of a listing with the access time the listing showed.
struct HeldFile: Equatable {
  var file: ListedFile
  var accessTime: UInt32?
  var isSidecar = false
}

/// A file to be read.
struct ReadJob {
  var file: ListedFile
  var folder: PathBytes
  var accessTime: UInt32?
  /// Times its connection broke.
  var attempts = 0
  var refusals = Refusals()
  /// It is read while nothing else is.
  var isIsolated = false
  /// Times it changed while it was read.
  var changes = 0
}

/// How often the server refused to open a file or folder while others were open.
struct Refusals: Equatable {
  /// Of one file or folder beside others; then it is opened alone.
  static let most = 4

  private(set) var count = 0
  /// The fewest handles that were open or being opened on its connection.
  private(set) var fewestBeside: Int?

  mutating func note(_ opening: Opening) {
    count += 1
    fewestBeside = min(fewestBeside ?? .max, opening.beside)
  }
}

/// What was open when an OPEN or OPENDIR was sent. Its refusal comes a round trip later, when the
/// others may be closed again.
struct Opening {
  /// Counted over all connections.
  var number = 0
  /// Handles open or being opened on the same connection.
  var beside = 0
  /// No other handle on any connection.
  var isAlone = true
}
