import ArgumentParser
import Publish

struct PublishCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "publish",
    abstract: "Copy the index, or what has changed in it, to a PostGIS database.",
    discussion: """
      Brings the sites of the index to the tables of a schema in PostgreSQL with PostGIS. It sends only \
      what has changed since the last run, each site in one transaction. docs/team.md describes the \
      tables, rights and clients. A password comes from ~/.pgpass, a service file or PGPASSWORD.

        gpsindex publish postgresql://gis@db.example.com/survey
        gpsindex publish postgresql://gis@db.example.com/survey nas --dry-run
        gpsindex publish 'postgresql://?service=survey' --check
      """)

  @Argument(
    help: ArgumentHelp(
      "Address of the database: postgresql://USER@HOST:PORT/DATABASE.", valueName: "ADDRESS"))
  var address: String

  @Argument(
    help: ArgumentHelp("Only these sites. Default: all sites of the index.", valueName: "SITE"),
    completion: Completions.sites)
  var siteNames: [String] = []

  @Option(help: ArgumentHelp("Schema of the tables; made by the first run.", valueName: "NAME"))
  var schema = "gpsindex"

  @Flag(name: .customLong("dry-run"), help: "Print what would be sent; change nothing.")
  var dryRun = false

  @Flag(
    help: ArgumentHelp(
      "Compare the rows of each folder in index and database; change nothing. Exits with code 3 if "
        + "they differ."))
  var check = false

  @Flag(help: "With --check: also read all columns, to find rows that others edited.")
  var deep = false

  @Flag(help: "Also remove sites that this index published and no longer has.")
  var prune = false

  @Flag(
    help: ArgumentHelp(
      "Take over sites that another index publishes: compare all rows, and replace those that "
        + "differ."))
  var adopt = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Split a new table of photos into 2 to 32 partitions, for more than 100 million photos.",
      valueName: "N"))
  var partitions: String?

  @Flag(name: .customLong("json"), help: "Print one JSON object per site; errors are JSON, too.")
  var json = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    try PublishCall(self).run()
  }
}
