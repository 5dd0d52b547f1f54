import Foundation
import PhotoModel
import TestSupport

/// The walk itself: rounds of changes, disturbed syncs, and a quiet one that is compared.
final class Walk {
  struct Options {
    var program: String
    var seed: UInt64
    var rounds: Int
    var overSFTP = false
    var keep: String?
    /// Permissions mean something to this process.
    var obeysPermissions = true
    /// Compares `gpsindex changes` with a model; no sync is disturbed.
    var looksAtChanges = false
  }

  let options: Options
  let sandbox: Sandbox
  let journal: Journal
  let contents = Contents()
  var limits = Limits()
  var identities = Identities()
  var untouched = Untouched()
  var moves = Moves()
  var guardModel = GuardModel()
  var changeModel = ChangeModel()
  /// The tree of the last compared sync.
  var lastTree: Tree?
  /// Where the site that a sync of all begins with lies.
  let waiting: SilentServer
  /// Which of its two folders the second site has.
  var secondIsTwo = false
  /// Seconds that a sync took lately: a kill has to fall into it.
  var usual = 0.1
  var random: SplitMix64

  /// Fewer photos do not trip the deletion guard; more make a round slower, and find nothing more.
  private static let fewestPhotos = 30
  private static let mostPhotos = 130

  init(_ options: Options) throws {
    self.options = options
    sandbox = try Sandbox(
      program: options.program, overSFTP: options.overSFTP, keep: options.keep)
    journal = Journal(
      seed: options.seed,
      command: "sync-walk --gpsindex \(options.program) --seed \(options.seed)"
        + (options.overSFTP ? " --sftp" : "") + (options.looksAtChanges ? " --changes" : ""))
    random = SplitMix64(seed: options.seed)
    waiting = try SilentServer()
  }

  var site: Sandbox.Site { sandbox.site }

  /// A local site with few photos, which is removed and added again with another folder.
  var second: Sandbox.Site {
    Sandbox.Site(
      name: "B", location: sandbox.folder + (secondIsTwo ? "/two" : "/one"),
      options: Sandbox.excluding)
  }

  /// A site whose server accepts and says nothing.
  var first: Sandbox.Site {
    Sandbox.Site(
      name: "0", location: "sftp://nobody@127.0.0.1:\(waiting.port)/photos",
      options: sandbox.server.map { ["--known-hosts", $0.knownHosts] } ?? [])
  }

  func run() throws {
    try prepare()
    for number in 1...max(1, options.rounds) {
      journal.begin(round: number)
      random = SplitMix64(seed: options.seed &* 0x1_0000_0001 &+ UInt64(number))
      try round(number)
      if options.rounds >= 200, number % 100 == 0 { journal.summary() }
    }
  }

  func prepare() throws {
    for place in ["/one", "/two"] {
      var bench = workbench(at: Array((sandbox.folder + place).utf8))
      try bench.fill(.empty, 4..<10)
    }
    var bench = workbench(at: sandbox.root)
    for name in ["A", "B", "C", "flight", "100MEDIA", "101MEDIA"] {
      let folder = PathBytes(Array(name.utf8))
      try Disk.makeFolder(bench.full(folder))
      try bench.fill(folder, 4..<16)
    }
    // The second one last: what was given last is what is given again first.
    for site in [first, site, second] {
      journal.tell(try sandbox.add(site).demand([0], "site add"), during: "start")
    }
  }

  private func round(_ number: Int) throws {
    change(Int.random(in: 1..<9, using: &random))
    let count = Tree.scan(sandbox.root).photos.count
    if count > Self.mostPhotos { try shrink() }
    if count < Self.fewestPhotos { try grow() }
    if options.looksAtChanges { return try changesRound(number) }
    if Int.random(in: 0..<100, using: &random) < 45 {
      let disturbance = Disturbance.any(&random, obeysPermissions: options.obeysPermissions)
      journal.did(disturbance.name)
      try disturbance.body(self)
      if Int.random(in: 0..<100, using: &random) < 30 { change(1) }
    }
    let allows = Int.random(in: 0..<100, using: &random) < 35
    let isFull = Int.random(in: 0..<100, using: &random) < 6
    journal.did(allows ? "sync --allow-mass-delete" : isFull ? "sync --full" : "sync")
    let more = allows ? ["--allow-mass-delete"] : isFull ? ["--full"] : []
    try compare(try quietSync(more, during: "quiet sync"))
    if number % 25 == 0 || number == options.rounds { try validate() }
    if number % 10 == 0 { try compareSecond() }
    if journal.anomaliesOfRound > 0 {
      if options.keep != nil { sandbox.preserve(as: "seed-\(options.seed)-round-\(number)") }
      // So that a fault is told once, and the next rounds say something new.
      let healed = try quietSync(["--full", "--allow-mass-delete"], during: "healing")
      begin(healed)
    }
    try sandbox.tidy()
    journal.count("rounds")
  }

  // MARK: Changing the tree

