import ArgumentParser
import GeoFormats
import PhotoIndex
import PhotoModel
import PhotoSource
import Sync

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

struct SiteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "site", abstract: "Manage sites.",
    subcommands: [
      SiteAddCommand.self, SiteListCommand.self, SiteShowCommand.self, SiteSetCommand.self,
      SiteRemoveCommand.self, SiteTestCommand.self, SiteTrustCommand.self,
    ])
}

struct SiteAddCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Add a site, after testing the connection.",
    discussion: """
      LOCATION is user@host:path, an alias of the ssh configuration as alias:path, \
      sftp://user@host:port/path, or a local folder. The path of host:path and sftp://host/~/path is in \
      the login folder; that of host:/path and sftp://host/path is absolute. Logs in, prints the host \
      key (the ssh program does not tell it), and lists the root folder. If that fails, the index does \
      not store the site. It never stores passwords; use ssh-agent or --identity.

        gpsindex site add nas drone@nas:photos
        gpsindex site add old sftp://drone@nas:2222/srv/photos
        gpsindex site add card /media/card/DCIM
        gpsindex site add far pilot@example.org:flights --identity ~/.ssh/flights --accept-new
      """)

  @Argument(help: ArgumentHelp("Name of the site.", valueName: "NAME")) var name: String
  @Argument(help: ArgumentHelp("Location of the photos.", valueName: "LOCATION"))
  var location: String

  @Flag(name: .customLong("no-test"), help: "Add the site without connecting.") var noTest = false
  @Flag(name: .customLong("json"), help: "Print the site as JSON.") var json = false
  @OptionGroup(title: "Files") var listing: ListingOptions
  @OptionGroup var reach: ReachOptions

  func run() throws {
    try SiteName.check(name)
    let place = try SitePlace.parse(location)
    var site = SiteRecord(
      name: name, location: place.text, settings: try listing.settings(over: reach.ssh.settings()))
    let index = try reach.common.indexPath()
    // Report errors of the index before connecting.
    let others = access(index, F_OK) == 0 ? try IndexReader(path: index).sites() : []
    if others.contains(where: { $0.name.hasSameBytes(as: name) }) {
      throw IndexError.siteExists(name)
    }
    let patterns = PatternNotes(try listing.settings(over: SiteSettings()))
    var home: [UInt8]?
    if !noTest {
      var trialled = site
      trialled.settings = try reach.config.settings().settings(of: site)
      let trial = try SiteTrial(
        trialled, reach.secrets.credentials(for: [trialled]),
        asksHome: others.contains { !$0.location.hasPrefix("/") }, note: reach.common.note)
      home = trial.report.home
      for line in trial.lines { reach.common.note(line) }
      for line in patterns.ofRoot(trial.report) { reach.common.note(line) }
      site.settings.needsSSHProgram = trial.needsSSHProgram
      if let path = trial.report.workingPath {
        throw CommandFailure(
          .notFound,
          "the folder \(site.location) does not exist, but “\(PathBytes(path).text)” does",
          advice: NextCommand.text(["site", "add", name, place.with(path: path).text]))
      }
    }
    let added = try IndexWriter(path: index).addSite(site)
    if let remark = SiteTrust.keep(added, index: index, Environment.value) {
      Messages.note("\(name): \(remark)")
    }
    if added.settings.acceptNew == true {
      reach.common.note(
        "\(name) keeps accept_new: later syncs accept an unknown host key without asking, too")
    }
    for line in patterns.ofNames + SharedFolder.notes(added, others, home: home) {
      reach.common.note(line)
    }
    if json { try StandardOutput.write(SiteFields.json(added) + "\n") }
    reach.common.note(
      "site \(name) added; next: " + NextCommand.text(["sync", name], index: reach.common.index))
  }
}

struct SiteListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List all sites.")

  @OptionGroup(title: "Output") var output: ListOutputOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    let format = try output.chosenFormat()
    let statuses = try IndexReader(path: try common.indexPath(), takesOlder: true).status()
    let columns =
      [Column("site"), Column("location")]
      + ["photos", "located"].map { Column($0, isNumber: true) } + [Column("last_sync")]
    try Listing.print(
      format, csv: output.csv.words.style, columns,
      statuses.map { status in
        [
          .text(status.site.name), .text(status.site.location), .integer(Int64(status.photos)),
          .integer(Int64(status.located)),
          status.site.lastSync.map { .time($0.finishedAt) } ?? .null,
        ]
      })
    if statuses.isEmpty {
      common.note("the index has no site", advice: "gpsindex site add NAME LOCATION")
    }
  }
}

