import PhotoModel
import SQLite

/// Parts of conditions.
extension QueryPlan {
  /// Those of one part of the plan; see ``QueryPlan/attributes``.
  static func attributes(of filter: PhotoFilter) -> (sql: [String], values: [SQLValue]) {
    var sql: [String] = []
    var values: [SQLValue] = []
    func add(_ condition: String, _ bound: [SQLValue]) {
      sql.append(condition)
      values += bound
    }
    if let since = filter.takenSince { add("\(time(since)) >= ?", [text(since)]) }
    if let until = filter.takenUntil { add("\(time(until)) < ?", [text(until)]) }
    if let range = filter.altitude { add("p.alt_m BETWEEN ? AND ?", ends(range)) }
    if let range = filter.relativeAltitude {
      add("p.rel_alt_m BETWEEN ? AND ?", ends(range))
    }
    if !filter.fixes.isEmpty {
      let fixes = filter.fixes.sorted().map { SQLValue.text($0.rawValue) }
      let isOne = "p.fix IN (\(places(fixes)))"
      add(filter.fixes.contains(.none) ? "(p.fix IS NULL OR \(isOne))" : isOne, fixes)
    }
    if let largest = filter.rtkDeviation {
      // NULL when one of the three is NULL.
      add("max(p.rtk_std_lon, p.rtk_std_lat, p.rtk_std_h) <= ?", [.real(largest)])
    }
    if !filter.cameraGlobs.isEmpty { add(camera(filter), cameraValues(filter)) }
    if !filter.flags.isEmpty {
      let bits = SQLValue.integer(Int64(filter.flags.rawValue))
      add("p.flag_bits & ? = ?", [bits, bits])
    }
    if filter.isPresent {
      add("p.flag_bits & ? = 0", [.integer(Int64(PhotoFlags.fileGone.rawValue))])
    }
    if !filter.reasons.isEmpty {
      let reasons = filter.reasons.map { SQLValue.text($0) }
      add("p.reason IN (\(places(reasons)))", reasons)
    }
    return (sql, values)
  }

  /// What a bound is compared with.
  static func time(_ bound: TimeBound) -> String {
    switch bound {
    case .moment: "coalesce(p.taken_at, p.taken_local)"
    case .clock: "coalesce(p.taken_local, p.taken_at)"
    }
  }

  static func text(_ bound: TimeBound) -> SQLValue {
    .text(Timestamp.lowerBound(bound.milliseconds))
  }

  static func ends(_ range: ClosedRange<Double>) -> [SQLValue] {
    [.real(range.lowerBound), .real(range.upperBound)]
  }

  static func places(_ values: [SQLValue]) -> String {
    values.map { _ in "?" }.joined(separator: ", ")
  }

  /// Each pattern on the model, the make, and both.
  private static let cameraTexts = [
    "p.camera_model", "p.camera_make", "p.camera_make || ' ' || p.camera_model",
  ]

  static func camera(_ filter: PhotoFilter) -> String {
    let one = cameraTexts.map { "\($0) LIKE ? ESCAPE '\\'" }
    return "(" + filter.cameraGlobs.flatMap { _ in one }.joined(separator: " OR ") + ")"
  }

  static func cameraValues(_ filter: PhotoFilter) -> [SQLValue] {
    filter.cameraGlobs.flatMap { glob in
      cameraTexts.map { _ in .text(likePattern(glob)) }
    }
  }

  /// `*` and `?` as `LIKE` writes them, which does not mind capitals of A to Z.
  private static func likePattern(_ glob: String) -> String {
    var pattern = ""
    for scalar in glob.unicodeScalars {
      switch scalar {
      case "*": pattern += "%"
      case "?": pattern += "_"
      case "%", "_", "\\": pattern += "\\" + String(scalar)
      default: pattern.unicodeScalars.append(scalar)
      }
    }
    return pattern
  }
}

/// The folder patterns of one part of a plan.
struct FolderPatterns {
  private let globs: [FolderGlob]
  private let matchesTails: Bool

  /// nil without a pattern.
  init?(_ filter: PhotoFilter) {
    if filter.folderGlobs.isEmpty { return nil }
    globs = filter.folderGlobs.map(FolderGlob.init)
    matchesTails = filter.matchesTails
  }

  func match(_ path: String) -> Bool {
    let shown = matchesTails ? PhotoRow.folderTail(path) : path
    return globs.contains { $0.matches(shown) }
  }
}

extension PhotoFilter.Which {
  /// nil: no photo is both.
  func intersection(_ other: Self) -> Self? {
    if self == other || other == .all { return self }
    return self == .all ? other : nil
  }
}
