import Foundation
import PhotoIndex
import SSHTransport
import Testing

@testable import gpsindex

/// Every error has its exit code, at most two lines, a next step, and nothing on standard output.
@Suite final class ErrorTests {
  let shop: Workshop
  init() throws { shop = try Workshop() }

  static let cases: [([String], Int32, String)] = [
    (["query", "--bbx", "1"], 64, "--bbox"), (["qery"], 64, "gpsindex query"),
    (["site", "ad"], 64, "site add"), (["query", "extra"], 66, "one of"),
    (["query", "--bbox"], 64, "--help"), (["query", "--bbox", "--count"], 64, "--bbox"),
    (["query", "--bbox", "1,2,3"], 64, "W,S,E,N"), (["query", "--bbox", "a,b,c,d"], 64, "W,S,E,N"),
    (["query", "--bbox", "1", "2", "3", "4", "5"], 66, "one of"),
    (["query", "--bbox", "nan,0,1,1"], 64, "W,S,E,N"),
    (["query", "--bbox", "0x1,0,1,1"], 64, "W,S,E,N"),
    (["query", "--bbox", "47.3,98,47.5,99"], 64, "swapped: did you mean --bbox 98,47.3,99,47.5?"),
    (["query", "--bbox", "37.7,-122.5,37.9,-122.3"], 64, "--bbox -122.5,37.7,-122.3,37.9?"),
    (["query", "--bbox", "8,48,9,47"], 64, "swapped: did you mean --bbox 48,8,47,9?"),
    (["query", "--bbox", "181,1,182,2"], 64, "W,S,E,N"),
    (["query", "--near", "8,47"], 64, "--radius"), (["query", "--radius", "1m"], 64, "--near"),
    (["query", "--near", "47,98", "--radius", "1m"], 64, "swapped"),
    (["query", "--near", "8,47", "--radius", "-1m"], 64, "200m"),
    (["query", "--near", "8,47", "--radius", "1mi"], 64, "200m"),
    (["query", "--since", "tomorrow"], 64, "2024-05-01"),
    (["query", "--since", "2024-02-30"], 64, "2024-05-01"),
    (["query", "--since", "2025", "--until", "2024"], 64, "exchange"),
    (["query", "--alt", "5"], 64, ".."), (["query", "--alt", "9..1"], 64, ".."),
    (["query", "--fix", "rtk"], 64, "fixed"), (["query", "--flag", "voidd"], 64, "--flag void"),
    (["query", "--limit", "0"], 64, "--limit"), (["query", "--limit", "-1"], 64, "--limit"),
    (["query", "-f", "gejson"], 64, "-f geojson"),
    (["folders", "--format", "shp"], 64, "one of"),
    (["query", "--missing", "--bbox", "1,1,2,2"], 64, "--site"),
    (["problems", "--near", "1,1", "--radius", "5m"], 64, "--site"),
    (["export"], 64, "-o"), (["folders", "empty", "--site", "nsa"], 66, "nas"),
    (["folders", "-f", "gpx"], 64, "csv"),
    (["query", "--site", "nsa"], 66, "nas"), (["folders", "nsa"], 66, "nas"),
    (["status", "nsa"], 66, "nas"), (["site", "show", "nsa"], 66, "nas"),
    (["site", "remove", "nsa", "--yes"], 66, "nas"), (["show", "nosuch.jpg"], 66, "query"),
    (["show", "DJI_0001.JPG"], 64, "nas/flight1/DJI_0001.JPG"),
    (["show", "west.jpg", "--site", "empty"], 66, "west.jpg"),
    (["query", "--polygon", "nosuch.geojson"], 66, "GeoJSON"),
    (["query", "--index", "nosuch.gpkg"], 66, "sync"),
    (["site", "add", "nas", "host:x"], 64, "another name"),
    (["site", "add", "a/b", "host:x"], 64, "name"), (["site", "add", "", "host:x"], 64, "name"),
    (["site", "add", "s", "sftp://u:secret@host/x"], 64, "ssh-agent"),
    (["site", "add", "s", "u:secret@host:x"], 64, "ssh-agent"),
    (["site", "add", "s", "ftp://host/x"], 64, "sftp://"),
    (["site", "add", "s", "sftp:///x"], 64, "sftp://"),
    (["site", "add", "s", "sftp://-oProxyCommand=x/y"], 64, "sftp://"),
    (["site", "add", "s", "sftp://host:99999/x"], 64, "sftp://"),
    (["site", "add", "s", "./nosuch"], 66, "folder"), (["site", "add", "s"], 64, "--help"),
    (["site", "add", "s", "h:x", "--timeout", "0"], 64, "--timeout"),
    (["site", "add", "s", "h:x", "--transport", "telnet"], 64, "libssh2"),
    (["site", "remove", "nas"], 64, "--yes"),
    (["sync", "nsa"], 66, "sync nas"), (["sync", "./nosuch"], 66, "folder"),
    (["sync", "--progress", "bra"], 64, "--progress bar"),
    (["sync", "--connections", "17"], 64, "--connections"),
    (["sync", "--in-flight", "-1"], 64, "--in-flight"),
    (["export", "-o", "/nosuch/x.csv"], 74, "-o"), (["export", "-o", "."], 74, "-o"),
  ]

