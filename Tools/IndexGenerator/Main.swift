import ArgumentParser
import PhotoIndex
import SyntheticIndex

/// Writes a large index of synthetic photos and prints as JSON how long that took.
///
///     index-generator big.gpkg --sites 800       # about a million photos
@main struct IndexGenerator: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index-generator",
    abstract: "Write an index of synthetic photos and print the speed.")

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
    let seconds = (writing + closing) / .seconds(1)
    print(
      """
      {"photos":\(count),"seconds":\(writing / .seconds(1)),\
      "closing_seconds":\(closing / .seconds(1)),\
      "photos_per_second":\(Int(Double(count) / seconds))}
      """)
  }
}
