import PhotoIndex
import PhotoMetadata
import PhotoModel
import PhotoSource

/// Finds chosen photos in the listings of a site, reads them and compares them with their rows.
final class VerifyWalk: SourceVisitor {
  var report = VerifyReport()
  private(set) var indexError: IndexError?
  let knownFolders: [KnownFolderHint]

  private let reader: IndexReader
  private let onFinding: (VerifyFinding) -> Void
  private let isStopped: () -> Bool
  /// By folder and name; what is found is taken out.
  private var wanted: [PathBytes: [PathBytes: StoredPhoto]] = [:]
  private var reading: [PathBytes: StoredPhoto] = [:]
  /// Photos with side-cars, by folder and name: they wait for their folder's end.
  private var delayed: [PathBytes: [PathBytes: StoredPhoto]] = [:]
  private var pairing = SidecarPairing()
  private var memory = LayoutMemory()

  init(
    reader: IndexReader, photos: [StoredPhoto], folders: [KnownFolder],
    isCancelled: @escaping () -> Bool, onFinding: @escaping (VerifyFinding) -> Void
  ) {
    self.reader = reader
    self.onFinding = onFinding
    isStopped = isCancelled
    knownFolders = KnownRows.hints(folders)
    report.sampled = photos.count
    for photo in photos { wanted[photo.folder, default: [:]][photo.name] = photo }
  }

  var isCancelled: Bool { isStopped() || indexError != nil }

  // MARK: Listing

  func didList(_ files: [ListedFile], in folder: PathBytes) -> [Int] {
    guard wanted[folder] != nil else { return [] }
    return files.indices.filter { index in
      let file = files[index]
      guard let photo = wanted[folder]?.removeValue(forKey: file.name) else { return false }
      let path = folder.appending(file.name)
      guard photo.size == file.size, photo.mtime == file.mtime, file.mtime != nil,
        photo.parserVersion == parserVersion
      else {
        changed(path)
        return false
      }
      if photo.sidecar != nil {
        pairing.list(file, in: folder)
        pairing.delay(file.name, in: folder)
        delayed[folder, default: [:]][file.name] = photo
        return false
      }
      reading[path] = photo
      return true
    }
  }

  func didListSidecars(_ files: [ListedFile], in folder: PathBytes) {
    if wanted[folder] != nil { pairing.list(sidecars: files, in: folder) }
  }

  func wantedAtEnd(of folder: PathBytes, _ outcome: ListingOutcome) -> [ListedFile] {
    let photos = delayed.removeValue(forKey: folder) ?? [:]
    let plans = pairing.end(folder, isComplete: outcome == .complete) { photos[$0]?.sidecar }
      .filter { $0.decision == .same }
    for plan in plans { reading[folder.appending(plan.photo.name)] = photos[plan.photo.name] }
    let due = Set(plans.map(\.photo.name))
    for name in photos.keys where !due.contains(name) { changed(folder.appending(name)) }
    return pairing.expect(plans, in: folder)
  }

  func didFinishListing(_ folder: PathBytes, _ outcome: ListingOutcome) {
    pairing.forget(folder)
    let left = wanted.removeValue(forKey: folder)?.keys.sorted() ?? []
    for name in left {
      let path = folder.appending(name)
      switch outcome {
      case .complete: gone(path)
      case .incomplete(let reason, let detail):
        failed(path, .serverError, detail: "\(reason.rawValue): \(detail)")
      }
    }
  }

  func didVanish(_ folder: PathBytes) { didFinishListing(folder, .complete) }

  // MARK: Reading

  func makeReader(for file: ListedFile, in folder: PathBytes) -> any FileReader {
    memory.reader(for: file, in: folder)
  }

  func didRead(_ file: ListedFile, in folder: PathBytes, _ outcome: FileOutcome) {
    if ListingRules.sidecar(file.name.bytes) != nil {
      for pair in pairing.take(sidecar: file, outcome, in: folder) { compare(pair, folder) }
      return
    }
    let path = folder.appending(file.name)
    guard case .read(let reader) = outcome, let reading = reader as? PhotoReading,
      let record = reading.record
    else {
      pairing.drop(file.name, in: folder)
      guard self.reading.removeValue(forKey: path) != nil else { return }
      switch outcome {
      case .failed(.vanished, _): gone(path)
      case .failed(let failure, let detail): failed(path, failure, detail: detail)
      case .read: failed(path, .serverError, detail: "not read to its end")
      }
      return
    }
    memory.learn(folder: folder, from: reading.usage)
    switch pairing.take(file, record, in: folder) {
    case .alone: compare(record, path)
    case .waiting: break
    case .paired(let pair): compare(pair, folder)
    }
  }

  private func compare(_ pair: SidecarPairing.Pair, _ folder: PathBytes) {
    let path = folder.appending(pair.photo.file.name)
    if let sidecar = pair.sidecar {
      compare(pair.photo.record.completed(by: sidecar.record), path)
    } else if reading.removeValue(forKey: path) != nil {
      failed(path, .serverError, detail: "its sidecar could not be read")
    }
  }

  private func compare(_ record: PhotoRecord, _ path: PathBytes) {
    guard let photo = reading.removeValue(forKey: path) else { return }
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

  // MARK: Findings

  private func changed(_ path: PathBytes) {
    report.changed += 1
    tell(path, .changed)
  }

  private func gone(_ path: PathBytes) {
    report.gone += 1
    tell(path, .gone)
  }

  private func failed(_ path: PathBytes, _ failure: Failure, detail: String) {
    report.failed += 1
    tell(path, .failed(failure, detail: detail))
  }

  private func tell(_ path: PathBytes, _ kind: VerifyFinding.Kind) {
    onFinding(VerifyFinding(path: path, kind: kind))
  }

  func note(_ text: String) {}
}
