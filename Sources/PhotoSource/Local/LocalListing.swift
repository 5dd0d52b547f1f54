import PhotoModel
import Platform
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A system call that failed.
struct SystemError: Error {
  var code: Int32

  var text: String { String(cString: strerror(code)) }

  var outcome: ListingOutcome {
    return switch code {
    case EACCES, EPERM: .incomplete(.permissionDenied, detail: text)
    case ENOENT, ENOTDIR: .incomplete(.vanished, detail: text)
    default: .incomplete(.serverError, detail: text)
    }
  }
}

/// What the file system says of one entry of a folder.
struct LocalEntry: Sendable {
  enum Kind: Sendable {
    case folder, link, other
    case file(size: Int64, mtime: Int64)
    /// A file, or something that readdir does not tell: it is to be looked at.
    case unseen
    /// Gone since it was listed.
    case gone
    /// Cannot be looked at.
    case hidden(Int32)
  }

  var name: [UInt8]
  var kind: Kind
}

/// The listing of one folder, as one thread does it.
struct LocalListingJob: Sendable {
  /// Absolute.
  var path: [UInt8]
  /// Below the site's root, which may be a link.
  var folder: PathBytes
  var rules: ListingRules
  var limits: Limits
  /// Asked every few hundred entries; ends the listing.
  var isCancelled: @Sendable () -> Bool

  struct Limits: Sendable {
    /// Folders, photos and sidecars at most.
    var kept: Int
    /// Entries of all kinds at most.
    var entries: Int
    /// Names of all folders that are being listed.
    var names: HeldNames
  }

  struct Output: Sendable {
    var entries: [LocalEntry] = []
    /// Entries of all kinds.
    var seen = 0
    /// What was not kept.
    var counts = SourceStatistics()
    var error: SystemError?
    /// A limit was reached.
    var isCut = false
    /// … which was that of memory.
    var isOutOfMemory = false
    /// What was taken of ``Limits/names``.
    var held = 0
    /// Entries looked at, and the seconds that took.
    var looked = 0
    var seconds = 0.0
  }

  /// After so many seconds of looking at entries, the rest is left to other threads.
  private static let share = 0.002

  func list() -> Output {
    var output = Output()
    let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (folder.isEmpty ? 0 : O_NOFOLLOW)
    let fd = withPath(path) { open($0, flags) }
    guard fd >= 0 else {
      output.error = SystemError(code: errno)
      return output
    }
    guard let stream = fdopendir(fd) else {
      output.error = SystemError(code: errno)
      close(fd)
      return output
    }
    defer { closedir(stream) }
    while !output.isCut {
      errno = 0
      guard let entry = readdir(stream) else {
        // A null without an error is the real end; an error in the middle is no end.
        if errno != 0 { output.error = SystemError(code: errno) }
        break
      }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
        Array(raw.prefix { $0 != 0 })
      }
      guard ListingRules.classify(name) == .usable else { continue }
      output.seen += 1
      if output.seen % 512 == 0, isCancelled() { return output }
      add(name, Int32(entry.pointee.d_type), &output)
      if output.seen > limits.entries || output.entries.count >= limits.kept {
        output.isCut = true
      }
    }
    look(in: fd, &output)
    return output
  }

  private func add(_ name: [UInt8], _ type: Int32, _ output: inout Output) {
    let kind: LocalEntry.Kind
    switch type {
    case Int32(DT_DIR): kind = .folder
    case Int32(DT_REG):
      guard rules.isListed(name, in: folder) else {
        rules.skip(file: name, in: folder, &output.counts.skipped)
        return
      }
      kind = .unseen
    case Int32(DT_UNKNOWN): kind = .unseen
    case Int32(DT_LNK):
      output.counts.skipped.links += 1
      return
    default:
      output.counts.skipped.special += 1
      return
    }
    let cost = WalkBudget.cost(name: name)
    output.held += cost
    guard limits.names.take(cost) else {
      output.isCut = true
      output.isOutOfMemory = true
      return
    }
    output.entries.append(LocalEntry(name: name, kind: kind))
  }

  private func look(in fd: Int32, _ output: inout Output) {
    let start = SystemClock.now()
    for i in output.entries.indices {
      guard case .unseen = output.entries[i].kind else { continue }
      output.entries[i].kind = LocalEntry.look(at: output.entries[i].name, in: fd)
      output.looked += 1
      if output.looked < 16 || output.looked % 16 == 0 {
        output.seconds = SystemClock.now() - start
        if output.seconds > Self.share { return }
      }
    }
    output.seconds = SystemClock.now() - start
  }
}

