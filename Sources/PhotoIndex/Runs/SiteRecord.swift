public import PhotoModel

/// A site: a photo tree, how to reach it, and how its last sync went.
public struct SiteRecord: Sendable, Equatable {
  /// The index's own number; 0 before the site is stored.
  public var id: Int64
  /// Unique, never empty.
  public var name: String
  /// As the user gave it: `sftp://user@host:port/path`, `user@host:path` or a folder.
  public var location: String
  public var settings: SiteSettings
  public var lastSync: SiteSummary?

  public init(
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
public struct SiteSettings: Sendable, Equatable {
  /// File of the private key.
  public var identity: String?
  /// File of known host keys.
  public var knownHosts: String?
  /// `auto`, `libssh2` or `ssh`.
  public var transport: String?
  /// `auto`: the versions with which only the ssh program reached the site. The index keeps it in place of the transport.
  public var needsSSHProgram: String?
  public var timeoutSeconds: Double?
  public var connections: Int?
  /// Requests under way at once.
  public var inFlight: Int?
  /// Unknown host keys are taken without asking.
  public var acceptNew: Bool?
  /// false: never compress; true: on long links whatever the ssh configuration says. Not kept in the index.
  public var compression: Bool?
  /// Patterns of files and folders that a sync leaves out; empty: none, whatever another origin says.
  public var exclude: [String]?
  /// Extensions that a sync lists beside those that are read, without the dot; empty: none.
  public var includedExtensions: [String]?

  public init(
    identity: String? = nil, knownHosts: String? = nil, transport: String? = nil,
    timeoutSeconds: Double? = nil, connections: Int? = nil, inFlight: Int? = nil,
    acceptNew: Bool? = nil, compression: Bool? = nil, needsSSHProgram: String? = nil,
    exclude: [String]? = nil, includedExtensions: [String]? = nil
  ) {
    self.identity = identity
    self.knownHosts = knownHosts
    self.transport = transport
    self.timeoutSeconds = timeoutSeconds
    self.connections = connections
    self.inFlight = inFlight
    self.acceptNew = acceptNew
    self.compression = compression
    self.needsSSHProgram = needsSSHProgram
    self.exclude = exclude
    self.includedExtensions = includedExtensions
  }

  /// A list as one text: with commas, which no item has.
  package static func text(_ list: [String]) -> String { list.joined(separator: ",") }

  /// The list of such a text; blanks around the items do not count.
  package static func list(_ text: String) -> [String] {
    text.split(separator: ",").map { item in
      var item = item.drop { $0 == " " }
      while item.last == " " { item.removeLast() }
      return String(item)
    }.filter { !$0.isEmpty }
  }
}

extension SiteSettings {
  private static let needsPrefix = "auto ssh "

  /// Both fields of the transport in the one column that the index has for them.
  var transportText: String? {
    get {
      guard let needsSSHProgram, transport == nil || transport == "auto" else { return transport }
      return Self.needsPrefix + needsSSHProgram
    }
    set {
      needsSSHProgram = nil
      transport = newValue
      guard let newValue, newValue.hasPrefix(Self.needsPrefix) else { return }
      needsSSHProgram = String(newValue.dropFirst(Self.needsPrefix.count))
      transport = nil
    }
  }
}

/// How a sync went, with its ``SyncCounters``: `summary.listed` is `summary.counters.listed`.
@dynamicMemberLookup
public struct SiteSummary: Sendable, Equatable {
  /// Milliseconds since 1970 UTC.
  public var finishedAt: Int64
  /// Every folder was listed to its end and no guard tripped.
  public var complete: Bool
  public var seconds: Double
  public var roundTripMilliseconds: Double?
  public var connections: Int?
  /// The index keeps those of the comparison, the outcomes and the traffic; others are 0 when it is read.
  public var counters = SyncCounters()

  public init(
    finishedAt: Int64, complete: Bool, seconds: Double, roundTripMilliseconds: Double? = nil,
    connections: Int? = nil
  ) {
    self.finishedAt = finishedAt
    self.complete = complete
    self.seconds = seconds
    self.roundTripMilliseconds = roundTripMilliseconds
    self.connections = connections
  }

  public subscript<Value>(dynamicMember counter: KeyPath<SyncCounters, Value>) -> Value {
    counters[keyPath: counter]
  }

  public subscript<Value>(dynamicMember counter: WritableKeyPath<SyncCounters, Value>) -> Value {
    get { counters[keyPath: counter] }
    set { counters[keyPath: counter] = newValue }
  }
}

/// A site and what the index holds of it now.
public struct SiteStatus: Sendable, Equatable {
  public var site: SiteRecord
  public var folders: Int
  /// `located + withoutPosition + failed`.
  public var photos: Int
  public var located: Int
  public var withoutPosition: Int
  public var failed: Int
  /// Of the photos without position and the failed ones, by reason.
  public var reasons: [String: Int]
  /// Of all photos: rows that the deletion guard keeps though their files are gone.
  public var kept = 0
}
