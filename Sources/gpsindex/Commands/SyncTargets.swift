import PhotoIndex
import PhotoModel
import PhotoSource

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The sites of a sync.
struct SyncTargets {
  private(set) var targets: [SiteRecord] = []
  /// Messages to print before the sync of a site, by its name.
  private(set) var remarks: [ExactText: String] = [:]

  /// Ids of the sites that this sync added.
  private var created: Set<Int64> = []
  /// Sites of the index and of the configuration file, and those that this sync added.
  private var known: [SiteRecord]
  /// nil in a dry run, which does not even create an empty index.
  private var writer: IndexWriter?
  private let indexPath: String
  /// The value of `--index`, for commands in messages.
  private let indexOption: String?
  private let ssh: SSHOptions
  private let listing: ListingOptions?
  private let settings: Settings
  private let trust: SiteTrust

  /// - Parameter words: names of sites, or locations, which become new sites; empty for all sites. SSH options override the
  ///   stored settings for this run.
  static func resolve(
    _ words: [String], ssh: SSHOptions, listing: ListingOptions? = nil, settings: Settings,
    indexPath: String, keepsNew: Bool, indexOption: String? = nil
  ) throws -> SyncTargets {
    // Report wrong options before an index is created.
    _ = try ssh.settings()
    _ = try listing?.settings(over: SiteSettings())
    var targets = try SyncTargets(ssh, listing, settings, indexPath, keepsNew, indexOption)
    if words.isEmpty { try targets.addAll() } else { try words.forEach { try targets.add($0) } }
    // Closed before the sync opens its own: descriptors may be few.
    targets.writer = nil
    return targets
  }

  private init(
    _ ssh: SSHOptions, _ listing: ListingOptions?, _ settings: Settings, _ indexPath: String,
    _ keepsNew: Bool, _ indexOption: String?
  ) throws {
    (self.ssh, self.listing, self.settings) = (ssh, listing, settings)
    (self.indexPath, self.indexOption) = (indexPath, indexOption)
    writer = keepsNew ? try IndexWriter(path: indexPath) : nil
    var stored: [SiteRecord] = []
    if let writer {
      stored = try writer.sites()
    } else if access(indexPath, F_OK) == 0 {
      stored = try IndexReader(path: indexPath).sites()
    }
    known = settings.sites(with: stored)
    trust = SiteTrust(index: indexPath, environment: settings.environment)
  }

  private mutating func addAll() throws {
    guard !known.isEmpty else {
      throw CommandFailure(
        .notFound, "the index \(indexPath) has no site",
        advice: "gpsindex site add NAME LOCATION, or gpsindex sync FOLDER")
    }
    for site in known { append(try prepared(site)) }
  }

  private mutating func add(_ word: String) throws {
    if let site = known.first(where: { $0.name.hasSameBytes(as: word) }) {
      return append(try prepared(site))
    }
    let location = try Self.location(word, known: known.map(\.name))
    if let site = known.first(where: { $0.location.hasSameBytes(as: location.text) }) {
      return append(try prepared(site))
    }
    let (site, isNew) = try made(at: location)
    known.append(site)
    guard isNew else { return append(try prepared(site)) }
    var placed = site
    placed.settings = try overridden(settings.settings(of: site))
    append(placed)
  }

  /// `kept`, overridden by the options of this run.
  private func overridden(_ kept: SiteSettings) throws -> SiteSettings {
    let settings = try ssh.settings(over: kept)
    return try listing?.settings(over: settings) ?? settings
  }

  /// Each site once, in the order of the arguments.
  private mutating func append(_ site: SiteRecord) {
    if !targets.contains(where: { $0.name.hasSameBytes(as: site.name) }) { targets.append(site) }
  }

  /// - Returns: the site with its effective settings. A site of the configuration file enters the index.
  private mutating func prepared(_ site: SiteRecord) throws -> SiteRecord {
    var placed = try settings.placed(site)
    if let writer, placed.id == 0 {
      let wanted = placed
      let stored = try writer.site(where: { $0.name.hasSameBytes(as: wanted.name) }) { _ in wanted }
      placed.id = stored.site.id
      if stored.isNew { created.insert(placed.id) } else { try writer.updateSite(placed) }
    } else if let writer,
      settings.file.sites.contains(where: { $0.name.hasSameBytes(as: site.name) })
    {
      try writer.updateSite(placed)
    }
    let (own, foreign) = trust.own(placed)
    let kept = placed
    placed.settings = try overridden(settings.settings(of: own))
    remarks[ExactText(placed.name)] = SiteTrust.remark(
      foreign, of: kept, used: placed.settings, index: indexOption)
    return placed
  }

  /// - Returns: a new site for a location, with the settings of this run; `isNew` is false when another process has added it
  ///   meanwhile.
  private mutating func made(at location: SitePlace) throws -> (site: SiteRecord, isNew: Bool) {
    let given = try overridden(SiteSettings())
    func new(beside others: [SiteRecord]) -> SiteRecord {
      let name = SiteName.free(location.suggestedName, taken: others.map(\.name))
      return SiteRecord(name: name, location: location.text, settings: given)
    }
    guard let writer else { return (new(beside: known), true) }
    let known = known
    // Another process may also have taken the name.
    let stored = try writer.site(where: { $0.location.hasSameBytes(as: location.text) }) {
      new(beside: $0 + known)
    }
    if stored.isNew {
      created.insert(stored.site.id)
      remarks[ExactText(stored.site.name)] = SiteTrust.keep(
        stored.site, index: indexPath, settings.environment)
    }
    return stored
  }

  /// Removes a new site without photos, which a mistyped location created. Otherwise every sync of all sites would
  /// retry it.
  /// - Returns: whether it was removed.
  func forget(_ site: SiteRecord) -> Bool {
    guard created.contains(site.id) else { return false }
    do {
      let reader = try IndexReader(path: indexPath)
      try reader.confirm(site)
      guard try reader.status(site: site.name).first?.photos == 0 else { return false }
      _ = try IndexWriter(path: indexPath).removeSite(named: site.name, onlyIfEmpty: true)
      SiteTrust(index: indexPath).forget(site.name)
      return true
    } catch {
      return false
    }
  }

  /// A bare word that is neither a site nor a folder is a mistyped site.
  private static func location(_ word: String, known: [String]) throws -> SitePlace {
    do {
      return try SitePlace.parse(word)
    } catch let failure as PlaceError where failure.kind == .missing {
      if word.contains("/") || word.hasPrefix(".") || word.hasPrefix("~") { throw failure }
      let nearest = Similar.nearest(to: word, in: known)
      throw CommandFailure(
        .notFound, "no site and no folder is called “\(word)”",
        advice: nearest.map { "gpsindex sync \($0)" } ?? "gpsindex site list")
    }
  }
}
