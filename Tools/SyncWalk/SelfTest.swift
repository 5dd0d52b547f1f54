import Foundation
import PhotoModel
import SQLite
import TestSupport

/// A check that finds nothing proves nothing: puts faults into copies of a good index, one at a time, and looks
/// whether the walk's own checks find each.
struct SelfTest {
  struct Fault: Sendable {
    var name: String
    var expected: Anomaly.Kind
    /// The index is looked at behind each.
    var steps: [String]

    init(_ name: String, _ expected: Anomaly.Kind, _ steps: String...) {
      self.name = name
      self.expected = expected
      self.steps = steps
    }
  }

  private let walk: Walk
  private let tree: Tree
  private let good: SiteSnapshot
  private let fresh: SiteSnapshot
  private let copy: String

  init(_ options: Walk.Options) throws {
    walk = try Walk(options)
    try walk.prepare()
    walk.change(10)
    // Side-cars for certain.
    let bench = Workbench(
      root: walk.sandbox.root, stash: [], contents: walk.contents, random: walk.random, now: 0,
      tree: Tree.scan(walk.sandbox.root))
    var random = walk.random
    for photo in bench.tree.photoPaths.prefix(3) {
      let path = photo.parent.appending(.init(photo.lastComponent.bytes + Array(".xmp".utf8)))
      try Disk.write(walk.contents.sidecar(&random), to: bench.full(path))
    }
    (tree, good) = try walk.quietSync([], during: "self-test")
    _ = try walk.sandbox.run(walk.sandbox.syncArguments(walk.second))
    _ = try walk.sandbox.makeFresh()
    fresh = try Snapshot.read(walk.sandbox.freshIndex, site: Sandbox.freshSite)
    copy = walk.sandbox.folder + "/copy.gpkg"
  }

  /// - Returns: what was not found.
  func run() throws -> [String] {
    var missed: [String] = []
    let clean = try anomalies([], checks: true)
    if !clean.isEmpty { missed.append("a good index has anomalies: \(clean.prefix(3))") }
    for fault in Self.faults {
      if fault.expected == .geopackage, !Sandbox.hasValidator { continue }
      let found = try anomalies(fault.steps, checks: fault.expected == .check)
      if !found.contains(where: { $0.kind == fault.expected }) {
        let kinds = Set(found.map(\.kind.rawValue)).sorted()
        missed.append("\(fault.name): not found as \(fault.expected.rawValue), but as \(kinds)")
      }
    }
    let wrong = try walk.sandbox.run(["sync", "--no-such-option"])
    if wrong.demand([0], "").isEmpty { missed.append("a wrong exit code is not found") }
    let killed = try walk.sandbox.start(["serve", "--help"])
    killed.send(signal: SIGKILL)
    let dead = killed.result()
    if dead.signal != nil, dead.demand([0], "").isEmpty {
      missed.append("a program that dies is not found")
    }
    missed += GuardCases.missed()
    let kinds = Set(Self.faults.map(\.expected)).union([.ending])
    missed += Anomaly.Kind.allCases.filter { !kinds.contains($0) }
      .map { "no fault is tried for \($0.rawValue)" }
    return missed
  }

  var count: Int { Self.faults.count + GuardCases.all.count + 2 }

  /// What the walk's checks say of a copy of the index with these changes.
  /// - Parameter checks: `gpsindex check`, too.
  private func anomalies(_ steps: [String], checks: Bool) throws -> [Anomaly] {
    walk.sandbox.forget(copy)
    let original = try Connection(path: walk.sandbox.index, mode: .readOnly)
    try original.execute("VACUUM INTO '\(copy)'")
    let connection = try Connection(path: copy, mode: .readWrite)
    connection.setTrustsSchema(true)
    for trigger in try triggers(connection) {
      try connection.execute("DROP TRIGGER \"\(trigger)\"")
    }

    var identities = Identities()
    var found: [Anomaly] = []
    func observe() throws {
      let now = try Snapshot.identities(copy)
      found += identities.observe(photos: now.photos, sites: now.sites)
    }
    try observe()
    for step in steps {
      try connection.execute(step)
      try observe()
    }
    let rows = try Snapshot.read(copy, site: walk.site.name)
    found += Comparison(
      index: rows, fresh: fresh, tree: tree, contents: walk.contents, kept: []
    ).anomalies()
    var untouched = Untouched()
    untouched.begin(tree, good)
    found += untouched.anomalies(rows)
    var guardModel = GuardModel()
    found += guardModel.synced(tree, before: good, after: rows, allows: false, status: 0)
    found += Walk.changes(of: good, to: rows)
    found += try walk.changes(in: copy, of: good)
    found += try walk.strangers(in: copy)
    if checks {
      let check = try walk.sandbox.run(["check"], index: copy)
      if !check.demand([0], "check").isEmpty {
        found.append(.init(kind: .check, text: check.text + check.errorText))
      }
    }
    if Sandbox.hasValidator, steps.isEmpty || steps[0].contains("gpkg_") {
      // Without the triggers it always finds something: only what it says besides counts.
      let validated = try walk.sandbox.validate(steps.isEmpty ? walk.sandbox.index : copy)
      if validated.exitCode != 0 || validated.timedOut {
        found.append(.init(kind: .geopackage, text: validated.text + validated.errorText))
      }
    }
    return found
  }

