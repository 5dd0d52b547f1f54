package import PhotoIndex
import PhotoMetadata
package import PhotoModel
package import PhotoSource

/// What ``verifySite(site:place:access:indexPath:sample:options:isCancelled:onFinding:)`` found;
/// `sampled = same + different + changed + gone + failed`, unless it was stopped.
package struct VerifyReport: Sendable, Equatable {
  package var sampled = 0
  /// Read again, with the values that the index holds.
  package var same = 0
  /// Equal by size and time, and with other values: `sync --full` takes them over.
  package var different = 0
  /// Size, time or the metadata reader are others: the next sync reads them.
  package var changed = 0
  /// No longer listed.
  package var gone = 0
  package var failed = 0
  package var cancelled = false
  package var statistics = SourceStatistics()
  package var seconds = 0.0

  package init() {}
}

/// One photo that is not as the index says.
package struct VerifyFinding: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    /// The columns of the index that differ.
    case different([String])
    case changed
    case gone
    case failed(Failure, detail: String)
  }
  /// Below the site's root.
  package var path: PathBytes
  package var kind: Kind
}

/// Reads photos of a site again and compares them with the index; writes nothing. What a sync takes for
/// unchanged it takes so by size and time alone: this looks at the bytes.
///
/// - Parameter sample: so many photos, chosen at random; nil: all.
/// - Throws: `IndexError`, `SourceError` or `TransportError`.
package func verifySite(
  site: SiteRecord, place: SitePlace, access: AccessOptions, indexPath: String, sample: Int?,
  options: SourceOptions, isCancelled: @escaping () -> Bool,
  onFinding: @escaping (VerifyFinding) -> Void
) throws -> VerifyReport {
  let start = monotonicClock()
  let reader = try IndexReader(path: indexPath)
  let walk = VerifyWalk(
    reader: reader, photos: try reader.sample(site: site.id, count: sample),
    folders: try reader.knownFolders(site.id), isCancelled: isCancelled, onFinding: onFinding)
  // Without photos to compare there is nothing to ask a server for.
  guard walk.report.sampled > 0 else { return walk.report }
  switch place {
  case .folder(let path):
    let source = LocalSource(root: path, options: options, visitor: walk)
    try source.run()
    walk.report.statistics = source.statistics
  case .server(let server):
    let source = SFTPSource(
      ServerAccess(server, access, timeout: options.timeout, isStopped: isCancelled),
      options: options, visitor: walk)
    try source.run()
    walk.report.statistics = source.statistics
  }
  if let error = walk.indexError { throw error }
  walk.report.cancelled = isCancelled()
  walk.report.seconds = monotonicClock() - start
  return walk.report
}

private final class VerifyWalk: SourceVisitor {
  var report = VerifyReport()
  private(set) var indexError: IndexError?
  let knownFolders: [KnownFolderHint]

  private let reader: IndexReader
  private let onFinding: (VerifyFinding) -> Void
  private let isStopped: () -> Bool
  /// By folder and name; what is found is taken out.
  private var wanted: [PathBytes: [PathBytes: StoredPhoto]] = [:]
  private var reading: [PathBytes: StoredPhoto] = [:]
  /// Photos of a folder that are read together with what stands beside them.
  private var delayed: [PathBytes: [(file: ListedFile, photo: StoredPhoto)]] = [:]
  /// By folder and name, while the folder is listed.
  private var sidecars: [PathBytes: [PathBytes: ListedFile]] = [:]
  private var pairs = PairedReads()
  private var memory = LayoutMemory()

  init(
    reader: IndexReader, photos: [StoredPhoto], folders: [KnownFolder],
    isCancelled: @escaping () -> Bool, onFinding: @escaping (VerifyFinding) -> Void
  ) {
    self.reader = reader
    self.onFinding = onFinding
    isStopped = isCancelled
    knownFolders = SyncWalk.hints(folders)
    report.sampled = photos.count
    for photo in photos { wanted[photo.folder, default: [:]][photo.name] = photo }
  }

  var isCancelled: Bool { isStopped() || indexError != nil }

  func didList(_ files: [ListedFile], in folder: PathBytes) -> [Int] {
    guard wanted[folder] != nil else { return [] }
    return files.indices.filter { index in
      let file = files[index]
      guard let photo = wanted[folder]?.removeValue(forKey: file.name) else { return false }
      guard photo.size == file.size, photo.mtime == file.mtime, file.mtime != nil,
        photo.parserVersion == parserVersion
      else {
        report.changed += 1
        tell(folder.appending(file.name), .changed)
        return false
      }
      if photo.sidecar != nil {
        delayed[folder, default: []].append((file, photo))
        return false
      }
      reading[folder.appending(file.name)] = photo
      return true
    }
  }

