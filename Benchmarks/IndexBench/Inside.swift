import ArgumentParser
import PhotoIndex
import PhotoModel
import SyntheticIndex

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What the process start would hide: medians in milliseconds of calls into the library.
struct Inside: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure counts, hard boxes and the unchanged re-scan in this process.")

  @Argument var index: String
  @Option var rounds = 15

  func run() throws {
    let reader = try IndexReader(path: index)
    let sites = try reader.sites()
    var lines: [String] = []
    func report(_ name: String, _ value: Double, _ more: String = "") {
      lines.append("\"\(name)\":\(value)\(more)")
    }

    let boxes = try (0..<8).map { try Places.box(holding: 100_000, number: $0, reader).0 }
    report(
      "box_of_100000_per_folder_ms",
      try median(boxes) { box in
        _ = try reader.folders(.box(box))
      })
    let small = try (0..<20).map { try Places.box(holding: 1000, number: $0, reader).0 }
    report("box_of_1000_per_folder_ms", try median(small) { _ = try reader.folders(.box($0)) })
    report(
      "counts_of_one_site_ms",
      try median(sites.prefix(20)) { _ = try reader.status(site: $0.name) })
    report(
      "folders_of_one_site_ms",
      try median(sites.prefix(20)) { site in
        var filter = PhotoFilter()
        filter.site = site.name
        _ = try reader.folders(filter)
      })
    var folderCount = 0
    report(
      "all_folders_ms", try median([0]) { _ in folderCount = try reader.folders().count },
      ",\"folders\":\(folderCount)")
    var random = Generator(state: 5)
    let thin = (0..<8).map { _ in
      let west = random.unit(-8...12)
      return BoundingBox(west: west, south: 30, east: west + 0.02, north: 46)
    }
    var hits = 0
    let thinTimes = try times(thin) { box in
      try reader.photos(.box(box), detail: .shown) { _ in hits += 1 }
    }
    report("tall_thin_box_ms", thinTimes[thinTimes.count / 2], ",\"tall_thin_hits\":\(hits)")
    report("tall_thin_box_slowest_ms", thinTimes[thinTimes.count - 1])

    // What a sync of an unchanged site asks of the index: every row, folder by folder, in order.
    var rows = 0
    let before = peakKiB
    let start = ContinuousClock.now
    for site in sites {
      for folder in try reader.knownFolders(site.id) {
        for photo in try reader.knownPhotos(folder.id) where photo.size != nil { rows += 1 }
      }
    }
    let seconds = start.duration(to: .now).seconds
    report("rescan_rows_per_second", (Double(rows) / seconds).rounded(), ",\"rescan_rows\":\(rows)")
    report("rescan_peak_growth_mib", Double(peakKiB - before) / 1024)
    print("{\(lines.joined(separator: ","))}")
  }

  /// The most memory this process has held (getrusage(2); KiB on Linux).
  private var peakKiB: Int {
    var usage = rusage()
    getrusage(0, &usage)  // RUSAGE_SELF, whose type differs between systems
    return usage.ru_maxrss
  }

  private func median<Values: Collection>(
    _ values: Values, _ body: (Values.Element) throws -> Void
  ) throws -> Double {
    let times = try times(values, body)
    return times[times.count / 2]
  }

  /// Milliseconds of all values and rounds, sorted; the first round warms up and does not count.
  private func times<Values: Collection>(
    _ values: Values, _ body: (Values.Element) throws -> Void
  ) throws -> [Double] {
    var times: [Double] = []
    for round in 0...rounds {
      for value in values {
        let start = ContinuousClock.now
        try body(value)
        if round > 0 { times.append(start.duration(to: .now).seconds * 1000) }
      }
    }
    return times.sorted().map { ($0 * 1000).rounded() / 1000 }
  }
}

extension PhotoFilter {
  static func box(_ box: BoundingBox) -> PhotoFilter {
    var filter = PhotoFilter()
    filter.box = box
    return filter
  }
}
