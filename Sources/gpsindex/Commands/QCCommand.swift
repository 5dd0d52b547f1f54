import ArgumentParser
import FlightQC
import GeoFormats
import PhotoModel

struct QCCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "qc", abstract: "Check whether flights are complete and usable.",
    discussion: """
      Finds flights in the index and judges them: overlap, holes, missing photos, positions, RTK, times. \
      Opens no connection. docs/qc.md explains every rule. Exits with code 3 when it finds an error.

        gpsindex qc nas --folder '2024-04-02/**'
        gpsindex qc nas --report check.html
        gpsindex qc nas --area field.geojson -f geojson -o findings.geojson
        gpsindex qc --print-rules mapping > rules.toml
      """)

  @OptionGroup var siteNames: SiteArguments

  @OptionGroup(title: "Filters") var filters: FilterOptions

  @Option(help: ArgumentHelp("Limits and rules from this file.", valueName: "FILE.toml"))
  var rules: String?

  @Option(
    help: ArgumentHelp(
      "Print the rules for a kind of flight as a file for --rules, and exit: \(QCCommand.kinds).",
      valueName: "KIND"))
  var printRules: String?

  @Option(
    help: ArgumentHelp(
      "Judge all flights as this kind, instead of recognising it: \(QCCommand.kinds).",
      valueName: "KIND"))
  var kind: String?

  @Option(
    help: ArgumentHelp(
      "The area that flights shall cover, and not leave.", valueName: "FILE.geojson"),
    completion: .file())
  var area: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Height of the ground in metres, in the reference of the photos' altitude. Default: the "
        + "ground is as high as the take-off point.", valueName: "METRES"))
  var ground: String?

  @Option(
    help: ArgumentHelp(
      "Heights of the ground from a SRTM height file; repeatable.", valueName: "N47E008.hgt"),
    completion: .file())
  var dem: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "With --dem: metres from the ellipsoid up to the geoid, for photos whose altitude is above the "
        + "ellipsoid.", valueName: "METRES"))
  var geoid: String?

  @Option(
    help: ArgumentHelp("Write a report, one HTML file without scripts.", valueName: "FILE.html"),
    completion: .file())
  var report: String?

  @Option(
    help: ArgumentHelp(
      "Write what each photo shows of the ground: GeoJSON, or a GeoPackage of the photos with layers "
        + "footprints, qc_findings and qc_holes.", valueName: "FILE"),
    completion: .file())
  var footprints: String?

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "table, json, csv or geojson (findings). Default: the extension of -o, else table.",
      valueName: "FORMAT"))
  var format: String?

  @OptionGroup(title: "Output") var target: TargetOptions
  @OptionGroup var csv: CSVOptions
  @OptionGroup var common: CommonOptions

  static let kinds = FlightKind.allCases.map(\.rawValue).joined(separator: ", ")

  func run() throws {
    for (file, option) in [
      (target.output, "-o"), (report, "--report"), (footprints, "--footprints"),
    ] { try TargetOptions.check(file, option: option) }
    var rules = try self.rules.map(RulesFile.read) ?? FlightRules()
    if let printRules {
      let text = rules.text(try Self.kind(printRules, of: "--print-rules"))
      return try writeOutput(to: target.file) { sink in
        try Array(text.utf8).withUnsafeBytes(sink)
      }
    }
    if let kind { rules.kind = try Self.kind(kind, of: "--kind") }
    var check = FlightCheck()
    check.rules = rules
    try setGround(&check)
    check.area = try area.map { try PolygonFile.read($0, option: "--area") }
    try QCRun(
      filter: try filter(), check: check, format: try chosenFormat(), csv: csv.words.style,
      output: target.file,
      report: report, footprints: footprints, rulesName: self.rules, common: common
    ).run()
  }

  private func filter() throws -> PhotoFilter {
    var filter = try filters.words(siteNames).filter()
    filter.which = .all
    return filter
  }

  private static func kind(_ name: String, of option: String) throws -> FlightKind {
    guard let kind = FlightKind(rawValue: name) else {
      throw CommandFailure.usage(
        "\(option) “\(name)” is not a kind of flight", advice: "\(option) with one of \(kinds)")
    }
    return kind
  }

  private func setGround(_ check: inout FlightCheck) throws {
    if !dem.isEmpty, ground != nil {
      throw CommandFailure.usage("--ground and --dem exclude each other", advice: "one of them")
    }
    if dem.isEmpty, geoid != nil {
      throw CommandFailure.usage(
        "--geoid needs --dem", advice: "--dem N47E008.hgt --geoid 47.4, or --ground METRES")
    }
    check.groundHeight = try Self.metres(ground, of: "--ground", example: "412.5")
    check.geoidHeight = try Self.metres(geoid, of: "--geoid", example: "47.4")
    if !dem.isEmpty {
      let files = try TerrainFiles.read(dem)
      check.terrain = { files.height(at: $0) }
    }
  }

  private static func metres(_ text: String?, of option: String, example: String) throws -> Double?
  {
    guard let text else { return nil }
    guard let height = Double(text), height.isFinite, abs(height) < 12_000 else {
      throw CommandFailure.usage(
        "\(option) “\(text)” is not a height in metres", advice: "\(option) \(example)")
    }
    return height
  }

  private func chosenFormat() throws -> FindingFormat {
    if format == nil, !target.json, let file = target.file,
      let ending = OutputFormat.fileExtension(of: file)
    {
      guard let found = FindingFormat(rawValue: ending.lowercased()) else {
        throw CommandFailure.usage(
          "unknown file extension “.\(ending)” of -o for findings",
          advice: "-f with one of \(FindingFormat.allCases.map(\.rawValue).joined(separator: ", "))"
        )
      }
      try csv.words.check(found.rawValue)
      return found
    }
    return try csv.words.format(
      format, json: target.json, among: FindingFormat.self, .table, .csv)
  }
}

/// How findings are written.
enum FindingFormat: String, CaseIterable {
  case table, json, csv, geojson
}
