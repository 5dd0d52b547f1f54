import Foundation

/// Writes a tree of drone photos and knows the true values of each. The same seed gives the same bytes.
///
/// Two levels, as a collection of flights looks: a folder per place and day, in it the camera's
/// folders `100MEDIA`, `101MEDIA` …, in each of them the numbering begins again at
/// `DJI_0001.JPG`. Photos are sparse: real header segments, a small picture, then nothing up to the
/// end mark.
package struct SiteBuilder: Sendable {
  package var photos: Int
  package var folders: Int
  /// Mean bytes per photo; each differs from it by up to a tenth. 0: the header alone.
  package var fileSize: Int
  package var seed: UInt64
  package var layouts = Layouts.mixed
  /// How many of a hundred photos carry the drone's XMP packet.
  package var xmpPercent = 95
  /// Mean bytes of the embedded thumbnails, each differs from it by up to a fifth; nil: as ``Layout`` says.
  package var thumbnailBytes: Int?

  /// The layout of the metadata.
  package enum Layout: String, Sendable, CaseIterable {
    /// The GPS directory near the start, a thumbnail at the end of the Exif segment that makes it
    /// 10–50 KB, XMP behind it: DJI's own files.
    case native
    /// A MakerNote of 8–40 KB before the GPS directory.
    case makernote
    /// As little as a photo can have: for trees of very many files.
    case small
  }

  package enum Layouts: String, Sendable, CaseIterable {
    /// About 80 % native, 20 % with the large MakerNote.
    case mixed
    case native, makernote, small
  }

  /// One written photo.
  package struct Photo: Sendable, Equatable {
    /// Below the tree's root, with `/`.
    package var path: String
    /// Degrees, WGS 84, 7 decimals.
    package var latitude: Double
    package var longitude: Double
    /// Metres above sea level, 2 decimals.
    package var altitude: Double
    /// Metres above the take-off; nil: no XMP.
    package var relativeAltitude: Double?
    /// `2024-05-14T10:11:12`, the camera's own clock, 2 h ahead of UTC.
    package var takenLocal: String
    package var size: Int64
    /// Seconds since 1970 UTC.
    package var mtime: Int64
    package var layout: Layout
  }

  package init(photos: Int, folders: Int = 1, fileSize: Int = 0, seed: UInt64 = 1) {
    self.photos = photos
    self.folders = folders
    self.fileSize = fileSize
    self.seed = seed
  }

  /// Writes the tree below `root`, which is made when it is not there.
  /// - Returns: the photos in the order they were written, folder by folder.
  package func write(to root: String) throws -> [Photo] {
    var random = SplitMix64(seed: seed)
    var written: [Photo] = []
    written.reserveCapacity(photos)
    for (index, count) in folderCounts(&random).enumerated() {
      let flight = Flight(index: index, random: &random)
      let folder = root + "/" + flight.path
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      for number in 0..<count {
        let (photo, head) = makePhoto(flight, number: number, random: &random)
        try Self.writeSparse(
          head, size: photo.size, mtime: photo.mtime, to: root + "/" + photo.path)
        written.append(photo)
      }
      // Later than the last photo in it, like a folder that was copied once and left alone.
      try Self.setTimes(of: folder, to: flight.began + Int64(count) * 2 + 60)
    }
    return written
  }

  /// How many photos each folder holds: unequal, every folder at least one, the sum exact.
  func folderCounts(_ random: inout SplitMix64) -> [Int] {
    guard folders > 0, photos > 0 else { return [] }
    if folders == Self.reference.count, photos == Self.reference.reduce(0, +) {
      return Self.reference
    }
    let weights = (0..<folders).map { _ in
      0.3 + pow(Double.random(in: 0..<1, using: &random), 2) * 1.4
    }
    let least = photos >= folders ? 1 : 0
    let spare = Double(photos - least * folders)
    let total = weights.reduce(0, +)
    // Differences of rounded sums: the whole stays exact, and no folder takes the rest.
    var before = 0
    var sum = 0.0
    return weights.enumerated().map { i, weight in
      sum += weight
      let now = i == folders - 1 ? Int(spare) : Int((sum / total * spare).rounded())
      defer { before = now }
      return now - before + least
    }
  }

  /// The folders of a site that was measured: 1,375 photos, one day with 513 of them.
  private static let reference = [121, 41, 513, 7, 92, 168, 31, 71, 241, 13, 55, 22]

  // MARK: - One photo

  /// One camera folder: a lawn-mower flight over a place on one day.
  private struct Flight {
    let path: String
    let latitude: Double
    let longitude: Double
    let ground: Double
    /// Seconds since 1970 UTC.
    let began: Int64

    private static let places = [
      "Kiesgrube", "Deich", "Weinberg", "Bahndamm", "Windpark", "Steinbruch", "Auwald", "Hafen",
    ]

    init(index: Int, random: inout SplitMix64) {
      let site = index / 3
      // 2 April 2024, 07:00 UTC; a new place every third day, a flight every two hours. After two years
      // the days begin again: photos of the future would be read again by every sync.
      let sinceFirst = Int64(site % 250) * 3 * 86_400
      began = 1_712_041_200 + sinceFirst + Int64(index % 3) * 7200
      let day = SiteBuilder.civil(began).prefix(10)
      let place = Self.places[site % Self.places.count]
      path = "\(day)_\(place)-\(site + 1)/\(100 + index % 3)MEDIA"
      // Most flights over central Europe, some in the other three quarters of the globe.
      let far: [(Double, Double)] = [(-33.4, -70.6), (37.8, -122.4), (-41.2, 174.7)]
      let centre =
        site % 4 == 3
        ? far[site / 4 % far.count]
        : (
          Double.random(in: 47.5...54, using: &random),
          Double.random(in: 6.5...14.5, using: &random)
        )
      latitude = centre.0 + Double(index % 3) * 0.01
      longitude = centre.1
      ground = Double.random(in: 5...600, using: &random)
    }
  }

  private func makePhoto(
    _ flight: Flight, number: Int, random: inout SplitMix64
  ) -> (Photo, head: [UInt8]) {
    let row = number / 20
    let column = row % 2 == 0 ? number % 20 : 19 - number % 20
    func jitter() -> Double { Double.random(in: -0.000_02...0.000_02, using: &random) }
    let latitude = Self.rounded(flight.latitude + Double(row) * 0.000_2 + jitter(), 1e7)
    let longitude = Self.rounded(flight.longitude + Double(column) * 0.000_3 + jitter(), 1e7)
    let height = Self.rounded(Double.random(in: 60...120, using: &random), 1e2)
    let altitude = Self.rounded(flight.ground + height, 1e2)
    let taken = flight.began + Int64(number) * 2
    let local = Self.civil(taken + 7200)
    let layout = chooseLayout(&random)
    let hasXmp = Int.random(in: 0..<100, using: &random) < xmpPercent

    var builder = JpegBuilder(
      make: "DJI", model: "FC6310R", latitude: latitude, longitude: longitude, altitude: altitude,
      dateTimeOriginal: local.replacingOccurrences(of: "-", with: ":")
        .replacingOccurrences(of: "T", with: " "))
    builder.offsetTime = "+02:00"
    switch layout {
    case .native:
      builder.thumbnailBytes = Int.random(in: 8_000...48_000, using: &random)
    case .makernote:
      builder.makerNoteBytes = Int.random(in: 8_000...40_000, using: &random)
      builder.thumbnailBytes = 8_000
    case .small:
      builder.makerNoteBytes = 64
    }
    if let mean = thumbnailBytes {
      builder.thumbnailBytes = mean + Int.random(in: -(mean / 5)...(mean / 5), using: &random)
    }
    if hasXmp {
      var fields = JpegBuilder.DroneXmp(
        latitude: latitude, longitude: longitude, absoluteAltitude: altitude,
        relativeAltitude: height)
      if layout == .small { fields.padding = 0 }
      builder.xmp = .drone(fields)
    }
    let head = builder.build()
    let varied =
      fileSize == 0
      ? 0 : fileSize + Int.random(in: -(fileSize / 10)...(fileSize / 10), using: &random)
    let digits = String(number + 1)
    let name = "DJI_" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + ".JPG"
    let photo = Photo(
      path: flight.path + "/" + name, latitude: latitude, longitude: longitude,
      altitude: altitude, relativeAltitude: hasXmp ? height : nil, takenLocal: local,
      size: Int64(max(varied, head.count)), mtime: taken + 2, layout: layout)
    return (photo, head)
  }

  private func chooseLayout(_ random: inout SplitMix64) -> Layout {
    switch layouts {
    case .mixed: Int.random(in: 0..<100, using: &random) < 80 ? .native : .makernote
    case .native: .native
    case .makernote: .makernote
    case .small: .small
    }
  }

  private static func rounded(_ value: Double, _ scale: Double) -> Double {
    (value * scale).rounded() / scale
  }

  /// `2024-05-14T10:11:12` of seconds since 1970, no zone applied.
  private static func civil(_ seconds: Int64) -> String {
    var time = time_t(seconds)
    var parts = tm()
    gmtime_r(&time, &parts)
    func two(_ n: Int32) -> String { n < 10 ? "0\(n)" : "\(n)" }
    return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
      + "T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
  }
}

