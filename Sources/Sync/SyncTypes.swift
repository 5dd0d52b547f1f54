import PhotoIndex
package import PhotoModel
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
  /// A photo that could not be read or understood, told once: its path below the root.
  case photoFailed(String, Failure, detail: String)
}

extension Failure {
  /// What is wrong with the bytes, for failures that come from reading them.
  var remark: String {
    switch self {
    case .damaged: "empty or cut, or its structure contradicts itself"
    case .notAnImage: "the content is no image, whatever the name says"
    default: "could not be read"
    }
  }

  /// What a person can do about it.
  package var advice: String {
    switch self {
    case .damaged: "copy it again from the card; the next sync reads it again"
    case .notAnImage: "rename or remove it; the next sync looks again"
    case .unreadable: "give the account the right to read it"
    case .vanished: "nothing: it is gone"
    case .changing: "sync again when nothing writes to it"
    case .transport, .serverError: "sync again; if it stays, look at the server's log"
    }
  }
}

package struct SyncProgress: Sendable, Equatable {
  package enum Phase: String, Sendable, CaseIterable {
    /// The server is being reached.
    case connecting
    /// Folders are still being listed, and photos read meanwhile: `listed` grows.
    case listing
    /// All folders are listed.
    case reading
    /// What is left is written to the index.
    case finishing
  }
  package var phase = Phase.connecting
  /// What is waited for while connecting.
  package var stage: String?
  /// The folder of the last photo, below the site's root.
  package var folder = PathBytes.empty
  /// Photos that the last sync left in the index; 0 for a new site.
  package var expected = 0
  package var connections = 0
  package var foldersListed = 0
  /// Shown by listings so far, the root among them.
  package var foldersFound = 0
  package var listed = 0
  package var new = 0
  package var changed = 0
  package var unchanged = 0
  package var moved = 0
  /// Photos that are to be read, of those listed.
  package var toRead = 0
  /// `located + withoutPosition + failed`, and those that went away meanwhile: read in this run.
  package var done = 0
  package var located = 0
  package var withoutPosition = 0
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
  /// Rows kept though their files went away while they were to be read: only a listing that comes to
  /// its end without a photo proves it gone, and this one's showed it.
  package var keptUnproved = 0
  /// Files listed and then missing when they were to be opened, with a row or without.
  package var missingWhenRead = 0
  /// Photos that could not be read this time and keep the row of an earlier reading.
  package var keptUnread = 0
  /// Ended by the user before the end.
  package var cancelled = false
  /// Photos that the next sync reads again since their time is too young to be trusted.
  package var racy = 0

  package init() {}

  /// Every folder was listed to its end, and nothing was kept from being removed. A few files that
  /// go away meanwhile are everyday life; more are a folder or a disk that left.
  package var isComplete: Bool {
    incompleteFolders == 0 && keptByGuard == 0 && missingWhenRead <= 20 && !cancelled
  }
}
