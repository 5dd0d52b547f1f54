import Dispatch
import GeoFormats
import PhotoIndex
import PhotoModel
import PhotoSource
import Pictures
import SSHTransport
import SharePages
import Synchronization

/// Writes the photos of a query as a file for clients: HTML or KMZ.
struct PageExport {
  let filter: PhotoFilter
  let format: OutputFormat
  let words: PageWords
  /// nil: standard output.
  let file: String?
  let indexPath: String

  /// Photos that are read at once; each takes up to ``PictureKind/longest``.
  private static let inFlight = 48

  /// - Parameter note: receives what the user should know, and an advice.
  /// - Returns: the number of photos.
  func write(_ reader: IndexReader, note: (String, String) -> Void) throws -> Int {
    var options = ShareOptions()
    options.hasThumbnails = words.thumbnails
    options.hasPaths = words.withPaths
    options.largest = try words.largest ?? options.largest
    options.version = Versions.program
    let cache = try PictureCacheOption.cache(nil, index: indexPath)
    var failure: PictureFailure?
    if words.thumbnails { failure = try readMissing(reader, cache, options) }
    let summary = try writeOutput(to: file) { sink in
      try reader.reading {
        let plan = try plan(reader)
        options.title = title(plan)
        var page = try makePage(plan, options, sink) { row in
          guard let key = PictureKey(row, .thumbnail) else { return .failed }
          guard let bytes = cache.picture(key, PicturePlan(row, .thumbnail).file) else {
            return .failed
          }
          return bytes.isEmpty ? .none : .jpeg(bytes)
        }
        try page.begin()
        try rows(reader) { try page.write($0) }
        try page.end()
        return page.summary
      }
    }
    if summary.failed > 0 {
      let why =
        failure?.message
        ?? "the picture cache \(PictureCache.path(ofIndex: indexPath)) does not keep them"
      let advice = failure?.advice ?? ""
      note(
        "\(summary.failed) thumbnails could not be read: \(why)",
        advice.isEmpty ? "gpsindex sync SITE --thumbnails" : advice)
    }
    let count = summary.located + summary.withoutPosition
    if let file, count > 0 { note("wrote \(Self.text(summary, words)) to \(file)", "") }
    return count
  }

  /// `1375 photos with 690 thumbnails (685 left out for --max-size), and 3 without a position`.
  private static func text(_ summary: ShareSummary, _ words: PageWords) -> String {
    var text = Plural.photos(summary.located)
    if words.thumbnails {
      text += " with \(summary.pictures) thumbnails"
      if summary.leftOut > 0 { text += " (\(summary.leftOut) left out for --max-size)" }
    }
    if summary.withoutPosition > 0 { text += ", and \(summary.withoutPosition) without a position" }
    return text
  }

  private func makePage(
    _ plan: SharePlan, _ options: ShareOptions, _ sink: @escaping ByteSink,
    _ pictures: @escaping PictureSource
  ) throws -> any SharePage {
    format == .kmz
      ? try KMZPage(plan, options, sink: sink, pictures: pictures)
      : HTMLPage(plan, options, sink: sink, pictures: pictures)
  }

  /// Located photos, then those without a position which the filter does not exclude.
  private func rows(_ reader: IndexReader, _ body: (PhotoRow) throws -> Void) throws {
    try reader.photos(filter, each: body)
    let isGeographic = filter.box != nil || filter.near != nil || filter.polygon != nil
    guard format == .html, !isGeographic, filter.limit == nil else { return }
    var missing = filter
    missing.which = .missing
    try reader.photos(missing, each: body)
  }

  private func plan(_ reader: IndexReader) throws -> SharePlan {
    var plan = SharePlan()
    do {
      try rows(reader) { try plan.add($0) }
    } catch let error as TooManyPhotos {
      throw CommandFailure.usage(
        "\(format.rawValue) holds at most \(error.most) photos",
        advice: "--folder, --since or another filter, or -f geojson")
    }
    return plan
  }

  /// The only flight, else the name of the file.
  private func title(_ plan: SharePlan) -> String {
    if plan.flights.count == 1, !plan.flights[0].label.isEmpty { return plan.flights[0].label }
    guard let file, let name = file.split(separator: "/").last else { return "Photos" }
    let ending = OutputFormat.fileExtension(of: file).map { $0.utf8.count + 1 } ?? 0
    return String(name.dropLast(ending))
  }

  // MARK: Thumbnails that the cache does not have

  /// Reads thumbnails of the page that the cache lacks, from their sites into the cache. Never prompts.
  /// - Returns: the first failure.
  private func readMissing(
    _ reader: IndexReader, _ cache: PictureCache, _ options: ShareOptions
  ) throws -> PictureFailure? {
    let wanted = try reader.reading {
      let plan = try plan(reader)
      var choice = plan.choice(format == .kmz ? .kmz : .html, options)
      var wanted: [Int64] = []
      try rows(reader) { row in
        guard choice.isChosen(row), let key = PictureKey(row, .thumbnail) else { return }
        let plan = PicturePlan(row, .thumbnail)
        if plan.obstacle == nil, cache.picture(key, plan.file) == nil { wanted.append(row.id) }
      }
      return wanted
    }
    if wanted.isEmpty { return nil }
    let sites = PictureSites(config: nil, index: indexPath, credentials: Credentials())
    let first = Mutex<PictureFailure?>(nil)
    let news = DispatchSemaphore(value: 0)
    let service = PictureService(cache: cache, reach: { try sites.reach($0) }) { _, answer in
      if case .failure(let failure) = answer { first.withLock { $0 = $0 ?? failure } }
      news.signal()
    }
    defer { service.close() }
    for (place, id) in wanted.enumerated() {
      if place >= Self.inFlight { news.wait() }
      service.get(UInt64(place), photo: id, .thumbnail, known: 0, reader)
    }
    for _ in 0..<min(wanted.count, Self.inFlight) { news.wait() }
    return first.withLock { $0 }
  }
}
