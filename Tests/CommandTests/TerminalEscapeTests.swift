import Foundation
import GeoFormats
import PhotoIndex
import PhotoModel
import TestSupport
import Testing

/// Control characters of names, servers, cameras and foreign indexes never reach a terminal, in any command and
/// format.
@Suite final class TerminalEscapeTests {
  /// Sets the title, clears the screen, starts an escape sequence with an 8-bit control, reverses the text.
  static let evil = "\u{1B}]0;pwned\u{7}\u{1B}[2J\u{9B}31m\u{202E}\u{2066}\u{200F}\r\u{8}\u{7F}"

  let folder: TemporaryFolder
  let index: String
  let site: String

  init() throws {
    folder = try TemporaryFolder()
    index = folder.file("index.gpkg")
    site = try folder.folder("photos")
    let writer = try IndexWriter(path: index)
    let evilSite = try writer.addSite(
      SiteRecord(name: "evil\(Self.evil)", location: "\(site)/\(Self.evil)"))
    let plain = try writer.addSite(SiteRecord(name: "plain", location: site))
    for site in [evilSite, plain] {
      var located = PhotoRecord(outcome: .located(Coordinate(latitude: 47, longitude: 8)))
      located.cameraMake = "make\(Self.evil)"
      located.cameraModel = "model\(Self.evil)"
      located.serialNumber = Self.evil
      located.altitude = 400
      located.takenAt = 1_714_557_600_000
      located.takenLocal = "2024-05-01T12:00:00"
      var changes = FolderChanges(site: site.id, folder: PathBytes(text: "folder\(Self.evil)"))
      let names: [[UInt8]] = [
        Array("a\(Self.evil).jpg".utf8), [0x61, 0x9B, 0x33, 0x31, 0x6D, 0xFF] + Array(".jpg".utf8),
      ]
      for (name, record) in zip(
        names + [Array("none\(Self.evil).jpg".utf8), Array("bad\(Self.evil).jpg".utf8)],
        [
          located, located, PhotoRecord(outcome: .withoutPosition(.noGPS)),
          PhotoRecord(outcome: .failed(.damaged)),
        ])
      {
        changes.inserts.append(
          PhotoChange(
            file: ListedFile(name: PathBytes(name), size: 1, mtime: 1), record: record,
            racy: false, parserVersion: 1))
      }
      try writer.apply(changes)
    }
  }

  private func environment(_ more: [String: String] = [:]) -> [String: String] {
    ["GPSINDEX_INDEX": index, "HOME": folder.path, "TERM": "xterm", "PATH": "/usr/bin:/bin"]
      .merging(more) { $1 }
  }

  /// Standard output and standard error on one terminal.
  private func show(_ arguments: [String], _ more: [String: String] = [:]) throws -> [UInt8] {
    let terminal = try PseudoTerminal(columns: 100)
    let process = Process()
    process.executableURL = Program.url
    process.arguments = arguments
    process.environment = Command.sanitizer.merging(environment(more)) { $1 }
    process.currentDirectoryURL = URL(filePath: folder.path)
    process.standardInput = FileHandle.nullDevice
    let slave = FileHandle(fileDescriptor: terminal.slave, closeOnDealloc: false)
    process.standardOutput = slave
    process.standardError = slave
    try process.run()
    terminal.closeOurSide()
    let shown = terminal.readToEnd().flatMap(\.bytes)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    return shown
  }

