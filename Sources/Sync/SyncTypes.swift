import Platform
package import PhotoIndex
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
  /// Reads the embedded thumbnail of each photo that is read, and gets its bytes, which nobody has looked at; nil: none is
  /// read. Called on the sync's own thread.
  package var takeThumbnail: (@Sendable (PathBytes, ListedFile, [UInt8]) -> Void)?
  /// Polled several times a second; true ends the sync early with what is done kept.
  package var isCancelled: @Sendable () -> Bool = { false }
  package init() {}
}

/// What happens, for progress displays; sent from the sync's own thread.
package enum SyncEvent: Sendable {
  case progress(SyncProgress)
  /// A remark for the user: a retry, a folder that could not be listed.
  case note(String)
  /// A photo that could not be read or understood, reported once: its path below the root.
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
    case .transport, .serverError:
      "sync again; if it fails again, with fewer requests at once, such as --in-flight 64"
    }
  }
}

/// How far a running sync is.
package struct SyncProgress: Sendable, Equatable {
  package enum Phase: String, Sendable, CaseIterable {
    /// The connection is being made.
    case connecting
    /// Folders are still being listed, and photos read meanwhile: `listed` grows.
    case listing
    /// All folders are listed.
    case reading
    /// What is left is written to the index.
    case finishing
  }
  package var phase = Phase.connecting
  /// What the connection waits for, while connecting.
  package var stage: String?
  /// The folder of the last photo, below the site's root.
  package var folder = PathBytes.empty
  /// Photos that the last sync left in the index; 0 for a new site.
  package var expected = 0
  /// Connections that carry work now.
  package var connections = 0
  package var counters = SyncCounters()
  package init() {}
}

/// The result of one site's sync, with all ``SyncCounters``.
@dynamicMemberLookup
package struct SyncSummary: Sendable, Equatable {
  package var counters = SyncCounters()
  package var statistics = SourceStatistics()
  package var seconds = 0.0
  /// The user ended it early.
  package var cancelled = false

  package init() {}

  package subscript<Value>(dynamicMember counter: KeyPath<SyncCounters, Value>) -> Value {
    counters[keyPath: counter]
  }

  package subscript<Value>(dynamicMember counter: WritableKeyPath<SyncCounters, Value>) -> Value {
    get { counters[keyPath: counter] }
    set { counters[keyPath: counter] = newValue }
  }

  /// Every folder was listed to its end, and nothing was kept from being removed. A few files that
  /// go away meanwhile are normal; more are a folder or a disk that left.
  package var isComplete: Bool {
    counters.incompleteFolders == 0 && counters.kept == 0 && counters.missingWhenRead <= 20
      && !cancelled
  }

  /// What the index keeps of it.
  package var stored: SiteSummary {
    var stored = SiteSummary(
      finishedAt: SystemClock.wall() * 1000, complete: isComplete, seconds: seconds,
      roundTripMilliseconds: statistics.roundTripMilliseconds, connections: statistics.connections)
    stored.counters = counters
    return stored
  }
}
