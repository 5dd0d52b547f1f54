import PhotoIndex
import PhotoModel
package import PhotoSource

/// What a sync is asked to do.
package struct SyncOptions: Sendable {
  package var source = SourceOptions()
  /// Read every photo again, also the unchanged ones.
  package var full = false
  /// List and compare only: no photo is opened, nothing is written.
  package var dryRun = false
  package var allowMassDelete = false
  /// Polled several times a second; true ends the sync early with what is done kept.
  package var isCancelled: @Sendable () -> Bool = { false }
  package init() {}
}

/// What happens, for progress displays; sent from the sync's own thread.
package enum SyncEvent: Sendable {
  case progress(SyncProgress)
  /// Something a person may want to know: a retry, a folder that could not be listed.
  case note(String)
}

package struct SyncProgress: Sendable, Equatable {
  package var foldersListed = 0
  package var listed = 0
  package var toRead = 0
  package var done = 0
  package var failed = 0
  package var bytesReceived = 0
  package init() {}
}

/// The result of one site's sync. Counters are of this run; located, without position and failed
/// state how the site's photos stand after it.
package struct SyncSummary: Sendable, Equatable {
  package var site = ""
  /// `unchanged + new + changed + moved`.
  package var listed = 0
  package var unchanged = 0
  package var new = 0
  package var changed = 0
  package var moved = 0
  package var removed = 0
  package var located = 0
  package var withoutPosition = 0
  package var failed = 0
  /// Of photos without position and failed ones: reason to count.
  package var reasons: [String: Int] = [:]
  package var statistics = SourceStatistics()
  package var seconds = 0.0
  /// Folders not listed to their end; nothing was removed from them.
  package var incompleteFolders = 0
  /// Vanished photos whose rows the deletion guard kept.
  package var keptByGuard = 0
  /// Ended by the user before the end.
  package var cancelled = false
  /// Photos that the next sync reads again since their time is too young to be trusted.
  package var racy = 0

  package init() {}

  /// Everything was listed and read.
  package var isComplete: Bool {
    incompleteFolders == 0 && keptByGuard == 0 && failed == 0 && !cancelled
  }
}
