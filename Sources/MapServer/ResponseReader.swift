import PhotoIndex

extension IndexReader {
  /// A reader for one response. Opening it takes a fraction of a millisecond, and it always reads the current index file.
  ///
  /// - Parameters:
  ///   - stop: ends queries with .interrupted; set when the client disconnects.
  ///   - time: a deadline with the same effect; nil for responses whose time depends on how fast the client reads.
  static func forResponse(
    _ path: String, until stop: StopFlag, within time: Duration? = nil
  ) throws(IndexError) -> IndexReader {
    let reader = try IndexReader(path: path)
    // Each page is read once, and many responses run in parallel.
    try reader.limitCache(kibibytes: 512)
    let end = time.map { ContinuousClock.now + $0 }
    reader.setStop { stop.isSet || end.map { ContinuousClock.now > $0 } ?? false }
    return reader
  }
}
