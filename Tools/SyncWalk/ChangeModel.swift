import Foundation
import PhotoModel
import TestSupport

/// What `gpsindex changes` has to say: the difference of two states of the index, photo by photo, by ids and places. A photo
/// counts as changed when any sync in between changed what its row says.
struct ChangeModel {
  struct Photo: Hashable {
    var path: PathBytes
    /// Everything but the place and the mark of the deletion guard.
    var content: [Cell]
    var isKept: Bool
  }

  /// One state, and what has happened since.
  struct State {
    var seq: Int64
    /// When it was read; ISO 8601 with milliseconds.
    var time: String
    var photos: [Int64: Photo]
    var changed: Set<Int64> = []
  }

  /// What `changes` says of one photo, or has to say.
  struct Entry: Hashable, CustomStringConvertible {
    var kind: String
    var fid: Int64
    var path: PathBytes
    var from: PathBytes?
    var description: String {
      "\(kind) \(fid) \(path.shown)" + (from.map { " from \($0.shown)" } ?? "")
    }
  }

  private static let most = 16

  /// The oldest first.
  private(set) var states: [State] = []
  private(set) var kinds: [String: Int] = [:]

  /// After each sync.
  mutating func note(
    _ site: SiteSnapshot, seq: Int64, time: String, _ random: inout SplitMix64
  ) {
    let photos = Self.photos(site)
    if let last = states.last?.photos {
      let changed = photos.filter {
        last[$0.key].map(\.content) ?? $0.value.content != $0.value.content
      }
      for index in states.indices { states[index].changed.formUnion(changed.keys) }
    }
    states.append(State(seq: seq, time: time, photos: photos))
    // Old and young ones stay; the last two always.
    if states.count > Self.most {
      states.remove(at: Int.random(in: 0..<states.count - 2, using: &random))
    }
  }

  private static func photos(_ site: SiteSnapshot) -> [Int64: Photo] {
    let kept = site.photoColumns.indices.filter {
      !["file", "flags", "flag_bits"].contains(site.photoColumns[$0])
    }
    return Dictionary(
      site.photos.map { path, row in
        var flags: Int64 = 0
        if case .integer(let bits) = site.cell(row, "flag_bits") { flags = bits }
        let mark = Int64(PhotoFlags.fileGone.rawValue)
        let content = kept.map { row.cells[$0] } + [.integer(flags & ~mark)]
        return (row.fid, Photo(path: path, content: content, isKept: flags & mark != 0))
      }, uniquingKeysWith: { first, _ in first })
  }

  /// What has become of each photo since `state`.
  func expected(since state: State) -> Set<Entry> {
    guard let now = states.last?.photos else { return [] }
    var found: Set<Entry> = []
    for (fid, photo) in now {
      guard let old = state.photos[fid] else {
        found.insert(Entry(kind: "new", fid: fid, path: photo.path))
        continue
      }
      let isChanged = state.changed.contains(fid)
      if old.path != photo.path {
        let kind = isChanged ? "moved-changed" : "moved"
        found.insert(Entry(kind: kind, fid: fid, path: photo.path, from: old.path))
      } else if isChanged {
        found.insert(Entry(kind: "changed", fid: fid, path: photo.path))
      } else if old.isKept != photo.isKept {
        found.insert(
          Entry(kind: photo.isKept ? "kept" : "returned", fid: fid, path: photo.path))
      }
    }
    return found
  }

  /// Compares all but the last place of removed photos, which the model does not know.
  mutating func anomalies(_ said: [Entry], since state: State) -> [Anomaly] {
    for entry in said { kinds[entry.kind, default: 0] += 1 }
    let now = states.last?.photos ?? [:]
    let gone = Set(state.photos.keys.filter { now[$0] == nil })
    let removed = said.filter { $0.kind == "removed" }
    var wrong: [String] = []
    if Set(said.map(\.fid)).count != said.count { wrong.append("a photo comes twice") }
    for fid in gone.symmetricDifference(removed.map(\.fid)) {
      let path = state.photos[fid]?.path.shown ?? "\(fid)"
      wrong.append(gone.contains(fid) ? "lacks removed \(path)" : "says removed \(path)")
    }
    for entry in removed where state.photos[entry.fid].map(\.path) != entry.from ?? entry.path {
      wrong.append("\(entry) was at \(state.photos[entry.fid]?.path.shown ?? "no place")")
    }
    let (rest, expected) = (Set(said).subtracting(removed), expected(since: state))
    wrong += expected.subtracting(rest).map { "lacks \($0)" }
    wrong += rest.subtracting(expected).map { "says \($0)" }
    return wrong.sorted().map { Anomaly(kind: .changes, text: "since \(state.seq): \($0)") }
  }
}

