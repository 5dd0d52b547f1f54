import GeoFormats
package import PhotoModel
import Platform

/// A link that shows a part of the index, until it expires or is revoked.
package struct Share: Sendable, Equatable {
  package let name: String
  /// SHA-256 of the token, in lower-case hexadecimal digits. The token itself is stored nowhere.
  package let digest: String
  /// The filter in the words of the map's parameters.
  package let words: FilterWords
  /// The same, checked. It also passes photos without a position, as the map does, unless it is geographic.
  package let filter: PhotoFilter
  /// Milliseconds since 1970 UTC.
  package let created: Int64
  /// nil: never.
  package let expires: Int64?
  /// Shows site names, whole folders, URLs and serial numbers, too.
  package let hasPaths: Bool

  /// Bytes of UTF-8.
  static let longestName = 100

  /// - Parameters:
  ///   - token: see ``ShareToken/new()``.
  ///   - words: as ``ShareWords/stored(_:now:polygon:)`` returns them.
  /// - Throws: ``ShareError``, and ``FilterError`` for a filter that is not valid.
  package init(
    name: String, token: String, words: FilterWords, created: Int64, expires: Int64?,
    hasPaths: Bool
  ) throws {
    try self.init(
      name: name, digest: ShareToken.digest(token), words: words, created: created,
      expires: expires, hasPaths: hasPaths)
  }

  init(
    name: String, digest: String, words: FilterWords, created: Int64, expires: Int64?,
    hasPaths: Bool
  ) throws {
    guard !name.isEmpty, name.utf8.count <= Self.longestName, !name.hasPrefix("-"),
      !name.unicodeScalars.contains(where: ControlCharacters.contains)
    else {
      throw ShareError(
        .invalid, "“\(name)” is not a valid name of a link",
        advice: "a name of 1 to \(Self.longestName) bytes that does not start with a dash")
    }
    self.name = name
    self.digest = digest
    self.words = words
    filter = try ShareWords.filter(words)
    self.created = created
    self.expires = expires
    self.hasPaths = hasPaths
  }

  package func isExpired(at time: Int64) -> Bool { expires.map { $0 <= time } ?? false }
}

/// The filter of a share, from words of the command line to those of the map's parameters.
package enum ShareWords {
  /// Relative times as the moments that they mean now, so that a link does not change what it shows; the text of the
  /// polygon's file in place of its name.
  ///
  /// - Throws: ``ShareError`` for a filter that a share cannot have.
  package static func stored(
    _ given: FilterWords, now: @escaping () -> FilterClock, polygon: String?
  ) throws(ShareError) -> FilterWords {
    guard given[.limit] == nil else {
      throw ShareError(
        .invalid, "a link cannot have --limit: which photos it shows would change with every sync",
        advice: "a filter such as --since or --folder instead")
    }
    var words = given
    words[.polygon] = polygon
    for name in [FilterName.since, .until] {
      guard let text = given[name], FilterTime.span(text, now: nil) == nil,
        let span = FilterTime.span(text, now: now)
      else { continue }
      words[name] = Self.written(name == .since || span.isInstant ? span.start : span.end)
    }
    return words
  }

  private static func written(_ bound: TimeBound) -> String? {
    let text = ISOTime.text(milliseconds: bound.milliseconds)
    // Without a zone: by the camera's clock.
    if case .clock = bound { return text.map { String($0.dropLast()) } }
    return text
  }

  static func filter(_ words: FilterWords) throws -> PhotoFilter {
    var filter = try FilterGrammar.filter(
      words,
      now: {
        let now = SystemClock.wallMilliseconds()
        return FilterClock(
          milliseconds: now, offsetMinutes: SystemClock.offsetMinutes(atSecond: now / 1000))
      },
      polygons: { text in
        do throws(GeoJSONFault) {
          return try Polygons(geoJSON: Array(text.utf8), named: FilterName.polygon.rawValue)
        } catch {
          throw ShareError(.invalid, error.message, advice: error.advice ?? "another polygon")
        }
      })
    filter.limit = nil
    if filter.which == .located { filter.which = .all }
    return filter
  }

  /// `bbox 8,47,9,48, folder flights`: for lists.
  package static func text(_ words: FilterWords) -> String {
    let longest = 60
    return FilterName.allCases.flatMap { name in
      words[all: name].map { value in
        "\(name.rawValue) "
          + (value.count > longest ? "\(value.prefix(longest))…" : value)
      }
    }.joined(separator: ", ")
  }
}

/// The secret of a link.
package enum ShareToken {
  /// By which a server knows it from its own token, also when it is no longer valid.
  package static let prefix = "share-"

  /// 192 random bits.
  package static func new() -> String {
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<24).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    return prefix + SHA256.text(bytes)
  }

  static let length = prefix.utf8.count + 48

  static func digest(_ token: String) -> String { SHA256.text(SHA256.digest(Array(token.utf8))) }
}

/// Why a link, or the file of all links, cannot be used.
package struct ShareError: Error, Equatable, Sendable {
  package enum Kind: Sendable {
    case invalid, exists, notFound, damaged, io
  }

  package var kind: Kind
  package var message: String
  package var advice: String

  init(_ kind: Kind, _ message: String, advice: String) {
    self.kind = kind
    self.message = message
    self.advice = advice
  }
}
