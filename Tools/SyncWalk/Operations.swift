import PhotoModel
import TestSupport

/// One change of a tree, as people, cameras and synchronizing programs make them.
struct Operation: Sendable {
  var name: String
  /// How often it is chosen, beside the others.
  var weight: Int
  /// - Returns: false when the tree has nothing that it could be done to.
  /// - Throws: `Disk.Failure` when the tree has just that name in another kind; nothing then.
  var body: @Sendable (inout Workbench) throws -> Bool

  init(
    _ name: String, _ weight: Int = 1, _ body: @escaping @Sendable (inout Workbench) throws -> Bool
  ) {
    self.name = name
    self.weight = weight
    self.body = body
  }

  static let all = files + times + sidecars + folders + kinds + masses
  private static let total = all.reduce(0) { $0 + $1.weight }

  static func any(_ random: inout SplitMix64) -> Operation {
    var left = Int.random(in: 0..<total, using: &random)
    for operation in all {
      left -= operation.weight
      if left < 0 { return operation }
    }
    return all[0]
  }
}

/// What an operation works on: the tree as it is now, and the sources of chance and content.
struct Workbench {
  let root: [UInt8]
  /// Beside the root: where folders go that may come back.
  let stash: [UInt8]
  let contents: Contents
  var random: SplitMix64
  let now: Int64
  var tree: Tree

  func full(_ path: PathBytes) -> [UInt8] { Tree.full(root, path) }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
  mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }

  mutating func anyPhoto() -> PathBytes? { tree.photoPaths.randomElement(using: &random) }
  mutating func anySidecar() -> PathBytes? { tree.sidecarPaths.randomElement(using: &random) }
  mutating func anyFolder() -> PathBytes { tree.folders.randomElement(using: &random) ?? .empty }
  /// Not the root; nil when there is no other.
  mutating func anySubfolder() -> PathBytes? {
    tree.folders.filter { !$0.isEmpty }.randomElement(using: &random)
  }
  mutating func anyPhotos(_ most: Int) -> [PathBytes] {
    Array(tree.photoPaths.shuffled(using: &random).prefix(most))
  }

  mutating func photoName() -> PathBytes {
    PathBytes(Names.photos.randomElement(using: &random) ?? [])
  }
  mutating func folderName() -> PathBytes {
    PathBytes(Names.folders.randomElement(using: &random) ?? [])
  }

  func exists(_ path: PathBytes) -> Bool { Disk.exists(full(path)) }

  /// Photos in a folder and below it.
  func photos(below folder: PathBytes) -> [PathBytes] {
    tree.photoPaths.filter { folder.isEmpty || $0.bytes.starts(with: folder.bytes + [0x2F]) }
  }

  /// Most photos keep the time of their writing; others come from a card, another clock, or nowhere.
  mutating func anyTime() -> Int64? {
    switch number(0..<100) {
    case 0..<50: nil
    case 50..<80: now - Int64(number(1_000..<100_000_000))
    case 80..<87: now + Int64(number(1..<1_000_000))
    case 87..<90: 0
    case 90..<92: 2_147_483_653
    default: now - Int64(number(0..<5))
    }
  }

  /// In place, or as most programs do: a new file, renamed onto the old one.
  mutating func write(_ bytes: [UInt8], to path: PathBytes, at time: Int64?) throws {
    let file = full(path)
    if let kind = Disk.facts(file)?.kind, kind == .link || kind == .other { try Disk.unlink(file) }
    if Disk.facts(file)?.kind == .folder { return }
    if chance(50) {
      let draft = full(path.parent.appending(PathBytes(Array(".tmp\(number(0..<1_000_000))".utf8))))
      try Disk.write(bytes, to: draft)
      if let time { try Disk.setTime(draft, time) }
      try Disk.rename(draft, file)
    } else {
      try Disk.write(bytes, to: file)
      if let time { try Disk.setTime(file, time) }
    }
  }

  mutating func fill(_ folder: PathBytes, _ count: Range<Int>) throws {
    for _ in 0..<number(count) {
      try write(contents.photo(&random), to: folder.appending(photoName()), at: anyTime())
    }
  }

  func isBelow(_ path: PathBytes, _ folder: PathBytes) -> Bool {
    (path.bytes + [0x2F]).starts(with: folder.bytes + [0x2F])
  }
}
