import ArgumentParser
import PhotoIndex
import PhotoModel

/// What an index of millions of photos costs, seen from inside the process; prints JSON.
///
///     index-bench generate big.gpkg --sites 800       # about a million photos
///     index-bench boxes big.gpkg                      # boxes of 10, 1,000 and 100,000 hits
///     index-bench inside big.gpkg                     # counts, hard boxes, unchanged re-scan
@main struct IndexBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index-bench", abstract: "Make and measure large indexes.",
    subcommands: [Generate.self, Boxes.self, Inside.self])
}

struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write an index of synthetic photos; tells how fast.")

  @Argument var index: String
  @Option(help: "Sites of about 1,248 photos.") var sites = 800
  @Flag(help: "With attitude, RTK and camera.") var drone = false
  @Flag(help: "Flights of 100 km.") var corridor = false
  @Flag(help: "Every commit waits for the disk.") var durable = false

  func run() throws {
    let photos = SyntheticPhotos(hasDroneFields: drone, isCorridor: corridor)
    let writer = try IndexWriter(path: index)
    if durable { try writer.waitForDisk() }
    var count = 0
    var writing = Duration.zero
    for number in 0..<sites {
      let site = try writer.addSite(
        SiteRecord(name: "site\(10_000 + number)", location: "/photos/\(number)"))
      let folders = photos.folders(site: number, id: site.id)
      count += folders.reduce(0) { $0 + $1.inserts.count }
      let start = ContinuousClock.now
      // One transaction per folder, the least favourable way a sync writes.
      for folder in folders { try writer.apply(folder) }
      writing += start.duration(to: .now)
    }
    let start = ContinuousClock.now
    try writer.checkpoint()
    let closing = start.duration(to: .now)
    print(
      """
      {"photos":\(count),"seconds":\(writing.seconds),"closing_seconds":\(closing.seconds),\
      "photos_per_second":\(Int(Double(count) / (writing + closing).seconds))}
      """)
  }
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
