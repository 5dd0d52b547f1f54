import PhotoModel
import Testing

@testable import FlightQC

/// Overlaps, coverage and holes against slow reference versions.
@Suite struct OverlapTests {
  static func randomRing(_ g: inout SplitMix, around centre: Ground, size: Double) -> [Ground] {
    let lens = Lens(width: 4000, height: 3000, focalPixels: 3000, source: .table)
    let axes = CameraAxes(
      Attitude(yaw: g.unit(0...360), pitch: g.unit(-90 ... -55), roll: g.unit(-10...10)))
    guard let lens, let print = Footprint(axes, lens, height: size) else { return [] }
    return Ring.counterClockwise(print.corners.map { $0 + centre })
  }

  @Test func sharedAreaIsThatOfCountedPoints() {
    var g = SplitMix(state: 1)
    var clip = ConvexClip()
    for _ in 0..<40 {
      let a = Self.randomRing(&g, around: .zero, size: 10)
      let b = Self.randomRing(&g, around: Ground(g.unit(-8...8), g.unit(-8...8)), size: 10)
      var inside = 0
      let step = 0.1
      for x in stride(from: -40.0, to: 40, by: step) {
        for y in stride(from: -40.0, to: 40, by: step)
        where Ring.contains(a, Ground(x, y)) && Ring.contains(b, Ground(x, y)) {
          inside += 1
        }
      }
      let counted = Double(inside) * step * step
      #expect(abs(clip.sharedArea(a, b) - counted) < 0.02 * Ring.area(a))
      #expect(abs(clip.sharedArea(a, b) - clip.sharedArea(b, a)) < 1e-6)
    }
  }

  @Test func coverageCountsTheRingsOverEachCell() throws {
    var g = SplitMix(state: 2)
    let rings = (0..<25).map { _ in
      Self.randomRing(&g, around: Ground(g.unit(0...60), g.unit(0...60)), size: 12)
    }
    let direction = Ground(0.6, 0.8)
    var grid = try #require(CoverageGrid(around: rings, direction: direction, cell: 0.7))
    grid.add(rings)
    for row in 0..<grid.rows {
      for column in 0..<grid.columns {
        let middle = grid.ground(Ground(Double(column) + 0.5, Double(row) + 0.5))
        #expect(Int(grid.count(column, row)) == rings.count { Ring.contains($0, middle) })
      }
    }
  }

  @Test func holesHaveTheAreaAndPlaceOfTheGap() throws {
    // Four rectangles around an empty one of 20 m × 12 m, in a turned frame.
    let (sine, cosine) = Angle.sineAndCosine(33)
    func turned(_ x: Double, _ y: Double) -> Ground {
      Ground(x * cosine - y * sine, x * sine + y * cosine)
    }
    func box(_ x: ClosedRange<Double>, _ y: ClosedRange<Double>) -> [Ground] {
      [
        turned(x.lowerBound, y.lowerBound), turned(x.upperBound, y.lowerBound),
        turned(x.upperBound, y.upperBound), turned(x.lowerBound, y.upperBound),
      ]
    }
    let rings = [
      box(0...60, 0...20), box(0...60, 32...52), box(0...20, 0...52), box(40...60, 0...52),
    ]
    let coverage = try #require(
      Coverage(rings, direction: Ground(1, 0), along: 40, smallest: 50, wanted: nil))
    let hole = try #require(coverage.holes.first)
    #expect(coverage.holes.count == 1)
    #expect(abs(hole.area - 240) < 5)
    #expect(abs(Ring.area(hole.outline) - 240) < 8)
    let exact = box(20...40, 20...32)
    var clip = ConvexClip()
    #expect(hole.outline.allSatisfy { Ring.distance(exact, $0) < 0.6 })
    #expect(clip.sharedArea(exact, exact) > 239.9)
    #expect(abs(coverage.area - (60 * 52 - 240)) < 40)
    // What nobody wants is no hole.
    let small = try #require(
      Coverage(
        rings, direction: Ground(1, 0), along: 40, smallest: 50, wanted: [box(0...60, 0...20)]))
    #expect(small.holes.isEmpty && (small.share ?? 0) > 99.5)
  }

  @Test func outlinesOfCellSetsGoAroundThem() {
    // A ring of eight cells: the outer outline has the area of nine.
    let columns = 10
    let cells = [11, 12, 13, 21, 23, 31, 32, 33]
    let outline = Outline.trace(cells, columns: columns)
    #expect(Ring.signedArea(outline) == 9)
    // Two cells that touch at a corner are traced one by one.
    #expect(Ring.area(Outline.trace([11, 22], columns: columns)) == 1)
  }

  @Test(arguments: [(0.8, 0.7), (0.7, 0.6), (0.75, 0.65)])
  func overlapsOfAGridAreThoseOfThePlan(forward: Double, side: Double) throws {
    let survey = Survey {
      $0.forward = forward
      $0.side = side
    }
    let flight = try #require(try survey.report().flights.first)
    #expect(abs((flight.forward?.median ?? 0) - 100 * forward) < 0.01)
    #expect(abs((flight.side?.median ?? 0) - 100 * side) < 0.01)
    #expect(abs((flight.forwardByDistance ?? 0) - 100 * forward) < 0.01)
    #expect(abs((flight.sideByDistance ?? 0) - 100 * side) < 0.01)
    let covered =
      (survey.along + 15 * survey.step) * (survey.across * (1 + 5 * (1 - side)))
    #expect(abs((flight.area ?? 0) / covered - 1) < 0.02)
  }

  @Test func medianAndQuantilesAreThoseOfSortedValues() {
    var g = SplitMix(state: 9)
    for count in 1...60 {
      let values = (0..<count).map { _ in g.unit(0...5).rounded() }
      let sorted = values.sorted()
      #expect(Robust.median(values) == sorted[(count - 1) / 2])
      #expect(Robust.quantile(values, 0) == sorted[0])
      #expect(Robust.quantile(values, 1) == sorted[count - 1])
      let rank = Int((0.05 * Double(count)).rounded(.up)) - 1
      #expect(Robust.quantile(values, 0.05) == sorted[max(0, rank)])
    }
    #expect(Robust.median([]).isNaN)
  }
}
