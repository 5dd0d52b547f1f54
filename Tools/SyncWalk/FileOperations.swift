import PhotoModel

// Photos come, go, are renamed and replaced.
extension Operation {
  static let files: [Operation] = [
    Operation("add photos", 5) { bench in
      try bench.fill(bench.anyFolder(), 1..<6)
      return true
    },
    Operation("delete photos", 3) { bench in
      let photos = bench.anyPhotos(bench.number(1..<4))
      for photo in photos { try Disk.unlink(bench.full(photo)) }
      return !photos.isEmpty
    },
    Operation("rename photo", 2) { bench in
      guard let photo = bench.anyPhoto() else { return false }
      let target = photo.parent.appending(bench.photoName())
      if Disk.facts(bench.full(target))?.kind == .folder { return false }
      try Disk.rename(bench.full(photo), bench.full(target))
      return true
    },
    Operation("rename photo by case", 2) { bench in
      guard let photo = bench.anyPhoto() else { return false }
      let name = PathBytes(Names.swappingCase(photo.lastComponent.bytes))
      let target = photo.parent.appending(name)
      if bench.exists(target) { return false }
      try Disk.rename(bench.full(photo), bench.full(target))
      return true
    },
    Operation("move photo", 3) { bench in
      guard let photo = bench.anyPhoto() else { return false }
      let name = bench.chance(70) ? photo.lastComponent : bench.photoName()
      let target = bench.anyFolder().appending(name)
      if target == photo || Disk.facts(bench.full(target))?.kind == .folder { return false }
      try Disk.rename(bench.full(photo), bench.full(target))
      return true
    },
    Operation("swap names", 2) { bench in
      let pair = bench.anyPhotos(2)
      guard pair.count == 2 else { return false }
      let aside = bench.root + Array("/.swap".utf8)
      try Disk.rename(bench.full(pair[0]), aside)
      try Disk.rename(bench.full(pair[1]), bench.full(pair[0]))
      try Disk.rename(aside, bench.full(pair[1]))
      return true
    },
    Operation("replace, same size", 3) { bench in
      guard let photo = bench.anyPhoto(), let state = bench.tree.photos[photo],
        let bytes = bench.contents.photo(size: Int(state.size), &bench.random)
      else { return false }
      let later = [1, -1, 2, 60].randomElement(using: &bench.random) ?? 1
      try bench.write(bytes, to: photo, at: state.mtime + Int64(later))
      return true
    },
    Operation("replace, same size, now", 3) { bench in
      guard let photo = bench.anyPhoto(), let state = bench.tree.photos[photo],
        let bytes = bench.contents.photo(size: Int(state.size), &bench.random)
      else { return false }
      try bench.write(bytes, to: photo, at: nil)
      return true
    },
    Operation("replace, same second", 2) { bench in
      guard let photo = bench.anyPhoto(), let state = bench.tree.photos[photo] else { return false }
      let bytes = bench.contents.photo(&bench.random)
      if Int64(bytes.count) == state.size { return false }
      try bench.write(bytes, to: photo, at: state.mtime)
      return true
    },
  ]

  static let times: [Operation] = [
    Operation("touch", 2) { bench in
      let photos = bench.anyPhotos(3)
      for photo in photos {
        let step = [1, -1, 3_600, -3_600, 34_560_000].randomElement(using: &bench.random) ?? 1
        let mtime = bench.tree.photos[photo]?.mtime ?? 0
        try Disk.setTime(bench.full(photo), mtime + Int64(step))
      }
      return !photos.isEmpty
    },
    Operation("shift all times by an hour") { bench in
      let photos = bench.photos(below: bench.anyFolder())
      let step: Int64 = bench.chance(50) ? 3_600 : -3_600
      for photo in photos {
        try Disk.setTime(bench.full(photo), (bench.tree.photos[photo]?.mtime ?? 0) + step)
      }
      return !photos.isEmpty
    },
  ]

  static let sidecars: [Operation] = [
    Operation("add side-cars", 4) { bench in
      let photos = bench.anyPhotos(3)
      for photo in photos {
        let name = photo.lastComponent.bytes
        let stem = bench.chance(40) ? name : Names.stem(name)
        let ending = [".xmp", ".XMP", ".Xmp"].randomElement(using: &bench.random) ?? ".xmp"
        let path = photo.parent.appending(PathBytes(stem + Array(ending.utf8)))
        try bench.write(bench.contents.sidecar(&bench.random), to: path, at: bench.anyTime())
      }
      return !photos.isEmpty
    },
    Operation("change side-car", 2) { bench in
      guard let sidecar = bench.anySidecar() else { return false }
      try bench.write(bench.contents.sidecar(&bench.random), to: sidecar, at: bench.anyTime())
      return true
    },
    Operation("delete side-car", 2) { bench in
      guard let sidecar = bench.anySidecar() else { return false }
      try Disk.unlink(bench.full(sidecar))
      return true
    },
    Operation("move side-car", 2) { bench in
      guard let sidecar = bench.anySidecar(), let photo = bench.anyPhoto() else { return false }
      let stem = Names.stem(photo.lastComponent.bytes)
      let target = photo.parent.appending(PathBytes(stem + Array(".xmp".utf8)))
      if bench.exists(target) { return false }
      try Disk.rename(bench.full(sidecar), bench.full(target))
      return true
    },
    Operation("touch side-car", 2) { bench in
      guard let sidecar = bench.anySidecar() else { return false }
      let step = [1, -1, 3_600].randomElement(using: &bench.random) ?? 1
      let mtime = bench.tree.sidecars[sidecar]?.mtime ?? 0
      try Disk.setTime(bench.full(sidecar), mtime + Int64(step))
      return true
    },
  ]
}
