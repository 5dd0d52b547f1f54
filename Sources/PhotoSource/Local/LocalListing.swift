import PhotoModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What one folder of this machine holds.
struct LocalListing {
  private(set) var photos: [ListedFile] = []
  private(set) var sidecars: [ListedFile] = []
  private(set) var folders: [[UInt8]] = []
  /// What is none of these.
  private(set) var counts = SourceStatistics()
  /// A limit ended the listing early.
  private(set) var isCut = false
  /// What its names take of the walk's budget.
  private(set) var held = 0
  /// Why an entry could not be looked at.
  private(set) var hidden: SystemError?

  struct SystemError: Error {
    var code: Int32
    var outcome: ListingOutcome {
      let text = String(cString: strerror(code))
      return switch code {
      case EACCES, EPERM: .incomplete(.permissionDenied, detail: text)
      case ENOENT, ENOTDIR: .incomplete(.vanished, detail: text)
      default: .incomplete(.serverError, detail: text)
      }
    }
  }

  /// - Parameter isCancelled: asked every few hundred entries; ends the listing.
  static func of(
    _ path: [UInt8], _ root: LocalRoot, _ options: SourceOptions, _ budget: inout WalkBudget,
    isCancelled: () -> Bool
  ) -> Result<LocalListing, SystemError> {
    let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (path.isEmpty ? 0 : O_NOFOLLOW)
    let fd = withPath(root.absolute(path)) { open($0, flags) }
    guard fd >= 0 else { return .failure(SystemError(code: errno)) }
    guard let stream = fdopendir(fd) else {
      let code = errno
      close(fd)
      return .failure(SystemError(code: code))
    }
    defer { closedir(stream) }
    var listing = LocalListing()
    var entries = 0
    while !listing.isCut {
      errno = 0
      guard let entry = readdir(stream) else {
        // A null without an error is the real end; an error in the middle is no end.
        return errno == 0 ? .success(listing) : .failure(SystemError(code: errno))
      }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
        Array(raw.prefix { $0 != 0 })
      }
      guard ListingRules.classify(name) == .usable else { continue }
      entries += 1
      if entries % 512 == 0, isCancelled() { break }
      listing.add(name, in: fd, options, &budget)
    }
    return .success(listing)
  }

  private mutating func add(
    _ name: [UInt8], in fd: Int32, _ options: SourceOptions, _ budget: inout WalkBudget
  ) {
    guard budget.take(entries: 1) else {
      isCut = true
      return
    }
    var status = stat()
    guard withPath(name, { fstatat(fd, $0, &status, AT_SYMLINK_NOFOLLOW) }) == 0 else {
      // Gone since it was listed. Anything else hides it, and then its absence proves nothing.
      if errno != ENOENT { hidden = SystemError(code: errno) }
      return
    }
    sort(name, status, options.rules, &budget)
    isCut =
      photos.count + sidecars.count + folders.count >= options.maximumEntriesPerFolder
      || budget.reached != nil
  }

  private mutating func sort(
    _ name: [UInt8], _ status: stat, _ rules: ListingRules, _ budget: inout WalkBudget
  ) {
    switch UInt32(status.st_mode) & UInt32(S_IFMT) {
    case UInt32(S_IFDIR):
      guard rules.isEntered(folder: name) else {
        counts.foldersSkipped += 1
        return
      }
      folders.append(name)
    case UInt32(S_IFREG):
      let file = ListedFile(
        name: PathBytes(name), size: Int64(status.st_size), mtime: status.mtime)
      if rules.isPhoto(name) {
        photos.append(file)
      } else if ListingRules.sidecar(name) != nil {
        sidecars.append(file)
        counts.sidecarsListed += 1
      } else {
        counts.othersSkipped += 1
        return
      }
    case UInt32(S_IFLNK):
      counts.linksSkipped += 1
      return
    default:
      counts.othersSkipped += 1
      return
    }
    held += WalkBudget.cost(name: name)
    budget.hold(WalkBudget.cost(name: name))
  }
}
