import PhotoModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The same walk over a folder of this machine.
package final class LocalSource {
  private let root: [UInt8]
  private let options: SourceOptions
  private unowned let visitor: any SourceVisitor

  package private(set) var statistics = SourceStatistics()
  /// Folders are waiting.
  private(set) var isListing = true
  private(set) var budget: WalkBudget

  package init(root: [UInt8], options: SourceOptions, visitor: any SourceVisitor) {
    self.root = root
    self.options = options
    self.visitor = visitor
    self.budget = WalkBudget(options.limits)
  }

  /// Walks the whole tree, a folder's photos after its listing.
  package func run() throws(SourceError) {
    var stack: [(path: [UInt8], depth: Int)] = [([], 0)]
    // Folders that no earlier run saw wait for the others: by then it shows which known ones are gone,
    // and what was in them can be recognised elsewhere.
    var unknown: [(path: [UInt8], depth: Int)] = []
    let known = Set(visitor.knownFolders.map(\.path.bytes))
    var unseen: [[UInt8]: [[UInt8]]] = [:]
    for hint in visitor.knownFolders where !hint.path.isEmpty {
      unseen[hint.path.parent.bytes, default: []].append(hint.path.bytes)
    }
    func tellVanished(below parent: [UInt8], except names: Set<[UInt8]>) {
      for path in unseen.removeValue(forKey: parent) ?? [] where !names.contains(path) {
        visitor.didVanish(PathBytes(path))
        tellVanished(below: path, except: [])
      }
    }
    while let (path, depth) = stack.popLast() ?? unknown.popLast() {
      if visitor.isCancelled { return }
      visitor.beat()
      budget.release(WalkBudget.cost(path: path))
      let folder = PathBytes(path)
      let listed = list(path)
      if visitor.isCancelled { return }
      switch listed {
      case .failure(let failure):
        if path.isEmpty { throw rootError(failure.code) }
        visitor.didFinishListing(folder, failure.outcome)
      case .success(let listing):
        // What is hidden may be one of the folders that seem to be missing.
        if !listing.isCut, listing.hidden == nil {
          let children = listing.folders.map { folder.appending(PathBytes($0)).bytes }
          tellVanished(below: path, except: Set(children))
        }
        if !listing.sidecars.isEmpty { visitor.didListSidecars(listing.sidecars, in: folder) }
        isListing = !stack.isEmpty || !unknown.isEmpty || !listing.folders.isEmpty
        for index in visitor.didList(listing.files, in: folder) {
          if visitor.isCancelled { return }
          read(listing.files[index], in: folder)
        }
        for name in listing.folders.reversed() {
          let child = folder.appending(PathBytes(name))
          guard budget.takeFolder() else { break }
          if depth < options.maximumDepth {
            budget.hold(WalkBudget.cost(path: child.bytes))
            if known.contains(child.bytes) {
              stack.append((child.bytes, depth + 1))
            } else {
              unknown.append((child.bytes, depth + 1))
            }
          } else {
            visitor.didFinishListing(child, .incomplete(.tooDeep, detail: "too deep"))
          }
        }
        budget.release(listing.held)
        let outcome: ListingOutcome =
          if let limit = budget.reached {
            .incomplete(.siteLimit, detail: limit.text)
          } else if listing.isCut {
            .incomplete(.tooManyEntries, detail: "too many entries in one folder")
          } else {
            listing.hidden?.outcome ?? .complete
          }
        for file in visitor.wantedAtEnd(of: folder, outcome) {
          if visitor.isCancelled { return }
          read(file, in: folder)
        }
        visitor.didFinishListing(folder, outcome)
        if let limit = budget.reached {
          statistics.foldersUnlisted = stack.count + unknown.count
          return visitor.didReach(limit, unlisted: statistics.foldersUnlisted)
        }
      }
    }
  }

  // MARK: Listing

  private struct Listing {
    var files: [ListedFile] = []
    var sidecars: [ListedFile] = []
    var folders: [[UInt8]] = []
    var isCut = false
    /// What its names take of the walk's budget.
    var held = 0
    /// Why an entry could not be looked at.
    var hidden: Failed?
  }

  private struct Failed: Error {
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

  private func list(_ path: [UInt8]) -> Result<Listing, Failed> {
    let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (path.isEmpty ? 0 : O_NOFOLLOW)
    let fd = withPath(absolute(path)) { open($0, flags) }
    guard fd >= 0 else { return .failure(Failed(code: errno)) }
    guard let stream = fdopendir(fd) else {
      let code = errno
      close(fd)
      return .failure(Failed(code: code))
    }
    defer { closedir(stream) }
    var out = Listing()
    var entries = 0
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        // A null without an error is the real end; an error in the middle is no end.
        return errno == 0 ? .success(out) : .failure(Failed(code: errno))
      }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
        Array(raw.prefix { $0 != 0 })
      }
      guard ListingRules.classify(name) == .usable else { continue }
      entries += 1
      if entries % 512 == 0, visitor.isCancelled { return .success(out) }
      guard budget.take(entries: 1) else {
        out.isCut = true
        return .success(out)
      }
      var status = stat()
      guard withPath(name, { fstatat(fd, $0, &status, AT_SYMLINK_NOFOLLOW) }) == 0 else {
        // Gone since it was listed. Anything else hides it, and then its absence proves nothing.
        if errno != ENOENT { out.hidden = Failed(code: errno) }
        continue
      }
      switch UInt32(status.st_mode) & UInt32(S_IFMT) {
      case UInt32(S_IFDIR):
        if options.rules.isEntered(folder: name) {
          out.folders.append(name)
          hold(name, of: &out)
        } else {
          statistics.foldersPassedOver += 1
        }
      case UInt32(S_IFREG):
        let file = ListedFile(
          name: PathBytes(name), size: Int64(status.st_size), mtime: mtime(status))
        if options.rules.isPhoto(name) {
          out.files.append(file)
          hold(name, of: &out)
        } else if ListingRules.sidecar(name) != nil {
          out.sidecars.append(file)
          hold(name, of: &out)
          statistics.sidecarsListed += 1
        } else {
          statistics.othersPassedOver += 1
        }
      case UInt32(S_IFLNK): statistics.linksPassedOver += 1
      default: statistics.othersPassedOver += 1
      }
      if out.files.count + out.sidecars.count + out.folders.count >= options.maximumEntriesPerFolder
        || budget.reached != nil
      {
        out.isCut = true
        return .success(out)
      }
    }
  }

  private func hold(_ name: [UInt8], of listing: inout Listing) {
    listing.held += WalkBudget.cost(name: name)
    budget.hold(WalkBudget.cost(name: name))
  }

  // MARK: Reading

  private func read(_ listed: ListedFile, in folder: PathBytes) {
    var file = listed
    for attempt in 0..<2 {
      let path = absolute(folder.appending(file.name).bytes)
      // Never waits on a FIFO that took the file's place.
      let fd = withPath(path) { open($0, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) }
      guard fd >= 0 else {
        report(file, folder, errno)
        return
      }
      defer { close(fd) }
      statistics.filesOpened += 1
      // One clock for files and program, as far as anybody can tell.
      statistics.serverTime.clock = Clock.wall()
      let reader = visitor.makeReader(for: file, in: folder)
      if let code = feed(reader, from: fd) {
        report(file, folder, code)
        return
      }
      var status = stat()
      guard fstat(fd, &status) == 0 else {
        report(file, folder, errno)
        return
      }
      if Int64(status.st_size) == file.size, mtime(status) == file.mtime {
        visitor.didRead(file, in: folder, .read(reader))
        return
      }
      file.size = Int64(status.st_size)
      file.mtime = mtime(status)
      if attempt == 1 {
        visitor.didRead(
          file, in: folder, .failed(.changing, detail: "changed while it was read, twice"))
      }
    }
  }

  /// Answers the reader until it asks no more; an errno when reading fails.
  private func feed(_ reader: any FileReader, from fd: Int32) -> Int32? {
    while true {
      let ranges = reader.nextRanges()
      if ranges.isEmpty { return nil }
      for range in ranges {
        var bytes = [UInt8](repeating: 0, count: range.count)
        var filled = 0
        while filled < bytes.count {
          let count = bytes.withUnsafeMutableBytes { raw in
            pread(
              fd, raw.baseAddress?.advanced(by: filled), raw.count - filled,
              off_t(range.lowerBound) + off_t(filled))
          }
          if count < 0 {
            if errno == EINTR { continue }
            return errno
          }
          if count == 0 { break }
          filled += count
        }
        statistics.dataRequests += 1
        statistics.bytesReceived += filled
        bytes.removeSubrange(filled...)
        reader.receive(range, bytes)
      }
    }
  }

  private func report(_ file: ListedFile, _ folder: PathBytes, _ code: Int32) {
    let failure: Failure =
      switch code {
      case ENOENT: .vanished
      case EACCES, EPERM: .unreadable
      default: .serverError
      }
    visitor.didRead(
      file, in: folder, .failed(failure, detail: String(cString: strerror(code))))
  }

  // MARK: Small things

  private func absolute(_ relative: [UInt8]) -> [UInt8] {
    relative.isEmpty ? root : PathBytes(root).appending(PathBytes(relative)).bytes
  }

  private func withPath<R>(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> R) -> R {
    (path + [0]).withUnsafeBufferPointer { bytes in
      bytes.withMemoryRebound(to: CChar.self) { chars in
        guard let base = chars.baseAddress else { return "".withCString(body) }
        return body(base)
      }
    }
  }

  private func mtime(_ status: stat) -> Int64 {
    #if canImport(Darwin)
      Int64(status.st_mtimespec.tv_sec)
    #else
      Int64(status.st_mtim.tv_sec)
    #endif
  }

  private func rootError(_ code: Int32) -> SourceError {
    let place = PathBytes(root).text
    return switch code {
    case ENOENT: .rootMissing("there is no folder \(place)")
    case ENOTDIR: .rootMissing("\(place) is not a folder")
    case EACCES, EPERM: .rootUnreadable("the folder \(place) may not be listed")
    default: .rootFailed("cannot list \(place): \(String(cString: strerror(code)))")
    }
  }
}
