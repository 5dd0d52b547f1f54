import Foundation
import TestSupport
import Testing

@testable import gpsindex

/// `gpsindex fetch` from a folder of this machine.
@Suite struct FetchTests {
  private let shop: Workshop
  private let root: String

  init() throws {
    shop = try Workshop(filled: false)
    root = shop.path("photos")
    _ = try SiteBuilder(photos: 12, folders: 3, fileSize: 30_000, seed: 4).write(to: root)
    #expect(try shop.run("sync", root).status == 0)
  }

  private func files(_ folder: String) -> [String] {
    let walk = FileManager.default.enumerator(atPath: folder)
    return (walk?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".JPG") }.sorted()
  }

  private func expectSame(_ to: String) {
    #expect(files(to) == files(root) && files(to).count == 12)
    for path in files(to) {
      #expect(
        FileManager.default.contentsEqual(atPath: to + "/" + path, andPath: root + "/" + path))
    }
  }

  @Test func copiesTheTreeOfASiteAndThenNothing() throws {
    let first = try shop.run("fetch", "--site", "photos", "--to", "to", "--json")
    #expect(first.status == 0, "\(first.errors)")
    #expect(first.output.contains("\"fetched\":12"))
    expectSame(shop.path("to"))
    let again = try shop.run("fetch", "--site", "photos", "--to", "to")
    #expect(again.status == 0 && again.errors.contains("12 present, 0 fetched"), "\(again.errors)")
    #expect(again.output.isEmpty)
  }

  @Test func withoutASiteItsNameIsAFolder() throws {
    #expect(try shop.run("fetch", "--to", "to").status == 0)
    expectSame(shop.path("to/photos"))
  }

  @Test func flatNamesSayWhereTheyCameFrom() throws {
    #expect(try shop.run("fetch", "--site", "photos", "--to", "to", "--flat").status == 0)
    let expected = files(root).map { $0.split(separator: "/").joined(separator: "--") }
    #expect(files(shop.path("to")) == expected.sorted())
  }

  @Test func aDryRunCreatesNothing() throws {
    let result = try shop.run("fetch", "--to", "to/deep", "--dry-run")
    #expect(result.status == 0)
    #expect(
      result.errors.contains("12 photos selected: 0 present, 12 to fetch"), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: shop.path("to")))
  }

  @Test func anotherFileIsKeptUnlessReplaced() throws {
    let path = files(root)[0]
    try FileManager.default.createDirectory(
      atPath: shop.path("to/" + path.split(separator: "/").dropLast().joined(separator: "/")),
      withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: URL(filePath: shop.path("to/" + path)))
    let kept = try shop.run("fetch", "--site", "photos", "--to", "to")
    #expect(kept.status == 3 && kept.errors.contains("try: --replace"), "\(kept.errors)")
    #expect(try String(contentsOfFile: shop.path("to/" + path), encoding: .utf8) == "mine")
    #expect(try shop.run("fetch", "--site", "photos", "--to", "to", "--replace").status == 0)
    expectSame(shop.path("to"))
  }

  @Test func theManifestFindsAChangedByte() throws {
    let words = ["fetch", "--site", "photos", "--to", "to", "--manifest", "sums", "--verify"]
    #expect(try shop.run(words).status == 0)
    #expect(
      try Command.run("/bin/sh", ["-c", "cd '\(shop.path("to"))' && sha256sum -c ../sums"]).exitCode
        == 0)
    #expect(try shop.run(words).status == 0)
    let path = shop.path("to/" + files(root)[3])
    let time = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
    let file = try #require(FileHandle(forUpdatingAtPath: path))
    try file.seek(toOffset: 20_000)
    try file.write(contentsOf: Data([0xAA]))
    try file.close()
    try FileManager.default.setAttributes(
      [.modificationDate: try #require(time)], ofItemAtPath: path)
    let result = try shop.run(words)
    #expect(result.status == 3 && result.errors.contains("sum is not the manifest's"))
    #expect(try shop.run(words + ["--replace"]).status == 3)
    expectSame(shop.path("to"))
    #expect(try shop.run(words).status == 0)
  }

  @Test func continuesAnUnfinishedFile() throws {
    let running = try Command.start(
      Program.url.path,
      [
        "fetch", "--site", "photos", "--to", shop.path("to"), "--limit-rate", "100k", "--index",
        shop.index,
      ],
      environment: ["PATH": "/usr/bin:/bin", "HOME": shop.folder.path])
    let stage = shop.path("to/.gpsindex-fetch")
    let hasPart = Poll.until(seconds: 20) {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: stage)) ?? []
      return names.contains {
        let facts = try? FileManager.default.attributesOfItem(atPath: stage + "/" + $0)
        return $0.hasSuffix(".part") && (facts?[.size] as? Int ?? 0) > 1_000
      }
    }
    #expect(hasPart)
    running.send(signal: SIGINT)
    let stopped = running.result()
    #expect(stopped.exitCode == 130, "\(stopped.errorText)")
    #expect(stopped.errorText.contains("the same command continues"), "\(stopped.errorText)")
    let result = try shop.run("fetch", "--site", "photos", "--to", "to", "--json")
    #expect(result.status == 0)
    #expect(!result.output.contains("\"resumed_bytes\":0,"), "\(result.output)")
    expectSame(shop.path("to"))
    #expect(!FileManager.default.fileExists(atPath: stage))
  }

  @Test func aSecondFetchIntoTheFolderIsBusy() throws {
    let running = try Command.start(
      Program.url.path,
      ["fetch", "--to", shop.path("to"), "--limit-rate", "20k", "--index", shop.index],
      environment: ["PATH": "/usr/bin:/bin", "HOME": shop.folder.path])
    let isRunning = Poll.until(seconds: 20) {
      FileManager.default.fileExists(atPath: shop.path("to/.gpsindex-fetch"))
    }
    #expect(isRunning)
    let busy = Poll.until(seconds: 20) {
      (try? shop.run("fetch", "--to", "to", "--limit-rate", "1k").status) == 75
    }
    #expect(busy)
    running.send(signal: SIGKILL)
    _ = running.result()
  }

  @Test(arguments: [
    ("10M", 10_000_000), ("500k", 500_000), ("80Mbit", 10_000_000), ("1.5MB/s", 1_500_000),
    ("2000", 2_000),
  ])
  func readsRates(_ text: String, _ bytes: Int) throws {
    #expect(try FetchCall.rate(text) == bytes)
  }

  @Test(arguments: ["", "0", "fast", "10", "-5M", "nan", "1e99", "10X"])
  func refusesOtherRates(_ text: String) {
    #expect(throws: CommandFailure.self) { try FetchCall.rate(text) }
  }

  @Test func wrongArgumentsAreUsageErrors() throws {
    for words in [
      ["fetch"], ["fetch", "--to", ""], ["fetch", "--to", "x", "--limit-rate", "0"],
      ["fetch", "--to", "x", "--connections", "99"],
    ] {
      let result = try shop.run(words)
      #expect(result.status == 64, "\(words) \(result.errors)")
    }
    #expect(try shop.run("fetch", "--to", "index.gpkg").status == 66)
  }

  @Test func printsPathsAndURLs() throws {
    let paths = try shop.run("query", "-f", "paths")
    #expect(paths.output.split(separator: "\n").map(String.init).sorted() == files(root))
    let zero = try shop.run("query", "-f", "paths0")
    #expect(zero.output.split(separator: "\0").map(String.init).sorted() == files(root))
    let urls = try shop.run("query", "-f", "urls")
    #expect(
      urls.output.split(separator: "\n").map(String.init).sorted()
        == files(root).map { "file://\(root)/\($0)" })
  }
}
