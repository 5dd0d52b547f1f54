import PhotoModel
import SQLite

/// Puts many points at once into an R*Tree of SQLite: as full leaves, beside those that are there.
///
/// SQLite inserts point by point: each one searches the tree, and writes a leaf and a row again. Its tables of nodes, parents
/// and rows are documented (<https://sqlite.org/rtree.html> §5.1); a node is described in the source of the module: two bytes
/// of depth, which count in the root alone; two bytes for the number of cells; cells of an id and four 32-bit numbers; all
/// big-endian.
struct PackedRTree {
  private struct Node {
    var cells: [RTreeCell]
    var isChanged = false
  }

  private let name: String
  private let connection: Connection
  /// Bytes of a node.
  private let size: Int
  /// Cells of a node.
  private let capacity: Int
  /// 0: the root is a leaf.
  private var depth: Int
  private var nodes: [Int64: Node] = [:]
  /// Of nodes that have another one than before.
  private var parents: [Int64: Int64] = [:]
  private var lastNode: Int64

  private static let root: Int64 = 1
  private static let headerBytes = 4
  /// Of the module.
  private static let deepest = 40
  private static let mostCells = 51

  /// - Returns: nil when the tree is not as this type knows it.
  init?(_ name: String, _ connection: Connection) throws(SQLiteError) {
    self.name = name
    self.connection = connection
    let last = try connection.cached("SELECT max(nodeno) AS last FROM \(name)_node")
    _ = try last.step()
    lastNode = last.integer("last")
    last.reset()
    guard let data = try Self.data(Self.root, name, connection), lastNode < .max / 2 else {
      return nil
    }
    size = data.count
    capacity = min((size - Self.headerBytes) / RTreeCell.bytes, Self.mostCells)
    guard capacity >= 8, let cells = Self.cells(data) else { return nil }
    depth = Int(data[0]) << 8 | Int(data[1])
    guard depth <= Self.deepest else { return nil }
    nodes[Self.root] = Node(cells: cells)
  }

  /// - Returns: false, and nothing is written, when the tree contradicts itself or has one of the ids.
  mutating func insert(_ points: [(id: Int64, position: Coordinate)]) throws(SQLiteError) -> Bool {
    guard try !hasAny(of: points) else { return false }
    var cells = points.map { RTreeCell($0.id, $0.position) }
    if depth == 0 {
      cells += nodes[Self.root]?.cells ?? []
      nodes[Self.root] = Node(cells: [], isChanged: true)
      depth = 1
    }
    HilbertOrder.sort(&cells)
    let count = (cells.count + capacity - 1) / capacity
    var leaves: [RTreeCell] = []
    for leaf in 0..<count {
      let part = cells[(cells.count * leaf / count)..<(cells.count * (leaf + 1) / count)]
      leaves.append(add(node: Array(part)))
    }
    for leaf in leaves {
      guard try add(leaf) else { return false }
    }
    try store(leaves)
    return true
  }

  private func hasAny(of points: [(id: Int64, position: Coordinate)]) throws(SQLiteError) -> Bool {
    guard let first = points.lazy.map(\.id).min(), let last = points.lazy.map(\.id).max() else {
      return false
    }
    let row = try connection.cached(
      "SELECT EXISTS (SELECT 1 FROM \(name)_rowid WHERE rowid BETWEEN ? AND ?) AS has_any")
    row.bind(first, last)
    defer { row.reset() }
    _ = try row.step()
    return row.integer("has_any") != 0
  }

  // MARK: The tree

  /// - Returns: the cell of the new node.
  private mutating func add(node cells: [RTreeCell]) -> RTreeCell {
    lastNode += 1
    nodes[lastNode] = Node(cells: cells, isChanged: true)
    return RTreeCell(lastNode, around: cells)
  }

  /// Puts a leaf below the node that grows least.
  private mutating func add(_ leaf: RTreeCell) throws(SQLiteError) -> Bool {
    var path: [(node: Int64, child: Int)] = []
    var number = Self.root
    for _ in 1..<depth {
      guard let node = try node(number), let child = Self.best(node.cells, for: leaf) else {
        return false
      }
      path.append((number, child))
      number = node.cells[child].id
      // A node of a damaged tree may stand below itself.
      if path.contains(where: { $0.node == number }) { return false }
    }
    guard try node(number) != nil else { return false }
    nodes[number]?.cells.append(leaf)
    nodes[number]?.isChanged = true
    parents[leaf.id] = number
    while let node = nodes[number], node.cells.count > capacity {
      let (left, right) = Self.halves(node.cells)
      guard let (parent, child) = path.popLast() else {
        let cells = [add(node: left), add(node: right)]
        for cell in cells { adopt(cell.id) }
        nodes[Self.root] = Node(cells: cells, isChanged: true)
        adopt(Self.root)
        depth += 1
        return depth <= Self.deepest
      }
      nodes[number] = Node(cells: left, isChanged: true)
      let other = add(node: right)
      adopt(other.id)
      nodes[parent]?.cells[child] = RTreeCell(number, around: left)
      nodes[parent]?.cells.append(other)
      nodes[parent]?.isChanged = true
      parents[other.id] = parent
      number = parent
    }
    for (node, child) in path {
      nodes[node]?.cells[child].widen(to: leaf)
      nodes[node]?.isChanged = true
    }
    return true
  }

