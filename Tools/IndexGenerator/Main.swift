import ArgumentParser
import PhotoIndex
import PhotoModel
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
  @Flag(help: "Mapping flights with all fields of a drone, 1,375 photos per site.")
  var survey = false
  @Option(help: "With --survey: flights of 125 photos per site.") var flights = 11
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
      let folders =
        survey
        ? SyntheticSurvey().folders(site: number, id: site.id, flights: flights)
        : photos.folders(site: number, id: site.id)
      let summary = Self.summary(folders)
      count += summary.listed
      writer.beginRun(site)
      let start = ContinuousClock.now
      // One transaction per folder, the least favourable way a sync writes.
      for folder in folders { try writer.apply(folder) }
      writing += start.duration(to: .now)
      try writer.finishSync(site: site.id, summary: summary, changed: true)
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

  private static func summary(_ folders: [FolderChanges]) -> SiteSummary {
    var summary = SiteSummary(finishedAt: 1_750_000_000_000, complete: true, seconds: 1)
    for folder in folders {
      summary.listed += folder.inserts.count
      summary.located += folder.inserts.count { $0.record.position != nil }
    }
    summary.new = summary.listed
    summary.withoutPosition = summary.listed - summary.located
    return summary
  }
}
