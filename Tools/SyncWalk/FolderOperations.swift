import PhotoModel

// Folders come, go, are renamed, moved, copied and swapped.
extension Operation {
  static let folders: [Operation] = [
    Operation("add folder", 4) { bench in
      let parent = bench.anyFolder()
      let folder = parent.appending(bench.folderName())
      if parent.bytes.count(where: { $0 == 0x2F }) > 3 || bench.exists(folder) { return false }
      try Disk.makeFolder(bench.full(folder))
      try bench.fill(folder, 0..<8)
      return true
    },
    Operation("delete folder", 2) { bench in
      guard let folder = bench.anySubfolder(), bench.photos(below: folder).count < 40
      else { return false }
      try Disk.remove(bench.full(folder))
      return true
    },
    Operation("rename folder", 3) { bench in try bench.renameFolder() != nil },
    Operation("rename folder by case") { bench in
      guard let folder = bench.anySubfolder() else { return false }
      let name = PathBytes(Names.swappingCase(folder.lastComponent.bytes))
      return try bench.move(folder, to: folder.parent.appending(name))
    },
    Operation("move folder", 3) { bench in
      guard let folder = bench.anySubfolder() else { return false }
      return try bench.move(folder, to: bench.anyFolder().appending(folder.lastComponent))
    },
    Operation("move folder into a new parent", 2) { bench in
      guard let folder = bench.anySubfolder() else { return false }
      let parent = bench.anyFolder().appending(bench.folderName())
      if bench.exists(parent) || bench.isBelow(parent, folder) { return false }
      try Disk.makeFolder(bench.full(parent))
      return try bench.move(folder, to: parent.appending(folder.lastComponent))
    },
    Operation("rename folder and change it", 2) { bench in
      guard let folder = try bench.renameFolder() else { return false }
      bench.tree = Tree.scan(bench.root)
      let photos = bench.photos(below: folder)
      for photo in photos.prefix(3) {
        let mtime = (bench.tree.photos[photo]?.mtime ?? 0) + (bench.chance(50) ? 1 : -7)
        let bytes = bench.contents.photo(&bench.random)
        try bench.write(bytes, to: photo, at: bench.chance(50) ? mtime : bench.anyTime())
      }
      if bench.chance(50), let last = photos.last { try Disk.unlink(bench.full(last)) }
      if bench.chance(50) { try bench.fill(folder, 1..<2) }
      return true
    },
    Operation("rename folder and make it again", 2) { bench in
      guard let folder = bench.anySubfolder() else { return false }
      let names = bench.tree.photoPaths.filter { $0.parent == folder }.map(\.lastComponent)
      guard try bench.move(folder, to: folder.parent.appending(bench.folderName()))
      else { return false }
      try Disk.makeFolder(bench.full(folder))
      for name in names {
        let bytes = bench.contents.photo(&bench.random)
        try bench.write(bytes, to: folder.appending(name), at: bench.anyTime())
      }
      return true
    },
    // What lies under another path now has the names, sizes and times of what is gone, and not its content. Of many
    // photos one is missing: where all of a large folder agrees, a listing may count as proof.
    Operation("replace folder by one that looks like it", 2) { bench in
      guard let folder = bench.anySubfolder(), !bench.photos(below: folder).isEmpty
      else { return false }
      let photos = bench.tree.photoPaths.filter { $0.parent == folder }
      let target = folder.parent.appending(bench.folderName())
      if photos.isEmpty || bench.exists(target) { return false }
      try Disk.makeFolder(bench.full(target))
      for photo in photos.count > 2 ? photos.dropLast() : photos[...] {
        guard let state = bench.tree.photos[photo],
          let bytes = bench.contents.photo(size: Int(state.size), &bench.random)
        else { continue }
        try bench.write(bytes, to: target.appending(photo.lastComponent), at: state.mtime)
      }
      try Disk.remove(bench.full(folder))
      return true
    },
    Operation("swap folders", 2) { bench in
      guard let one = bench.anySubfolder(), let two = bench.anySubfolder(),
        !bench.isBelow(one, two), !bench.isBelow(two, one)
      else { return false }
      let aside = bench.root + Array("/.swap".utf8)
      try Disk.rename(bench.full(one), aside)
      try Disk.rename(bench.full(two), bench.full(one))
      try Disk.rename(aside, bench.full(two))
      return true
    },
    Operation("copy folder", 2) { bench in
      guard let folder = bench.anySubfolder(), bench.photos(below: folder).count < 20
      else { return false }
      let target = folder.parent.appending(bench.folderName())
      if bench.exists(target) { return false }
      try Disk.copy(bench.full(folder), to: bench.full(target))
      if bench.chance(50) { try Disk.remove(bench.full(folder)) }
      return true
    },
  ]
}

extension Workbench {
  /// - Returns: false when that place is taken, or lies in the folder itself.
  mutating func move(_ folder: PathBytes, to target: PathBytes) throws -> Bool {
    if isBelow(target, folder) || exists(target) { return false }
    try Disk.rename(full(folder), full(target))
    return true
  }

  mutating func renameFolder() throws -> PathBytes? {
    guard let folder = anySubfolder() else { return nil }
    let target = folder.parent.appending(folderName())
    return try move(folder, to: target) ? target : nil
  }
}
