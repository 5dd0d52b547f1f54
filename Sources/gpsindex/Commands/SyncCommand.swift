import ArgumentParser
import GeoFormats
import PhotoIndex
import PhotoSource
import SSHTransport
import Sync

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

struct SyncCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync", abstract: "Bring the index up to date with the photos.",
    discussion: """
      Lists each site and reads the new and changed photos only. Without names all sites are \
      synced; a location that is no site yet becomes one.

        gpsindex sync nas
        gpsindex sync ./photos
        gpsindex sync --quiet                       all sites, from a timer
        gpsindex sync nas --progress json           events for programs
      """)

  @Argument(
    help: ArgumentHelp("Sites, or locations as site add takes them.", valueName: "NAME|LOCATION"),
    completion: Completions.sites)
  var sites: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("At most this many connections to a server, 1 to 16.", valueName: "N"))
  var connections: String?

  @Option(
    name: .customLong("in-flight"), parsing: .unconditional,
    help: ArgumentHelp("At most this many requests under way at once.", valueName: "N"))
  var inFlight: String?

  @Flag(help: "Read all photos again, unchanged ones, too.") var full = false

  @Flag(name: .customLong("dry-run"), help: "Only tell what would be done.") var dryRun = false

  @Flag(
    name: .customLong("allow-mass-delete"),
    help: "Remove rows even if most photos of a site, or all, are gone.")
  var allowMassDelete = false

  @Option(
    help: ArgumentHelp(
      "auto (the default), bar, plain, json or none; on standard error.", valueName: "HOW"),
    completion: .list(ProgressReport.Style.names))
  var progress: String?

  @Flag(name: .customLong("json"), help: "Print one JSON object per site; errors are JSON, too.")
  var json = false

  @OptionGroup(title: "SSH") var ssh: SSHOptions
  @OptionGroup(title: "SSH") var secrets: SecretOptions
  @OptionGroup var config: ConfigOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    let settings = try config.settings()
    let request = try SyncRequest(self, settings)
    StopSignal.listen()
    let (targets, created) = try SyncTargets.resolve(
      sites, ssh: ssh, settings: settings, indexPath: request.indexPath, keepsNew: !dryRun)
    var outcome = SyncOutcome()
    let connections = ConnectionKeeper()
    let credentials = try credentials(targets, created, request)
    for target in targets {
      let report = ProgressReport(request.progress, site: target.name, isQuiet: common.quiet)
      report.begin(location: target.location)
      defer { report.end() }
      do {
        let summary = try SyncCall.run(target, request, report, connections, credentials)
        report.end()
        outcome.add(summary)
        keep(Self.attempt(summary), target, request)
        try tell(summary, of: target, report)
        if let status = StopSignal.received { throw EarlyEnd(status: status) }
      } catch {
        report.end()
        // A broken pipe ends everything; a site that fails does not stop the others.
        if error is ClosedPipe || error is EarlyEnd { throw error }
        // Stopped while a secret was asked for.
        if let status = StopSignal.received { throw EarlyEnd(status: status) }
        var failure = CommandFailure(error, arguments: [])
        let isGone = SyncTargets.forget(target, ifNewIn: created, indexPath: request.indexPath)
        // One that was refused because another runs is no attempt.
        if failure.status != .busy, !isGone {
          keep(SiteAttempt(.failed, message: failure.message), target, request)
        }
        if targets.count == 1 { throw error }
        failure.message = "\(target.name): \(failure.message)"
        Messages.failure(failure, asJSON: json || report.isJSON, site: target.name)
        outcome.add(failure)
      }
    }
    if outcome.status != .ok { throw EarlyEnd(status: outcome.status) }
  }

  private func credentials(
    _ targets: [SiteRecord], _ created: Set<Int64>, _ request: SyncRequest
  ) throws -> Credentials {
    do {
      return try secrets.credentials(for: targets)
    } catch {
      for site in targets {
        _ = SyncTargets.forget(site, ifNewIn: created, indexPath: request.indexPath)
      }
      throw error
    }
  }

  private func keep(_ attempt: SiteAttempt, _ site: SiteRecord, _ request: SyncRequest) {
    if !dryRun { attempt.keep(index: request.indexPath, site: site) }
  }

  private static func attempt(_ run: SyncSummary) -> SiteAttempt {
    if run.cancelled { return SiteAttempt(.stopped) }
    if run.isComplete, run.failed == 0 { return SiteAttempt(.complete) }
    var parts: [String] = []
    if run.incompleteFolders > 0 {
      parts.append("\(run.incompleteFolders) folders not listed to the end")
    }
    if run.keptByGuard > 0 {
      parts.append("\(run.keptByGuard) vanished photos kept by the guard against mass deletion")
    }
    if run.missingWhenRead > 20 {
      parts.append("\(run.missingWhenRead) photos gone before they were read")
    }
    if run.failed > 0 { parts.append("\(Plural.photos(run.failed)) could not be read") }
    return SiteAttempt(.incomplete, message: parts.joined(separator: ", "))
  }

  private func tell(_ run: SyncSummary, of site: SiteRecord, _ report: ProgressReport) throws {
    let summary = run.stored
    if json {
      var text = JSONText()
      SyncSummaryText.write(summary, site: site.name, to: &text)
      try StandardOutput.write(text.text + "\n")
    }
    let next = next(run, site)
    if report.isJSON {
      let outcome = dryRun ? "dry-run" : Self.attempt(run).outcome.rawValue
      Messages.raw(
        ProgressEvents.summary(summary, site: site.name, outcome: outcome, next: next) + "\n")
      return
    }
    if !json {
      for line in SyncSummaryText.lines(
        run, site: site.name, isDryRun: dryRun, index: common.index)
      {
        common.note(line)
      }
    }
    // A timer's mail must say why it came.
    if common.quiet, !run.isComplete, !run.cancelled {
      Messages.note("\(site.name): \(Self.attempt(run).message ?? "")")
    }
    if run.cancelled {
      common.note(
        "stopped; \(Plural.photos(run.located + run.withoutPosition + run.failed)) of \(site.name) "
          + "are in the index, and nothing of it is read again")
    }
    if let next, !json || run.cancelled { common.note("next: \(next)") }
  }

  /// What a person who sees this for the first time may want.
  private func next(_ run: SyncSummary, _ site: SiteRecord) -> String? {
    let index = common.index
    if run.cancelled || dryRun { return NextCommand.text(["sync", site.name], index: index) }
    guard run.listed > 0, run.unchanged == 0, run.moved == 0 else { return nil }
    if run.located == 0 {
      return NextCommand.text(["problems", "--site", site.name], index: index)
    }
    return NextCommand.text(
      ["export", "--site", site.name, "-o", "\(site.name).geojson"], index: index)
  }
}

