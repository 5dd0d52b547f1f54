import ArgumentParser
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

  @Option(
    help: ArgumentHelp(
      "Progress output on standard error: auto (the default), bar, plain, json or none.",
      valueName: "HOW"),
    completion: .list(ProgressReport.Style.names))
  var progress: String?

  @Flag(name: .customLong("json"), help: "Print one JSON object per site; errors are JSON, too.")
  var json = false

  @OptionGroup var reach: ReachOptions

  func run() throws {
    let settings = try reach.config.settings()
    let request = try SyncRequest(self, settings)
    StopSignal.listen()
    let sites = try SyncTargets.resolve(
      self.sites, ssh: reach.ssh, settings: settings, indexPath: request.indexPath,
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
        let summary = try SyncCall.run(target, request, report, connections, credentials)
        report.end()
        outcome.add(summary)
        keep(Self.attempt(summary), target, request)
        try tell(summary, of: target, report)
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
        let isGone = sites.forget(target)
        // A sync that was refused because another one runs is not an attempt.
        if failure.status != .busy, !isGone, !isSiteGone {
          keep(SiteAttempt(.failed, message: failure.message), target, request)
        }
        let isJSON = json || report.isJSON
        // As an event, the error names its site, too; as text, it needs no name beside the only one.
        if sites.targets.count == 1, !isJSON { throw error }
        if sites.targets.count > 1 { failure.message = "\(target.name): \(failure.message)" }
        Messages.failure(failure, asJSON: isJSON, site: target.name)
        outcome.add(failure)
      }
    }
    if outcome.status != .ok { throw EarlyEnd(status: outcome.status) }
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

  private static func attempt(_ run: SyncSummary) -> SiteAttempt {
    if run.cancelled { return SiteAttempt(.stopped) }
    if run.isComplete, run.failed == 0 { return SiteAttempt(.complete) }
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
        run, site: site.name, isDryRun: dryRun, index: reach.common.index)
      {
        reach.common.note(line)
      }
    }
    // The mail of a cron job must contain the reason.
    if reach.common.quiet, !run.isComplete, !run.cancelled {
      Messages.note("\(site.name): \(Self.attempt(run).message ?? "")")
    }
    if run.cancelled {
      reach.common.note(
        "stopped; \(Plural.photos(run.located + run.withoutPosition + run.failed)) of \(site.name) "
          + "are in the index; the next sync continues")
    }
    if let next, !json || run.cancelled { reach.common.note("next: \(next)") }
  }

  /// The next command for a new user.
  private func next(_ run: SyncSummary, _ site: SiteRecord) -> String? {
    let index = reach.common.index
    if run.cancelled || dryRun {
      let flags = dryRun && allowMassDelete ? ["--allow-mass-delete"] : []
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
