import Platform
import PhotoIndex
import PhotoModel

/// Collects the changes of a walk by folder and passes them to the writer in batches. A dry run has no
/// writer, and collects nothing.
final class ChangeQueue {
  /// Of one batch. Larger ones write fewer pages twice; some wait for the writer.
  private static let mostBytes = 1 << 20
  /// Seconds until a committed row is at most this old.
  private static let mostSeconds = 0.25

  private let site: Int64
  private let writer: WriterQueue?
  private var pending = FolderTable<FolderChanges>()
  /// That the pending changes take in memory, about.
  private var bytes = 0
  private var lastFlush = SystemClock.now()

  init(site: Int64, writer: WriterQueue?) {
    self.site = site
    self.writer = writer
  }

  /// The writer has failed; what is passed to it is dropped.
  var isBroken: Bool { writer?.error != nil }

  /// - Parameter bytes: that the change takes in memory, about.
  func change(
    _ folder: PathBytes, bytes: Int = 64, _ body: (inout FolderChanges) -> Void
  ) {
    guard writer != nil else { return }
    body(&pending[folder, default: FolderChanges(site: site, folder: folder)])
    self.bytes += bytes
    if self.bytes >= Self.mostBytes { flush() }
  }

  /// Waits when the writer is more than a few batches behind.
  func flush() {
    lastFlush = SystemClock.now()
    guard bytes > 0 else { return }
    writer?.append(pending.values)
    pending.removeAll()
    bytes = 0
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