/// What the command line asks of a sync, checked.
struct SyncRequest {
  var indexPath: String
  /// nil: the site's own setting, else the default.
  var connections: Int?
  var inFlight: Int?
  var full: Bool
  var dryRun: Bool
  var allowMassDelete: Bool
  var progress: ProgressReport.Style

  init(_ command: SyncCommand, _ settings: Settings) throws {
    indexPath = try command.common.indexPath()
    connections = try Self.number(command.connections, "--connections", 1...16)
    inFlight = try Self.number(command.inFlight, "--in-flight", 1...4096)
    full = command.full
    dryRun = command.dryRun
    allowMassDelete = command.allowMassDelete
    progress = try ProgressReport.Style(named: command.progress ?? settings.progress())
  }

  private static func number(_ text: String?, _ option: String, _ range: ClosedRange<Int>) throws
    -> Int?
  {
    guard let text else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw CommandFailure.usage(
        "\(option) “\(text)” is not \(range.lowerBound)…\(range.upperBound)",
        advice: "\(option) \(min(4, range.upperBound))")
    }
    return number
  }
}

/// Which sites a sync is about.
enum SyncTargets {
  /// Names of sites, or locations, which become sites under a name of their own; all sites when
  /// none is given. The SSH options override what a site keeps, for this run. Beside them, the ids
  /// of those made just now.
  static func resolve(
    _ words: [String], ssh: SSHOptions, settings: Settings, indexPath: String, keepsNew: Bool
  ) throws -> (targets: [SiteRecord], created: Set<Int64>) {
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
    /// A site of the file enters the index; what holds for it comes together.
    func prepared(_ site: SiteRecord) throws -> SiteRecord {
      var placed = try settings.placed(site)
      if let writer, placed.id == 0 {
        placed = try writer.addSite(placed)
        created.insert(placed.id)
      } else if let writer, settings.file.sites.contains(where: { $0.name == site.name }) {
        try writer.updateSite(placed)
      }
      placed.settings = try ssh.settings(over: settings.settings(of: placed))
      return placed
    }
    guard !words.isEmpty else {
      guard !known.isEmpty else {
        throw CommandFailure(
          .notFound, "there is no site yet in \(indexPath)",
          advice: "“gpsindex site add NAME LOCATION”, or “gpsindex sync FOLDER”")
      }
      return (try known.map(prepared), created)
    }
    var targets: [SiteRecord] = []
    for word in words {
      if let site = known.first(where: { $0.name == word }) {
        targets.append(try prepared(site))
        continue
      }
      let location = try location(word, known: known.map(\.name))
      if let site = known.first(where: { $0.location == location.text }) {
        targets.append(try prepared(site))
        continue
      }
      let name = SiteName.free(location.suggestedName, taken: known.map(\.name))
      var site = SiteRecord(name: name, location: location.text, settings: given)
      if let writer {
        site = try writer.addSite(site)
        created.insert(site.id)
      }
      known.append(site)
      site.settings = try ssh.settings(over: settings.settings(of: site))
      targets.append(site)
    }
    var seen: Set<String> = []
    return (targets.filter { seen.insert($0.name).inserted }, created)
  }

  /// A site that a mistyped location made, and that never showed a photo, goes again: the next sync
  /// of all sites would try it anew. True when it is gone.
  static func forget(_ site: SiteRecord, ifNewIn created: Set<Int64>, indexPath: String) -> Bool {
    guard created.contains(site.id) else { return false }
    do {
      guard try IndexReader(path: indexPath).status(site: site.name).first?.photos == 0 else {
        return false
      }
      _ = try IndexWriter(path: indexPath).removeSite(named: site.name)
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

/// What the exit code of several syncs is.
struct SyncOutcome {
  private(set) var status = ExitStatus.ok

  /// The first error counts; a finished but incomplete sync only when there was none.
  mutating func add(_ failure: CommandFailure) {
    if status == .ok || status == .incomplete { status = failure.status }
  }

  mutating func add(_ summary: SyncSummary) {
    if status == .ok, !summary.isComplete || summary.failed > 0 { status = .incomplete }
  }
}
