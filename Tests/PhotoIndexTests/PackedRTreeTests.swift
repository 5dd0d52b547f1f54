import PhotoModel
import SQLite
import TestSupport
import Testing

@testable import PhotoIndex

/// R*Trees that are filled leaf by leaf, against SQLite's own checks and against a list.
@Suite struct PackedRTreeTests {
  private let connection: Connection

  init() throws {
    connection = try Connection(path: ":memory:", mode: .readWriteCreate)
    try connection.execute("CREATE VIRTUAL TABLE tree USING rtree(id, minx, maxx, miny, maxy)")
    connection.protectsShadowTables = false
  }

  private func number(_ sql: String, _ values: SQLValue...) throws -> Int64 {
    let row = try connection.prepare(sql)
    row.bind(all: values)
    return try row.step() ? row.integer("n") : -1
  }

  private func check() throws -> String {
    let row = try connection.prepare("SELECT rtreecheck('tree') AS line")
    return try row.step() ? row.text("line") : ""
  }

  @Test func searchesFindWhatIsThere() throws {
    var g = SplitMix64(seed: 11)
    var points: [Int64: Coordinate] = [:]
    var last: Int64 = 0
    func made() -> (id: Int64, position: Coordinate) {
      last += 1
      let place = Samples.position(&g)
      points[last] = place
      return (last, place)
    }
    let single = try connection.prepare("INSERT INTO tree VALUES (?, ?, ?, ?, ?)")
    let delete = try connection.prepare("DELETE FROM tree WHERE id = ?")
    for round in 0..<40 {
      var tree = try #require(try PackedRTree("tree", connection))
      let batch = (0..<Int.random(in: 1...900, using: &g)).map { _ in made() }
      #expect(try tree.insert(batch))
      // SQLite's own insertions and deletions split and join the leaves.
      for _ in 0..<(round % 4 * 40) {
        let (id, place) = made()
        single.bind(id, place.longitude, place.longitude, place.latitude, place.latitude)
        try single.run()
        let gone = Int64.random(in: 1...last, using: &g)
        points[gone] = nil
        delete.bind(gone)
        try delete.run()
      }
      if round % 8 == 7 { #expect(try check() == "ok") }
    }
    #expect(try check() == "ok")
    #expect(try number("SELECT count(*) AS n FROM tree") == Int64(points.count))
    #expect(points.count > 15_000)
    for _ in 0..<200 {
      let (a, b) = (Samples.position(&g), Samples.position(&g))
      let box = BoundingBox(
        west: min(a.longitude, b.longitude), south: min(a.latitude, b.latitude),
        east: max(a.longitude, b.longitude), north: max(a.latitude, b.latitude))
      let expected = points.values.count {
        box.west <= $0.longitude && $0.longitude <= box.east && box.south <= $0.latitude
          && $0.latitude <= box.north
      }
      // 32-bit numbers are rounded outward: never fewer.
      let found = try number(
        "SELECT count(*) AS n FROM tree WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ?",
        .real(box.west), .real(box.east), .real(box.south), .real(box.north))
      #expect(found >= Int64(expected) && found <= Int64(expected) + 40)
    }
  }

  @Test func idsThatAreThereAreLeftToSQLite() throws {
    try connection.execute("INSERT INTO tree VALUES (5, 1, 1, 1, 1)")
    var tree = try #require(try PackedRTree("tree", connection))
    let batch = (1...300).map {
      (id: Int64($0), position: Coordinate(latitude: 1, longitude: Double($0) / 2))
    }
    #expect(try !tree.insert(batch))
    #expect(try number("SELECT count(*) AS n FROM tree") == 1)
    #expect(try check() == "ok")
  }

  /// Whatever stands in the tables: an answer or an error, and no trap.
  @Test(arguments: 0..<60) func damagedTreesDoNoHarm(seed: UInt64) throws {
    var g = SplitMix64(seed: seed)
    func batch(_ from: Int64) -> [(id: Int64, position: Coordinate)] {
      (from..<(from + 700)).map { (id: $0, position: Samples.position(&g)) }
    }
    var tree = try #require(try PackedRTree("tree", connection))
    #expect(try tree.insert(batch(1)))
    var second = try #require(try PackedRTree("tree", connection))
    #expect(try second.insert(batch(5000)))
    let nodes = try number("SELECT max(nodeno) AS n FROM tree_node")
    for _ in 0..<3 {
      let node = Int64.random(in: 1...(seed % 2 == 0 ? 1 : nodes), using: &g)
      let size = try number(
        "SELECT length(data) AS n FROM tree_node WHERE nodeno = ?", .integer(node))
      var data = [UInt8](repeating: 0, count: max(0, Int(size) + Int(seed % 5) - 1))
      for i in data.indices { data[i] = UInt8.random(in: 0...255, using: &g) }
      // A plausible header over nonsense.
      if seed % 3 == 0, data.count > 4 { data.replaceSubrange(0..<4, with: [0, 1, 0, 40]) }
      let update = try connection.prepare("UPDATE tree_node SET data = ? WHERE nodeno = ?")
      update.bind(data, node)
      try update.run()
    }
    var third = try PackedRTree("tree", connection)
    _ = try? third?.insert(batch(9000))
  }

  /// Nodes that are their own children, full ones among them.
  @Test(arguments: [8, 26, 51]) func aTreeThatContainsItselfIsLeftToSQLite(count: Int) throws {
    var whole = try #require(try PackedRTree("tree", connection))
    let batch = (1...300).map {
      (id: Int64($0), position: Coordinate(latitude: 1, longitude: Double($0) / 2))
    }
    #expect(try whole.insert(batch))
    let size = try number("SELECT length(data) AS n FROM tree_node WHERE nodeno = 1")
    // Two levels above the leaves.
    var data: [UInt8] = [0, 2, 0, UInt8(count)]
    // The last cell needs not grow, so it is chosen.
    for place in 1...count {
      var cell = RTreeCell(1, Coordinate(latitude: 1, longitude: 1))
      if place == count { cell.widen(to: RTreeCell(1, Coordinate(latitude: 2, longitude: 170))) }
      cell.append(to: &data)
    }
    data += [UInt8](repeating: 0, count: Int(size) - data.count)
    let update = try connection.prepare("UPDATE tree_node SET data = ? WHERE nodeno = 1")
    update.bind(data)
    try update.run()
    var tree = try #require(try PackedRTree("tree", connection))
    #expect(try !tree.insert(batch.map { (id: $0.id + 1000, position: $0.position) }))
  }

  @Test func neighboursOnTheCurveAreNeighboursOnTheGround() {
    let side: UInt32 = 16
    let scale: UInt32 = 65_536 / side
    let places = (0..<side).flatMap { x in
      (0..<side).map { y in
        (x: Int(x), y: Int(y), key: HilbertOrder.distance(x * scale, y * scale))
      }
    }.sorted { $0.key < $1.key }
    for (a, b) in zip(places, places.dropFirst()) {
      #expect(abs(a.x - b.x) + abs(a.y - b.y) == 1, "\(a) \(b)")
    }
  }
}
