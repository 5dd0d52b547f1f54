import Platform
import PhotoIndex
import PhotoModel

/// Collects the changes of a walk by folder and passes them to the writer in batches. A dry run has no
/// writer, and collects nothing.
final class ChangeQueue {
  private static let mostRows = 500
  /// Seconds until a committed row is at most this old.
  private static let mostSeconds = 0.25

  private let site: Int64
  private let writer: WriterQueue?
  private var pending: [PathBytes: FolderChanges] = [:]
  private var rows = 0
  private var lastFlush = SystemClock.now()

  init(site: Int64, writer: WriterQueue?) {
    self.site = site
    self.writer = writer
  }

  /// The writer has failed; what is passed to it is dropped.
  var isBroken: Bool { writer?.error != nil }

  func change(_ folder: PathBytes, _ body: (inout FolderChanges) -> Void) {
    guard writer != nil else { return }
    body(&pending[folder, default: FolderChanges(site: site, folder: folder)])
    rows += 1
    if rows >= Self.mostRows { flush() }
  }

  /// Waits when the writer is more than a few batches behind.
  func flush() {
    lastFlush = SystemClock.now()
    guard rows > 0 else { return }
    writer?.append(Array(pending.values))
    pending.removeAll(keepingCapacity: true)
    rows = 0
  }

  /// Called often; commits at least four times a second.
  func flushIfDue() {
    if SystemClock.now() - lastFlush > Self.mostSeconds { flush() }
  }

  /// Lets the writer do something for this site once all changes so far are written.
  func later(_ job: @escaping @Sendable (IndexWriter, Int64) throws(IndexError) -> Void) {
    guard let writer else { return }
    flush()
    let site = site
    writer.later { (index) throws(IndexError) in try job(index, site) }
  }
}
