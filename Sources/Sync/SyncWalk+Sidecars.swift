import PhotoIndex
import PhotoMetadata
import PhotoModel
import PhotoSource

// Side-cars. A photo is read together with its side-car when either has changed, and again without it when a
// complete listing proves the side-car gone.
extension SyncWalk {
  func didListSidecars(_ files: [ListedFile], in folder: PathBytes) {
    pairing.list(sidecars: files, in: folder)
  }

  func wantedAtEnd(of folder: PathBytes, _ outcome: ListingOutcome) -> [ListedFile] {
    let proved = proveByFolder(folder, outcome)
    let files = pairing.files(proved, in: folder)
    let plans = pairing.end(folder, isComplete: outcome == .complete) {
      known.photo($0, in: folder)?.sidecar
    }
    moveProved(files, in: folder, except: Set(plans.map(\.photo.name)))
    if options.dryRun { return [] }
    let wanted = pairing.expect(plans, in: folder)
    expect(wanted.count, in: folder)
    return wanted
  }

  func didRead(sidecar file: ListedFile, in folder: PathBytes, _ outcome: FileOutcome) {
    if case .failed(_, let detail) = outcome {
      note("\(folder.appending(file.name).text) could not be read: \(detail)")
    }
    if case .read(let reader) = outcome, let reading = reader as? SidecarReading {
      report.noteFlights(reading.flights)
    }
    for pair in pairing.take(sidecar: file, outcome, in: folder) { store(pair, folder) }
  }

  func store(_ pair: SidecarPairing.Pair, _ folder: PathBytes) {
    let photo = pair.photo
    let row = known.photo(photo.file.name, in: folder)
    if let sidecar = pair.sidecar {
      store(
        photo.record.completed(by: sidecar.record), photo.file, folder, row, sidecar: sidecar.file)
    } else if row?.sidecar == nil || row?.size != photo.file.size || row?.mtime != photo.file.mtime
    {
      // The next sync tries again: the row knows of no side-car, and the listing shows one. What the row
      // says of an earlier photo of this name would be wrong of this one.
      store(photo.record, photo.file, folder, row)
    }
    // Else the row stays: it may hold what could not be read now.
  }
}