  /// The children of a node get it as their parent.
  private mutating func adopt(_ number: Int64) {
    for child in nodes[number]?.cells ?? [] { parents[child.id] = number }
  }

  private static func best(_ cells: [RTreeCell], for leaf: RTreeCell) -> Int? {
    var best: (index: Int, growth: Double, area: Double)?
    for (index, cell) in cells.enumerated() {
      var wider = cell
      wider.widen(to: leaf)
      let (area, growth) = (cell.area, wider.area - cell.area)
      if let best, (best.growth, best.area) <= (growth, area) { continue }
      best = (index, growth, area)
    }
    return best?.index
  }

  /// By the middles of the cells, along the longer side.
  private static func halves(_ cells: [RTreeCell]) -> ([RTreeCell], [RTreeCell]) {
    let whole = RTreeCell(0, around: cells)
    let isWide = whole.maxX - whole.minX > whole.maxY - whole.minY
    let sorted = cells.sorted {
      isWide ? $0.minX + $0.maxX < $1.minX + $1.maxX : $0.minY + $0.maxY < $1.minY + $1.maxY
    }
    return (Array(sorted[..<(sorted.count / 2)]), Array(sorted[(sorted.count / 2)...]))
  }

  // MARK: Tables

  private mutating func node(_ number: Int64) throws(SQLiteError) -> Node? {
    if let node = nodes[number] { return node }
    guard let data = try Self.data(number, name, connection), data.count == size,
      let cells = Self.cells(data)
    else { return nil }
    let node = Node(cells: cells)
    nodes[number] = node
    return node
  }

  private static func data(
    _ number: Int64, _ name: String, _ connection: Connection
  ) throws(SQLiteError) -> [UInt8]? {
    let row = try connection.cached("SELECT data FROM \(name)_node WHERE nodeno = ?")
    row.bind(number)
    defer { row.reset() }
    guard try row.step() else { return nil }
    let data = row.bytes("data")
    return data.count > headerBytes ? data : nil
  }

  private static func cells(_ data: [UInt8]) -> [RTreeCell]? {
    let count = Int(data[2]) << 8 | Int(data[3])
    guard count <= (data.count - headerBytes) / RTreeCell.bytes else { return nil }
    return (0..<count).map { RTreeCell(data, at: headerBytes + $0 * RTreeCell.bytes) }
  }

  private func store(_ leaves: [RTreeCell]) throws(SQLiteError) {
    let node = try connection.cached(
      "INSERT OR REPLACE INTO \(name)_node (nodeno, data) VALUES (?, ?)")
    for (number, content) in nodes.sorted(by: { $0.key < $1.key }) where content.isChanged {
      var data = [UInt8]()
      data.reserveCapacity(size)
      let depth = number == Self.root ? depth : 0
      for value in [depth, content.cells.count] {
        data += [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)]
      }
      for cell in content.cells { cell.append(to: &data) }
      data += [UInt8](repeating: 0, count: max(0, size - data.count))
      node.bind(number, data)
      try node.run()
    }
    let parent = try connection.cached(
      "INSERT OR REPLACE INTO \(name)_parent (nodeno, parentnode) VALUES (?, ?)")
    for (child, number) in parents.sorted(by: { $0.key < $1.key }) {
      parent.bind(child, number)
      try parent.run()
    }
    let row = try connection.cached(
      "INSERT OR REPLACE INTO \(name)_rowid (rowid, nodeno) VALUES (?, ?)")
    let rows = leaves.flatMap { leaf in
      (nodes[leaf.id]?.cells ?? []).map { (id: $0.id, leaf: leaf.id) }
    }
    for (id, leaf) in rows.sorted(by: { $0.id < $1.id }) {
      row.bind(id, at: 1)
      row.bind(leaf, at: 2)
      try row.run()
    }
  }
}
