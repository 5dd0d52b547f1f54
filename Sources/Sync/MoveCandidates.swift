import PhotoIndex
import PhotoModel

/// Photos of folders that are gone, found again under another path: same name, size and time, and
/// only one such. That makes a suspicion; it is proved in one of two ways:
///
/// 1. *By the folder*: the new folder was listed to its end and shows just the photos of one vanished
///    folder, each with its name, size and second, and at least ``telling`` different sizes among them.
/// 2. *By the head*: the photo is read again, and its bytes say what its row says.
///
/// What is not proved is a new photo, and the old row goes.
struct MoveCandidates {
  /// So many different file sizes tell one flight from another; a JPEG's size is as good as random.
  static let telling = 8

  private struct Key: Hashable {
    var name: PathBytes
    var size: Int64
    var mtime: Int64
  }

  struct Candidate {
    var known: KnownPhoto
    /// The vanished folder.
    var origin: PathBytes
  }

  private struct Origin {
    var photos = 0
    var sizes: Set<Int64> = []
  }

  /// A folder in which photos of vanished folders seem to lie.
  private struct Arrival {
    var suspects: [PathBytes: Candidate] = [:]
    var isProved = false
  }

  private var candidates: [Key: [Candidate]] = [:]
  private var origins: [PathBytes: Origin] = [:]
  private var arrivals: [PathBytes: Arrival] = [:]

  /// All photos of a vanished folder. Rows that prove nothing themselves are no candidates, and their
  /// folder is never the same as another.
  mutating func add(_ photos: [KnownPhoto], of folder: PathBytes, parserVersion: Int) {
    var origin = Origin(photos: photos.count)
    for photo in photos where !photo.failed && !photo.racy && photo.parserVersion >= parserVersion {
      guard let size = photo.size, let mtime = photo.mtime else { continue }
      origin.sizes.insert(size)
      candidates[Key(name: photo.name, size: size, mtime: mtime), default: []].append(
        Candidate(known: photo, origin: folder))
    }
    origins[folder] = origin
  }

  /// The one candidate for a photo of a new folder; nil when there is none, or more than one. It is
  /// then a suspect of that folder and no candidate any more.
  mutating func suspect(_ file: ListedFile, in folder: PathBytes) -> KnownPhoto? {
    guard !candidates.isEmpty, let size = file.size, let mtime = file.mtime else { return nil }
    let key = Key(name: file.name, size: size, mtime: mtime)
    guard let found = candidates[key], found.count == 1 else { return nil }
    candidates[key] = nil
    arrivals[folder, default: Arrival()].suspects[file.name] = found[0]
    return found[0].known
  }

  /// The folder was listed to its end and shows `photos` photos in all.
  /// - Returns: its suspects when the folder as a whole proves them; empty otherwise.
  mutating func prove(_ folder: PathBytes, photos: Int) -> [PathBytes] {
    guard let arrival = arrivals[folder], arrival.suspects.count == photos,
      let first = arrival.suspects.values.first, let origin = origins[first.origin],
      origin.photos == photos, origin.sizes.count >= Self.telling,
      arrival.suspects.values.allSatisfy({ $0.origin == first.origin })
    else { return [] }
    arrivals[folder]?.isProved = true
    return arrival.suspects.keys.sorted()
  }

  /// Takes a suspect out: its row, and whether its folder proved it.
  mutating func take(
    _ photo: PathBytes, in folder: PathBytes
  ) -> (known: KnownPhoto, isProved: Bool)? {
    guard let arrival = arrivals[folder],
      let found = arrivals[folder]?.suspects.removeValue(forKey: photo)
    else { return nil }
    return (found.known, arrival.isProved)
  }

  mutating func forget(_ folder: PathBytes) { arrivals[folder] = nil }
}
