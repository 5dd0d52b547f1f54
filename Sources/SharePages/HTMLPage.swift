package import GeoFormats
package import PhotoModel
import Platform

/// One HTML file that needs nothing else: map, pictures and details, opened from disk without a network (docs/share.md).
///
/// It is written in blocks of photos: their rows as JSON, the same as a table for browsers without JavaScript, and their
/// thumbnails in base64. Memory does not grow with the number of photos.
@safe package struct HTMLPage: SharePage {
  private static let block = 256
  /// Bytes that a photo takes beside its picture: its rows of JSON and of the table.
  static let rowSize: Int64 = 420

  package private(set) var summary = ShareSummary()
  private let plan: SharePlan
  private let options: ShareOptions
  private let sink: ByteSink
  private let head: [UInt8]
  private let foot: [UInt8]
  private var choice: PictureChoice
  private let pictures: PictureSource
  private var output: [UInt8] = []
  private var photos = PhotoLines()
  private var nowhere = PhotoLines()

  package init(
    _ plan: SharePlan, _ options: ShareOptions, sink: @escaping ByteSink,
    pictures: @escaping PictureSource
  ) {
    self.plan = plan
    self.options = options
    unsafe self.sink = unsafe sink
    let script = PageModules.script
    head = Self.head(plan, options, script: script)
    foot = Self.foot(script)
    self.pictures = pictures
    choice = plan.choice(.html, options)
  }

  package mutating func begin() throws {
    output = head
    try flush()
  }

  package mutating func write(_ row: PhotoRow) throws {
    let flight = plan.flight(of: row)
    guard let position = row.record.position, position.isValid else {
      summary.withoutPosition += 1
      nowhere.addMissing(row, flight)
      if nowhere.count >= Self.block { try writeBlock() }
      return
    }
    summary.located += 1
    let picture = try choice.picture(of: row, size: { ($0 + 2) / 3 * 4 + 50 }, pictures)
    summary.count(picture)
    let state: Int64 =
      switch picture {
      case .jpeg: 1
      case SharePicture.none?: 0
      case .failed: 3
      case nil: 2
      }
    photos.add(row, position, flight, picture: state, hasPaths: options.hasPaths)
    if case .jpeg(let bytes) = picture {
      output.append("<script type=\"text/plain\" class=\"thumb64\">")
      output.append(Base64.encode(bytes))
      output.append("</script>\n")
      if output.count >= 1 << 18 { try flush() }
    }
    if photos.count >= Self.block { try writeBlock() }
  }

  package mutating func end() throws {
    try writeBlock()
    output.append("<script type=\"text/plain\" id=\"about-pictures\">")
    output.append(aboutPictures)
    output.append("</script>\n")
    output += foot
    try flush()
  }

  private mutating func writeBlock() throws {
    photos.flush(as: "photos", to: &output)
    nowhere.flush(as: "nowhere", to: &output)
    try flush()
  }

  private mutating func flush() throws {
    try unsafe output.withUnsafeBytes { try unsafe sink($0) }
    output.removeAll(keepingCapacity: true)
  }

  /// “Pictures for 690 of 1,375 photos”, and why not of the others.
  private var aboutPictures: String {
    guard options.hasThumbnails else { return "No pictures." }
    var text = "Pictures for \(grouped(summary.pictures)) of \(grouped(summary.located)) photos"
    let others = [
      (summary.leftOut, "left out for the size of this file"),
      (summary.withoutPicture, "without a thumbnail"), (summary.failed, "could not be read"),
    ].filter { $0.0 > 0 }.map { "\(grouped($0.0)) \($0.1)" }
    if !others.isEmpty { text += " (\(others.joined(separator: ", ")))" }
    return text + "."
  }
}

extension HTMLPage {
  /// Everything in front of the photos.
  private static func head(_ plan: SharePlan, _ options: ShareOptions, script: String) -> [UInt8] {
    let hash = Base64.encode(SHA256.digest(Array(script.utf8)))
    var page: [UInt8] = []
    page.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n")
    page.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
    page.append(
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data: blob:; "
        + "style-src 'unsafe-inline'; script-src 'sha256-\(hash)'; form-action 'none'; base-uri 'none'\">\n"
    )
    page.append("<meta name=\"referrer\" content=\"no-referrer\"><title>")
    page.appendHTML(options.title)
    page.append("</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n")
    page.append(PageModules.style)
    page.append(
      "</style>\n<noscript><style>#top button, main { display: none } html, body { overflow: auto; display: block; height: auto } "
    )
    page.append(
      "table { border-collapse: collapse; margin: 0 16px } td { padding: 2px 8px; border: 1px solid #888 }</style></noscript>\n"
    )
    page.append("</head>\n<body class=\"\(options.hasPaths ? "" : "plain")\">\n")
    page.appendTemplate(
      PageModules.body,
      [
        "title": { $0.appendHTML(options.title) },
        "when": { $0.appendHTML(Self.when(plan)) },
        "colours": { $0.append(Self.colours(plan)) },
        "about": { $0.appendHTML(Self.about(plan, options)) },
      ])
    page.append("<script type=\"application/json\" class=\"flights\">")
    var json = JSONText()
    json.beginArray()
    for flight in plan.flights {
      json.beginArray()
      let label =
        flight.label.isEmpty ? (options.hasPaths ? flight.site : options.title) : flight.label
      json.value(label)
      json.value(options.hasPaths ? flight.site : "")
      json.value(options.hasPaths ? flight.folder : "")
      json.endArray()
    }
    json.endArray()
    page.appendJSONBlock(json.bytes)
    page.append("</script>\n")
    return page
  }

  private static func foot(_ script: String) -> [UInt8] {
    var page: [UInt8] = []
    page.append("<script type=\"text/plain\" id=\"world\">")
    page.append(PageModules.world)
    page.append("</script>\n<script>")
    page.append(script)
    page.append("</script>\n</body></html>\n")
    return page
  }

  private static func when(_ plan: SharePlan) -> String {
    let count = "\(grouped(plan.located)) photo\(plan.located == 1 ? "" : "s") on the map"
    let rest = plan.withoutPosition > 0 ? "\(grouped(plan.withoutPosition)) without position" : ""
    return [count, rest, plan.span].filter { !$0.isEmpty }.joined(separator: " · ")
  }

  /// Several flights have colours of their own; one is coloured by its fix.
  private static func colours(_ plan: SharePlan) -> String {
    let several = plan.flights.filter { $0.located > 0 }.count > 1
    return (several ? ["flight"] : []).map { "<option>\($0)</option>" }.joined()
      + ["fix", "altitude", "time"].map { "<option>\($0)</option>" }.joined()
  }

  private static func about(_ plan: SharePlan, _ options: ShareOptions) -> String {
    let paths =
      options.hasPaths
      ? "With whole paths, URLs and serial numbers."
      : "Without server names, whole paths and serial numbers."
    return "\(paths) Base map: Natural Earth. gpsindex \(options.version)"
  }
}
