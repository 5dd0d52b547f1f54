import PhotoModel

// Files become folders, folders files; links, FIFOs; and much goes at once.
extension Operation {
  static let kinds: [Operation] = [
    Operation("photo becomes folder") { bench in
      guard let photo = bench.anyPhoto() else { return false }
      try Disk.unlink(bench.full(photo))
      try Disk.makeFolder(bench.full(photo))
      try bench.fill(photo, 0..<4)
      return true
    },
    Operation("folder becomes photo") { bench in
      guard let folder = bench.anySubfolder(), bench.photos(below: folder).count < 25
      else { return false }
      try Disk.remove(bench.full(folder))
      try bench.write(bench.contents.photo(&bench.random), to: folder, at: bench.anyTime())
      return true
    },
    Operation("add symbolic link", 2) { bench in
      let names = Names.photos + Names.folders
      let name = PathBytes(names.randomElement(using: &bench.random) ?? [])
      let path = bench.anyFolder().appending(name)
      if bench.exists(path) { return false }
      let others = ["..", "/etc", "nowhere", "."].map { Array($0.utf8) }
      let targets =
        [bench.full(bench.anyFolder())] + others
        + (bench.anyPhoto().map { [bench.full($0), bench.full($0)] } ?? [])
      let target = targets.randomElement(using: &bench.random) ?? others[0]
      try Disk.makeLink(bench.full(path), to: target)
      return true
    },
    Operation("folder becomes symbolic link") { bench in
      guard bench.chance(40), let folder = bench.anySubfolder(),
        bench.photos(below: folder).count < 25
      else { return false }
      let target = bench.stash + Array("-linked-\(bench.number(0..<1_000_000))".utf8)
      try Disk.rename(bench.full(folder), target)
      try Disk.makeLink(bench.full(folder), to: target)
      return true
    },
    Operation("add hard link", 2) { bench in
      guard let photo = bench.anyPhoto() else { return false }
      let path = bench.anyFolder().appending(bench.photoName())
      if bench.exists(path) { return false }
      try Disk.makeHardLink(bench.full(path), to: bench.full(photo))
      return true
    },
    Operation("add FIFO") { bench in
      let path = bench.anyFolder().appending(bench.photoName())
      if bench.exists(path) { return false }
      try Disk.makeFIFO(bench.full(path))
      return true
    },
    Operation("delete links and FIFOs") { bench in
      let specials = bench.tree.specials
      for special in specials where bench.chance(50) { try Disk.unlink(bench.full(special)) }
      return !specials.isEmpty
    },
  ]

  /// What trips the deletion guard, and what ends it.
  static let masses: [Operation] = [
    Operation("most folders leave", 1) { bench in
      if Disk.exists(bench.stash) { return false }
      let folders = bench.tree.folders.filter { !$0.isEmpty && $0.parent.isEmpty }
      if bench.tree.photos.count < 30 || folders.isEmpty { return false }
      try Disk.makeFolder(bench.stash)
      for folder in folders where bench.chance(85) {
        try Disk.rename(bench.full(folder), bench.stash + [0x2F] + folder.bytes)
      }
      return true
    },
    Operation("what left comes back", 3) { bench in
      if !Disk.exists(bench.stash) { return false }
      for name in Disk.names(in: bench.stash) {
        let target = bench.full(PathBytes(name))
        if !Disk.exists(target) { try Disk.rename(bench.stash + [0x2F] + name, target) }
      }
      try Disk.remove(bench.stash)
      return true
    },
    Operation("replace most photos by others", 1) { bench in
      let photos = bench.tree.photoPaths
      if photos.count < 30 { return false }
      for photo in photos where bench.chance(75) { try Disk.unlink(bench.full(photo)) }
      let folder = PathBytes(Array("new \(bench.number(0..<1_000))".utf8))
      try? Disk.makeFolder(bench.full(folder))
      try bench.fill(folder, 5..<80)
      return true
    },
  ]
}
