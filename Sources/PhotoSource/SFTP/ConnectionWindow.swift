// How many handles a connection may have open.
extension PooledConnection {
  /// How many handles may be open or being opened at once.
  var windowSize: Int { window.size }

  /// An OPEN succeeded.
  func widenWindow() { window.opened() }

  /// - Returns: whether to try again beside others, or else alone and last.
  func refused(_ opening: Opening, _ refusals: Refusals) -> Bool {
    window.refused(opening, refusals)
  }

  /// A refusal had another reason than the number of handles.
  func restoreWindow() { window.restore() }

  /// The server does not bear more handles at once.
  func lowerWindow(to limit: Int) { window.lower(to: limit) }
}
