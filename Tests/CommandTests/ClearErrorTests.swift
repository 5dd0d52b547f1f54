import Foundation
import PhotoIndex
import TestSupport
import Testing

/// Errors that name their cause: servers whose SFTP does not work as it should, and rows that need an explanation.
@Suite(
  .enabled(if: PrivateSSHD.sftpServer != nil, "no OpenSSH server with an sftp-server is installed"))
final class ClearErrorTests {
  let shop: Workshop
  init() throws { shop = try Workshop(filled: false) }

  private func server(
    _ command: String, _ lines: [String] = []
  ) throws -> PrivateSSHD {
    var options = PrivateSSHD.Options()
    options.subsystem = .command(command)
    options.extraLines = lines
    return try PrivateSSHD(options)
  }

  private func words(_ server: PrivateSSHD) -> [String] {
    ["--identity", server.identity, "--known-hosts", server.knownHosts, "--timeout", "20"]
  }

  private func add(_ server: PrivateSSHD, _ more: [String] = []) throws -> Program.Result {
    try FileManager.default.createDirectory(
      atPath: shop.path("photos"), withIntermediateDirectories: true)
    return try shop.run(
      ["site", "add", "nas", server.location(shop.path("photos"))] + words(server) + more)
  }

  /// The server answers one of the two requests that list a folder with "permission denied".
  @Test(arguments: ["opendir", "readdir"])
  func aRootThatCannotBeListedIsAnError(refused: String) throws {
    let server = try server("\(try #require(PrivateSSHD.sftpServer)) -P \(refused)")
    let added = try add(server)
    #expect(added.status == 77 && added.errors.contains("list"), "\(added.errors)")
    #expect(!added.errors.contains("0 photos"), "\(added.errors)")
    #expect(!FileManager.default.fileExists(atPath: shop.index))
    #expect(try add(server, ["--no-test"]).status == 0)
    let tested = try shop.run("site", "test", "nas", "--json")
    #expect(tested.status == 77 && tested.outputBytes.isEmpty, "\(tested.output)")
    let doctor = try shop.run("doctor", "nas")
    #expect(doctor.status == 1 && doctor.output.contains("fail"), "\(doctor.output)")
    #expect(!doctor.output.contains("and 0 photos"), "\(doctor.output)")
  }

  @Test(arguments: [("/bin/false", [String]()), ("internal-sftp", ["ForceCommand /bin/false"])])
  func aSessionThatEndsRightAfterTheLoginNamesTheUsualCauses(
    command: String, lines: [String]
  ) throws {
    let added = try add(try server(command, lines))
    #expect(added.status == 69, "\(added.errors)")
    for cause in ["after the login", "sftp-server", "ForceCommand", "chroot"] {
      #expect(added.errors.contains(cause), "\(cause): \(added.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: shop.index))
  }

  @Test func aSessionThatIsCutOnceAfterTheLoginIsTriedAgain() throws {
    let sftp = try #require(PrivateSSHD.sftpServer)
    let seen = shop.path("seen")
    let once = "if mkdir \(seen); then exit 1; fi; exec \(sftp)"
    let added = try add(try server(once))
    #expect(FileManager.default.fileExists(atPath: seen))
    #expect(added.status == 0, "\(added.errors)")
  }

  @Test(arguments: ["echo", "echo Welcome"])
  func whatTheLoginPrintsIsNamed(command: String) throws {
    let sftp = try #require(PrivateSSHD.sftpServer)
    let added = try add(try server("\(command); exec \(sftp)"))
    #expect(added.status == 69 && added.errors.contains("prints"), "\(added.errors)")
    #expect(added.errors.contains(".bashrc"), "\(added.errors)")
  }

  @Test func aHostKeyThatIsNewIsAnnouncedOnce() throws {
    let server = try server(try #require(PrivateSSHD.sftpServer))
    try FileManager.default.createDirectory(
      atPath: shop.path("photos"), withIntermediateDirectories: false)
    let words = [
      "sync", server.location(shop.path("photos")), "--identity", server.identity, "--known-hosts",
      shop.path("known"), "--accept-new",
    ]
    let first = try shop.run(words)
    #expect(first.status == 0, "\(first.errors)")
    let lines = first.errorLines.filter { $0.contains("SHA256:") }
    #expect(
      lines.count == 1 && lines.first?.contains(shop.path("known")) == true, "\(first.errors)")
    let second = try shop.run(words)
    #expect(second.status == 0 && !second.errors.contains("SHA256:"), "\(second.errors)")
  }
}

/// The same for local folders.
@Suite final class ClearErrorLocalTests {
  let shop: Workshop
  var root: String { shop.path("site") }

