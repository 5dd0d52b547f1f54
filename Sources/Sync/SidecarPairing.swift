import PhotoIndex
import PhotoModel
import PhotoSource

/// The files beside photos while a folder is listed: which photo each belongs to shows at its end.
struct SidecarDesk {
  private struct Key: Hashable {
    var kind: SidecarKind
    var stem: [UInt8]
  }

  private struct Folder {
    var photos: [ListedFile] = []
    var sidecars: [Key: ListedFile] = [:]
    /// Asked for, and no outcome yet.
    var underWay: Set<PathBytes> = []
    /// Read and stored before the folder's end.
    var early: Set<PathBytes> = []
    /// To be read together with what stands beside them, so not before the end.
    var delayed: Set<PathBytes> = []
    /// Rows that have just come from another folder.
    var moved: [PathBytes: KnownPhoto] = [:]
    var isEnded = false
  }

  /// A photo to be read, and the file to be read with it.
  struct Plan: Equatable {
    var photo: ListedFile
    var sidecar: ListedFile?
    /// The photo is not under way already.
    var readsPhoto: Bool
  }

  private var folders: [PathBytes: Folder] = [:]

  mutating func list(_ photo: ListedFile, in folder: PathBytes) {
    folders[folder, default: Folder()].photos.append(photo)
  }

  mutating func list(sidecar file: ListedFile, in folder: PathBytes) {
    guard let kind = ListingRules.sidecar(file.name.bytes) else { return }
    let key = Key(kind: kind, stem: Array(file.name.bytes.dropLast(4)))
    // `A.xmp` and `A.XMP`: the same one at every run.
    if let other = folders[folder]?.sidecars[key], other.name < file.name { return }
    folders[folder, default: Folder()].sidecars[key] = file
  }

  mutating func ask(_ photo: PathBytes, in folder: PathBytes) {
    folders[folder]?.underWay.insert(photo)
  }

  mutating func delay(_ photo: PathBytes, in folder: PathBytes) {
    folders[folder]?.delayed.insert(photo)
  }

  mutating func move(_ known: KnownPhoto, to photo: PathBytes, in folder: PathBytes) {
    folders[folder]?.moved[photo] = known
  }

  mutating func undelay(_ photo: PathBytes, in folder: PathBytes) {
    folders[folder]?.delayed.remove(photo)
  }

  /// As they were listed; until the folder's end.
  func files(_ photos: [PathBytes], in folder: PathBytes) -> [ListedFile] {
    if photos.isEmpty { return [] }
    let wanted = Set(photos)
    return folders[folder]?.photos.filter { wanted.contains($0.name) } ?? []
  }

  /// Photos listed so far; until the folder's end.
  func count(in folder: PathBytes) -> Int { folders[folder]?.photos.count ?? 0 }

  /// Its outcome is there.
  mutating func finish(_ photo: PathBytes, in folder: PathBytes) {
    guard folders[folder]?.underWay.remove(photo) != nil, folders[folder]?.isEnded == false else {
      return
    }
    folders[folder]?.early.insert(photo)
  }

  func lists(sidecar name: PathBytes, in folder: PathBytes) -> Bool {
    guard let kind = ListingRules.sidecar(name.bytes) else { return false }
    let key = Key(kind: kind, stem: Array(name.bytes.dropLast(4)))
    return folders[folder]?.sidecars[key]?.name == name
  }

  /// Of those listed so far.
  func hasSidecar(_ photo: PathBytes, in folder: PathBytes) -> Bool {
    guard let sidecars = folders[folder]?.sidecars else { return false }
    return Self.sidecar(of: photo, among: sidecars) != nil
  }

  /// A row was made for it before what stands beside it was known.
  func isStored(_ photo: PathBytes, in folder: PathBytes) -> Bool {
    folders[folder]?.early.contains(photo) ?? false
  }

  /// What is still to be read of a folder whose names are all told.
  mutating func end(
    _ folder: PathBytes, isComplete: Bool, known: (PathBytes) -> KnownPhoto?
  ) -> [Plan] {
    guard let state = folders[folder] else { return [] }
    folders[folder]?.isEnded = true
    folders[folder]?.photos = []
    var plans: [Plan] = []
    for photo in state.photos {
      let listed = Self.sidecar(of: photo.name, among: state.sidecars)
      let stored = (known(photo.name) ?? state.moved[photo.name])?.sidecar
      let isDelayed = state.delayed.contains(photo.name)
      let isAsked = isDelayed || state.underWay.contains(photo.name)
      let decision = SidecarDecision(known: stored, listed: listed, isComplete: isComplete)
      let isDue =
        switch decision {
        case .same: listed == nil ? isDelayed : isAsked || state.early.contains(photo.name)
        case .changed: true
        case .gone: isDelayed || !isAsked && !state.early.contains(photo.name)
        // A photo whose row seems to lie elsewhere is read in any case: something has to become of both.
        case .unknown: isDelayed && state.moved[photo.name] != nil
        }
      if isDue {
        plans.append(
          Plan(
            photo: photo, sidecar: listed, readsPhoto: !state.underWay.contains(photo.name)))
      }
    }
    for plan in plans { ask(plan.photo.name, in: folder) }
    // What the listing showed is not needed while the photos are read.
    folders[folder]?.sidecars = [:]
    folders[folder]?.delayed = []
    return plans
  }

  mutating func forget(_ folder: PathBytes) { folders[folder] = nil }

  /// `DJI_0001.SRT` of a video, `DJI_0001.JPG.xmp`, `DJI_0001.xmp`, in this order.
  private static func sidecar(
    of photo: PathBytes, among sidecars: [Key: ListedFile]
  ) -> ListedFile? {
    if sidecars.isEmpty { return nil }
    let name = photo.bytes
    let stem = Array(name[..<(name.lastIndex(of: 0x2E) ?? name.endIndex)])
    if ListingRules.isVideo(name), let file = sidecars[Key(kind: .srt, stem: stem)] { return file }
    return sidecars[Key(kind: .xmp, stem: name)] ?? sidecars[Key(kind: .xmp, stem: stem)]
  }
}
