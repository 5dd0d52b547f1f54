/// One place where photos lie, with how to reach it and how its last sync went.
package struct SiteRecord: Sendable, Equatable {
  /// The index's own number; 0 before the site is stored.
  package var id: Int64
  /// Unique, never empty.
  package var name: String
  /// As the user gave it: `sftp://user@host:port/path`, `user@host:path` or a folder.
  package var location: String
  package var settings: SiteSettings
  package var lastSync: SiteSummary?

  package init(
    id: Int64 = 0, name: String, location: String, settings: SiteSettings = SiteSettings(),
    lastSync: SiteSummary? = nil
  ) {
    self.id = id
    self.name = name
    self.location = location
    self.settings = settings
    self.lastSync = lastSync
  }
}

/// What `site add` keeps for later syncs; nil means "the default of the program that syncs".
package struct SiteSettings: Sendable, Equatable {
  /// File of the private key.
  package var identity: String?
  /// File of known host keys.
  package var knownHosts: String?
  /// `libssh2` or `ssh`.
  package var transport: String?
  package var timeoutSeconds: Double?
  package var connections: Int?
  /// Requests under way at once.
  package var inFlight: Int?
  /// Unknown host keys are taken without asking.
  package var acceptNew: Bool?

  package init(
    identity: String? = nil, knownHosts: String? = nil, transport: String? = nil,
    timeoutSeconds: Double? = nil, connections: Int? = nil, inFlight: Int? = nil,
    acceptNew: Bool? = nil
  ) {
    self.identity = identity
    self.knownHosts = knownHosts
    self.transport = transport
    self.timeoutSeconds = timeoutSeconds
    self.connections = connections
    self.inFlight = inFlight
    self.acceptNew = acceptNew
  }
}

/// How a sync went. Counts are numbers of photos of that run.
package struct SiteSummary: Sendable, Equatable {
  /// Milliseconds since 1970 UTC.
  package var finishedAt: Int64
  /// Every folder was listed to its end and no guard tripped.
  package var complete: Bool
  package var seconds: Double
  package var roundTripMilliseconds: Double?
  package var connections: Int?
  /// `unchanged + new + changed + moved`.
  package var listed = 0
  package var new = 0
  package var changed = 0
  package var moved = 0
  package var removed = 0
  package var located = 0
  package var withoutPosition = 0
  package var failed = 0
  /// Of the photos without position and the failed ones; keys are the raw values of
  /// `NoPosition` and `Failure`.
  package var reasons: [String: Int] = [:]
  package var filesOpened = 0
  package var dataRequests = 0
  package var bytesReceived: Int64 = 0
  package var bytesSent: Int64 = 0

  package var unchanged: Int { listed - new - changed - moved }

  package init(
    finishedAt: Int64, complete: Bool, seconds: Double, roundTripMilliseconds: Double? = nil,
    connections: Int? = nil
  ) {
    self.finishedAt = finishedAt
    self.complete = complete
    self.seconds = seconds
    self.roundTripMilliseconds = roundTripMilliseconds
    self.connections = connections
  }
}

/// A site and what the index holds of it now.
package struct SiteStatus: Sendable, Equatable {
  package var site: SiteRecord
  package var folders: Int
  /// `located + withoutPosition + failed`.
  package var photos: Int
  package var located: Int
  package var withoutPosition: Int
  package var failed: Int
  /// Of the photos without position and the failed ones, by reason.
  package var reasons: [String: Int]
}
