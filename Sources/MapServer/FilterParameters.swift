import GeoFormats
import PhotoModel

/// Reads a query string's filters. Names and meaning are those of OGC API Features (OGC 17-069r4 §7.15) and of the
/// command line; what is unknown or wrong is refused, since an answer to another question misleads.
struct FilterParameters {
  private(set) var filter = PhotoFilter()
  private(set) var limit: Int?
  private(set) var offset = 0

  static let filterNames: Set<String> = [
    "bbox", "datetime", "site", "folder", "alt", "fix", "flag",
  ]

  /// - Parameter others: names that are allowed beside, and left alone.
  init(_ request: MapRequest, others: Set<String> = []) throws(BadRequest) {
    var seen: Set<String> = []
    for (name, value) in request.parameters {
      guard seen.insert(name).inserted || name == "flag" else {
        throw BadRequest("\(name) is given twice")
      }
      switch name {
      case "bbox": filter.box = try Self.box(value)
      case "bbox-crs":
        guard value == Self.crs else { throw BadRequest("bbox-crs: only \(Self.crs)") }
      case "datetime": (filter.takenSince, filter.takenUntil) = try Self.times(value)
      case "site": filter.site = value
      case "folder":
        guard value.utf8.count <= PhotoFilter.longestFolderGlob else {
          throw BadRequest("folder: at most \(PhotoFilter.longestFolderGlob) bytes are taken")
        }
        filter.folderGlob = value
      case "alt": filter.altitude = try Self.altitudes(value)
      case "fix":
        guard let fix = FixQuality(rawValue: value) else { throw BadRequest("fix: “\(value)”") }
        filter.fix = fix
      case "flag":
        for name in value.split(separator: ",") {
          guard let flag = PhotoFlags.names.first(where: { $0.name == name }) else {
            throw BadRequest("flag: “\(name)” is unknown")
          }
          filter.flags.insert(flag.flag)
        }
      case "limit":
        guard let number = Int(value), number > 0 else {
          throw BadRequest("limit: a positive number is wanted")
        }
        limit = number
      case "offset":
        guard let number = Int(value), number >= 0 else {
          throw BadRequest("offset: a number from 0 is wanted")
        }
        offset = number
      case "f": break
      default:
        guard others.contains(name) else { throw BadRequest("“\(name)” is no known parameter") }
      }
    }
  }

  static let crs = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

  /// `W,S,E,N`, or with heights between, which are not looked at.
  static func box(_ text: String) throws(BadRequest) -> BoundingBox {
    let wrong = BadRequest(
      "bbox: west,south,east,north in degrees are wanted; west > east crosses the antimeridian")
    let words = text.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = words.compactMap { Double($0) }.filter(\.isFinite)
    guard numbers.count == words.count, [4, 6].contains(numbers.count) else { throw wrong }
    let half = numbers.count / 2
    let box = BoundingBox(
      west: numbers[0], south: numbers[1], east: numbers[half], north: numbers[half + 1])
    guard abs(box.west) <= 180, abs(box.east) <= 180, box.south >= -90, box.north <= 90,
      box.south <= box.north
    else { throw wrong }
    return box
  }

  private static func altitudes(_ text: String) throws(BadRequest) -> ClosedRange<Double> {
    let wrong = BadRequest("alt: MIN..MAX in metres is wanted; one side may be missing")
    guard let dots = text.firstRange(of: "..") else { throw wrong }
    func bound(_ side: Substring, _ otherwise: Double) throws(BadRequest) -> Double {
      if side.isEmpty { return otherwise }
      guard let number = Double(side), number.isFinite else { throw wrong }
      return number
    }
    let low = try bound(text[..<dots.lowerBound], -.greatestFiniteMagnitude)
    let high = try bound(text[dots.upperBound...], .greatestFiniteMagnitude)
    guard low <= high else { throw wrong }
    return low...high
  }

  /// An instant, or an interval whose open sides are `..` or empty; ends are inclusive.
  private static func times(_ text: String) throws(BadRequest) -> (Int64?, Int64?) {
    let sides = text.split(separator: "/", omittingEmptySubsequences: false)
    func moment(_ side: Substring) throws(BadRequest) -> Range<Int64>? {
      if side.isEmpty || side == ".." { return nil }
      guard let range = Moment.range(String(side)) else {
        throw BadRequest("datetime: “\(side)” is no date or time such as 2024-05-01T12:00:00Z")
      }
      return range
    }
    switch sides.count {
    case 1:
      guard let range = try moment(sides[0]) else { throw BadRequest("datetime is empty") }
      return (range.lowerBound, range.upperBound)
    case 2:
      let (start, end) = (try moment(sides[0]), try moment(sides[1]))
      if let start, let end, start.lowerBound >= end.upperBound {
        throw BadRequest("datetime: the interval ends before it begins")
      }
      return (start?.lowerBound, end?.upperBound)
    default: throw BadRequest("datetime: two times at most")
    }
  }
}

/// Dates and times of RFC 3339.
enum Moment {
  /// Milliseconds since 1970 UTC that the text means: a whole day, a whole second, or one millisecond.
  static func range(_ text: String) -> Range<Int64>? {
    var rest = text.utf8[...]
    func number(_ width: Int) -> Int? {
      guard rest.count >= width else { return nil }
      var value = 0
      for _ in 0..<width {
        guard let byte = rest.popFirst(), 0x30...0x39 ~= byte else { return nil }
        value = value * 10 + Int(byte - 0x30)
      }
      return value
    }
    func skip(_ characters: String) -> Bool {
      guard let next = rest.first, characters.utf8.contains(next) else { return false }
      rest = rest.dropFirst()
      return true
    }
    guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2),
      1...12 ~= month, 1...31 ~= day
    else { return nil }
    let start = Int64(ISOTime.days(year: year, month: month, day: day)) * 86_400_000
    if rest.isEmpty { return start..<(start + 86_400_000) }
    guard skip("Tt "), let hour = number(2), skip(":"), let minute = number(2), skip(":"),
      let second = number(2), hour < 24, minute < 60, second < 61
    else { return nil }
    var milliseconds: Int64 = 0
    var length: Int64 = 1000
    if skip(".") {
      var weight: Int64 = 100
      length = 1
      guard let first = rest.first, 0x30...0x39 ~= first else { return nil }
      while let digit = rest.first, 0x30...0x39 ~= digit {
        milliseconds += Int64(digit - 0x30) * weight
        weight /= 10
        rest = rest.dropFirst()
      }
    }
    var offset = 0
    if !skip("Zz") {
      guard let sign = rest.first, skip("+-"), let hours = number(2), skip(":"),
        let minutes = number(2), hours < 24, minutes < 60
      else { return nil }
      offset = (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -1 : 1)
    }
    guard rest.isEmpty else { return nil }
    let time =
      start + Int64((hour * 60 + minute - offset) * 60 + second) * 1000 + milliseconds
    return time..<(time + length)
  }
}
