import PhotoModel

/// One site's rows against a fresh index of the same tree, and against what the walk wrote.
struct Comparison {
  var index: SiteSnapshot
  var fresh: SiteSnapshot
  var tree: Tree
  var contents: Contents
  /// Rows whose files are gone and that the deletion guard keeps, as the model has it.
  var kept: Set<Int64>

  func anomalies() -> [Anomaly] {
    photos() + folders() + tracks() + truths(of: index, allowing: kept)
      + truths(of: fresh, allowing: [])
  }

  // MARK: Against the fresh index

  private var keptFolders: Set<PathBytes> {
    Set(index.photos.filter { kept.contains($0.value.fid) }.map(\.key.parent))
  }

  private func photos() -> [Anomaly] {
    var found: [Anomaly] = []
    for (path, row) in index.photos where !kept.contains(row.fid) && fresh.photos[path] == nil {
      found.append(.init(kind: .extra, text: "\(path.shown) (fid \(row.fid)) is in no fresh index"))
    }
    for (path, expected) in fresh.photos {
      guard let row = index.photos[path], !kept.contains(row.fid) else {
        found.append(.init(kind: .missing, text: "\(path.shown) is in a fresh index only"))
        continue
      }
      if row.cells == expected.cells { continue }
      let differences = zip(index.photoColumns, zip(row.cells, expected.cells))
        .filter { $0.1.0 != $0.1.1 }.map { "\($0.0) \($0.1.0) instead of \($0.1.1)" }
      found.append(
        .init(
          kind: .row,
          text: "\(path.shown) (fid \(row.fid)): \(differences.joined(separator: ", "))"))
    }
    return found.sorted { $0.text < $1.text }
  }

  /// Rows of folders without a photo are left out: they may stay. So may a mark of names that are no UTF-8, which
  /// only makes a folder's order dearer.
  private func folders() -> [Anomaly] {
    let count = index.folderColumns.firstIndex(of: "photo_count") ?? 0
    func filled(_ rows: [PathBytes: [Cell]]) -> [PathBytes: [Cell]] {
      rows.filter { $0.value[count] != .integer(0) && !keptFolders.contains($0.key) }
    }
    var rows = filled(index.folders)
    if let escaped = index.folderColumns.firstIndex(of: "escaped") {
      for (path, expected) in fresh.folders where expected[escaped] == .integer(0) {
        rows[path]?[escaped] = .integer(0)
      }
    }
    return different(rows, filled(fresh.folders), .folder)
  }

  private func tracks() -> [Anomaly] {
    let keptFolders = keptFolders
    func free(_ rows: [PathBytes: [Cell]]) -> [PathBytes: [Cell]] {
      rows.filter { !keptFolders.contains($0.key) }
    }
    return different(free(index.tracks), free(fresh.tracks), .track)
  }

  private func different(
    _ rows: [PathBytes: [Cell]], _ expected: [PathBytes: [Cell]], _ kind: Anomaly.Kind
  ) -> [Anomaly] {
    Set(rows.keys).union(expected.keys).sorted().compactMap { path in
      rows[path] == expected[path]
        ? nil
        : Anomaly(
          kind: kind,
          text: "“\(path.shown)”: \(rows[path]?.description ?? "no row") instead of "
            + (expected[path]?.description ?? "none"))
    }
  }

  // MARK: Against what was written

  /// Rows beside those of the tree are for ``photos()``, unless the fresh index itself has them.
  private func truths(of site: SiteSnapshot, allowing kept: Set<Int64>) -> [Anomaly] {
    var found: [Anomaly] = []
    var expected: Set<PathBytes> = []
    for (path, state) in tree.photos {
      let key = PathBytes(path.text.utf8)
      expected.insert(key)
      guard let row = site.photos[key], !kept.contains(row.fid) else {
        found.append(.init(kind: .truth, text: "\(path.text) has no row"))
        continue
      }
      let sidecar = tree.sidecar(of: path)
      found += wrong(row, of: path, state, sidecar, in: site).map {
        Anomaly(kind: .truth, text: "\(path.text) (fid \(row.fid)): \($0)")
      }
    }
    for (path, row) in site.photos where !expected.contains(path) && !kept.contains(row.fid) {
      found.append(
        .init(kind: .truth, text: "\(path.shown) (fid \(row.fid)) is no file of the tree"))
    }
    return found.sorted { $0.text < $1.text }
  }

  private func wrong(
    _ row: SiteSnapshot.Photo, of path: PathBytes, _ state: FileState, _ sidecar: PathBytes?,
    in site: SiteSnapshot
  ) -> [String] {
    var wrong: [String] = []
    func demand(_ column: String, _ value: Cell) {
      if let found = site.cell(row, column), found != value {
        wrong.append("\(column) is \(found), not \(value)")
      }
    }
    demand("size", .integer(state.size))
    demand("mtime", .integer(state.mtime))
    let beside = sidecar.flatMap { tree.sidecars[$0] }
    demand("sidecar.file", sidecar.map { .text(Array($0.lastComponent.text.utf8)) } ?? .null)
    demand("sidecar.size", beside.map { .integer($0.size) } ?? .null)
    demand("sidecar.mtime", beside.map { .integer($0.mtime) } ?? .null)
    guard let truth = contents.truth(photo: state.content, sidecar: beside?.content) else {
      return wrong + ["the walk did not write this file"]
    }
    switch truth {
    case .located(let latitude, let longitude):
      demand("status", .integer(0))
      for (column, value) in [("lat", latitude), ("lon", longitude)] {
        guard case .real(let bits) = site.cell(row, column),
          abs(Double(bitPattern: bits) - value) < 1e-7
        else {
          wrong.append("\(column) is \(site.cell(row, column) ?? .null), not \(value)")
          continue
        }
      }
    case .withoutPosition: demand("status", .integer(1))
    case .failed: demand("status", .integer(2))
    }
    return wrong
  }
}