/// Memory for names of folders that are being listed, over all threads.
final class HeldNames: Sendable {
  private let most: Int
  private let bytes = Atomic(0)

  init(most: Int) { self.most = most }

  /// - Returns: false when there is no room; the bytes count all the same.
  func take(_ count: Int) -> Bool {
    bytes.add(count, ordering: .relaxed).newValue <= most
  }

  func giveBack(_ count: Int) { bytes.subtract(count, ordering: .relaxed) }
}

/// Some entries of a folder, looked at by one thread.
struct LocalLookJob: Sendable {
  var folder: [UInt8]
  /// Places in the folder's listing, and names.
  var entries: [(index: Int, name: [UInt8])]

  struct Output: Sendable {
    var kinds: [(index: Int, kind: LocalEntry.Kind)] = []
    var seconds = 0.0
  }

  func look() -> Output {
    var output = Output()
    let start = SystemClock.now()
    let fd = withPath(folder) { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    let code = errno
    defer { if fd >= 0 { close(fd) } }
    for entry in entries {
      output.kinds.append(
        (entry.index, fd < 0 ? .hidden(code) : LocalEntry.look(at: entry.name, in: fd)))
    }
    output.seconds = SystemClock.now() - start
    return output
  }
}

extension LocalEntry {
  fileprivate static func look(at name: [UInt8], in fd: Int32) -> Kind {
    var status = stat()
    guard withPath(name, { fstatat(fd, $0, &status, AT_SYMLINK_NOFOLLOW) }) == 0 else {
      return errno == ENOENT ? .gone : .hidden(errno)
    }
    return switch UInt32(status.st_mode) & UInt32(S_IFMT) {
    case UInt32(S_IFDIR): .folder
    case UInt32(S_IFREG): .file(size: Int64(status.st_size), mtime: status.mtime)
    case UInt32(S_IFLNK): .link
    default: .other
    }
  }
}

/// What one folder of this machine holds, as far as the walk wants it.
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

  /// - Parameters:
  ///   - listed: all looked at. Sorted by name the photos fill the index in its own order, which for large folders is
  ///     several times as fast.
  ///   - folder: below the site's root.
  init(
    _ listed: LocalListingJob.Output, of folder: PathBytes, _ options: SourceOptions,
    _ budget: inout WalkBudget
  ) {
    isCut = listed.isCut
    counts = listed.counts
    guard budget.take(entries: listed.seen) else {
      isCut = true
      return
    }
    if listed.isOutOfMemory { budget.exceedMemory() }
    for entry in listed.entries.sorted(by: { $0.name.precedes($1.name) }) {
      sort(entry, in: folder, options.rules, &budget)
      if budget.reached != nil {
        isCut = true
        return
      }
    }
  }

  private mutating func sort(
    _ entry: LocalEntry, in folder: PathBytes, _ rules: ListingRules,
    _ budget: inout WalkBudget
  ) {
    let name = entry.name
    switch entry.kind {
    case .folder:
      guard rules.isEntered(folder: name, in: folder) else {
        rules.skip(folder: name, in: folder, &counts.skipped)
        return
      }
      folders.append(name)
    case .file(let size, let mtime):
      let file = ListedFile(name: PathBytes(name), size: size, mtime: mtime)
      if !rules.isListed(name, in: folder) {
        rules.skip(file: name, in: folder, &counts.skipped)
        return
      } else if ListingRules.sidecar(name) != nil {
        sidecars.append(file)
        counts.sidecarsListed += 1
      } else {
        photos.append(file)
      }
    case .link:
      counts.skipped.links += 1
      return
    case .other:
      counts.skipped.special += 1
      return
    case .gone: return
    // Hides it, and then its absence proves nothing.
    case .hidden(let code):
      hidden = SystemError(code: code)
      return
    case .unseen:
      hidden = SystemError(code: EIO)
      return
    }
    held += WalkBudget.cost(name: name)
    budget.hold(WalkBudget.cost(name: name))
  }
}
