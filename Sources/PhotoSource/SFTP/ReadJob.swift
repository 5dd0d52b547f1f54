import PhotoModel
import SFTP

/// A file of a listing with the access time the listing showed.
struct HeldFile {
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
  /// Times it changed while it was read.
  var changes = 0
}

/// A file that is open or being opened on one connection.
final class FileTask {
  var job: ReadJob
  let reader: any FileReader
  var sent = Lane.Opening()
  var handle: Handle?
  /// Foretold, not yet granted, and the requests already sent on it.
  var guess: Handle?
  var guessed: [RequestID] = []
  var parts: [Part] = []
  var outstanding = 0
  var after: FileAttributes?
  var failure: (Failure, String)?
  var readsDone = false

  init(job: ReadJob, reader: any FileReader) {
    self.job = job
    self.reader = reader
  }

  /// One range the reader asked for, in pieces of at most the server's read length.
  struct Part {
    let range: Range<Int64>
    var pieces: [(offset: Int64, bytes: [UInt8])] = []
    /// The file ends here, as far as this part saw.
    var end: Int64?
    var open = 0

    init(_ range: Range<Int64>) { self.range = range }

    /// All bytes from the range's start without a gap.
    func bytes() -> [UInt8] {
      if pieces.count == 1, let only = pieces.first, only.offset == range.lowerBound {
        return only.bytes
      }
      var out: [UInt8] = []
      for piece in pieces.sorted(by: { $0.offset < $1.offset }) {
        guard piece.offset == range.lowerBound + Int64(out.count) else { break }
        out.append(contentsOf: piece.bytes)
      }
      return out
    }
  }
}
