#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Functions on rings of points; a ring is not closed.
enum Ring {
  /// Square metres; positive for a ring that runs counter-clockwise.
  static func signedArea(_ ring: some Collection<Ground>) -> Double {
    guard let origin = ring.first else { return 0 }
    var sum = 0.0
    var last = Ground.zero
    for point in ring.dropFirst() {
      let next = point - origin
      sum += cross(last, next)
      last = next
    }
    return sum / 2
  }

  static func area(_ ring: some Collection<Ground>) -> Double { abs(signedArea(ring)) }

  static func cross(_ a: Ground, _ b: Ground) -> Double { a.x * b.y - a.y * b.x }
  static func dot(_ a: Ground, _ b: Ground) -> Double { a.x * b.x + a.y * b.y }
  static func length(_ a: Ground) -> Double { dot(a, a).squareRoot() }

  static func counterClockwise(_ ring: [Ground]) -> [Ground] {
    signedArea(ring) < 0 ? ring.reversed() : ring
  }

  /// The part of a line through `point` along the unit vector `direction` that is inside of a convex
  /// ring: positions along the line, in metres from `point`.
  static func chord(_ ring: [Ground], through point: Ground, along direction: Ground)
    -> ClosedRange<Double>?
  {
    guard var last = ring.last else { return nil }
    let normal = Ground(-direction.y, direction.x)
    var (low, high) = (Double.infinity, -Double.infinity)
    var lastSide = dot(last - point, normal)
    for corner in ring {
      let side = dot(corner - point, normal)
      if (side >= 0) != (lastSide >= 0) {
        let part = lastSide / (lastSide - side)
        let place = dot(last + (corner - last) * part - point, direction)
        low = min(low, place)
        high = max(high, place)
      }
      (last, lastSide) = (corner, side)
    }
    return low < high ? low...high : nil
  }

  static func contains(_ ring: [Ground], _ p: Ground) -> Bool {
    guard var last = ring.last else { return false }
    var isInside = false
    for corner in ring {
      if (last.y <= p.y) != (corner.y <= p.y),
        p.x < last.x + (p.y - last.y) / (corner.y - last.y) * (corner.x - last.x)
      {
        isInside.toggle()
      }
      last = corner
    }
    return isInside
  }

  /// Metres from `p` to the nearest edge.
  static func distance(_ ring: [Ground], _ p: Ground) -> Double {
    guard var last = ring.last else { return .infinity }
    var nearest = Double.infinity
    for corner in ring {
      let edge = corner - last
      let square = dot(edge, edge)
      let part = square > 0 ? max(0, min(1, dot(p - last, edge) / square)) : 0
      nearest = min(nearest, length(last + edge * part - p))
      last = corner
    }
    return nearest
  }
}

/// Clips convex rings against each other (Sutherland and Hodgman, 1974) in two buffers that stay.
struct ConvexClip {
  private var (first, second): ([Ground], [Ground]) = ([], [])

  /// Square metres that two convex rings share; both run counter-clockwise.
  mutating func sharedArea(_ a: [Ground], _ b: [Ground]) -> Double {
    first.removeAll(keepingCapacity: true)
    first.append(contentsOf: a)
    guard var last = b.last else { return 0 }
    for corner in b {
      cut(last, corner - last)
      if first.isEmpty { return 0 }
      last = corner
    }
    return abs(Ring.signedArea(first))
  }

  /// Keeps of ``first`` what is left of the edge.
  private mutating func cut(_ start: Ground, _ edge: Ground) {
    second.removeAll(keepingCapacity: true)
    guard var last = first.last else { return }
    var lastSide = Ring.cross(edge, last - start)
    for corner in first {
      let side = Ring.cross(edge, corner - start)
      if (side >= 0) != (lastSide >= 0) {
        second.append(last + (corner - last) * (lastSide / (lastSide - side)))
      }
      if side >= 0 { second.append(corner) }
      (last, lastSide) = (corner, side)
    }
    swap(&first, &second)
  }
}
