import ArgumentParser
import Foundation
import TestSupport

@main
struct SiteGenerator: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "site-generator",
    abstract: "Writes a tree of drone photos, and the truth about them beside it.",
    discussion: """
      The photos are sparse: real header segments, a small picture, then nothing up to the end. The same seed \
      writes the same bytes. The truth goes to OUT.truth.csv unless --truth says otherwise: \
      path, position, height, time, size and mtime of every photo.

      The reference site:  site-generator --out site
      A large one:         site-generator --out big --photos 50000 --folders 400 --layout small
      """)

  @Option(help: "Folder to write; it must not exist, or be empty.") var out: String
  @Option(help: "Number of photos.") var photos = 1375
  @Option(help: "Number of camera folders among which they are spread, unequally.") var folders = 12
  @Option(help: "Mean bytes per photo; 0: as small as the header allows.") var size: Int?
  @Option(help: "Seed of everything that is chosen at random.") var seed: UInt64 = 1
  @Option(help: "mixed, native, makernote or small.") var layout = SiteBuilder.Layouts.mixed
  @Option(help: "How many of a hundred photos carry the drone's XMP packet.") var xmp = 95
  @Option(help: "Mean bytes of the embedded thumbnails.") var thumbnail: Int?
  @Option(help: "File for the truth.") var truth: String?

  mutating func validate() throws {
    guard photos >= 0, folders > 0 else {
      throw ValidationError("--photos is 0 or more, --folders above 0")
    }
    if let thumbnail, !(1000...50_000 ~= thumbnail) {
      throw ValidationError("--thumbnail is 1000 to 50,000")
    }
    if let size, size < 0 { throw ValidationError("--size is 0 or more") }
  }

  mutating func run() throws {
    let there = (try? FileManager.default.contentsOfDirectory(atPath: out)) ?? []
    guard there.isEmpty else { throw ValidationError("\(out) is not empty") }
    var builder = SiteBuilder(
      photos: photos, folders: folders, fileSize: size ?? (layout == .small ? 0 : 6_000_000),
      seed: seed)
    builder.layouts = layout
    builder.xmpPercent = xmp
    builder.thumbnailBytes = thumbnail
    let began = ContinuousClock.now
    let written = try builder.write(to: out)
    var base = out
    while base.count > 1, base.hasSuffix("/") { base.removeLast() }
    let truthFile = truth ?? base + ".truth.csv"
    try Data(SiteBuilder.csv(written).utf8).write(to: URL(fileURLWithPath: truthFile))
    let seconds = (began.duration(to: .now) / .milliseconds(1)).rounded() / 1000
    let bytes = written.reduce(0) { $0 + $1.size }
    print("\(written.count) photos, \(bytes) bytes by name, in \(seconds) s; truth: \(truthFile)")
  }
}

extension SiteBuilder.Layouts: ExpressibleByArgument {}