  /// The output is UTF-8 with line ends and no other control characters, except gpsindex's own colours and the
  /// sequences of the progress bar.
  private func expectHarmless(
    _ bytes: [UInt8], _ what: String, location: SourceLocation = #_sourceLocation
  ) {
    guard var text = String(validating: bytes, as: UTF8.self) else {
      Issue.record("\(what): not UTF-8", sourceLocation: location)
      return
    }
    text.replace(#/\r+\n/#.matchingSemantics(.unicodeScalar), with: "")
    text.replace(#/\u{1B}\[[0-9]*m|\r|\u{1B}\[K/#.matchingSemantics(.unicodeScalar), with: "")
    let controls = text.unicodeScalars.filter { ControlCharacters.contains($0) && $0 != "\n" }
    #expect(controls.isEmpty, "\(what): \(controls.map(\.value))", sourceLocation: location)
    #expect(!text.contains("\u{1B}"), "\(what)", sourceLocation: location)
  }

  /// The hostile text is visible, escaped as for a terminal, JSON or XML.
  private func expectVisible(
    _ bytes: [UInt8], _ what: String, location: SourceLocation = #_sourceLocation
  ) {
    let text = String(decoding: bytes, as: UTF8.self)
    let isVisible =
      text.contains(#"\x1b]0;pwned\x07"#) || text.contains(#"\u001b]0;pwned\u0007"#)
      || text.contains("pwned")
    #expect(isVisible, "\(what): \(text)", sourceLocation: location)
  }

  @Test func noFormatPrintsControlCharacters() throws {
    let formats = OutputFormat.allCases.filter { !$0.isDatabase && !$0.isPage }
    try #require(formats.count >= 8)
    for format in formats {
      for arguments in [
        ["query", "-f", format.rawValue],
        ["export", "-f", format.rawValue, "-o", "/dev/stdout"],
      ] {
        let shown = try show(arguments)
        expectHarmless(shown, "\(arguments)")
        expectVisible(shown, "\(arguments)")
      }
    }
    let lists = RecordFormat.allCases
    try #require(lists.count >= 4)
    for format in lists {
      for command in [
        ["folders"], ["status"], ["site", "list"], ["problems"], ["config", "show"],
      ] {
        let shown = try show(command + ["-f", format.rawValue])
        expectHarmless(shown, "\(command) \(format)")
        expectVisible(shown, "\(command) \(format)")
      }
    }
  }

  /// A pipe gets the bytes of the format: CSV contains names unchanged.
  @Test func pipeGetsTheBytesOfTheFormat() throws {
    let result = try Program.run(["query", "-f", "csv"], environment: environment())
    #expect(result.outputBytes.contains(0x1B) && result.output.contains("\u{202E}"))
    let file = folder.file("out.csv")
    let export = try Program.run(["export", "-o", file], environment: environment())
    #expect(export.status == 0)
    #expect(try Data(contentsOf: URL(filePath: file)).contains(0x1B))
  }

  static let commands: [[String]] = [
    ["query"], ["query", "-f", "csv"], ["folders"], ["status"], ["status", "--json"], ["problems"],
    ["problems", "--json"], ["check"], ["check", "--json"], ["site", "list"],
    ["site", "list", "--json"], ["site", "show", "evil\(evil)"], ["site", "show", "plain"],
    ["site", "show", "evil\(evil)", "--json"], ["site", "test", "evil\(evil)"],
    ["site", "remove", "evil\(evil)"], ["site", "add", evil, "/x"], ["site", "add", "x", evil],
    ["show", "a\(evil).jpg"], ["show", "a\(evil).jpg", "--json"],
    ["show", "folder\(evil)/a\(evil).jpg", "--site", "evil\(evil)"],
    ["show", "folder\(evil)/a\(evil).jpg", "--site", "plain", "-f", "csv"],
    ["config", "show"], ["config", "show", "evil\(evil)", "--origin"], ["config", "path"],
    ["config", "path", "--config", "/x\(evil)"], ["doctor"], ["doctor", "evil\(evil)"],
    ["doctor", "plain", "--json"], ["verify", "plain"], ["verify", "evil\(evil)"],
    ["verify", "plain", "--json"],
    // Errors repeat what was typed.
    [evil], ["query", evil], ["query", "--\(evil)"], ["query", "--bbox", evil],
    ["query", "--site", evil], ["query", "-f", evil], ["query", "--folder", evil],
    ["query", "-o", "/nowhere\(evil)/x.csv"], ["export", "-o", "/nowhere/\(evil).csv"],
    ["export", "-o", "x.\(evil)"], ["folders", evil], ["status", evil],
    ["problems", "--site", evil],
    ["show", evil], ["sync", evil], ["sync", "sftp://127.0.0.1:1/\(evil)"],
    ["sync", "sftp://\(evil)/x"], ["sync", "plain", "--progress", evil], ["help", evil],
    ["--index", "/nowhere\(evil)", "query"], ["query", "--index", "/nowhere\(evil)", "--json"],
    ["serve", "--listen", evil], ["serve", "--index", "/nowhere\(evil)"],
    ["serve", "--listen", "127.0.0.1:0", "--tiles", evil], ["check", "--index", "/\(evil)"],
    ["verify", evil], ["doctor", evil], ["--version"], ["--help"], [],
  ]

  @Test(arguments: commands)
  func noCommandPrintsControlCharacters(arguments: [String]) throws {
    let shown = try show(arguments)
    #expect(!shown.isEmpty)
    expectHarmless(shown, "\(arguments)")
  }

  @Test(arguments: ["bar", "plain", "json"])
  func noSyncPrintsControlCharacters(progress: String) throws {
    let names: [[UInt8]] = [
      Array("bad\(Self.evil).jpg".utf8), [0x9B, 0x32, 0x4A, 0xFF] + Array(".jpg".utf8),
    ]
    for name in names {
      let path = (Array("\(site)/".utf8) + name + [0]).map { CChar(bitPattern: $0) }
      let made = open(path, O_CREAT | O_WRONLY, 0o644)
      #expect(made >= 0)
      close(made)
    }
    for sites in [["plain"], ["evil\(Self.evil)"], [site]] {
      let shown = try show(["sync"] + sites + ["--progress", progress, "--allow-mass-delete"])
      expectHarmless(shown, "\(sites) \(progress)")
      // Each failed photo is named once.
      if sites == ["plain"] { expectVisible(shown, "\(sites)") }
    }
  }

  /// Settings of the configuration file, and variables of the environment.
  @Test func escapesConfigurationAndEnvironment() throws {
    let config = folder.file("config.toml")
    try "[sites]\n\"x\u{202E}y\" = 1\nfoo\u{1B}[2J = \"a\"\n".write(
      toFile: config, atomically: true, encoding: .utf8)
    for command in [["config", "show"], ["doctor"], ["sync", "plain"]] {
      let shown = try show(command, ["GPSINDEX_CONFIG": config])
      expectHarmless(shown, "\(command)")
      let variables = try show(
        command,
        ["GPSINDEX_INDEX": "/nowhere\(Self.evil)/x", "GPSINDEX_CONFIG": "/nowhere\(Self.evil)"])
      expectHarmless(variables, "\(command)")
      expectVisible(variables, "\(command)")
    }
  }
}
