import Foundation
import TestSupport
import Testing

/// Each step prints the next command, from nothing to the first GeoJSON file.
@Suite final class FirstRunTests {
  let folder: TemporaryFolder
  let environment: [String: String]

  init() throws {
    folder = try TemporaryFolder()
    environment = ["HOME": try folder.folder("home"), "PATH": "/usr/bin:/bin"]
    _ = try SiteBuilder(photos: 6, folders: 3, fileSize: 40_000, seed: 4).write(
      to: folder.file("photos"))
  }

  private func run(_ arguments: String...) throws -> Program.Result {
    try Program.run(arguments, environment: environment, folder: URL(filePath: folder.path))
  }

  private func tops() throws -> String {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("photos"))
    return names.count == 1 ? "1 folder" : "\(names.count) folders"
  }

  @Test(.enabled(if: PrivateSSHD.isAvailable, "no OpenSSH server is installed"))
  func threeCommandsToTheFirstGeoJSON() throws {
    let server = try PrivateSSHD()
    let nothing = try run()
    #expect(nothing.status == 0 && nothing.errors.isEmpty)
    #expect(nothing.output.contains("The index has no site. Next:\n  gpsindex site add nas"))

    let added = try run(
      "site", "add", "nas", server.location(folder.file("photos")), "--identity", server.identity,
      "--known-hosts", server.knownHosts)
    #expect(added.status == 0, "\(added.errors)")
    let key = try Command.run("ssh-keygen", ["-lf", server.hostKey(.ed25519)])
    let fingerprint = try #require(key.text.split(separator: " ").dropFirst().first)
    #expect(added.errors.contains("SSH-2.0-OpenSSH") && added.errors.contains(fingerprint))
    let tops = try tops()
    #expect(
      added.errors.contains("nas: \(tops) and 0 photos in the root folder"), "\(added.errors)")
    #expect(added.errors.hasSuffix("next: gpsindex sync nas\n"))
    #expect(try run().output.contains("\n  gpsindex sync nas\n"))

    let synced = try run("sync", "nas")
    #expect(synced.errors.hasSuffix("next: gpsindex export --site nas -o nas.geojson\n"))
    #expect(try run().output.contains("1 site, 6 photos, 6 with a position"))
    let export = try run("export", "--site", "nas", "-o", "nas.geojson")
    #expect(export.status == 0)
    let bytes = try Data(contentsOf: URL(filePath: folder.file("nas.geojson")))
    let object = try JSONSerialization.jsonObject(with: bytes) as? [String: Any]
    #expect((object?["features"] as? [Any])?.count == 6)
  }

  /// Swift's `CommandLine` reads arguments from /proc. Without it, a sync must not do nothing and succeed.
  @Test(.enabled(if: FirstRunTests.canHideProc, "no mount namespace can be made here"))
  func readsItsArgumentsWithoutProc() throws {
    let result = try Command.run(
      "unshare",
      ["-rm", "sh", "-c", "mount -t tmpfs none /proc && exec \"$0\" sync nas", Program.url.path],
      environment: environment)
    #expect(result.exitCode == 66 && result.errorText.contains("nas"), "\(result.errorText)")
  }

  private static let canHideProc =
    Command.sanitizer.isEmpty
    && (try? Command.run("unshare", ["-rm", "sh", "-c", "mount -t tmpfs none /proc"]).exitCode) == 0

  @Test func doesNotStoreAnUnreachableSite() throws {
    let gone = try run("site", "add", "card", "/nosuch/place")
    #expect(gone.status == 66)
    #expect(try run("site", "add", "card", "sftp://127.0.0.1:1/x", "--timeout", "2").status == 69)
    #expect(!FileManager.default.fileExists(atPath: folder.file("home/.local/share/gpsindex")))
    #expect(try run("site", "add", "card", "sftp://127.0.0.1:1/x", "--no-test").status == 0)
    #expect(try run("site", "add", "card", "photos").status == 64)
  }

  @Test func suggestsASimilarFolderName() throws {
    #expect(try run("sync", "photos", "-q").status == 0)
    let rows = try run("folders", "--json")
    let folders = try #require(try json(rows) as? [[String: Any]])
    let path = try #require(folders.compactMap { $0["folder"] as? String }.min())
    let parts = path.split(separator: "/").map(String.init)
    for (asked, hint) in [
      (path + "x", path), (parts.last ?? "", "**/"),
    ] {
      let result = try run("query", "--count", "--folder", asked)
      #expect(result.output == "0\n")
      #expect(result.errors.contains("try: --folder "), "\(asked): \(result.errors)")
      #expect(result.errors.contains(hint), "\(asked): \(result.errors)")
    }
  }
}
