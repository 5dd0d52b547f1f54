import Foundation
import PhotoModel
import TestSupport

/// Something that happens to a sync, or beside it.
struct Disturbance: Sendable {
  var name: String
  var weight: Int
  var body: @Sendable (Walk) throws -> Void

  init(_ name: String, _ weight: Int, _ body: @escaping @Sendable (Walk) throws -> Void) {
    self.name = name
    self.weight = weight
    self.body = body
  }

  static let all = disturbances + ofSites
  static let permissions = Disturbance("permissions revoked", 8) { try $0.revokePermissions() }

  static func any(_ random: inout SplitMix64, obeysPermissions: Bool) -> Disturbance {
    let all = all + (obeysPermissions ? [permissions] : [])
    var left = Int.random(in: 0..<all.reduce(0) { $0 + $1.weight }, using: &random)
    for disturbance in all {
      left -= disturbance.weight
      if left < 0 { return disturbance }
    }
    return all[0]
  }

  private static let disturbances = [
    Disturbance("killed", 14) { try $0.killed() },
    Disturbance("several at once", 8) { try $0.severalAtOnce() },
    Disturbance("changes meanwhile", 14) { try $0.changesMeanwhile() },
    Disturbance("dry run", 6) { try $0.dryRun() },
    Disturbance("sync in between", 10) { _ = try $0.quietSync([], during: "sync in between") },
    Disturbance("root away", 4) { try $0.rootAway() },
    Disturbance("first syncs at once", 3) { try $0.firstSyncsAtOnce() },
  ]
}

extension Walk {
  /// A sync that may stop anywhere: what was kept must stay, and ids are for life all the same.
  private func around(_ what: String, _ body: () throws -> [Anomaly]) throws {
    let trees = [try look()]
    let before = try snapshot()
    var found = try body()
    found += guardModel.disturbed(
      trees + [Tree.scan(sandbox.root)], before: before, after: try snapshot())
    journal.tell(found + (try observe()), during: what)
    journal.count("disturbed syncs")
  }

  func killed() throws {
    let moment = Double.random(in: 0...1.2, using: &random) * usual
    try around("kill") {
      let sync = try sandbox.start(sandbox.syncArguments(site))
      Thread.sleep(forTimeInterval: moment)
      sync.send(signal: SIGKILL)
      let result = sync.result()
      if result.signal == SIGKILL { return [] }
      return result.demand([0, 3], "sync")
    }
  }

  func severalAtOnce() throws {
    try around("several at once") {
      let syncs = try [site, site, second].map { try sandbox.start(sandbox.syncArguments($0)) }
      return syncs.flatMap { $0.result().demand([0, 3, 75], "one of several syncs") }
    }
  }

  func changesMeanwhile() throws {
    // How many changes there is time for is not the seed's choice; what comes behind them is.
    let rest = random.next()
    try around("changes meanwhile") {
      let sync = try sandbox.start(sandbox.syncArguments(site))
      while sync.isRunning {
        change(1)
        try look()
        Thread.sleep(forTimeInterval: Double.random(in: 0...0.01, using: &random))
      }
      return sync.result().demand([0, 3], "sync beside changes")
    }
    random = SplitMix64(seed: rest)
  }

  func dryRun() throws {
    try look()
    let before = try snapshot()
    var found = try sandbox.run(sandbox.syncArguments(site, ["--dry-run"]))
      .demand([0, 3], "sync --dry-run")
    found += Walk.changes(of: before, to: try snapshot())
    journal.tell(found + (try observe()), during: "dry run")
  }

  static func changes(of before: SiteSnapshot, to after: SiteSnapshot) -> [Anomaly] {
    before == after ? [] : [Anomaly(kind: .dryRun, text: "a dry run changed the index")]
  }

  /// The folder of the site is not there, then there and empty: nothing may go.
  func rootAway() throws {
    try look()
    let aside = sandbox.root + Array(".away".utf8)
    let before = try snapshot()
    try Disk.rename(sandbox.root, aside)
    var found = try sandbox.run(sandbox.syncArguments(site)).demand([66], "sync without a root")
    if try snapshot().photos != before.photos {
      found.append(.init(kind: .deletionGuard, text: "a sync without a root changed rows"))
    }
    try Disk.makeFolder(sandbox.root)
    let empty = try sandbox.run(sandbox.syncArguments(site))
    found += empty.demand([0, 3], "sync of an empty root")
    let after = try snapshot()
    found += guardModel.synced(
      Tree.scan(sandbox.root), before: before, after: after, allows: false,
      status: empty.exitCode)
    try Disk.remove(sandbox.root)
    try Disk.rename(aside, sandbox.root)
    journal.tell(found + (try observe()), during: "root away")
  }

  /// A folder, or a few photos, cannot be read for the time of one sync.
  func revokePermissions() throws {
    let tree = try look()
    guard let folder = tree.folders.filter({ !$0.isEmpty }).randomElement(using: &random)
    else { return }
    let isFolder = Int.random(in: 0..<100, using: &random) < 60
    let victims =
      isFolder ? [folder] : Array(tree.photoPaths.filter { $0.parent == folder }.prefix(4))
    let mode: mode_t =
      isFolder ? [0, 0o400, 0o100, 0o444].randomElement(using: &random) ?? 0 : 0
    let files = victims.map { Tree.full(sandbox.root, $0) }
    let modes = files.map { Disk.facts($0)?.mode ?? 0o755 }
    let before = try snapshot()
    let hidden = PathBytes(folder.text.utf8)
    let below = before.photos.filter {
      isFolder ? ($0.key.bytes.starts(with: hidden.bytes + [0x2F])) : $0.key.parent == hidden
    }
    try around("permissions revoked") {
      for file in files { try Disk.setMode(file, mode) }
      defer { for (file, mode) in zip(files, modes) { try? Disk.setMode(file, mode) } }
      var found = try sandbox.run(sandbox.syncArguments(site)).demand([0, 3], "sync")
      let after = try snapshot()
      // What the tree still has, whether it can be seen or not, keeps its row.
      for (path, row) in below.sorted(by: { $0.key < $1.key })
      where tree.photos.keys.contains(where: { $0.text.utf8.elementsEqual(path.bytes) })
        && after.photos[path]?.fid != row.fid
      {
        found.append(
          .init(
            kind: .identity,
            text:
              "\(path.shown) could not be read (mode \(String(mode, radix: 8))): fid \(row.fid) "
              + "became \(after.photos[path].map { "\($0.fid)" } ?? "none")"))
      }
      return found
    }
  }

  /// Nobody has the index yet, and several want to make it.
  func firstSyncsAtOnce() throws {
    let new = sandbox.folder + "/new.gpkg"
    sandbox.forget(new)
    let place = ["sync", "--quiet", "--", sandbox.folder + "/tree"]
    let syncs = try (0..<3).map { _ in try sandbox.start(place, index: new) }
    var found = syncs.flatMap { $0.result().demand([0, 3, 75], "one of several first syncs") }
    found += try sandbox.run(place, index: new).demand([0, 3], "sync after several first ones")
    found += try sandbox.run(["check"], index: new).demand([0], "check of a new index")
    sandbox.forget(new)
    journal.tell(found, during: "first syncs at once")
  }
}
