import PhotoModel
import SQLite

/// Parts of conditions.
extension QueryPlan {
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
