import PhotoIndex
import PhotoModel
import PhotoSource

/// Pairs photos with the side-cars beside them: from the listing, whose end shows which file belongs to which
/// photo, to the bytes, of which both halves must be there before a row is made.
///
/// Used by syncs and by `verify`. Photos without side-cars cost next to nothing here.
struct SidecarPairing {
  private struct Key: Hashable {
    var kind: SidecarKind
    /// As a path, which is hashed all bytes at once.
    var stem: PathBytes

    /// - Returns: nil for a file that is no side-car by its name.
    init?(_ name: PathBytes) {
      guard let kind = ListingRules.sidecar(name.bytes) else { return nil }
      self.init(kind, stem: Array(name.bytes[..<(name.bytes.count - 4)]))
    }

    init(_ kind: SidecarKind, stem: [UInt8]) {
      self.kind = kind
      self.stem = PathBytes(stem)
    }
  }

  private struct Folder {
    var photos: [ListedFile] = []
    var sidecars: [Key: ListedFile] = [:]
    /// Requested, without an outcome yet.
    var requested: Set<PathBytes> = []
    /// Read and stored before the folder's end.
    var early: Set<PathBytes> = []
    /// To be read together with their side-cars, so not before the folder's end.
    var delayed: Set<PathBytes> = []
    /// Side-cars of rows that come from another folder; nil for a row without one.
    var moved: [PathBytes: ListedFile?] = [:]
    var isEnded = false

    mutating func list(sidecars files: [ListedFile]) {
      for file in files {
        guard let key = Key(file.name) else { continue }
        let other = sidecars.updateValue(file, forKey: key)
        // Of `A.xmp` and `A.XMP` the same one at every run.
        if let other, other.name < file.name { sidecars[key] = other }
      }
    }
  }

  /// A photo to be read, and the side-car to be read with it.
  struct Plan: Equatable {
    var photo: ListedFile
    var sidecar: ListedFile?
    /// The photo is not requested already.
    var readsPhoto: Bool
    var decision: SidecarDecision
  }

  typealias Half = PairedReads.Half
  typealias Pair = PairedReads.Pair

  private var folders = FolderTable<Folder>()
  private var reads = PairedReads()

  // MARK: While a folder is listed

  mutating func list(_ photo: ListedFile, in folder: PathBytes) {
    folders[folder, default: Folder()].photos.append(photo)
  }

  mutating func list(sidecars files: [ListedFile], in folder: PathBytes) {
    folders[folder, default: Folder()].list(sidecars: files)
  }

  /// The photo is being read, alone so far.
  mutating func request(_ photo: PathBytes, in folder: PathBytes) {
    folders[folder]?.requested.insert(photo)
  }

  /// The photo waits for the folder's end.
  mutating func delay(_ photo: PathBytes, in folder: PathBytes) {
    folders[folder]?.delayed.insert(photo)
  }

  /// The photo need not be read for its own sake.
  mutating func undelay(_ photo: PathBytes, in folder: PathBytes) {
    folders[folder]?.delayed.remove(photo)
  }

  /// The row of a photo of this folder seems to stand in another one, made with `sidecar`.
  mutating func move(_ photo: PathBytes, with sidecar: ListedFile?, in folder: PathBytes) {
    folders[folder]?.moved.updateValue(sidecar, forKey: photo)
  }

  /// Photos of these names as they were listed; until the folder's end.
  func files(_ photos: [PathBytes], in folder: PathBytes) -> [ListedFile] {
    if photos.isEmpty { return [] }
    let wanted = Set(photos)
    return folders[folder]?.photos.filter { wanted.contains($0.name) } ?? []
  }

  /// Photos listed so far; until the folder's end.
  func count(in folder: PathBytes) -> Int { folders[folder]?.photos.count ?? 0 }

  func lists(sidecar name: PathBytes, in folder: PathBytes) -> Bool {
    guard let key = Key(name) else { return false }
    return folders[folder]?.sidecars[key]?.name == name
  }

  /// Of those listed so far.
  func hasSidecar(_ photo: PathBytes, in folder: PathBytes) -> Bool {
    guard let sidecars = folders[folder]?.sidecars else { return false }
    return Self.sidecar(of: photo, among: sidecars) != nil
  }

  // MARK: At the folder's end

