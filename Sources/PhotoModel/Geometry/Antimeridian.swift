/// Cuts lines at 180° (RFC 7946 §3.1.9).
package enum Antimeridian {
  /// A point of a cut line.
  package struct Vertex: Sendable, Equatable {
    /// Of the given point; nil for one that the cut made.
    package var index: Int?
    /// As given, but with the sign of 180° that continues the line.
    package var position: Coordinate
  }

  /// The line in parts, none of which crosses 180°. Each way between two points is the shorter one. A cut adds a point on both
  /// sides, whose latitude is that of the straight line in degrees.
  ///
  /// - Returns: parts of two or more different places.
  package static func cut(_ line: [Coordinate]) -> [[Vertex]] {
    var parts: [[Vertex]] = []
    var part: [Vertex] = []
    for (index, position) in line.enumerated() {
      var position = position
      if let last = part.last?.position {
        if abs(position.longitude) == 180, last.longitude != 0 {
          position.longitude = last.longitude < 0 ? -180 : 180
        }
        if abs(position.longitude - last.longitude) > 180 {
          let edge = last.longitude < 0 ? -180.0 : 180
          let latitude = latitude(last, position)
          let isOnEdge = last.longitude == edge
          let index = isOnEdge ? part.last?.index : nil
          if !isOnEdge {
            part.append(
              Vertex(index: nil, position: Coordinate(latitude: latitude, longitude: edge)))
          }
          parts.append(part)
          part = [
            Vertex(index: index, position: Coordinate(latitude: latitude, longitude: -edge))
          ]
        }
      }
      part.append(Vertex(index: index, position: position))
    }
    parts.append(part)
    return parts.filter { part in
      part.contains { $0.position != part[0].position }
    }
  }

  /// Where the line from one hemisphere to the other meets 180°.
  private static func latitude(_ a: Coordinate, _ b: Coordinate) -> Double {
    let before = 180 - abs(a.longitude)
    let after = 180 - abs(b.longitude)
    guard before + after > 0 else { return a.latitude }
    return a.latitude + (b.latitude - a.latitude) * (before / (before + after))
  }
}
