import GeoFormats
import PhotoIndex
import Publish

/// Publishes, or compares, as a command line asks.
struct PublishCall {
  private let command: PublishCommand
  private let address: DatabaseAddress
  private var options = PublishOptions()

  init(_ command: PublishCommand) throws {
    self.command = command
    address = try DatabaseAddress(command.address)
    options.schema = command.schema
    options.adopt = command.adopt
    options.dryRun = command.dryRun
    options.partitions = try SyncRequest.number(command.partitions, "--partitions", 2...32)
    if command.prune, !command.siteNames.isEmpty {
      throw CommandFailure.usage(
        "--prune concerns all sites of the index", advice: "--prune without a site")
    }
    options.prune = command.prune
    let clash = [
      ("--dry-run", command.dryRun), ("--prune", command.prune), ("--adopt", command.adopt),
    ]
    if command.check, let other = clash.first(where: \.1) {
      throw CommandFailure.usage(
        "--check changes nothing, so \(other.0) does not go with it", advice: "one of them")
    }
    if command.deep, !command.check {
      throw CommandFailure.usage("--deep needs --check", advice: "--check --deep")
    }
  }

  func run() throws {
    let reader = try IndexReader(path: try command.common.indexPath())
    let sites = command.siteNames.isEmpty ? nil : command.siteNames
    for site in sites ?? [] { _ = try reader.site(named: site) }
    let publisher = try Publisher(reader, to: address, options, environment: Environment.value)
    if command.check { return try check(publisher, sites) }
    // First: a site may have got the name of one that is gone.
    if command.prune {
      for removed in try publisher.prune() { try showRemoved(removed.site, removed.photos) }
    }
    var outcome = SyncOutcome()
    var unchanged: [String] = []
    try publisher.run(
      sites,
      each: { report in
        if report.plan == .unchanged { unchanged.append(report.site) }
        try show(report)
      },
      refused: { error in
        let failure = CommandFailure(error, arguments: [])
        outcome.add(failure)
        Messages.failure(failure, asJSON: command.json)
      })
    if !command.json, let line = PublishSummary.unchanged(unchanged) { command.common.note(line) }
    if outcome.status != .ok { throw EarlyEnd(status: outcome.status) }
  }

  private func check(_ publisher: Publisher, _ sites: [String]?) throws {
    var differs = false
    try publisher.check(sites, deep: command.deep) { found in
      if found.photos == nil || !found.folders.isEmpty || found.edited ?? 0 > 0 { differs = true }
      if command.json {
        try StandardOutput.write(PublishSummary.json(found) + "\n")
      } else {
        for line in PublishSummary.lines(found) {
          try StandardOutput.write(terminalText(line) + "\n")
        }
      }
    }
    if differs { throw EarlyEnd(status: .incomplete) }
  }

  private func show(_ report: SiteReport) throws {
    if command.json {
      return try StandardOutput.write(PublishSummary.json(report, isDryRun: command.dryRun) + "\n")
    }
    if report.plan == .unchanged { return }
    if let reason = PublishSummary.reason(report) { command.common.note(reason) }
    command.common.note(PublishSummary.line(report, isDryRun: command.dryRun))
  }

  private func showRemoved(_ site: String, _ photos: Int) throws {
    if command.json {
      var json = JSONText()
      json.beginObject()
      json.member("site", .text(site))
      json.member(command.dryRun ? "would_remove" : "removed", .flag(true))
      json.member("photos", .integer(Int64(photos)))
      json.endObject()
      return try StandardOutput.write(json.text + "\n")
    }
    let verb = command.dryRun ? "would be removed" : "removed"
    command.common.note("\(site): \(verb) with \(Plural.photos(photos))")
  }
}
