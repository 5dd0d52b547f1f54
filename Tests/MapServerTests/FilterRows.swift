import PhotoModel

/// Texts of filters, with their values or the reason of the refusal.
struct FilterRow: Sendable, CustomStringConvertible {
  /// A query string without escapes.
  let description: String
  let words: [(name: FilterName, value: String)]
  /// nil: refused.
  let filter: PhotoFilter?
  /// A part of the error message, as the command line prints it.
  let fault: String

  var filterWords: FilterWords {
    var all = FilterWords()
    for (name, value) in words { all[all: name].append(value) }
    return all
  }

  private init(_ text: String, filter: PhotoFilter?, fault: String) {
    description = text
    words = text.split(separator: "&").compactMap { pair in
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return FilterName(rawValue: String(sides[0])).map { ($0, String(sides[1])) }
    }
    self.filter = filter
    self.fault = fault
  }

  private static func taken(
    _ text: String, _ set: (inout PhotoFilter) -> Void
  ) -> FilterRow {
    var filter = PhotoFilter()
    set(&filter)
    return FilterRow(text, filter: filter, fault: "")
  }

  private static func refused(_ text: String, _ fault: String) -> FilterRow {
    FilterRow(text, filter: nil, fault: fault)
  }

  private static let zurich = BoundingBox(west: 8.4, south: 47.3, east: 8.6, north: 47.5)
  /// 2024-05-01, in milliseconds.
  private static let may: Int64 = 1_714_521_600_000
  private static let day: Int64 = 86_400_000
  private static let hour: Int64 = 3_600_000
  private static let triangle = #"{"type":"Polygon","coordinates":[[[8,47],[9,47],[9,48]]]}"#

  static let all = places + times + others

