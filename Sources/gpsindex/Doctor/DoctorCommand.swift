import ArgumentParser
import GeoFormats
import PhotoIndex

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Diagnose keys, servers and links.",
    discussion: """
      Checks index, configuration, keys, agent and known_hosts. Connects to the site, or to every \
      site, measures the link, and prints the settings that a sync would use. Changes nothing. Exits \
      with code 1 if it finds a problem.

        gpsindex doctor nas
      """)

  @Argument(help: ArgumentHelp("Only this site.", valueName: "SITE"), completion: Completions.sites)
  var site: String?

  @Flag(name: .customLong("json"), help: "Print one JSON object per finding, in an array.")
  var json = false
  @OptionGroup var reach: ReachOptions

  func run() throws {
    let settings = try reach.config.settings()
    let index = try reach.common.indexPath()
    var report = Report(json: json)
    var records: [SiteRecord] = []
    // A damaged index is a finding; the sites of the configuration file can be checked anyway.
    let known = access(index, F_OK) == 0 ? try? IndexReader(path: index).sites() : []
    var names = settings.sites(with: known ?? []).map(\.name)
    if let site {
      _ = try settings.site(named: site, index: index)
      names = [site]
    }
    try report.add(LocalChecks.index(index) + [LocalChecks.configuration(settings.file)], nil)
    var remarks: [String: String] = [:]
    for name in names {
      records.append(try reach.site(named: name) { remarks[name] = $0 })
    }
    // Shared by all sites: a refused login is not retried, and a password is for one login.
    let credentials = try reach.secrets.credentials(for: records, command: "doctor")
    for record in records {
      try report.begin(record)
      if let remark = remarks[record.name] {
        try report.add(
          [
            .warn(
              "trust", remark, next: SiteTrust.command(record, index: reach.common.index))
          ], record.name)
      }
      try report.add(SiteChecks.run(record, credentials, note: reach.common.note), record.name)
    }
    try report.end()
    if report.hasFailed { throw EarlyEnd(status: .other) }
  }

  private struct Report {
    let json: Bool
    let hasColour = isatty(STDOUT_FILENO) == 1 && Terminal.standardError.hasColour
    private var objects: [String] = []
    private(set) var hasFailed = false

    init(json: Bool) { self.json = json }

    func begin(_ site: SiteRecord) throws {
      if !json {
        try StandardOutput.write("\n" + Span("\(site.name): \(site.location)").text + "\n")
      }
    }

    mutating func add(_ findings: [Finding], _ site: String?) throws {
      for finding in findings {
        if finding.grade == .fail { hasFailed = true }
        if json {
          var text = JSONText()
          finding.write(to: &text, site: site)
          objects.append(text.text)
        } else {
          try StandardOutput.write(own: finding.lines(hasColour: hasColour))
        }
      }
    }

    func end() throws {
      if json { try StandardOutput.write("[\n" + objects.joined(separator: ",\n") + "\n]\n") }
    }
  }
}
