import PhotoModel

/// A file as a sync can see it, and its content.
struct FileState: Hashable {
  var size: Int64
  var mtime: Int64
  /// ``Contents/fingerprint(_:)``.
  var content: UInt64
}

/// What lies in the tree at one moment: what an index of it has to say. Paths are below the root.
struct Tree {
  var photos: [PathBytes: FileState] = [:]
  var sidecars: [PathBytes: FileState] = [:]
  /// All that can be entered, the root and excluded ones included, in the order of their bytes.
  var folders: [PathBytes] = []
  /// Links and FIFOs.
  var specials: [PathBytes] = []
  /// Nothing at all lies in the root.
  var isEmpty = true

  static func scan(_ root: [UInt8]) -> Tree {
    var tree = Tree()
    tree.isEmpty = Disk.names(in: root).isEmpty
    tree.visit(root, .empty, isExcluded: false)
    return tree
  }

  private mutating func visit(_ root: [UInt8], _ folder: PathBytes, isExcluded: Bool) {
    folders.append(folder)
    let full = Tree.full(root, folder)
    for name in Disk.names(in: full) {
      let path = folder.appending(PathBytes(name))
      let file = Tree.full(root, path)
      guard let facts = Disk.facts(file) else { continue }
      switch facts.kind {
      case .folder:
        visit(root, path, isExcluded: isExcluded || Names.isExcluded(name))
      case .file:
        let isPhoto = Names.isPhoto(name)
        guard isPhoto || Names.isSidecar(name), !isExcluded, let bytes = Disk.read(file)
        else { continue }
        let state = FileState(
          size: facts.size, mtime: facts.mtime, content: Contents.fingerprint(bytes))
        if isPhoto { photos[path] = state } else { sidecars[path] = state }
      case .link, .other: specials.append(path)
      }
    }
  }

  static func full(_ root: [UInt8], _ path: PathBytes) -> [UInt8] {
    path.isEmpty ? root : root + [0x2F] + path.bytes
  }

  /// In the order of their bytes: a dictionary's own order differs from run to run.
  var photoPaths: [PathBytes] { photos.keys.sorted() }
  var sidecarPaths: [PathBytes] { sidecars.keys.sorted() }

  /// The side-car that belongs to a photo: `NAME.jpg.xmp` before `NAME.xmp`; of names that differ in the case of
  /// their ending only, the first by its bytes.
  func sidecar(of photo: PathBytes) -> PathBytes? {
    let name = photo.lastComponent.bytes
    for stem in [name, Names.stem(name)] {
      for ending in Tree.sidecarEndings {
        let path = photo.parent.appending(PathBytes(stem + ending))
        if sidecars[path] != nil { return path }
      }
    }
    return nil
  }

  /// All ways to write `.xmp` in large and small letters, in the order of their bytes.
  private static let sidecarEndings: [[UInt8]] = {
    (0..<8).map { bits in
      [0x2E]
        + [0x78, 0x6D, 0x70].enumerated().map { index, letter in
          bits & (4 >> index) == 0 ? letter & ~0x20 : letter
        }
    }
  }()
}
