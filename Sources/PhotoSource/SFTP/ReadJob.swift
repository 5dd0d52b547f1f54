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
  /// Times the server refused to open it while others were open.
  var refusals = 0
  /// It is read while nothing else is.
  var isIsolated = false
  /// Times it changed while it was read.
  var changes = 0
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
