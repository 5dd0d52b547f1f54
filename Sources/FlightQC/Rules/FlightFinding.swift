public import PhotoModel

/// What a rule found.
public struct FlightFinding: Equatable, Sendable {
  public var rule: FlightRule
  public var severity: Severity
  public var site = ""
  /// Of the first photo.
  public var folder = ""
  /// ``Flight/name``; nil for findings on folders and single photos.
  public var flight: String?
  /// In their order; at most ``mostPhotos`` of ``photoCount``.
  public var photos: [Photo] = []
  public var photoCount = 0
  /// What was measured and what it was compared with, in ``unit``.
  public var value: Double?
  public var limit: Double?
  public var unit = ""
  public var position: Coordinate?
  /// Of a hole: a closed ring, counter-clockwise (RFC 7946).
  public var outline: [Coordinate] = []
  /// One sentence.
  public var text: String

  public static let mostPhotos = 1000

  public struct Photo: Equatable, Sendable {
    public var id: Int64
    /// `folder/name`.
    public var path: String
  }

  init(_ rule: FlightRule, _ severity: Severity, _ photos: [FlightPhoto], _ text: String) {
    self.rule = rule
    self.severity = severity
    self.text = text
    photoCount = photos.count
    self.photos = photos.prefix(Self.mostPhotos).map { Photo(id: $0.id, path: $0.path) }
    site = photos.first?.site ?? ""
    folder = photos.first?.folder ?? ""
    position = photos.lazy.compactMap(\.position).first
  }

  func measured(_ value: Double, limit: Double?, _ unit: String) -> FlightFinding {
    var copy = self
    (copy.value, copy.limit, copy.unit) = (value, limit, unit)
    return copy
  }
}
