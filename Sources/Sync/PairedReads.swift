import PhotoModel

/// Photos and side-cars that are read together: both halves must be there before a row is made. One side-car may
/// belong to several photos (`A.JPG`, `A.DNG`, `A.xmp`).
struct PairedReads {
  struct Half {
    var file: ListedFile
    var record: PhotoRecord
  }

  struct Pair {
    var photo: Half
    /// Nil when it could not be read.
    var sidecar: Half?
  }

  /// By the path of the photo.
  private var sidecars: [PathBytes: PathBytes] = [:]
  private var photos: [PathBytes: Half] = [:]
  /// By the path of the side-car: the photos that still want it, and what was read for them.
  private var users: [PathBytes: [PathBytes]] = [:]
  private var read: [PathBytes: Half?] = [:]

  /// Both are requested.
  mutating func expect(_ photo: PathBytes, with sidecar: PathBytes) {
    sidecars[photo] = sidecar
    users[sidecar, default: []].append(photo)
  }

  /// - Returns: the pair when its other half was there already; nil also for a photo that stands alone.
  mutating func put(photo path: PathBytes, _ half: Half) -> Pair? {
    guard let sidecar = sidecars[path] else { return nil }
    guard let other = read[sidecar] else {
      photos[path] = half
      return nil
    }
    drop(path)
    return Pair(photo: half, sidecar: other)
  }

  func isExpected(_ photo: PathBytes) -> Bool { sidecars[photo] != nil }

  /// - Parameter half: nil when it could not be read.
  /// - Returns: all pairs that waited for it.
  mutating func put(sidecar path: PathBytes, _ half: Half?) -> [Pair] {
    var pairs: [Pair] = []
    read[path] = .some(half)
    for photo in users[path] ?? [] {
      guard let waiting = photos[photo] else { continue }
      pairs.append(Pair(photo: waiting, sidecar: half))
      drop(photo)
    }
    if users[path] == nil { read[path] = nil }
    return pairs
  }

  /// The photo itself could not be read, or its pair is complete.
  mutating func drop(_ photo: PathBytes) {
    guard let sidecar = sidecars.removeValue(forKey: photo) else { return }
    photos[photo] = nil
    users[sidecar]?.removeAll { $0 == photo }
    if users[sidecar]?.isEmpty ?? true {
      users[sidecar] = nil
      read[sidecar] = nil
    }
  }
}