  @Test(arguments: cases)
  func errorsHaveTheirExitCodeTwoLinesAndANextStep(arguments: [String], status: Int32, hint: String)
    throws
  {
    let result = try shop.run(arguments)
    #expect(result.status == status, "\(result.errors)")
    #expect(result.outputBytes.isEmpty)
    #expect(result.errorLines.count == 2, "\(result.errors)")
    #expect(result.errorLines.first?.hasPrefix("gpsindex: ") == true)
    let advice = try #require(result.errorLines.last)
    #expect(advice.hasPrefix("try: ") && advice.contains(hint), "\(advice)")
    #expect(!result.errors.contains("secret"))
  }

  @Test(arguments: [
    (["query", "--json", "--limit", "0"], 64), (["status", "nsa", "--json"], 66),
    (["show", "a\u{1B}b", "--json"], 66), (["qery", "--json"], 64),
  ])
  func printsErrorsAsJSON(arguments: [String], status: Int) throws {
    let result = try shop.run(arguments)
    #expect(Int(result.status) == status && result.outputBytes.isEmpty)
    #expect(result.errorLines.count == 1 && !result.errors.contains("\u{1B}"))
    let error = try #require(
      try JSONSerialization.jsonObject(with: Data(result.errors.utf8)) as? [String: Any])
    #expect(error["message_type"] as? String == "exit_error")
    #expect(error["code"] as? Int == status)
    #expect(
      !(error["message"] as? String ?? "").isEmpty && !(error["try"] as? String ?? "").isEmpty)
  }

  @Test(arguments: [
    ("{", "JSON"), ("[]", "polygon"), (#"{"type":"Point","coordinates":[1,2]}"#, "polygon"),
    (#"{"type":"Polygon","coordinates":[[[47,98],[47,99],[48,98],[47,98]]]}"#, "swapped"),
    (#"{"type":"Polygon","coordinates":[[[1,1],[2,2]]]}"#, "Polygon"),
    (#"{"type":"Polygon","coordinates":[]}"#, "Polygon"),
    (#"{"type":"Polygon","coordinates":[[["a",1],[2,2],[3,3]]]}"#, "Polygon"),
    (String(repeating: "[", count: 100_000), "deep"), ("", "JSON"),
  ])
  func refusesBadPolygonFiles(text: String, word: String) throws {
    try Data(text.utf8).write(to: shop.folder.appending(path: "p.geojson"))
    let result = try shop.run("query", "--polygon", "p.geojson")
    #expect(result.status == 65)
    #expect(result.errors.contains(word) && result.errorLines.count == 2, "\(result.errors)")
  }

  @Test func refusesForeignAndDamagedIndexesWithoutChangingThem() throws {
    for (name, bytes) in [("text.gpkg", Data("hello".utf8)), ("notes.gpkg", damaged())] {
      let file = shop.folder.appending(path: name)
      try bytes.write(to: file)
      for command in [["query"], ["check"], ["site", "add", "x", "h:y"], ["sync"]] {
        let result = try shop.run(command + ["--index", name])
        #expect(result.status == 65, "\(command) \(result.errors)")
      }
      #expect(try Data(contentsOf: file) == bytes)
    }
  }

  private func damaged() -> Data { Data("SQLite format 3\0".utf8) + Data(count: 2000) }

  @Test func errorsContainNoControlCharacters() throws {
    let result = try shop.run("query", "--site", "a\u{1B}]0;x\u{7}\u{202E}\u{9B}b")
    #expect(result.status == 66)
    #expect(result.errors.contains(#"\x1b]0;x\x07\u{202e}\x9b"#))
  }

  @Test(arguments: ["csv", "geojson", "gpkg"])
  func exportNeverOverwritesTheIndex(format: String) throws {
    let before = try Data(contentsOf: URL(filePath: shop.index))
    try FileManager.default.createSymbolicLink(
      atPath: shop.path("link.gpkg"), withDestinationPath: shop.index)
    for name in ["index.gpkg", "link.gpkg"] {
      for command in [["export"], ["query"], ["query", "--count"], ["query", "--site", "nas"]] {
        if format == "gpkg", command.last == "--count" { continue }
        let result = try shop.run(command + ["-f", format, "-o", name])
        #expect(result.status == 64, "\(command) \(result.errors)")
        #expect(try Data(contentsOf: URL(filePath: shop.index)) == before)
      }
    }
    #expect(try shop.run("check").status == 0)
  }

  @Test func lockedSiteEndsWithBusy() throws {
    let writer = try IndexWriter(path: shop.index)
    let lease = try writer.lease(site: try writer.site(named: "nas").id)
    let result = try shop.run("site", "remove", "nas", "--yes")
    #expect(result.status == 75 && result.errorLines.count == 2, "\(result.errors)")
    withExtendedLifetime(lease) {}
  }

  #if os(Linux)
    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/sys/kernel"), "no sysfs"))
    func unwritableFolderEndsWithPermissionDenied() throws {
      let result = try shop.run("export", "-o", "/sys/kernel/x.csv")
      #expect(result.status == 77 && result.errorLines.count == 2, "\(result.errors)")
    }
  #endif

  @Test(arguments: [
    (TransportError.Kind.unreachable, 69), (.connectTimeout, 69), (.handshakeDropped, 69),
    (.handshakeFailed, 69), (.channelRefused, 69), (.endedAfterLogin, 69), (.connectionLost, 69),
    (.hostKeyUnknown, 76), (.hostKeyChanged, 76), (.hostKeyRevoked, 76), (.authentication, 77),
    (.configuration, 78),
  ])
  func mapsTransportErrorsToExitCodes(kind: TransportError.Kind, status: Int) {
    let failure = CommandFailure(
      TransportError(kind, "what", advice: "next"), arguments: [])
    #expect(Int(failure.status.rawValue) == status)
    #expect(failure.message == "what" && failure.advice == "next")
  }

  @Test(arguments: [
    (IndexError.Kind.notFound, 66), (.damaged, 65), (.foreign, 65),
    (.newerSchema(found: 2, supported: 1), 65), (.olderSchema(found: 1, supported: 2), 65),
    (.busy(pid: 1), 75), (.diskFull, 74), (.io, 74), (.permission, 77), (.invalid, 64),
    (.interrupted, 130), (.unexpected, 1),
  ])
  func mapsIndexErrorsToExitCodes(kind: IndexError.Kind, status: Int) {
    let failure = CommandFailure(IndexError(kind, "x"), arguments: [])
    #expect(Int(failure.status.rawValue) == status)
  }
}
