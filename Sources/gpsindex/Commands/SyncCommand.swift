import ArgumentParser
import FlightQC
import GeoFormats
import PhotoIndex
import PhotoModel
import PhotoSource
import SSHTransport
import Sync

struct SyncCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync", abstract: "Index new and changed photos.",
    discussion: """
      Lists each site, and reads only new and changed photos. Without names it syncs all sites. A \
      new location becomes a site.

        gpsindex sync nas
        gpsindex sync ./photos
        gpsindex sync --quiet                       all sites, unattended
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
    help: ArgumentHelp("At most this many requests in flight at once.", valueName: "N"))
  var inFlight: String?

  @Flag(help: "Read all photos again, including unchanged ones.") var full = false

  @Flag(name: .customLong("dry-run"), help: "Report what would change, without changing the index.")
  var dryRun = false

  @Flag(
    name: .customLong("allow-mass-delete"),
    help: "Remove rows even if most or all photos of a site are gone.")
  var allowMassDelete = false

  @Flag(help: "Check the flights of new and changed photos, and print what is wrong.") var qc =
    false

  @Flag(
    help:
      "Also read the embedded thumbnail of each photo that is read, and keep it beside the index for the map."
  )
  var thumbnails = false

  @Option(
    name: .customLong("picture-cache"),
    help: ArgumentHelp(PictureCacheOption.help, valueName: "SIZE"))
  var pictureCache: String?

  @Option(
    help: ArgumentHelp(
      "Progress output on standard error: auto (the default), bar, plain, json or none.",
      valueName: "HOW"),
    completion: .list(ProgressReport.Style.names))
  var progress: String?

  @Flag(name: .customLong("json"), help: "Print one JSON object per site; errors are JSON, too.")
  var json = false

  @OptionGroup(title: "Files") var listing: ListingOptions
  @OptionGroup var reach: ReachOptions

  func run() throws {
    if qc, dryRun {
      throw CommandFailure.usage(
        "--qc does not go with --dry-run, which changes no index",
        advice: "sync --qc, or sync --dry-run")
    }
    let settings = try reach.config.settings()
    let request = try SyncRequest(self, settings)
    StopSignal.listen()
    let sites = try SyncTargets.resolve(
      self.sites, ssh: reach.ssh, listing: listing, settings: settings,
      indexPath: request.indexPath,
      keepsNew: !dryRun, indexOption: reach.common.index)
    var outcome = SyncOutcome()
    let connections = ConnectionKeeper()
    let credentials = try credentials(sites)
    for target in sites.targets {
      let report = ProgressReport(request.progress, site: target.name, isQuiet: reach.common.quiet)
      report.begin(location: target.location)
      defer { report.end() }
      if let remark = sites.remarks[ExactText(target.name)] { report.warn(remark) }
      do {
        let summary = try sync(target, request, report) {
          try SyncCall.run(target, request, report, connections, credentials)
        }
        outcome.add(summary)
        if let status = StopSignal.received { throw EarlyEnd(status: status) }
      } catch {
        report.end()
        // A closed pipe ends the run; a failed site does not stop the others.
        if error is ClosedPipe || error is EarlyEnd { throw error }
        // Stopped during a prompt.
        if let status = StopSignal.received { throw EarlyEnd(status: status) }
        // A sync of all sites skips a site that was removed meanwhile; for a named site this is an error.
        let isSiteGone = (error as? IndexError)?.kind == .siteGone
        if isSiteGone, self.sites.isEmpty, let error = error as? IndexError {
          report.note("\(error.message); skipped")
          continue
        }
        var failure = CommandFailure(error, arguments: [])
        // Another process that syncs the new site keeps it.
        let isGone = failure.status != .busy && sites.forget(target)
        if isGone { failure = CommandFailure(error, at: try? SitePlace(target)) }
        // A sync that was refused because another one runs is not an attempt.
        if failure.status != .busy, !isGone, !isSiteGone {
          keep(SiteAttempt(.failed, message: failure.message), target, request)
        }
        let isJSON = json || report.isJSON
        // As an event, the error names its site, too; as text, it needs no name beside the only one.
        if sites.targets.count == 1, !isJSON { throw failure }
        if sites.targets.count > 1 { failure.message = "\(target.name): \(failure.message)" }
        Messages.failure(failure, asJSON: isJSON, site: target.name)
        outcome.add(failure)
      }
    }
    if outcome.status != .ok { throw EarlyEnd(status: outcome.status) }
  }

  /// Syncs one site and tells what came of it.
  private func sync(
    _ site: SiteRecord, _ request: SyncRequest, _ report: ProgressReport,
    _ run: () throws -> SyncSummary
  ) throws -> SyncSummary {
    let check = qc ? SyncCheck(indexPath: request.indexPath, site: site.name) : nil
    let namesChanges = !json && !report.isJSON && !dryRun && !reach.common.quiet
    let before = namesChanges ? try ChangeText.lastSeq(index: request.indexPath) : nil
    let summary = try run()
    report.end()
    keep(SiteAttempt(summary), site, request)
    try tell(summary, of: site, report, check)
    if namesChanges {
      for line in try ChangeText.lines(
        after: before, summary, site, request, index: reach.common.index)
      { reach.common.note(line) }
    }
    return summary
  }

  private func credentials(_ sites: SyncTargets) throws -> Credentials {
    do {
      return try reach.secrets.credentials(for: sites.targets)
    } catch {
      for site in sites.targets { _ = sites.forget(site) }
      throw error
    }
  }

  private func keep(_ attempt: SiteAttempt, _ site: SiteRecord, _ request: SyncRequest) {
    if !dryRun { attempt.keep(index: request.indexPath, site: site) }
  }

  private func tell(
    _ run: SyncSummary, of site: SiteRecord, _ report: ProgressReport, _ check: SyncCheck?
  ) throws {
    let summary = run.stored
    let found = try check?.report()
    if json {
      var text = JSONText()
      SyncSummaryText.write(summary, site: site.name, to: &text) { text in
        if check != nil { SyncCheck.write(found, to: &text) }
      }
      try StandardOutput.write(text.text + "\n")
    }
    let next = next(run, site)
    if report.isJSON {
      for line in try patternNotes(run, site) { report.note(line) }
      let outcome = dryRun ? "dry-run" : SiteAttempt(run).outcome.rawValue
      Messages.raw(
        ProgressEvents.summary(summary, site: site.name, outcome: outcome, next: next) + "\n")
      return
    }
    if !json {
      for line in SyncSummaryText.lines(
        run, site: site.name, isDryRun: dryRun, index: reach.common.index)
      {
        reach.common.note(line)
      }
    }
    for line in try patternNotes(run, site) { reach.common.note(line) }
    if check != nil, !json { tell(found, of: site) }
    // The mail of a cron job must contain the reason.
    if reach.common.quiet, !run.isComplete, !run.cancelled {
      Messages.note("\(site.name): \(SiteAttempt(run).message ?? "")")
    }
    if run.cancelled {
      reach.common.note(
        "stopped; \(Plural.photos(run.located + run.withoutPosition + run.failed)) of \(site.name) "
          + "are in the index; the next sync continues")
    }
    if let next, !json || run.cancelled { reach.common.note("next: \(next)") }
  }

  /// On the patterns that this run was given, and on all at the first sync: a stored pattern may wait for its photos.
  private func patternNotes(_ run: SyncSummary, _ site: SiteRecord) throws -> [String] {
    let given = try listing.settings(over: SiteSettings())
    let notes = PatternNotes(site.lastSync == nil ? site.settings : given)
    let index = reach.common
    if dryRun { return try notes.ofSync(run, hasFile: nil) }
    return try notes.ofSync(run) { ending in
      let reader = try IndexReader(path: try index.indexPath())
      return try reader.hasFile(withExtension: ending, site: site.id)
    }
  }

  /// With --quiet, flights with errors only.
  private func tell(_ found: FlightReport?, of site: SiteRecord) {
    let lines = SyncCheck.lines(found, site: site.name, index: reach.common.index)
    for line in lines {
      if reach.common.quiet, found?.count(.error) ?? 0 > 0 {
        Messages.note(line)
      } else {
        reach.common.note(line)
      }
    }
  }

  /// The next command for a new user.
  private func next(_ run: SyncSummary, _ site: SiteRecord) -> String? {
    let index = reach.common.index
    if run.cancelled || dryRun {
      // What would come of a dry run depends on its options.
      let flags = dryRun ? listing.words + (allowMassDelete ? ["--allow-mass-delete"] : []) : []
      return NextCommand.text(["sync", site.name] + flags, index: index)
    }
    guard run.listed > 0, run.unchanged == 0, run.moved == 0 else { return nil }
    if run.located == 0 {
      return NextCommand.text(["problems", "--site", site.name], index: index)
    }
    return NextCommand.text(
      ["export", "--site", site.name, "-o", "\(site.name).geojson"], index: index)
  }
}

extension SiteAttempt {
  /// How a sync ended.
  init(_ run: SyncSummary) {
    if run.cancelled {
      self.init(.stopped)
      return
    }
    if run.isComplete, run.failed == 0 {
      self.init(.complete)
      return
    }
    var parts: [String] = []
    if run.incompleteFolders > 0 {
      parts.append("\(run.incompleteFolders) folders incompletely listed")
    }
    if run.kept > 0 {
      parts.append(
        "the deletion guard keeps \(Plural.photos(run.kept)) whose files are gone")
    }
    if run.missingWhenRead > 20 {
      parts.append("\(run.missingWhenRead) photos deleted before they were read")
    }
    if run.failed > 0 { parts.append("\(Plural.photos(run.failed)) could not be read") }
    self.init(.incomplete, message: parts.joined(separator: ", "))
  }
}
