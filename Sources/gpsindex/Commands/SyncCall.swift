import ArgumentParser
import GeoFormats
import PhotoIndex
import PhotoModel
import PhotoSource
import Pictures
import SSHTransport
import Sync

/// Calls `Sync` with the settings of the command line.
enum SyncCall {
  /// Failed photos that are reported individually; the others are counted.
  private static let namedFailures = 20

  static func run(
    _ site: SiteRecord, _ request: SyncRequest, _ report: ProgressReport,
    _ connections: ConnectionKeeper, _ credentials: Credentials
  ) throws -> SyncSummary {
    let place = try SitePlace(site)
    let access = AccessOptions(site.settings, credentials)
    defer {
      if !request.dryRun {
        TransportMemory.keep(site, place, access, indexPath: request.indexPath)
      }
    }
    var run = SyncRun(site: site, place: place, access: access, indexPath: request.indexPath)
    run.connections = connections
    run.options.source = SourceOptions(site.settings)
    if let connections = request.connections { run.options.source.connections = connections }
    if let inFlight = request.inFlight { run.options.source.inFlight = inFlight }
    run.options.full = request.full
    run.options.dryRun = request.dryRun
    run.options.allowMassDelete = request.allowMassDelete
    let thumbnails = request.pictureCache.map { PictureCollector($0, location: site.location) }
    defer { thumbnails?.flush() }
    if let thumbnails, !request.dryRun {
      run.options.takeThumbnail = { thumbnails.take($0, $1, $2) }
    }
    run.options.isCancelled = { StopSignal.received != nil }
    var failures = 0
    let summary = try run.run { event in
      switch event {
      case .progress(let progress):
        report.update(ProgressState(site: site.name, progress: progress))
      case .note(let text): report.note(text)
      case .photoFailed(let path, let failure, let detail):
        failures += 1
        guard failures <= namedFailures else { return }
        report.photoFailed(path, failure, detail: detail)
      }
    }
    if failures > namedFailures {
      report.note(
        "\(failures - namedFailures) more photos failed; "
          + "try: \(NextCommand.text(["problems", "--site", site.name]))")
    }
    return summary
  }
}

struct SiteTestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test", abstract: "Connect to a site and list its root folder.")

  @Argument(help: ArgumentHelp("The site.", valueName: "NAME"), completion: Completions.sites)
  var name: String
  @Flag(name: .customLong("json"), help: "Print one JSON object.") var json = false
  @OptionGroup(title: "Files") var listing: ListingOptions
  @OptionGroup var reach: ReachOptions

  func run() throws {
    var site = try reach.site(named: name) { Messages.note("\(name): \($0)") }
    site.settings = try listing.settings(over: site.settings)
    let probe = SiteProbe(
      place: try SitePlace(site),
      access: AccessOptions(site.settings, try reach.secrets.credentials(for: [site])),
      options: SourceOptions(site.settings))
    let report = try probe.run { reach.common.note($0) }
    if json {
      var text = JSONText()
      text.beginObject()
      text.member("site", .text(name))
      text.member("photos", .integer(Int64(report.photos)))
      text.member("folders", .integer(Int64(report.folders)))
      text.member("round_trip_ms", FieldValue(report.roundTripMilliseconds))
      text.member("seconds", .real(report.seconds))
      text.member(
        "working_path", FieldValue(report.workingPath.map { PathBytes($0).text }))
      text.endObject()
      try StandardOutput.write(text.text + "\n")
    }
    reach.common.note(
      "\(name) responds: \(Plural.photos(report.photos)) and \(Plural.folders(report.folders)) in the root folder; "
        + "next: gpsindex sync \(name)")
    if let path = report.workingPath {
      throw CommandFailure(
        .notFound,
        "\(name): the folder \(site.location) does not exist, but “\(PathBytes(path).text)” does",
        advice: "gpsindex site remove \(name), then gpsindex site add with that path")
    }
  }
}

extension SourceOptions {
  /// The defaults, overridden by the settings of the site.
  init(_ settings: SiteSettings) {
    self.init()
    if let connections = settings.connections { self.connections = connections }
    inFlight = settings.inFlight
    rules = ListingRules(
      included: settings.includedExtensions ?? [], excluded: settings.exclude ?? [])
    if let seconds = settings.timeoutSeconds { timeout = seconds }
  }
}

extension AccessOptions {
  /// The settings of the site, and the environment of this process.
  init(_ settings: SiteSettings, _ credentials: Credentials) {
    self.init()
    identity = settings.identity
    knownHosts = settings.knownHosts
    acceptNewHostKey = settings.acceptNew ?? false
    compression = settings.compression
    transport = settings.transport.flatMap(Transport.init) ?? .auto
    needsSSHProgram = TransportMemory.needsSSHProgram(settings)
    home = Environment.value("HOME") ?? ""
    accountName = Environment.value("USER") ?? Environment.value("LOGNAME") ?? ""
    agentSocket = Environment.value("SSH_AUTH_SOCK")
    if let shell = Environment.value("SHELL"), shell.hasPrefix("/") { self.shell = shell }
    self.credentials = credentials
  }
}

extension SitePlace {
  /// A stored folder is not looked at: a share whose server is gone would not answer.
  init(_ site: SiteRecord) throws {
    self =
      site.location.hasPrefix("/")
      ? .folder(PathBytes(text: site.location).bytes) : try .parse(site.location)
  }

  /// Parses a location relative to the current folder.
  static func parse(_ text: String) throws -> SitePlace {
    try parse(text, folder: try Environment.currentFolder(), home: Environment.value("HOME"))
  }
}
