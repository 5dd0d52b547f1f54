import Fetch
import GeoFormats
import PhotoIndex
import PhotoModel
import PhotoSource
import SSHTransport

/// Plans and runs the fetch of a command line.
struct FetchCall {
  private static let namedFailures = 20

  private let command: FetchCommand
  private let filter: PhotoFilter
  private let indexPath: String
  private let style: ProgressReport.Style
  private let connections: Int?
  private let rate: Int?

  /// Checks the arguments; does not open the index yet.
  init(_ command: FetchCommand) throws {
    self.command = command
    var words = command.filters.words
    if command.missing { words[.missing] = "true" }
    filter = try words.filter()
    indexPath = try command.reach.common.indexPath()
    guard !command.to.isEmpty else {
      throw CommandFailure.usage("--to is empty", advice: "--to DIR")
    }
    try TargetOptions.check(command.manifest, option: "--manifest")
    let settings = try command.reach.config.settings()
    style = try ProgressReport.Style(named: command.progress ?? settings.progress())
    connections = try SyncRequest.number(command.connections, "--connections", 1...16)
    rate = try command.limitRate.map(Self.rate)
  }

  /// Bytes per second.
  static func rate(_ text: String) throws -> Int {
    var word = text.lowercased()
    if word.hasSuffix("/s") { word.removeLast(2) }
    var bytes = 1.0
    if word.hasSuffix("bit") {
      word.removeLast(3)
      bytes = 0.125
    } else if word.hasSuffix("b") {
      word.removeLast()
    }
    let factors: [Character: Double] = ["k": 1e3, "m": 1e6, "g": 1e9]
    if let last = word.last, let factor = factors[last] {
      word.removeLast()
      bytes *= factor
    }
    guard let number = FilterNumbers.number(word), number * bytes >= 1_000, number * bytes < 1e12
    else {
      throw CommandFailure.usage(
        "--limit-rate “\(text)” is not a rate of 1 kB or more per second",
        advice: "--limit-rate 10M")
    }
    return Int(number * bytes)
  }

  func run() throws {
    let reader = try IndexReader(path: indexPath, takesOlder: true)
    for site in filter.sites { _ = try reader.site(named: site) }
    let folder = try FetchFolder(command.to, isDryRun: command.dryRun)
    var plan = FetchPlan(
      traits: folder.traits, isFlat: command.flat, namesSites: filter.site == nil)
    try reader.photosWithSidecars(filter) { plan.add($0, sidecar: $1) }
    try command.reach.common.noteFolders(filter, reader)
    let sites = try plan.sites.map { try reader.site(named: $0) }
    let display = FetchDisplay(style, isQuiet: command.reach.common.quiet)
    defer { display.end() }
    var failures = 0
    let run = FetchRun(plan, folder, options()) { event in
      if Self.isNamed(event) {
        failures += 1
        guard failures <= Self.namedFailures else { return }
      }
      display.show(event)
    }
    try run.survey()
    if command.dryRun { return try finish(run, display, failures) }
    try run.checkRoom()
    let error = try fetch(run, sites, display)
    if failures > Self.namedFailures {
      display.note("\(failures - Self.namedFailures) more files failed; --json counts them")
    }
    do {
      try run.finish()
    } catch {
      display.end()
      throw error
    }
    if let error, StopSignal.received == nil {
      try finish(run, display, failures, endsHere: false)
      throw error
    }
    try finish(run, display, failures)
  }

  private static func isNamed(_ event: FetchEvent) -> Bool {
    switch event {
    case .failed, .conflict, .damaged: true
    case .progress, .note: false
    }
  }

  private func options() -> FetchOptions {
    var options = FetchOptions()
    options.replaces = command.replace
    options.verifies = command.verify
    options.manifest = command.manifest
    options.download.mostBytesPerSecond = rate
    options.isCancelled = { StopSignal.received != nil }
    return options
  }

  /// - Returns: why a site could not be reached; the others are fetched all the same.
  private func fetch(
    _ run: FetchRun, _ sites: [SiteRecord], _ display: FetchDisplay
  ) throws -> (any Error)? {
    let wanted = run.wantedSites
    guard !wanted.isEmpty else { return nil }
    let reached = try wanted.map { try reachable(sites[$0], display) }
    let credentials = try command.reach.secrets.credentials(for: reached, command: "fetch")
    let keeper = ConnectionKeeper()
    var first: (any Error)?
    for (number, site) in zip(wanted, reached) {
      if StopSignal.received != nil { break }
      do {
        run.options.download.source = SourceOptions(site.settings)
        if let connections { run.options.download.source.connections = connections }
        try run.fetch(
          site: number, from: try SitePlace(site),
          access: AccessOptions(site.settings, credentials), connections: keeper)
      } catch {
        // A disk that takes no more is no matter of one site.
        if error is FetchError || wanted.count == 1 { return error }
        let failure = CommandFailure(error, arguments: [])
        display.note("\(site.name): \(failure.message)")
        first = first ?? error
      }
    }
    return first
  }

  private func reachable(_ kept: SiteRecord, _ display: FetchDisplay) throws -> SiteRecord {
    let reach = command.reach
    var (site, foreign) = SiteTrust(index: indexPath).own(kept)
    site.settings = try reach.ssh.settings(over: reach.config.settings().settings(of: site))
    if let remark = SiteTrust.remark(
      foreign, of: kept, used: site.settings, index: reach.common.index)
    {
      display.note("\(kept.name): \(remark)")
    }
    return site
  }

  /// Prints what the fetch did, and ends with the exit code that fits.
  private func finish(
    _ run: FetchRun, _ display: FetchDisplay, _ failures: Int, endsHere: Bool = true
  ) throws {
    display.end()
    if command.json { try StandardOutput.write(FetchSummary.json(run, command) + "\n") }
    for line in FetchSummary.lines(run, command, filter) { command.reach.common.note(line) }
    guard endsHere else { return }
    if let status = StopSignal.received { throw EarlyEnd(status: status) }
    if run.report.conflicts > 0, !command.replace {
      command.reach.common.note(
        "files that differ are not overwritten", advice: "--replace, or --to with another folder")
    }
    if !run.report.isComplete { throw EarlyEnd(status: .incomplete) }
  }
}
