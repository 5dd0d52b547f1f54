import ArgumentParser
import GeoFormats
import PhotoIndex
import PhotoModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// For commands that connect; queries need no configuration.
struct ConfigOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Configuration file. Default: $GPSINDEX_CONFIG, else gpsindex/config.toml in "
        + "$XDG_CONFIG_HOME or ~/.config.", valueName: "FILE"),
    completion: .file(extensions: ["toml"]))
  var config: String?

  func settings() throws -> Settings { try Settings(option: config) }
}

struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Show the configuration.",
    discussion: """
      The order of precedence is: option, environment, file, default. docs/configuration.md lists \
      all settings.
      """, subcommands: [ConfigShowCommand.self, ConfigPathCommand.self])
}

struct ConfigPathCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "path", abstract: "Print the path of the configuration file.")

  @OptionGroup var config: ConfigOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    let place = try ConfigFile.place(option: config.config, environment: Environment.value)
    try StandardOutput.write(place.path + "\n")
    if access(place.path, F_OK) != 0 { common.note("the file does not exist; it is optional") }
  }
}

struct ConfigShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Print effective settings, for all sites or for one.",
    discussion: """
        gpsindex config show --origin
        gpsindex config show nas --origin
      """)

  @Argument(
    help: ArgumentHelp("Only this site.", valueName: "SITE"), completion: Completions.sites)
  var site: String?

  @Flag(help: "Print the origin of each value.") var origin = false
  @OptionGroup(title: "Output") var output: ListOutputOptions
  @OptionGroup var config: ConfigOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    let format = try output.chosenFormat()
    let settings = try config.settings()
    let index = try common.indexPath()
    let known = access(index, F_OK) == 0 ? try IndexReader(path: index).sites() : []
    let sites = settings.sites(with: known)
    var rows: [(String, String?, String)] = []
    if let site {
      let kept =
        sites.first { $0.name.hasSameBytes(as: site) } ?? SiteRecord(name: site, location: "")
      let (record, foreign) = SiteTrust(index: index).own(kept)
      if record.location.isEmpty { _ = try settings.site(named: site, index: index) }
      rows.append(("location", record.location, origin(of: record, settings)))
      let resolved = try settings.resolved(of: record)
      rows += resolved.map { ($0.key.rawValue, $0.text, $0.origin) }
      let used = try settings.settings(of: record)
      if let remark = SiteTrust.remark(foreign, of: kept, used: used, index: common.index) {
        common.note("\(site): \(remark)")
      }
    } else {
      let place = try ConfigFile.place(option: config.config, environment: Environment.value)
      rows.append(
        ("config", place.path, place.origin + (settings.file.exists ? "" : ", missing")))
      rows.append(("index", index, indexOrigin))
      rows += try settings.resolved(of: nil).map { ($0.key.rawValue, $0.text, $0.origin) }
      rows += sites.map { ("sites.\($0.name)", $0.location, origin(of: $0, settings)) }
    }
    let columns = ["setting", "value"] + (origin ? ["origin"] : [])
    try Listing.print(
      format, csv: output.csv.words.style, columns.map { Column($0) },
      rows.map { row in
        [.text(row.0), FieldValue(row.1)] + (origin ? [.text(row.2)] : [])
      })
  }

  private func origin(of site: SiteRecord, _ settings: Settings) -> String {
    settings.file.sites.first { $0.name.hasSameBytes(as: site.name) }.map {
      "\(settings.file.path):\($0.line)"
    }
      ?? "index (site add)"
  }

  private var indexOrigin: String {
    if common.index != nil { return "--index" }
    return (Environment.value("GPSINDEX_INDEX") ?? "").isEmpty ? "default" : "GPSINDEX_INDEX"
  }
}