  private static let places: [FilterRow] = [
    taken("bbox=8.4,47.3,8.6,47.5") { $0.box = zurich },
    taken("bbox=[8.4, 47.3, 8.6, 47.5]") { $0.box = zurich },
    taken("bbox=8.4 47.3 8.6 47.5") { $0.box = zurich },
    taken("bbox=179,-18,-179,-17") {
      $0.box = BoundingBox(west: 179, south: -18, east: -179, north: -17)
    },
    taken("bbox=\u{2212}1,-1e0,+1,1.") {
      $0.box = BoundingBox(west: -1, south: -1, east: 1, north: 1)
    },
    refused("bbox=", "--bbox “” is not four numbers"),
    refused("bbox=1,2,3", "is not four numbers"),
    refused("bbox=1,2,3,4,5", "is not four numbers"),
    refused("bbox=0x8,1,9,2", "--bbox “0x8,1,9,2” is not four numbers"),
    refused("bbox=nan,0,1,1", "is not four numbers"),
    refused("bbox=-inf,0,inf,1", "is not four numbers"),
    refused("bbox=1e999,0,1,1", "is not four numbers"),
    refused("bbox=8,95,9,96", "latitude 95 is outside -90…90"),
    refused("bbox=200,0,210,1", "longitude 200 is outside -180…180"),
    refused("bbox=8,48,9,47", "did you mean --bbox 48,8,47,9?"),
    taken("near=8.5,47.4&radius=1.5km") {
      $0.near = .init(center: Coordinate(latitude: 47.4, longitude: 8.5), radius: 1500)
    },
    taken("radius=200&near=8.5 47.4") {
      $0.near = .init(center: Coordinate(latitude: 47.4, longitude: 8.5), radius: 200)
    },
    refused("near=8.5,47.4", "--near needs --radius"),
    refused("radius=200m", "--radius needs --near"),
    refused("near=8.5&radius=200m", "is not two numbers"),
    refused("near=47,98&radius=1m", "did you mean --near 98,47?"),
    refused("near=8,47&radius=0", "--radius “0” is not a distance"),
    refused("near=8,47&radius=-5", "--radius “-5” is not a distance"),
    refused("near=8,47&radius=0x10", "is not a distance"),
    refused("near=8,47&radius=1mi", "is not a distance"),
    refused("near=8,47&radius=30000km", "is not a distance"),
    taken("polygon=\(triangle)") {
      let corners = [(47.0, 8.0), (47, 9), (48, 9), (47, 8)]
      $0.polygon = Polygons([
        [corners.map { Coordinate(latitude: $0.0, longitude: $0.1) }]
      ])
    },
    refused("polygon={", "is not JSON"),
    refused(#"polygon={"type":"Point","coordinates":[1,2]}"#, "holds no polygon"),
  ]

  private static let times: [FilterRow] = [
    taken("since=2024") { $0.takenSince = .clock(1_704_067_200_000) },
    taken("since=2024-05") { $0.takenSince = .clock(may) },
    taken("until=2024-05") { $0.takenUntil = .clock(may + 31 * day) },
    taken("since=2024-05-01&until=2024-05-01") {
      $0.takenSince = .clock(may)
      $0.takenUntil = .clock(may + day)
    },
    taken("since=2024-02-29") { $0.takenSince = .clock(may - 62 * day) },
    taken("since=2024-05-01T10:30") { $0.takenSince = .clock(may + 10 * hour + hour / 2) },
    taken("until=2024-05-01T10:30Z") { $0.takenUntil = .moment(may + 10 * hour + hour / 2) },
    taken("since=2024-05-01T10:30:00+0200") { $0.takenSince = .moment(may + 8 * hour + hour / 2) },
    taken("since=2024-05-01T10:30:00+02:00") { $0.takenSince = .moment(may + 8 * hour + hour / 2) },
    taken("since=2024-05-01t10:30:00.5z") {
      $0.takenSince = .moment(may + 10 * hour + hour / 2 + 500)
    },
    taken("until=2024-05-01 10:30-02") { $0.takenUntil = .moment(may + 12 * hour + hour / 2) },
    refused("since=", "--since “” is not a date or time"),
    refused("since=7", "--since “7” is not a date or time"),
    refused("since=7y", "--since 7d or --since yesterday"),
    refused("since=1234567d", "is not a date"), refused("since=d", "is not a date"),
    refused("since=tomorrow", "is not a date or time"),
    refused("since=2024-02-31", "--since “2024-02-31” is not a date or time"),
    refused("since=2023-02-29", "is not a date or time"),
    refused("until=2024-13", "--until “2024-13” is not a date or time"),
    refused("until=2024-05-01T24:00", "is not a date or time"),
    refused("until=2024-05-01T10:30:00.Z", "is not a date or time"),
    refused("until=2024-05-01T10:30+16", "is not a date or time"),
    refused("since=2025&until=2024", "--until lies before --since"),
    refused("since=2024-05-02T08:00&until=2024-05-02T08:00", "--until is no later than --since"),
    // A clock and a moment may differ by the zone.
    refused("since=2024-05-02&until=2024-05-01T08:00Z", "--until lies before --since"),
    taken("since=2024-05-02&until=2024-05-01T09:00Z") {
      $0.takenSince = .clock(may + day)
      $0.takenUntil = .moment(may + 9 * hour)
    },
  ]

  private static let others: [FilterRow] = [
    taken("site=nas") { $0.site = "nas" },
    taken("site=nas&site=<b>odd&site=nas") { $0.sites = ["nas", "<b>odd"] },
    // Without wildcards also what lies below; the root has all below it.
    taken("folder=/zurich/") { $0.folderGlobs = ["zurich/**"] },
    taken("folder=a/b,c") { $0.folderGlobs = ["a/b,c/**"] },
    taken("folder=/") { $0.folderGlobs = [""] },
    taken("folder=**/10?MEDIA") { $0.folderGlobs = ["**/10?MEDIA"] },
    taken("folder=zurich&folder=f*&folder=zurich/") { $0.folderGlobs = ["zurich/**", "f*"] },
    refused("folder=" + String(repeating: "a", count: 4097), "has 4097 bytes, more than 4096"),
    taken("alt=100..250") { $0.altitude = 100...250 },
    taken("alt=..-5") { $0.altitude = -.infinity ... -5 },
    taken("alt=-5..") { $0.altitude = -5 ... .infinity },
    refused("alt=5", "--alt “5” is not MIN..MAX"), refused("alt=..", "is not MIN..MAX"),
    refused("alt=0x8..9", "--alt “0x8..9” is not MIN..MAX"),
    refused("alt=1..nan", "is not MIN..MAX"), refused("alt=1..inf", "is not MIN..MAX"),
    refused("alt=9..1", "the first number is the larger"),
    taken("rel-alt=-5..120") { $0.relativeAltitude = -5...120 },
    refused("rel-alt=120", "--rel-alt “120” is not MIN..MAX"),
    refused("rel-alt=9..1", "--rel-alt 9..1: the first number is the larger"),
    taken("fix=fixed") { $0.fixes = [.fixed] }, taken("fix=FLOAT") { $0.fixes = [.float] },
    taken("fix=fixed&fix=none") { $0.fixes = [.fixed, .none] },
    refused("fix=fixed&fix=rtk", "--fix “rtk” is unknown"),
    taken("rtk-std=0.05") { $0.rtkDeviation = 0.05 },
    taken("rtk-std=5cm") { $0.rtkDeviation = 0.05 },
    taken("rtk-std=50 MM") { $0.rtkDeviation = 0.05 }, taken("rtk-std=0") { $0.rtkDeviation = 0 },
    refused("rtk-std=-1", "--rtk-std “-1” is not a length"), refused("rtk-std=", "is not a length"),
    refused("rtk-std=1in", "is not a length"), refused("rtk-std=nan", "is not a length"),
    taken("camera=DJI*") { $0.cameraGlobs = ["DJI*"] },
    taken("camera=M3E&camera=L1D-20c, Canon") { $0.cameraGlobs = ["M3E", "L1D-20c, Canon"] },
    refused("camera=", "--camera “” has not 1 to 513 bytes"),
    refused("camera=" + String(repeating: "a", count: 514), "has not 1 to 513 bytes"),
    refused(
      (0...100).map { "camera=\($0)" }.joined(separator: "&"),
      "--camera is given 101 times, more than 100"),
    taken("present=true") { $0.isPresent = true }, taken("present=false") { _ in },
    refused("fix=rtk", "--fix “rtk” is unknown"), refused("fix=", "is unknown"),
    taken("flag=void") { $0.flags = .void },
    taken("flag=void&flag=Conflict") { $0.flags = [.void, .conflict] },
    refused("flag=voidd", "--flag “voidd” is unknown"), refused("flag=", "is unknown"),
    taken("limit=5") { $0.limit = 5 }, refused("limit=0", "--limit “0” is not a positive number"),
    refused("limit=-1", "is not a positive number"), refused("limit=0x8", "is not a positive"),
    refused("limit=many", "is not a positive"),
    refused("limit=9223372036854775808", "is not a positive"),
    taken("reason=no-gps") {
      $0.reasons = ["no-gps"]
      $0.which = .missing
    },
    taken("reason=no-gps&reason=damaged") {
      $0.reasons = ["no-gps", "damaged"]
      $0.which = .missing
    },
    taken("site=nas&reason=DAMAGED") {
      $0.site = "nas"
      $0.reasons = ["damaged"]
      $0.which = .missing
    },
    refused("reason=zeroo", "--reason “zeroo” is unknown"), refused("reason=", "is unknown"),
    taken("missing=true&folder=zurich") {
      $0.folderGlobs = ["zurich/**"]
      $0.which = .missing
    },
    taken("missing=false") { _ in },
    refused("missing=true&bbox=1,1,2,2", "--bbox excludes photos without a position"),
    refused("missing=true&near=1,1&radius=1m", "--near excludes photos without a position"),
    taken("bbox=8.4,47.3,8.6,47.5&fix=single&limit=3&alt=500..") {
      $0.box = zurich
      $0.fixes = [.single]
      $0.limit = 3
      $0.altitude = 500 ... .infinity
    },
  ]
}
