import PhotoIndex
import PhotoMetadata
import PhotoModel
import PhotoSource

// What becomes of a photo that was read, or could not be.
extension SyncWalk {
  func makeReader(for file: ListedFile, in folder: PathBytes) -> any FileReader {
    let reader = memory.reader(for: file, in: folder)
    if options.takeThumbnail != nil { (reader as? PhotoReading)?.wantsThumbnail = true }
    return reader
  }

  func didRead(_ file: ListedFile, in folder: PathBytes, _ outcome: FileOutcome) {
    report.counters.read += 1
    report.folder = folder
    if ListingRules.sidecar(file.name.bytes) != nil {
      didRead(sidecar: file, in: folder, outcome)
    } else {
      didRead(photo: file, in: folder, outcome)
    }
    folders.endRead(in: folder)
    forgetIfOver(folder)
    beat()
  }

  private func didRead(photo file: ListedFile, in folder: PathBytes, _ outcome: FileOutcome) {
    let row = known.photo(file.name, in: folder)
    defer { pairing.finish(file.name, in: folder) }
    switch outcome {
    case .read(let reader):
      guard let reading = reader as? PhotoReading, let record = reading.record else {
        report.counters.failed += 1
        return store(PhotoRecord(outcome: .failed(.serverError)), file, folder, row)
      }
      report.noteFlights(reading.flights)
      memory.learn(folder: folder, from: reading.usage)
      if let thumbnail = reading.thumbnail { options.takeThumbnail?(folder, file, thumbnail) }
      count(record.outcome)
      if case .failed(let failure) = record.outcome, row?.failed != true {
        report.photoFailed(folder.appending(file.name), failure, detail: failure.remark)
      }
      switch pairing.take(file, record, in: folder) {
      case .alone: store(record, file, folder, row)
      case .waiting: break
      case .paired(let pair): store(pair, folder)
      }
    case .failed(.vanished, _):
      pairing.drop(file.name, in: folder)
      // Gone since it was listed: no row is made, and no error. One that is there stays: the listing
      // showed the file, and when a whole disk leaves in mid-sync, all of them look like this.
      let suspect = dropMove(file.name, in: folder)
      if suspect != nil || !pairing.isStored(file.name, in: folder) { uncount(file, row) }
      report.counters.missingWhenRead += 1
      if suspect != nil || row != nil { report.counters.keptUnproved += 1 }
    case .failed(let failure, let detail):
      pairing.drop(file.name, in: folder)
      report.counters.failed += 1
      report.photoFailed(folder.appending(file.name), failure, detail: detail)
      if let suspect = dropMove(file.name, in: folder) {
        report.keepUnread(suspect, failure)
      } else if let row, !row.failed {
        // What was read before stays: its size and time differ, so the next sync tries again.
        report.keepUnread(row, failure)
      } else {
        store(PhotoRecord(outcome: .failed(failure)), file, folder, row)
      }
    }
  }

  private func count(_ outcome: PhotoRecord.Outcome) {
    switch outcome {
    case .located: report.counters.located += 1
    case .withoutPosition: report.counters.withoutPosition += 1
    case .failed: report.counters.failed += 1
    }
  }

  /// Takes back that a photo was listed.
  private func uncount(_ file: ListedFile, _ row: KnownPhoto?) {
    report.counters.listed -= 1
    if let row {
      let isUnchanged = row.size == file.size && row.mtime == file.mtime && file.mtime != nil
      if !isUnchanged { report.counters.changed -= 1 }
    } else {
      report.counters.new -= 1
    }
  }

  /// - Parameter row: the photo's row in this folder.
  func store(
    _ record: PhotoRecord, _ file: ListedFile, _ folder: PathBytes, _ row: KnownPhoto?,
    sidecar: ListedFile? = nil
  ) {
    let rule = RacyRule(scanStart: scanStart, server: serverTime(), sinceWritten: sinceWritten)
    let before = row.map { ListedFile(name: file.name, size: $0.size, mtime: $0.mtime) }
    let isRacy =
      rule.isRacy(file, known: before)
      || sidecar.map { rule.isRacy($0, known: row?.sidecar) } ?? false
    if isRacy { report.counters.racy += 1 }
    let change = PhotoChange(
      file: file, record: record, racy: isRacy, parserVersion: parserVersion, sidecar: sidecar)
    var row = row
    if settleMove(change, in: folder, row: &row) { return }
    let isStored = pairing.isStored(file.name, in: folder)
    changes.change(folder, bytes: change.memory) { changes in
      if let row {
        changes.updates.append(.init(fid: row.fid, change: change))
      } else if isStored {
        changes.replacements.append(change)
      } else {
        changes.inserts.append(change)
      }
    }
  }
}
