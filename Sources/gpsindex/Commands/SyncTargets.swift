import PhotoIndex
import PhotoModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Which sites a sync is about.
enum SyncTargets {
  /// Names of sites, or locations, which become sites under a name of their own; all sites when
  /// none is given. The SSH options override what a site keeps, for this run. Beside them, the ids
  /// of those made just now, and what there is to say of a site before it is synced.
  static func resolve(
    _ words: [String], ssh: SSHOptions, settings: Settings, indexPath: String, keepsNew: Bool,
    indexOption: String? = nil
  ) throws -> (targets: [SiteRecord], created: Set<Int64>, remarks: [String: String]) {
    let given = try ssh.settings()
    // A dry run writes nothing, not even an empty index.
    let writer = keepsNew ? try IndexWriter(path: indexPath) : nil
    var known: [SiteRecord] = []
    if let writer {
      known = try writer.sites()
    } else if access(indexPath, F_OK) == 0 {
      known = try IndexReader(path: indexPath).sites()
    }
    known = settings.sites(with: known)
    var created: Set<Int64> = []
    var remarks: [String: String] = [:]
    let trust = SiteTrust(index: indexPath, environment: settings.environment)
    /// A site of the file enters the index; what holds for it comes together.
    func prepared(_ site: SiteRecord) throws -> SiteRecord {
      var placed = try settings.placed(site)
      if let writer, placed.id == 0 {
        let wanted = placed
        let stored = try writer.site(where: { $0.name.hasSameBytes(as: wanted.name) }) { _ in wanted
        }
        placed.id = stored.site.id
        if stored.isNew { created.insert(placed.id) } else { try writer.updateSite(placed) }
      } else if let writer,
        settings.file.sites.contains(where: { $0.name.hasSameBytes(as: site.name) })
      {
        try writer.updateSite(placed)
      }
      let (own, foreign) = trust.own(placed)
      let kept = placed
      placed.settings = try ssh.settings(over: settings.settings(of: own))
      remarks[placed.name] = SiteTrust.remark(
        foreign, of: kept, used: placed.settings, index: indexOption)
      return placed
    }
    guard !words.isEmpty else {
      guard !known.isEmpty else {
        throw CommandFailure(
          .notFound, "there is no site yet in \(indexPath)",
          advice: "“gpsindex site add NAME LOCATION”, or “gpsindex sync FOLDER”")
      }
      return (try known.map(prepared), created, remarks)
    }
    var targets: [SiteRecord] = []
    for word in words {
      if let site = known.first(where: { $0.name.hasSameBytes(as: word) }) {
        targets.append(try prepared(site))
        continue
      }
      let location = try location(word, known: known.map(\.name))
      if let site = known.first(where: { $0.location.hasSameBytes(as: location.text) }) {
        targets.append(try prepared(site))
        continue
      }
      func new(beside others: [SiteRecord]) -> SiteRecord {
        let name = SiteName.free(location.suggestedName, taken: others.map(\.name))
        return SiteRecord(name: name, location: location.text, settings: given)
      }
      var site = new(beside: known)
      if let writer {
        // Another process may have made it meanwhile, or taken the name.
        let stored = try writer.site(where: { $0.location.hasSameBytes(as: location.text) }) {
          new(beside: $0 + known)
        }
        site = stored.site
        guard stored.isNew else {
          known.append(site)
          targets.append(try prepared(site))
          continue
        }
        created.insert(site.id)
        remarks[site.name] = SiteTrust.keep(site, index: indexPath, settings.environment)
      }
      known.append(site)
      site.settings = try ssh.settings(over: settings.settings(of: site))
      targets.append(site)
    }
    var seen: Set<[UInt8]> = []
    return (targets.filter { seen.insert(Array($0.name.utf8)).inserted }, created, remarks)
  }

  /// A site that a mistyped location made, and that never showed a photo, goes again: the next sync
  /// of all sites would try it anew. True when it is gone.
  static func forget(_ site: SiteRecord, ifNewIn created: Set<Int64>, indexPath: String) -> Bool {
    guard created.contains(site.id) else { return false }
    do {
      let reader = try IndexReader(path: indexPath)
      try reader.confirm(site)
      guard try reader.status(site: site.name).first?.photos == 0 else { return false }
      _ = try IndexWriter(path: indexPath).removeSite(named: site.name)
      SiteTrust(index: indexPath).forget(site.name)
      return true
    } catch {
      return false
    }
  }

  /// A bare word that is neither a site nor a folder is a mistyped site.
  private static func location(_ word: String, known: [String]) throws -> Location {
    do {
      return try Location.parse(word)
    } catch let failure as CommandFailure where failure.status == .notFound {
      if word.contains("/") || word.hasPrefix(".") || word.hasPrefix("~") { throw failure }
      let nearest = Similar.nearest(to: word, in: known)
      throw CommandFailure(
        .notFound, "there is no site and no folder “\(word)”",
        advice: nearest.map { "gpsindex sync \($0)" } ?? "“gpsindex site list”")
    }
  }
}