extension Walk {
  /// A round without a disturbance.
  func changesRound(_ number: Int) throws {
    let before = Tree.scan(sandbox.root)
    // Rows that the guard keeps live long enough to be given back.
    let isGuarded =
      !guardModel.kept.isEmpty || before.photos.count * 2 < lastTree?.photos.count ?? 0
    let allows = Int.random(in: 0..<100, using: &random) < (isGuarded ? 20 : 80)
    let isFull = Int.random(in: 0..<100, using: &random) < 10
    let more = (allows ? ["--allow-mass-delete"] : []) + (isFull ? ["--full"] : [])
    let quiet = try quietSync(more, during: "quiet sync")
    changeModel.note(
      quiet.site, seq: try Snapshot.lastSeq(sandbox.index), time: Self.now(), &random)
    // The times of states must differ from those of the next changes.
    usleep(2_000)
    journal.count("photos", before.photos.count)
    for state in [
      changeModel.states.dropLast().last, changeModel.states.randomElement(using: &random),
    ] {
      guard let state else { continue }
      let byTime = Bool.random(using: &random)
      let result = try sandbox.run(
        [
          "changes", "-f", "jsonl", "--since", byTime ? state.time : "\(state.seq)", "--",
          site.name,
        ])
      var found = result.demand([0], "changes")
      if found.isEmpty {
        let said = Self.entries(result.text)
        journal.count("changes compared", said.count)
        found = changeModel.anomalies(said, since: state)
        if state.seq == changeModel.states.dropLast().last?.seq { found += truths(said, quiet) }
      }
      journal.tell(found, during: byTime ? "changes since \(state.time)" : "changes")
    }
    if number % 20 == 0 { try compare(quiet) }
    lastTree = quiet.tree
    try sandbox.tidy()
    journal.count("rounds")
  }

  /// Against the tree: what came is new or moved, what went is removed, moved or kept, what differs is named.
  private func truths(
    _ said: [ChangeModel.Entry], _ now: (tree: Tree, site: SiteSnapshot)
  ) -> [Anomaly] {
    guard let old = lastTree else { return [] }
    let (named, left) = (Set(said.map(\.path)), Set(said.map { $0.from ?? $0.path }))
    let kept = Set(now.site.photos.filter { guardModel.kept.contains($0.value.fid) }.map(\.key))
    var wrong: [String] = []
    for (path, state) in now.tree.photos {
      let key = PathBytes(path.text.utf8)
      let isNews =
        old.photos[path] != state || Self.sidecar(of: path, old) != Self.sidecar(of: path, now.tree)
      if isNews, !named.contains(key) { wrong.append("\(path.text) is not named") }
    }
    for path in old.photos.keys where now.tree.photos[path] == nil {
      let key = PathBytes(path.text.utf8)
      if !left.contains(key), !kept.contains(key) { wrong.append("\(path.text) went unnamed") }
    }
    return wrong.sorted().map { Anomaly(kind: .changes, text: $0) }
  }

  private static func sidecar(of photo: PathBytes, _ tree: Tree) -> [String] {
    guard let path = tree.sidecar(of: photo), let state = tree.sidecars[path] else { return [] }
    return [path.text, "\(state)"]
  }

  private static func entries(_ lines: String) -> [ChangeModel.Entry] {
    lines.split(separator: "\n").compactMap { line in
      guard let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
        let kind = object["change"] as? String, let id = object["id"] as? Int,
        let path = object["path"] as? String
      else { return .init(kind: "unreadable", fid: 0, path: PathBytes(Array(line.utf8))) }
      let from = (object["from"] as? String).map { PathBytes(Array($0.utf8)) }
      return .init(kind: kind, fid: Int64(id), path: PathBytes(Array(path.utf8)), from: from)
    }
  }

  private static func now() -> String {
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    return Date().addingTimeInterval(0.001).formatted(style)
  }

  /// What `changes` says of an index against what its site held at first, nothing, and holds now.
  func changes(in index: String, of good: SiteSnapshot) throws -> [Anomaly] {
    var model = ChangeModel()
    model.note(SiteSnapshot(), seq: 0, time: "", &random)
    model.note(good, seq: 0, time: "", &random)
    let result = try sandbox.run(
      ["changes", "-f", "jsonl", "--since", "0", "--", site.name], index: index)
    let failed = result.demand([0], "changes")
    guard failed.isEmpty, let start = model.states.first else { return failed }
    return model.anomalies(Self.entries(result.text), since: start)
  }

  /// Kinds of changes that no round has seen.
  func kindsNeverSeen() -> [String] {
    ["new", "changed", "moved", "moved-changed", "removed", "kept", "returned"].filter {
      changeModel.kinds[$0] == nil
    }
  }
}