  private func workbench(at root: [UInt8]) -> Workbench {
    defer { random = SplitMix64(seed: random.next()) }
    return Workbench(
      root: root, stash: Array((sandbox.folder + "/stash").utf8), contents: contents,
      random: random, now: Int64(Date().timeIntervalSince1970), tree: Tree.scan(root))
  }

  func change(_ count: Int) {
    for _ in 0..<count {
      var bench = workbench(at: sandbox.root)
      let operation = Operation.any(&bench.random)
      // A name that is taken, or a folder that has just gone: then it is not done.
      if (try? operation.body(&bench)) == true { journal.did(operation.name) }
    }
  }

  private func grow() throws {
    var bench = workbench(at: sandbox.root)
    for _ in 0..<3 {
      let folder = bench.anyFolder().appending(bench.folderName())
      if !bench.exists(folder) { try Disk.makeFolder(bench.full(folder)) }
      if Disk.facts(bench.full(folder))?.kind == .folder { try bench.fill(folder, 4..<30) }
    }
    journal.did("grow the tree")
  }

  private func shrink() throws {
    var bench = workbench(at: sandbox.root)
    while bench.tree.photos.count > Self.mostPhotos / 2, let folder = bench.anySubfolder() {
      try Disk.remove(bench.full(folder))
      bench.tree = Tree.scan(bench.root)
    }
    for photo in bench.tree.photoPaths.dropFirst(Self.mostPhotos / 2) {
      try Disk.unlink(bench.full(photo))
    }
    journal.did("shrink the tree")
  }

  // MARK: Looking at it

  /// The tree as a sync that starts now will find it.
  @discardableResult
  func look() throws -> Tree {
    var tree = Tree.scan(sandbox.root)
    journal.count("dated anew", try limits.avoid(in: &tree, at: sandbox.root))
    untouched.look(tree)
    return tree
  }

  func snapshot() throws -> SiteSnapshot { try Snapshot.read(sandbox.index, site: site.name) }

  func observe() throws -> [Anomaly] {
    let now = try Snapshot.identities(sandbox.index)
    return identities.observe(photos: now.photos, sites: now.sites)
  }

  // MARK: A sync that nothing disturbs

  func quietSync(
    _ more: [String], during what: String
  ) throws -> (tree: Tree, site: SiteSnapshot) {
    let tree = try look()
    let before = try snapshot()
    let result = try sandbox.run(sandbox.syncArguments(site, more))
    usual = usual * 0.8 + result.seconds * 0.2
    let after = try snapshot()
    var found = result.demand([0, 3], "sync \(more.joined(separator: " "))")
    found += guardModel.synced(
      tree, before: before, after: after, allows: more.contains("--allow-mass-delete"),
      status: result.exitCode)
    journal.tell(found + (try observe()), during: what)
    journal.count("syncs")
    journal.count("kept rows", guardModel.kept.count)
    return (tree, after)
  }

  func compare(_ quiet: (tree: Tree, site: SiteSnapshot)) throws {
    var found = try sandbox.makeFresh().demand([0, 3], "sync of a fresh index")
    let comparison = Comparison(
      index: quiet.site,
      fresh: try Snapshot.read(sandbox.freshIndex, site: Sandbox.freshSite),
      tree: quiet.tree, contents: contents, kept: guardModel.kept)
    found += comparison.anomalies() + untouched.anomalies(quiet.site)
    let check = try sandbox.run(["check"])
    found += check.demand([0], "check").map {
      Anomaly(kind: .check, text: $0.text + check.text.prefix(400))
    }
    journal.tell(found, during: "comparison")
    journal.count("rows compared", quiet.site.photos.count)
    journal.count("untouched ids", untouched.count)
    let moved = moves.count(to: quiet.tree, quiet.site)
    journal.count("moved photos with their id", moved.kept)
    journal.count("moved photos with a new id", moved.lost)
    begin(quiet)
  }

  private func begin(_ quiet: (tree: Tree, site: SiteSnapshot)) {
    untouched.begin(quiet.tree, quiet.site)
    moves.begin(quiet.tree, quiet.site)
  }

  private func validate() throws {
    guard Sandbox.hasValidator else { return journal.count("no validator installed") }
    let result = try sandbox.validate(sandbox.index)
    journal.count("validated")
    journal.tell(
      result.demand([0], "validate_gpkg.py").map {
        Anomaly(kind: .geopackage, text: "\($0.text) \(result.text.prefix(400))")
      }, during: "validation")
  }

  /// The second site against its own folder.
  func compareSecond() throws {
    var found = try sandbox.run(sandbox.syncArguments(second, ["--allow-mass-delete"]))
      .demand([0, 3], "sync of B")
    let rows = try Snapshot.read(sandbox.index, site: second.name)
    let tree = Tree.scan(Array(second.location.utf8))
    found += Comparison(index: rows, fresh: rows, tree: tree, contents: contents, kept: [])
      .anomalies()
    journal.tell(found + (try observe()), during: "sync of the second site")
  }
}
