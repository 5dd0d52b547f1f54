import Foundation
import TestSupport
import Testing

@testable import gpsindex

/// `gpsindex watch` of a folder of this machine.
@Suite struct WatchCommandTests {
  private let shop: Workshop
  private let root: String
  private let photos: [String]

  init() throws {
    shop = try Workshop(filled: false)
    root = shop.path("photos")
    photos = try SiteBuilder(photos: 12, folders: 3, fileSize: 30_000, seed: 4).write(to: root)
      .map(\.path).sorted()
    #expect(try shop.run("sync", root).status == 0)
  }

  @Test(arguments: ["0", "0.5s", "30d", "x", "-1s", "25h", "1e3"])
  func intervalsAreOneSecondToOneDay(_ text: String) throws {
    #expect(throws: CommandFailure.self) { try WatchInterval.seconds(text) }
    let result = try shop.run("watch", "--every=\(text)")
    #expect(result.status == 64 && result.errors.contains("try: "), "\(result.errors)")
  }

  @Test(arguments: [("1s", 1.0), ("30", 30), ("1.5min", 90), ("5MIN", 300), ("24h", 86_400)])
  func intervalsHaveUnits(_ text: String, _ seconds: Double) throws {
    #expect(try WatchInterval.seconds(text) == seconds)
  }

  @Test func aWatchOfAFolderFindsWhatComes() throws {
    let watch = try Command.start(
      Program.url.path, ["watch", "photos", "--every", "1s", "--index", shop.index],
      environment: ["HOME": shop.folder.path])
    let tree = root
    try FileManager.default.copyItem(atPath: tree + "/" + photos[1], toPath: tree + "/came.JPG")
    let isSeen = Poll.until(seconds: 60) {
      String(decoding: watch.outputSoFar, as: UTF8.self).contains("photos: 1 new (came.JPG)")
    }
    #expect(isSeen, "\(String(decoding: watch.outputSoFar, as: UTF8.self))")
    watch.send(signal: SIGTERM)
    let result = watch.result(timeout: 20)
    #expect(!result.timedOut && result.exitCode == 0, "\(result.errorText)")
    #expect(result.text.split(separator: "\n").count == 1, "\(result.text)")
    let status = try shop.run("status", "--json")
    #expect(status.output.contains("\"outcome\":\"complete\""))
  }
}
