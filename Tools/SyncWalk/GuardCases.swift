import PhotoModel

/// Histories of a site, each with the last sync right or wrong: the model has to tell them apart.
struct GuardCase: Sendable {
  struct Step: Sendable {
    /// Photos in the tree, and rows in the index behind the sync; by number.
    var files: Range<Int>
    var rows: Set<Int>
    var allows = false
    var status: Int32 = 0
  }

  var name: String
  var steps: [Step]
  var isWrong: Bool

  /// A step's rows are those of its files, and `kept`.
  private static func sync(
    _ files: Range<Int>, kept: Range<Int> = 0..<0, allows: Bool = false, status: Int32 = 0
  ) -> Step {
    Step(files: files, rows: Set(files).union(kept), allows: allows, status: status)
  }

  private static let first = sync(0..<30)
  private static let replaced = sync(100..<131, kept: 0..<30, status: 3)

  static let all = [
    GuardCase("all replaced, all kept", [first, replaced], wrong: false),
    GuardCase("all replaced, all gone", [first, sync(100..<131)], wrong: true),
    GuardCase(
      "all replaced, some kept", [first, sync(100..<131, kept: 0..<9, status: 3)], wrong: true),
    GuardCase("kept with exit code 0", [first, sync(100..<131, kept: 0..<30)], wrong: true),
    GuardCase("still kept by the next sync", [first, replaced, replaced], wrong: false),
    GuardCase("removed by the next sync", [first, replaced, sync(100..<131)], wrong: true),
    GuardCase("removed as asked", [first, replaced, sync(100..<131, allows: true)], wrong: false),
    GuardCase(
      "stays though removal was asked",
      [first, replaced, sync(100..<131, kept: 0..<30, allows: true)], wrong: true),
    GuardCase(
      "files are back", [first, replaced, sync(0..<30, kept: 0..<0, status: 3)], wrong: true),
    GuardCase("few go", [first, sync(5..<30)], wrong: false),
    GuardCase("few stay", [first, sync(5..<30, kept: 0..<5, status: 3)], wrong: true),
    GuardCase(
      "little by little, kept at last",
      [first, sync(9..<30), sync(18..<30), sync(27..<30, kept: 18..<27, status: 3)], wrong: false),
    GuardCase(
      "little by little, all gone", [first, sync(9..<30), sync(18..<30), sync(27..<30)], wrong: true
    ),
    GuardCase(
      "little by little, as asked once",
      [first, sync(9..<30), sync(18..<30, allows: true), sync(27..<30)], wrong: false),
    GuardCase(
      "empty root, kept", [sync(0..<3), sync(0..<0, kept: 0..<3, status: 3)], wrong: false),
    GuardCase("empty root, gone", [sync(0..<3), sync(0..<0)], wrong: true),
  ]

  private init(_ name: String, _ steps: [Step], wrong: Bool) {
    self.name = name
    self.steps = steps
    isWrong = wrong
  }

  /// What the model says of the last step.
  func anomalies() -> [Anomaly] {
    var model = GuardModel()
    var before = SiteSnapshot()
    var last: [Anomaly] = []
    for step in steps {
      var tree = Tree()
      tree.isEmpty = step.files.isEmpty
      tree.folders = [.empty]
      for number in step.files {
        tree.photos[Self.path(number)] = FileState(size: 1, mtime: 1, content: 1)
      }
      var after = SiteSnapshot()
      for number in step.rows {
        after.photos[Self.path(number)] = .init(fid: Int64(number), cells: [])
      }
      last = model.synced(
        tree, before: before, after: after, allows: step.allows, status: step.status)
      before = after
    }
    return last
  }

  private static func path(_ number: Int) -> PathBytes { PathBytes(Array("\(number).jpg".utf8)) }
}

enum GuardCases {
  static let all = GuardCase.all

  static func missed() -> [String] {
    all.compactMap { guardCase in
      let found = guardCase.anomalies()
      return found.isEmpty == guardCase.isWrong
        ? "the guard's model takes “\(guardCase.name)” for \(guardCase.isWrong ? "right" : "wrong"): \(found)"
        : nil
    }
  }
}
