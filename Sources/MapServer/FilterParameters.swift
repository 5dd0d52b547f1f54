import GeoFormats
import PhotoModel
import Platform

/// Parses a query string: the filters of ``FilterGrammar``, and the other parameters of OGC API Features (OGC 17-069r4 §7.15).
/// It refuses unknown and invalid parameters, because a response that ignores them misleads.
struct FilterParameters {
  private(set) var filter = PhotoFilter()
  private(set) var offset = 0

  /// Parameters outside of the grammar.
  enum Other: String, CaseIterable {
    case datetime, offset
    case boxCRS = "bbox-crs"
    /// The format, which the caller reads.
    case format = "f"
  }

  static let crs = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

  /// - Parameter others: which of them are allowed.
  init(_ request: MapRequest, others: Set<Other> = [.datetime, .format]) throws(BadRequest) {
    var words = FilterWords()
    var times: String?
    var seen: Set<String> = []
    for (name, value) in request.parameters {
      let entry = FilterGrammar.entries.first { $0.name.rawValue == name }
      guard seen.insert(name).inserted || entry?.repeats == true else {
        throw BadRequest("\(name) is given twice")
      }
      if let entry {
        words[all: entry.name] += Self.values(value, entry)
        continue
      }
      guard let other = Other(rawValue: name), others.contains(other) else {
        throw BadRequest("unknown parameter “\(name)”")
      }
      switch other {
      case .datetime: times = value
      case .boxCRS:
        guard value == Self.crs else { throw BadRequest("bbox-crs must be \(Self.crs)") }
      case .offset:
        guard let number = Int(value), number >= 0 else {
          throw BadRequest("offset must be a number from 0")
        }
        offset = number
      case .format: break
      }
    }
    do {
      filter = try FilterGrammar.filter(words, now: FilterClock.init, polygons: Self.polygons)
      if let times {
        guard words[.since] == nil, words[.until] == nil else {
          throw BadRequest("datetime cannot be combined with since or until; try: datetime")
        }
        (filter.takenSince, filter.takenUntil) = try Self.interval(times)
      }
    } catch {
      throw Self.refusal(error)
    }
  }

  private static func refusal(_ error: any Error) -> BadRequest {
    switch error {
    case let error as BadRequest: error
    case let error as FilterError: BadRequest(error)
    default: BadRequest("\(error)")
    }
  }

  /// Splits a parameter into values of the grammar. Lists of choices have commas; names may contain them. OGC API Features allows boxes with altitudes, which are
  /// ignored.
  private static func values(_ text: String, _ entry: FilterEntry) -> [String] {
    if entry.isCommaList {
      return text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    if entry.name == .bbox {
      let words = FilterNumbers.words(in: text)
      if words.count == 6, words.allSatisfy({ FilterNumbers.number($0) != nil }) {
        return [[words[0], words[1], words[3], words[4]].joined(separator: ",")]
      }
    }
    return [text]
  }

  /// Parses GeoJSON text; the server reads no files for its clients.
  private static func polygons(_ text: String) throws(BadRequest) -> Polygons {
    do throws(GeoJSONFault) {
      return try Polygons(geoJSON: Array(text.utf8), named: FilterName.polygon.rawValue)
    } catch {
      throw BadRequest(
        error.message, advice: error.advice ?? "GeoJSON with a Polygon or MultiPolygon")
    }
  }

  /// `datetime`: an instant, or an interval whose open sides are `..` or empty; ends are inclusive.
  private static func interval(_ text: String) throws -> (TimeBound?, TimeBound?) {
    func moment(_ side: Substring) throws(FilterError) -> FilterTime.Span? {
      if side.isEmpty || side == ".." { return nil }
      // The standard has no relative times.
      return try FilterTime.span(String(side), of: Other.datetime.rawValue, now: nil)
    }
    let sides = text.split(separator: "/", omittingEmptySubsequences: false)
    switch sides.count {
    case 1:
      guard let span = try moment(sides[0]) else { throw BadRequest("datetime is empty") }
      return (span.start, span.end)
    case 2:
      let (start, end) = (try moment(sides[0]), try moment(sides[1]))
      if let start, let end, start.start.isBehind(end.end) {
        throw BadRequest("datetime: the interval ends before it begins")
      }
      return (start?.start, end?.end)
    default: throw BadRequest("datetime has more than two times")
    }
  }
}

extension BadRequest {
  /// The message of the command line, with the names of parameters.
  fileprivate init(_ error: FilterError) {
    self.init(error.message.text(.parameter), advice: error.advice.text(.parameter))
  }

  fileprivate init(_ message: String, advice: String) {
    self.init("\(message); try: \(advice)")
  }
}

extension FilterClock {
  /// The clock and the time zone of the server.
  fileprivate init() {
    let now = SystemClock.wallMilliseconds()
    self.init(
      milliseconds: now, offsetMinutes: SystemClock.offsetMinutes(atSecond: now / 1000))
  }
}
