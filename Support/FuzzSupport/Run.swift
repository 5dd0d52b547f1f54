package import PhotoMetadata
package import PhotoModel

/// One reader's run over a file that is in memory.
package struct Run {
  package var record: PhotoRecord
  package var reader: MetadataReader
  package var flights = 0
  package var ranges: [Range<Int64>] = []

  /// - Parameters:
  ///   - size: how long the file is; bytes behind `file` are zero.
  ///   - tellSize: whether the listing states the size.
  ///   - shuffle: reorders the answers of one flight.
  package init(
    _ file: [UInt8], size: Int64? = nil, tellSize: Bool = true, hint: ReadHint = .initial,
    shuffle: ([Range<Int64>]) -> [Range<Int64>] = { $0 }
  ) {
    let size = size ?? Int64(file.count)
    var reader = MetadataReader(fileSize: tellSize ? size : nil, hint: hint)
    var flights = 0
    var ranges = [Range<Int64>]()
    while true {
      switch reader.next() {
      case .done(let record):
        self.record = record
        self.reader = reader
        self.flights = flights
        self.ranges = ranges
        return
      case .need(let needed):
        // A machine that never ends must fail, not hang.
        precondition(!needed.isEmpty && flights < 10_000, "a flight without a request")
        flights += 1
        ranges += needed
        for range in shuffle(needed) {
          reader.receive(range, Self.slice(file, size, range))
        }
      }
    }
  }

  private static func slice(_ file: [UInt8], _ size: Int64, _ range: Range<Int64>) -> [UInt8] {
    let upper = min(range.upperBound, size)
    guard range.lowerBound < upper else { return [] }
    let held = Int64(file.count)
    let from = Int(min(range.lowerBound, held))
    let to = Int(min(upper, held))
    let zeros = Int(upper - range.lowerBound) - (to - from)
    return Array(file[from..<to]) + [UInt8](repeating: 0, count: zeros)
  }
}

/// A hint that reads as much ahead as is heeded.
package let greedyHint = ReadHint(ranges: [0..<(1 << 20)], afterExif: 16_384)

extension PhotoRecord {
  /// The word for the outcome that tables use.
  package var verdict: String {
    switch outcome {
    case .located: "located"
    case .withoutPosition(let reason): reason.rawValue
    case .failed(let failure): failure.rawValue
    }
  }
}
