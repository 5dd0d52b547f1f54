// What a pool has learned of its server.
extension ConnectionPool {
  // MARK: Hidden limits

  /// A handle turned out to be invalid although the server had granted it.
  /// - Returns: false when the number of handles is not to blame.
  func noteInvalidHandle(
    _ opening: Opening, on connection: PooledConnection, note: (String) -> Void
  ) -> Bool {
    // The window was lowered since.
    if opening.beside >= connection.windowSize { return true }
    guard let limit = habits.lowerLimit(after: connection.window) else { return false }
    lowerWindows(to: limit, note: note)
    return true
  }

  func lowerWindows(to limit: Int, note: (String) -> Void) {
    for connection in connections { connection.lowerWindow(to: limit) }
    note("opening \(limit) files at a time from now on")
  }

  /// A file turned out to break connections.
  func liftHandleLimit() { habits.liftLimit() }

  // MARK: Closing

  /// CLOSE may follow READs in the same flight.
  var mayCloseAhead: Bool { habits.closesAhead }

  func forbidClosingAhead() { habits.closesAhead = false }
}
