import PhotoIndex

extension IndexReader {
  /// A reader for one answer: it opens in a fraction of a millisecond, and an index that was replaced meanwhile is the
  /// one that is asked.
  ///
  /// - Parameters:
  ///   - stop: ends the answer with .interrupted; set when the client leaves.
  ///   - time: ends it, too. Nil for answers whose time depends on how fast the client takes them.
  static func forAnswer(
    _ path: String, until stop: StopFlag, within time: Duration? = nil
  ) throws(IndexError) -> IndexReader {
    let reader = try IndexReader(path: path)
    // Each page is wanted once, and many answers are under way at once.
    try reader.limitCache(kibibytes: 512)
    let end = time.map { ContinuousClock.now + $0 }
    reader.setStop { stop.isSet || end.map { ContinuousClock.now > $0 } ?? false }
    return reader
  }
}
