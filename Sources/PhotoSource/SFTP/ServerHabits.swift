/// What a walk has learned of its server; all its connections, and the next walk's, go by it.
struct ServerHabits {
  /// It is OpenSSH's sftp-server, by its VERSION message; nil until one was seen.
  var isOpenSSH: Bool?
  /// False once it turned out to number its handles in another way.
  var predictsHandles = true
  /// False once it closed a file before it had answered the READs before the CLOSE, or answered them in part.
  var closesAhead = true
  /// Handles at once at most, after a connection ended with more.
  private(set) var handleLimit: Int?
  /// So many handles at once a connection has had for long enough.
  private(set) var provenHandles = 0

  /// The window is not lowered further: a server that cannot bear so many is not known, and what breaks
  /// connections then is something else.
  private static let fewestHandles = 16

  mutating func learn(from window: HandleWindow) {
    provenHandles = max(provenHandles, window.proven)
  }

  /// A connection ended while more handles were open than ever before, on a server that states no
  /// limit: from now on there are half as many.
  /// - Returns: the new limit; nil when the number of handles is not to blame.
  mutating func lowerLimit(after window: HandleWindow) -> Int? {
    learn(from: window)
    guard !window.isStated, window.peak > provenHandles,
      window.peak / 2 >= Self.fewestHandles, window.peak / 2 < handleLimit ?? .max
    else { return nil }
    handleLimit = window.peak / 2
    return handleLimit
  }

  /// A file turned out to break connections: the number of handles was not to blame.
  mutating func liftLimit() { handleLimit = nil }
}