  private func triggers(_ connection: Connection) throws -> [String] {
    var names: [String] = []
    let rows = try connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
    while try rows.step() { names.append(rows.text("name")) }
    return names
  }

  /// A located photo of the walked site.
  private static let photo =
    "(SELECT min(p.fid) FROM photos p JOIN folders f ON f.id = p.folder_id "
    + "JOIN site s ON s.id = f.site_id WHERE s.name <> 'B' AND p.status = 0)"

  static let faults: [Fault] = [
    Fault("wrong position", .row, "UPDATE photos SET lat = lat + 0.001 WHERE fid = \(photo)"),
    Fault("wrong position", .truth, "UPDATE photos SET lon = lon / 2 WHERE fid = \(photo)"),
    Fault("wrong altitude", .row, "UPDATE photos SET alt_m = 8848 WHERE fid = \(photo)"),
    Fault("wrong geometry", .row, "UPDATE photos SET geom = x'00' WHERE fid = \(photo)"),
    Fault("lost geometry", .check, "UPDATE photos SET geom = NULL WHERE fid = \(photo)"),
    Fault("wrong size", .truth, "UPDATE photos SET size = size + 1 WHERE fid = \(photo)"),
    Fault("wrong time", .truth, "UPDATE photos SET mtime = mtime + 1 WHERE fid = \(photo)"),
    Fault("lost row", .missing, "DELETE FROM photos WHERE fid = \(photo)"),
    Fault(
      "row too much", .extra,
      """
      INSERT INTO photos (fid, folder_id, file, size, mtime, status)
      SELECT 4711, folder_id, 'ghost.jpg', 1, 1, 1 FROM photos WHERE fid = \(photo)
      """),
    Fault(
      "other id", .identity, "UPDATE photos SET fid = fid + 100000 WHERE fid = \(photo)"),
    Fault(
      "ids of two photos changed for each other", .identity,
      """
      CREATE TEMP TABLE t AS SELECT min(fid) AS a, max(fid) AS b FROM photos;
      UPDATE photos SET fid = -1 WHERE fid = (SELECT a FROM t);
      UPDATE photos SET fid = (SELECT a FROM t) WHERE fid = (SELECT b FROM t);
      UPDATE photos SET fid = (SELECT b FROM t) WHERE fid = -1;
      DROP TABLE t
      """),
    Fault(
      "id given again", .reused, "UPDATE photos SET fid = fid + 100000 WHERE fid = \(photo)",
      "UPDATE photos SET fid = fid - 100000 WHERE fid > 100000"),
    Fault(
      "id given to another site's photo", .reused,
      "UPDATE folders SET site_id = 99 WHERE id = (SELECT folder_id FROM photos WHERE fid = \(photo))"
    ),
    Fault(
      "site id given again", .reused, "UPDATE site SET id = id + 50 WHERE name = 'B'",
      "UPDATE site SET id = id - 50 WHERE name = 'B'"),
    Fault(
      "wrong counter", .folder,
      "UPDATE folders SET photo_count = photo_count + 1 WHERE photo_count > 0"),
    Fault("wrong extent", .folder, "UPDATE folders SET max_x = max_x + 1"),
    Fault("wrong counter", .check, "UPDATE folders SET failed_count = failed_count + 1"),
    Fault("lost track", .track, "DELETE FROM tracks WHERE fid = (SELECT min(fid) FROM tracks)"),
    Fault("lost side-cars", .truth, "DELETE FROM sidecars"),
    Fault("lost side-cars", .row, "DELETE FROM sidecars"),
    Fault("lost entry of an R*Tree", .check, "DELETE FROM rtree_photos_geom WHERE id = \(photo)"),
    Fault("no GeoPackage any more", .geopackage, "UPDATE gpkg_contents SET srs_id = 4711"),
    Fault("dry run that writes", .dryRun, "UPDATE photos SET yaw = 1 WHERE fid = \(photo)"),
    Fault("lost change", .changes, "UPDATE photos SET seq = 0 WHERE fid = \(photo)"),
    Fault(
      "removal too much", .changes,
      """
      INSERT INTO tombstone (seq, site_id, site, fid, folder, file, removed_at)
      SELECT 99999, s.id, 'x', 1, '', 'x.jpg', '2026-01-01T00:00:00.000Z' FROM site s
      WHERE s.name NOT IN ('B', '0')
      """,
      "UPDATE change_batch SET last_seq = 0 WHERE last_seq = (SELECT max(last_seq) FROM change_batch)"
    ),
    Fault(
      "rows of another folder", .site,
      """
      UPDATE photos SET size = size + 1 WHERE folder_id IN (SELECT f.id FROM folders f
        JOIN site s ON s.id = f.site_id WHERE s.name = 'B')
      """),
    Fault(
      "photo marked as kept that is there", .deletionGuard,
      """
      CREATE TABLE IF NOT EXISTS kept (fid INTEGER PRIMARY KEY, since TEXT);
      INSERT INTO kept (fid, since) SELECT \(photo), '2026-01-01T00:00:00Z'
      """),
    Fault(
      "mark without a row", .deletionGuard,
      """
      CREATE TABLE IF NOT EXISTS kept (fid INTEGER PRIMARY KEY, since TEXT);
      INSERT INTO kept (fid, since) VALUES (999999, '2026-01-01T00:00:00Z')
      """),
  ]
}
