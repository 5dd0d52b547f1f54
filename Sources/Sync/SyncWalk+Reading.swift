import PhotoIndex
import PhotoMetadata
import PhotoModel
import PhotoSource

// What becomes of a photo that was read, or could not be.
extension SyncWalk {
  func makeReader(for file: ListedFile, in folder: PathBytes) -> any FileReader {
    if let kind = ListingRules.sidecar(file.name.bytes) {
      return SidecarReading(kind: kind, fileSize: file.size)
    }
    return PhotoReading(fileSize: file.size, hint: memory.hint(for: folder))
  }

  func didRead(_ file: ListedFile, in folder: PathBytes, _ outcome: FileOutcome) {
    progress.done += 1
    progress.folder = folder
    if ListingRules.sidecar(file.name.bytes) != nil {
      didRead(sidecar: file, in: folder, outcome)
    } else {
      didRead(photo: file, in: folder, outcome)
    }
    if let open = readsOpen[folder] { readsOpen[folder] = open > 1 ? open - 1 : nil }
    release(folder)
    tick()
  }

  /// What the index knew of a photo of this listing.
  func known(_ photo: PathBytes, in folder: PathBytes) -> KnownPhoto? {
    comparisons[folder]?.photo(photo)
  }

  private func didRead(photo file: ListedFile, in folder: PathBytes, _ outcome: FileOutcome) {
    let known = known(file.name, in: folder)
    defer { desk.finish(file.name, in: folder) }
    switch outcome {
    case .read(let reader):
      guard let reading = reader as? PhotoReading, let record = reading.record else {
        progress.failed += 1
        store(PhotoRecord(outcome: .failed(.serverError)), file, folder, known)
        break
      }
      memory.learn(folder: folder, from: reading.machine, record: record)
      switch record.outcome {
      case .located: progress.located += 1
      case .withoutPosition: progress.withoutPosition += 1
      case .failed: progress.failed += 1
      }
      if case .failed(let failure) = record.outcome, known?.failed != true {
        onEvent(.photoFailed(folder.appending(file.name).text, failure, detail: failure.remark))
      }
      if !pair(record, file, folder) { store(record, file, folder, known) }
    case .failed(.vanished, _):
      pairs.drop(folder.appending(file.name))
      // Gone since it was listed: no row is made, and no error. One that is there stays: the listing
      // showed the file, and when a whole disk leaves in mid-sync, all of them look like this.
      let suspect = dropMove(file.name, in: folder)
      if suspect != nil || !desk.isStored(file.name, in: folder) { uncount(known, file) }
      summary.missingWhenRead += 1
      if suspect != nil || known != nil { summary.keptUnproved += 1 }
    case .failed(let failure, let detail):
      progress.failed += 1
      pairs.drop(folder.appending(file.name))
      onEvent(.photoFailed(folder.appending(file.name).text, failure, detail: detail))
      if let suspect = dropMove(file.name, in: folder) {
        keptFailures.append((failure, suspect))
      } else if let known, !known.failed {
        // What was read before stays: its size and time differ, so the next sync tries again.
        keptFailures.append((failure, known))
      } else {
        store(PhotoRecord(outcome: .failed(failure)), file, folder, known)
      }
    }
  }

  private func uncount(_ known: KnownPhoto?, _ file: ListedFile) {
    summary.listed -= 1
    guard let known else {
      summary.new -= 1
      return
    }
    if known.size == file.size, known.mtime == file.mtime, file.mtime != nil {
      summary.unchanged -= 1
    } else {
      summary.changed -= 1
    }
  }

  func store(
    _ record: PhotoRecord, _ file: ListedFile, _ folder: PathBytes, _ known: KnownPhoto?,
    sidecar: ListedFile? = nil
  ) {
    let rule = RacyRule(scanStart: scanStart, server: serverTime())
    let isRacy = rule.isRacy(file) || sidecar.map(rule.isRacy) ?? false
    if isRacy { summary.racy += 1 }
    let row = PhotoChange(
      file: file, record: record, racy: isRacy, parserVersion: parserVersion, sidecar: sidecar)
    var known = known
    if settleMove(row, in: folder, known: &known) { return }
    let isStored = desk.isStored(file.name, in: folder)
    change(folder) { changes in
      if let known {
        changes.updates.append(.init(fid: known.fid, change: row))
      } else if isStored {
        changes.replacements.append(row)
      } else {
        changes.inserts.append(row)
      }
    }
  }
}