  func didListSidecars(_ files: [ListedFile], in folder: PathBytes) {
    guard wanted[folder] != nil else { return }
    for file in files { sidecars[folder, default: [:]][file.name] = file }
  }

  func wantedAtEnd(of folder: PathBytes, _ outcome: ListingOutcome) -> [ListedFile] {
    var files: [ListedFile] = []
    var taken: Set<PathBytes> = []
    let listed = sidecars.removeValue(forKey: folder) ?? [:]
    for (file, photo) in delayed.removeValue(forKey: folder) ?? [] {
      let path = folder.appending(file.name)
      guard let known = photo.sidecar, known == listed[known.name] else {
        report.changed += 1
        tell(path, .changed)
        continue
      }
      reading[path] = photo
      pairs.expect(path, with: folder.appending(known.name))
      files.append(file)
      if taken.insert(known.name).inserted { files.append(known) }
    }
    return files
  }

  func didFinishListing(_ folder: PathBytes, _ outcome: ListingOutcome) {
    let left = wanted.removeValue(forKey: folder)?.keys.sorted() ?? []
    for name in left {
      switch outcome {
      case .complete:
        report.gone += 1
        tell(folder.appending(name), .gone)
      case .incomplete(let reason, let detail):
        report.failed += 1
        tell(
          folder.appending(name), .failed(.serverError, detail: "\(reason.rawValue): \(detail)"))
      }
    }
  }

  func didVanish(_ folder: PathBytes) { didFinishListing(folder, .complete) }

  func makeReader(for file: ListedFile, in folder: PathBytes) -> any FileReader {
    if let kind = ListingRules.sidecar(file.name.bytes) {
      return SidecarReading(kind: kind, fileSize: file.size)
    }
    return PhotoReading(fileSize: file.size, hint: memory.hint(for: folder))
  }

  private func didRead(sidecar path: PathBytes, _ file: ListedFile, _ outcome: FileOutcome) {
    var half: PairedReads.Half?
    if case .read(let reader) = outcome, let record = (reader as? SidecarReading)?.record {
      half = PairedReads.Half(file: file, record: record)
    }
    for pair in pairs.put(sidecar: path, half) {
      compare(pair, path.parent.appending(pair.photo.file.name))
    }
  }

  private func compare(_ pair: PairedReads.Pair, _ path: PathBytes) {
    guard let photo = reading.removeValue(forKey: path) else { return }
    if let sidecar = pair.sidecar {
      compare(pair.photo.record.completed(by: sidecar.record), photo, path)
    } else {
      report.failed += 1
      tell(path, .failed(.serverError, detail: "the file beside it could not be read"))
    }
  }

  func didRead(_ file: ListedFile, in folder: PathBytes, _ outcome: FileOutcome) {
    let path = folder.appending(file.name)
    if ListingRules.sidecar(file.name.bytes) != nil { return didRead(sidecar: path, file, outcome) }
    if case .read(let reader) = outcome, let record = (reader as? PhotoReading)?.record,
      pairs.isExpected(path)
    {
      if let pair = pairs.put(photo: path, .init(file: file, record: record)) {
        compare(pair, path)
      }
      return
    }
    pairs.drop(path)
    guard let photo = reading.removeValue(forKey: path) else { return }
    switch outcome {
    case .failed(.vanished, _):
      report.gone += 1
      tell(path, .gone)
    case .failed(let failure, let detail):
      report.failed += 1
      tell(path, .failed(failure, detail: detail))
    case .read(let reader):
      guard let reading = reader as? PhotoReading, let record = reading.record else {
        report.failed += 1
        return tell(path, .failed(.serverError, detail: "not read to its end"))
      }
      memory.learn(folder: folder, from: reading.machine, record: record)
      compare(record, photo, path)
    }
  }

  private func compare(_ record: PhotoRecord, _ photo: StoredPhoto, _ path: PathBytes) {
    do throws(IndexError) {
      if let columns = try reader.differences(photo.fid, from: record) {
        report.different += 1
        tell(path, .different(columns))
      } else {
        report.same += 1
      }
    } catch {
      indexError = indexError ?? error
    }
  }

  private func tell(_ path: PathBytes, _ kind: VerifyFinding.Kind) {
    onFinding(VerifyFinding(path: path, kind: kind))
  }

  func note(_ text: String) {}
}