struct SiteShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Print the stored settings of a site.")

  @Argument(help: ArgumentHelp("The site.", valueName: "NAME"), completion: Completions.sites)
  var name: String
  @Flag(name: .customLong("json"), help: "Print one JSON object.") var json = false
  @OptionGroup var common: CommonOptions

  func run() throws {
    let site = try IndexReader(path: try common.indexPath(), takesOlder: true).site(named: name)
    if json {
      try StandardOutput.write(SiteFields.json(site) + "\n")
    } else {
      try Listing.printPairs(SiteFields.of(site))
    }
  }
}

struct SiteRemoveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Remove a site and its rows from the index.",
    discussion: "Does not change the photos.")

  @Argument(help: ArgumentHelp("The site.", valueName: "NAME"), completion: Completions.sites)
  var name: String
  @Flag(name: .shortAndLong, help: "Do not prompt for confirmation.") var yes = false
  @Flag(name: .customLong("json"), help: "Print the result as JSON.") var json = false
  @OptionGroup var common: CommonOptions

  func run() throws {
    let path = try common.indexPath()
    let status = try IndexReader(path: path).status(site: name)
    let photos = status.first?.photos ?? 0
    if !yes { try confirm(photos) }
    let removed = try IndexWriter(path: path).removeSite(named: name)
    SiteTrust(index: path).forget(name)
    if json {
      var text = JSONText()
      text.beginObject()
      text.member("site", .text(name))
      text.member("removed", .integer(Int64(removed)))
      text.endObject()
      try StandardOutput.write(text.text + "\n")
    }
    common.note("removed site \(name) with \(Plural.photos(removed)); the files are unchanged")
  }

  private func confirm(_ photos: Int) throws {
    guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else {
      throw CommandFailure.usage(
        "removing site \(name) (\(Plural.photos(photos))) needs confirmation",
        advice: "gpsindex site remove \(name) --yes")
    }
    Messages.note(
      "remove site \(name) and its \(Plural.photos(photos)) from the index? The files stay. [y/N]")
    let answer = readLine()?.lowercased() ?? ""
    guard answer == "y" || answer == "yes" else {
      throw CommandFailure(
        .other, "not confirmed, nothing was changed", advice: "gpsindex site remove \(name) --yes")
    }
  }
}

/// Valid names of sites, which differ from paths, locations and options.
enum SiteName {
  static func check(_ name: String) throws {
    let isBad =
      name.isEmpty || name.starts(withByte: "-") || name.starts(withByte: ".")
      || name.unicodeScalars.contains {
        $0 == "/" || $0 == ":" || ControlCharacters.contains($0)
      }
    guard isBad else { return }
    throw CommandFailure.usage(
      "“\(name)” is not a valid site name",
      advice: "a name without / and :, that does not start with - or .")
  }

  /// A valid name similar to `wanted` that is not in `taken`.
  static func free(_ wanted: String, taken: some Collection<String>) -> String {
    var name = String(
      wanted.map { character in
        character == ":" || character == "/"
          || character.unicodeScalars.contains(where: ControlCharacters.contains)
          ? "_" : character
      })
    while name.starts(withByte: "-") || name.starts(withByte: ".") {
      name.unicodeScalars.removeFirst()
    }
    if name.isEmpty { name = "photos" }
    var candidate = name
    var number = 2
    while taken.contains(candidate) {
      candidate = "\(name)-\(number)"
      number += 1
    }
    return candidate
  }
}

enum SiteFields {
  static func of(_ site: SiteRecord) -> [(String, FieldValue)] {
    let settings = site.settings
    return [
      ("site", .text(site.name)), ("location", .text(site.location)),
      ("identity", FieldValue(settings.identity)),
      ("known_hosts", FieldValue(settings.knownHosts)),
      ("accept_new", settings.acceptNew.map { .flag($0) } ?? .null),
      ("timeout", FieldValue(settings.timeoutSeconds)),
      ("transport", FieldValue(transport(settings))),
      ("connections", FieldValue(settings.connections.map(Int64.init))),
      ("in_flight", FieldValue(settings.inFlight.map(Int64.init))),
      ("exclude", FieldValue(settings.exclude.map(SiteSettings.text))),
      ("include_ext", FieldValue(settings.includedExtensions.map(SiteSettings.text))),
      ("last_sync", site.lastSync.map { .time($0.finishedAt) } ?? .null),
    ]
  }

  /// nil: the index stores no transport.
  static func transport(_ settings: SiteSettings) -> String? {
    settings.needsSSHProgram == nil ? settings.transport : "auto (the ssh program)"
  }

  static func json(_ site: SiteRecord) -> String {
    var json = JSONText()
    json.beginObject()
    for (name, value) in of(site) { json.member(name, value) }
    json.endObject()
    return json.text
  }
}
