import PhotoModel
import TestSupport

// Sites are removed and added again: in between, and while syncs run.
extension Disturbance {
  static let ofSites = [
    Disturbance("site removed and added", 5) { try $0.replaceSite(meanwhile: false) },
    Disturbance("site removed and added while it is synced", 5) {
      try $0.replaceSite(meanwhile: true)
    },
    Disturbance("other site replaced during a sync of all", 5) { try $0.replaceSecond() },
  ]
}

extension Walk {
  /// - Parameter meanwhile: while a sync of this very site runs, which may refuse it.
  func replaceSite(meanwhile: Bool) throws {
    let tree = try look()
    let before = try snapshot()
    var found: [Anomaly] = []
    let sync = try meanwhile ? sandbox.start(sandbox.syncArguments(site)) : nil
    let removed = try sandbox.remove(site)
    found += removed.demand(meanwhile ? [0, 75] : [0], "site remove")
    if removed.exitCode == 0 {
      if let id = before.id { identities.retire(site: id) }
      guardModel.forget()
      untouched.forget()
      found += try sandbox.add(site).demand([0], "site add")
    }
    // The sync may have lost its site: then it has to say so, and to write nothing.
    let codes: Set<Int32> = removed.exitCode == 0 ? [0, 3, 66, 75] : [0, 3]
    if let sync { found += sync.result().demand(codes, "sync of a site that is removed") }
    if removed.exitCode != 0 {
      found += guardModel.disturbed([tree], before: before, after: try snapshot())
    }
    journal.tell(found + (try observe()), during: "site removed and added")
  }

  /// A sync of all sites waits at its first one; meanwhile a later one becomes another.
  func replaceSecond() throws {
    let tree = try look()
    var found: [Anomaly] = []
    let before = try snapshot()
    let sync = try sandbox.start(["sync", "--quiet"] + site.options)
    if !waiting.waitForClient(seconds: 20) {
      found.append(.init(kind: .ending, text: "a sync of all sites does not begin with the first"))
    }
    let old = try Snapshot.read(sandbox.index, site: second.name).id
    found += try sandbox.remove(second).demand([0], "site remove")
    if let old { identities.retire(site: old) }
    secondIsTwo.toggle()
    found += try sandbox.add(second).demand([0], "site add")
    if Bool.random(using: &random) {
      found += try sandbox.run(sandbox.syncArguments(second)).demand([0, 3], "sync of B")
    }
    waiting.dismiss { !sync.isRunning }
    let result = sync.result()
    if result.timedOut || result.signal != nil {
      found += result.demand([0], "sync of all sites")
    }
    found += try strangers(in: sandbox.index)
    found += try guardModel.disturbed([tree], before: before, after: snapshot()) + observe()
    journal.tell(found, during: "other site replaced during a sync of all")
    try compareSecond()
  }

  /// Rows of the second site that are not of its folder.
  func strangers(in index: String) throws -> [Anomaly] {
    let files = Tree.scan(Array(second.location.utf8)).photos
    let names = Dictionary(
      files.map { (PathBytes($0.key.text.utf8), $0.value) }, uniquingKeysWith: { first, _ in first }
    )
    let rows = try Snapshot.read(index, site: second.name)
    return rows.photos.filter { path, row in
      names[path].map { rows.cell(row, "size") != .integer($0.size) } ?? true
    }.keys.sorted().map {
      Anomaly(kind: .site, text: "\($0.shown) is no file of \(second.location), where B lies now")
    }
  }
}
