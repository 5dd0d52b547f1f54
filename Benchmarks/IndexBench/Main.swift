import ArgumentParser
import PhotoIndex
import PhotoModel
import SyntheticIndex

/// What an index of millions of photos costs, seen from inside the process; prints JSON. `index-generator` makes one.
///
///     index-bench boxes big.gpkg                      # boxes of 10, 1,000 and 100,000 hits
///     index-bench inside big.gpkg                     # counts, hard boxes, unchanged re-scan
@main struct IndexBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index-bench", abstract: "Measure queries of large indexes.",
    subcommands: [Boxes.self, Inside.self])
}

struct Boxes: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print boxes that hold about 10, 1,000 and 100,000 photos, one JSON array per line.")

  @Argument var index: String
  @Option(help: "Boxes of each size; a fifth of it for the largest.") var count = 60

  func run() throws {
    let reader = try IndexReader(path: index)
    for (hits, boxes) in [(10, count), (1000, count), (100_000, max(1, count / 5))] {
      for number in 0..<boxes {
        let (box, found) = try Places.box(holding: hits, number: number, reader)
        print(
          "{\"target\":\(hits),\"hits\":\(found),\"box\":[\(box.west),\(box.south),\(box.east),\(box.north)]}"
        )
      }
    }
  }
}

enum Places {
  /// Around a photo of the data, as wide as it takes.
  static func box(
    holding hits: Int, number: Int, _ reader: IndexReader
  ) throws -> (BoundingBox, Int) {
    let sites = try reader.sites().count
    let site = Int(Generator(state: UInt64(number * 7919 + hits)).first % UInt64(max(sites, 1)))
    let folders = SyntheticPhotos().folders(site: site, id: 0)
    let photos = folders[number % folders.count].inserts.compactMap(\.record.position)
    let center = photos[photos.count / 2]
    func around(_ half: Double) -> BoundingBox {
      BoundingBox(
        west: max(-180, center.longitude - half), south: max(-90, center.latitude - half),
        east: min(180, center.longitude + half), north: min(90, center.latitude + half))
    }
    var (low, high) = (0.0, 40.0)
    for _ in 0..<40 {
      let middle = (low + high) / 2
      var filter = PhotoFilter()
      filter.box = around(middle)
      if try reader.count(filter) < hits { low = middle } else { high = middle }
    }
    var filter = PhotoFilter()
    filter.box = around(high)
    return (around(high), try reader.count(filter))
  }
}

extension Generator {
  var first: UInt64 {
    var copy = self
    return copy.next()
  }
}

extension Duration {
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
