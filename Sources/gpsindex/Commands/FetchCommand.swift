import ArgumentParser
import Fetch
import GeoFormats
import PhotoIndex
import PhotoModel
import PhotoSource
import SSHTransport

struct FetchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch", abstract: "Copy matching photos to a local folder.",
    discussion: """
      Takes the filters of query, and copies the photos and their sidecars from their sites. It \
      continues where an earlier run stopped, and does not open a photo again that is there with its \
      size and time. It never overwrites another file without --replace.

        gpsindex fetch --bbox 8.4,47.3,8.6,47.5 --to photos
        gpsindex fetch --site nas --folder 'flight1*' --to flight1 --flat
        gpsindex fetch --since 2024-05-01 --to photos --dry-run
        gpsindex fetch --to photos --manifest photos.sha256 --verify
      """)

  @OptionGroup(title: "Filters") var filters: FilterOptions

  @Flag(help: "Copy photos without a position instead.")
  var missing = false

  @Option(
    help: ArgumentHelp(
      "Copy to this folder, into a folder per site; with --site, the site's own folders stand in "
        + "it.", valueName: "DIR"), completion: .directory)
  var to: String

  @Flag(help: "Copy all photos into one folder, with -- between the names of a path.")
  var flat = false

  @Flag(
    name: .customLong("dry-run"), help: "Print how many files and bytes are missing; copy nothing.")
  var dryRun = false

  @Flag(help: "Replace files that are there and differ in size or time.")
  var replace = false

  @Flag(
    help: ArgumentHelp(
      "Check that each photo is whole: its JPEG end marker, or the length of its container. With "
        + "--manifest, also check the sums of files that are there."))
  var verify = false

  @Option(
    help: ArgumentHelp(
      "Keep SHA-256 sums in this file, as sha256sum -c reads them.", valueName: "FILE"),
    completion: .file())
  var manifest: String?

  @Option(
    name: .customLong("limit-rate"), parsing: .unconditional,
    help: ArgumentHelp(
      "Receive at most this many bytes per second, such as 500k or 10M; 80Mbit works, too.",
      valueName: "RATE"))
  var limitRate: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("At most this many connections to a server, 1 to 16.", valueName: "N"))
  var connections: String?

  @Option(
    help: ArgumentHelp(
      "Progress output on standard error: auto (the default), bar, plain, json or none.",
      valueName: "HOW"),
    completion: .list(ProgressReport.Style.names))
  var progress: String?

  @Flag(name: .customLong("json"), help: "Print one JSON object; errors are JSON, too.")
  var json = false

  @OptionGroup var reach: ReachOptions

  func run() throws {
    let call = try FetchCall(self)
    StopSignal.listen()
    try call.run()
  }
}