  init() throws {
    shop = try Workshop(filled: false)
    _ = try SiteBuilder(photos: 30, folders: 2, fileSize: 50_000, seed: 3).write(
      to: shop.path("site"))
  }

  @Test(arguments: [["--json"], ["--progress", "json"]])
  func theErrorOfTheOnlySiteNamesItsSite(words: [String]) throws {
    #expect(try shop.run("site", "add", "card", root).status == 0)
    try FileManager.default.removeItem(atPath: root)
    let result = try shop.run(["sync", "card"] + words)
    #expect(result.status == 66)
    let error = try #require(result.errorLines.last)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(error.utf8)) as? [String: Any])
    #expect(object["message_type"] as? String == "exit_error")
    #expect(object["site"] as? String == "card" && object["code"] as? Int == 66)
    #expect((object["message"] as? String)?.hasPrefix("card:") == false)
  }

  @Test func statusCallsNoSyncCompleteThatWasNot() throws {
    try Data([1, 2, 3]).write(to: URL(filePath: "\(root)/damaged.jpg"))
    #expect(try shop.run("sync", root).status == 3)
    let list = try #require(try json(shop.run("status", "--json")) as? [[String: Any]])
    let attempt = try #require(list.first?["last_attempt"] as? [String: Any])
    let last = try #require(list.first?["last_sync"] as? [String: Any])
    #expect(attempt["outcome"] as? String == "incomplete")
    #expect(last["complete"] as? Bool == false)
    let runs = try shop.run("status", "--runs", "-f", "csv").output
    #expect(runs.contains(",incomplete,") && !runs.contains(",complete,"), "\(runs)")
    let table = try shop.run("status", "-f", "csv").output
    #expect(table.contains(",false,") && !table.contains(",true,"), "\(table)")
  }

  @Test func showAndVerifyExplainRowsThatTheDeletionGuardKeeps() throws {
    #expect(try shop.run("sync", root).status == 0)
    let names = try FileManager.default.subpathsOfDirectory(atPath: root).filter {
      $0.lowercased().hasSuffix(".jpg")
    }
    for name in names.dropFirst(2) { try FileManager.default.removeItem(atPath: "\(root)/\(name)") }
    #expect(try shop.run("sync", "site").status == 3)
    let advice = "gpsindex sync site --allow-mass-delete"
    let shown = try shop.run("show", "site/\(names[5])")
    #expect(shown.output.contains("file-gone"))
    #expect(shown.errors.contains("deletion guard") && shown.errors.contains(advice))
    let details = try json(shop.run("show", "site/\(names[5])", "--json")) as? [String: Any]
    let since = details?["missing_since"] as? String
    let isTime = since?.contains(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    #expect(isTime == true, "\(since ?? "none")")
    let other = try shop.run("show", "site/\(names[0])")
    #expect(other.errors.isEmpty && !other.output.contains("missing_since"))
    let problems = try shop.run("problems", "site")
    #expect(problems.errors.contains("keeps \(names.count - 2) photos"), "\(problems.errors)")
    let verified = try shop.run("verify", "site")
    #expect(verified.status == 0)
    let lines = verified.output.split(separator: "\n")
    #expect(lines.count == names.count - 2)
    #expect(lines.allSatisfy { $0.hasSuffix(": gone; the deletion guard keeps its row") })
    #expect(verified.errors.contains(advice), "\(verified.errors)")
    let report = try #require(try json(shop.run("verify", "site", "--json")) as? [String: Any])
    let findings = try #require(report["findings"] as? [[String: Any]])
    #expect(findings.allSatisfy { $0["kept"] as? Bool == true })
  }
}