extension SiteBuilder {
  /// The truth as a table: one line per photo, no field needs quotes.
  package static func csv(_ photos: [Photo]) -> String {
    var out = "path,lat,lon,alt_m,rel_alt_m,taken_local,size,mtime,layout\n"
    for p in photos {
      let relative = p.relativeAltitude.map { "\($0)" } ?? ""
      out += "\(p.path),\(p.latitude),\(p.longitude),\(p.altitude),\(relative),\(p.takenLocal),"
      out += "\(p.size),\(p.mtime),\(p.layout.rawValue)\n"
    }
    return out
  }

  /// Writes a photo whose last bytes are the end mark, makes it `size` bytes long by a hole before the mark
  /// (`ftruncate`), and dates it.
  package static func writeSparse(
    _ photo: [UInt8], size: Int64, mtime: Int64, to path: String
  ) throws {
    let end = JpegBuilder.end
    let head = Int64(photo.count) < size ? Array(photo.dropLast(end.count)) : photo
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("open", path) }
    defer { close(descriptor) }
    let written = head.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
    guard written == head.count else { throw failure("write", path) }
    guard ftruncate(descriptor, off_t(size)) == 0 else { throw failure("ftruncate", path) }
    if head.count < photo.count {
      let written = end.withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress, $0.count, off_t(size) - off_t(end.count))
      }
      guard written == end.count else { throw failure("pwrite", path) }
    }
    let times = [
      timespec(tv_sec: Int(mtime), tv_nsec: 0), timespec(tv_sec: Int(mtime), tv_nsec: 0),
    ]
    guard futimens(descriptor, times) == 0 else { throw failure("futimens", path) }
  }

  package static func setTimes(of path: String, to mtime: Int64) throws {
    let times = [
      timespec(tv_sec: Int(mtime), tv_nsec: 0), timespec(tv_sec: Int(mtime), tv_nsec: 0),
    ]
    guard utimensat(AT_FDCWD, path, times, 0) == 0 else { throw failure("utimensat", path) }
  }

  private static func failure(_ call: String, _ path: String) -> TestSupportError {
    TestSupportError("\(call) \(path): \(String(cString: strerror(errno)))")
  }
}
