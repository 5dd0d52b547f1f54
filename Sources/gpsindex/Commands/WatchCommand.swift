import ArgumentParser
import PhotoIndex
import PhotoModel
import PhotoSource
import SSHTransport
import Sync

struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch", abstract: "Index new and changed photos as they appear.",
    discussion: """
      Syncs sites again and again, until Ctrl-C. Each server gets one connection, which stays open: \
      a poll that finds nothing takes about one round trip and no login. Without names it watches all \
      sites of the index. Prints one line for each poll that found something.

      A server that does not answer is tried again after 1 s, 2 s, 4 s, up to 5 minutes. A refused \
      login or a changed host key ends the watch of its sites.

        gpsindex watch nas --every 30s
        gpsindex watch --every 5min --json          events for programs
      """)

  @Argument(
    help: ArgumentHelp("Sites, or locations as site add takes them.", valueName: "NAME|LOCATION"),
    completion: Completions.sites)
  var sites: [String] = []

  @Option(
    help: ArgumentHelp(
      "Time from one poll to the next, such as 10s, 5min or 1h; at least 1s.", valueName: "TIME"))
  var every: String = WatchInterval.standard

  @Flag(help: "Also print a line for each poll that found nothing.") var all = false

  @Flag(name: .customLong("json"), help: "Print one JSON object per line; errors are JSON, too.")
  var json = false

  @OptionGroup var reach: ReachOptions

  func run() throws {
    let interval = try WatchInterval.seconds(every)
    let settings = try reach.config.settings()
    let indexPath = try reach.common.indexPath()
    StopSignal.listen()
    let resolved = try SyncTargets.resolve(
      sites, ssh: reach.ssh, settings: settings, indexPath: indexPath, keepsNew: true,
      indexOption: reach.common.index)
    let credentials = try reach.secrets.credentials(for: resolved.targets, command: "watch")
    let output = WatchOutput(
      isJSON: json, printsAll: all, isQuiet: reach.common.quiet, indexPath: indexPath)
    for target in resolved.targets {
      if let remark = resolved.remarks[ExactText(target.name)] { output.warn(target, remark) }
    }
    let watched = try resolved.targets.map { site in
      WatchedSite(
        site, try SitePlace(site), AccessOptions(site.settings, credentials),
        SourceOptions(site.settings))
    }
    let watch = WatchThreads(indexPath: indexPath, interval: interval, output: output)
    try watch.run(watched, oneByOne: credentials.canAsk)
  }
}

/// The value of `--every`.
enum WatchInterval {
  static let standard = "30s"
  private static let units: [String: Double] = ["": 1, "s": 1, "min": 60, "h": 3600]

  static func seconds(_ text: String) throws -> Double {
    let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let unit = units[text.dropFirst(number.count).lowercased()], let count = Double(number),
      (1...86_400).contains(count * unit)
    else {
      throw CommandFailure.usage(
        "--every “\(text)” is not a time of 1s to 24h", advice: "--every \(standard)")
    }
    return count * unit
  }
}
