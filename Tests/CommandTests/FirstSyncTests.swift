import Foundation
import PhotoIndex
import TestSupport
import Testing

/// Several programs start at once without an index.
@Suite struct FirstSyncTests {
  private static func folders(_ shop: Workshop, _ names: [String]) throws -> [String] {
    try names.map { name in
      let path = shop.path(name)
      if !FileManager.default.fileExists(atPath: path) {
        _ = try SiteBuilder(photos: 3, fileSize: 20_000, seed: 3).write(to: path)
      }
      return path
    }
  }

  /// Different folders with one name need different site names; one folder needs one site.
  @Test(arguments: [
    ["photos", "photos", "photos", "photos"],
    ["a/photos", "b/photos", "c/photos", "d/photos"],
    ["a/photos", "a/photos", "b/photos", "c"],
  ])
  func parallelFirstSyncsMakeOneSitePerFolder(_ names: [String]) throws {
    for _ in 0..<3 {
      let shop = try Workshop(filled: false)
      let paths = try Self.folders(shop, names)
      let running = try paths.map { path in
        try Command.start(
          Program.url.path, ["sync", path, "--quiet", "--progress", "none"],
          environment: [
            "PATH": "/usr/bin:/bin", "HOME": shop.folder.path, "GPSINDEX_INDEX": shop.index,
          ])
      }
      let results = running.map { $0.result(timeout: 60) }
      for result in results {
        #expect([0, 75].contains(result.exitCode), "\(result.exitCode): \(result.errorText)")
      }
      #expect(results.contains { $0.exitCode == 0 })
      let sites = try IndexReader(path: shop.index).sites()
      let locations = sites.map(\.location)
      #expect(Set(locations).count == locations.count, "\(sites.map(\.name)) \(locations)")
      #expect(Set(locations).isSubset(of: paths))
      #expect(try shop.run("check").status == 0)
    }
  }
}