  /// What is still to be read of a folder whose names have all been listed.
  ///
  /// - Parameter stored: the side-car that the photo's row in this folder was made with.
  mutating func end(
    _ folder: PathBytes, isComplete: Bool, stored: (PathBytes) -> ListedFile?
  ) -> [Plan] {
    guard let state = folders[folder] else { return [] }
    folders[folder]?.isEnded = true
    folders[folder]?.photos = []
    var plans: [Plan] = []
    for photo in state.photos {
      let listed = Self.sidecar(of: photo.name, among: state.sidecars)
      let moved = state.moved[photo.name]
      let decision = SidecarDecision(
        known: stored(photo.name) ?? moved.flatMap { $0 }, listed: listed, isComplete: isComplete)
      let isDelayed = state.delayed.contains(photo.name)
      let isRequested = isDelayed || state.requested.contains(photo.name)
      let isStored = state.early.contains(photo.name)
      let isDue =
        switch decision {
        case .same: listed == nil ? isDelayed : isRequested || isStored
        case .changed: true
        case .gone: isDelayed || !isRequested && !isStored
        // A photo whose row seems to lie elsewhere is read in any case: something has to become of both.
        case .unknown: isDelayed && moved != nil
        }
      if isDue {
        plans.append(
          Plan(
            photo: photo, sidecar: listed, readsPhoto: !state.requested.contains(photo.name),
            decision: decision))
      }
    }
    for plan in plans { request(plan.photo.name, in: folder) }
    // What the listing showed is not needed while the photos are read.
    folders[folder]?.sidecars = [:]
    folders[folder]?.delayed = []
    return plans
  }

  /// - Returns: the files to read for these plans, each once; their rows wait for both halves.
  mutating func expect(_ plans: [Plan], in folder: PathBytes) -> [ListedFile] {
    var wanted: [ListedFile] = []
    var sidecars: Set<PathBytes> = []
    for plan in plans {
      if plan.readsPhoto { wanted.append(plan.photo) }
      guard let sidecar = plan.sidecar else { continue }
      reads.expect(folder.appending(plan.photo.name), with: folder.appending(sidecar.name))
      if sidecars.insert(sidecar.name).inserted { wanted.append(sidecar) }
    }
    return wanted
  }

  mutating func forget(_ folder: PathBytes) { folders.remove(folder) }

  // MARK: While files are read

  /// What a photo that was read has to wait for.
  enum Arrival {
    case alone
    case waiting
    case paired(Pair)
  }

  mutating func take(
    _ photo: ListedFile, _ record: PhotoRecord, in folder: PathBytes
  ) -> Arrival {
    let path = folder.appending(photo.name)
    guard reads.isExpected(path) else { return .alone }
    let pair = reads.put(photo: path, Half(file: photo, record: record))
    return pair.map { .paired($0) } ?? .waiting
  }

  /// - Returns: the pairs that waited for this side-car, which may have failed.
  mutating func take(
    sidecar file: ListedFile, _ outcome: FileOutcome, in folder: PathBytes
  ) -> [Pair] {
    var half: Half?
    if case .read(let reader) = outcome, let record = (reader as? SidecarReading)?.record {
      half = Half(file: file, record: record)
    }
    return reads.put(sidecar: folder.appending(file.name), half)
  }

  /// The photo could not be read: its side-car is of no use.
  mutating func drop(_ photo: PathBytes, in folder: PathBytes) {
    reads.drop(folder.appending(photo))
  }

  /// The photo's outcome is there.
  mutating func finish(_ photo: PathBytes, in folder: PathBytes) {
    guard folders[folder]?.requested.remove(photo) != nil, folders[folder]?.isEnded == false else {
      return
    }
    folders[folder]?.early.insert(photo)
  }

  /// A row was made for it before its side-car was known.
  func isStored(_ photo: PathBytes, in folder: PathBytes) -> Bool {
    folders[folder]?.early.contains(photo) ?? false
  }

  /// `DJI_0001.SRT` of a video, `DJI_0001.JPG.xmp`, `DJI_0001.xmp`, in this order.
  private static func sidecar(
    of photo: PathBytes, among sidecars: [Key: ListedFile]
  ) -> ListedFile? {
    if sidecars.isEmpty { return nil }
    let name = photo.bytes
    let stem = Array(name[..<(name.lastIndex(of: 0x2E) ?? name.endIndex)])
    if ListingRules.isVideo(name), let file = sidecars[Key(.srt, stem: stem)] { return file }
    return sidecars[Key(.xmp, stem: name)] ?? sidecars[Key(.xmp, stem: stem)]
  }
}
