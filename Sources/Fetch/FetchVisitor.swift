import Platform
import PhotoModel
import PhotoSource

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Names the files of one site to the download, and hands what has arrived to the finisher.
final class FetchVisitor: DownloadVisitor {
  unowned let run: FetchRun
  weak var source: (any PhotoDownload)?
  /// Why nothing more can be written.
  private(set) var failure: FetchError?

  private let finisher: Finisher
  private var numbers: ArraySlice<Int>
  /// Named and not at their end.
  private var open: [PathBytes: Open] = [:]
  private var shownAt = 0.0

  private struct Open {
    var number: Int
    /// Bytes that are there, and that are expected.
    var position: Int64 = 0
    var size: Int64
    var part: String?
  }

  init(_ run: FetchRun, _ numbers: [Int], _ finisher: Finisher) {
    self.run = run
    self.numbers = numbers[...]
    self.finisher = finisher
  }

  var isCancelled: Bool { failure != nil || run.options.isCancelled() }

  func beat() {
    takeResults()
    let now = SystemClock.now()
    guard now - shownAt >= 0.1 else { return }
    shownAt = now
    let state = source?.state ?? SourceState()
    run.update {
      $0.stage = state.stage
      $0.connections = state.connections
    }
  }

  func takeResults() {
    for (number, outcome) in finisher.results() {
      if case .failed(let error) = outcome, failure == nil, Self.stopsAll(error) {
        failure = writeError(error)
      }
      run.ended(number, outcome)
    }
  }

  /// The next file would fail in the same way.
  private static func stopsAll(_ error: SystemError) -> Bool {
    [ENOSPC, EDQUOT, EROFS, EIO, EACCES, EPERM, EMFILE, ENFILE].contains(error.code)
  }

  private func writeError(_ error: SystemError) -> FetchError {
    Destination.error(error.code, "cannot write to \(run.destination.path)", run.destination.path)
  }

  func nextFile() -> WantedFile? {
    guard let number = numbers.popFirst() else { return nil }
    let target = run.plan.targets[number]
    open[target.source] = Open(number: number, size: max(0, target.file.size ?? 0))
    return WantedFile(folder: target.folder, file: target.file)
  }

  func makeTaker(for file: ListedFile, in folder: PathBytes) -> any FileTaker {
    let path = folder.appending(file.name)
    guard let now = open[path] else { return NoTaker() }
    let site = run.plan.sites[run.plan.targets[now.number].site]
    do throws(SystemError) {
      let part = try PartFile(
        file, key: PartFile.key(site: site, path: path), stage: run.destination.stage
      ) { [unowned self] written in
        switch written {
        case .success(let count):
          run.received(count)
          open[path]?.position += Int64(count)
        case .failure(let error): failure = failure ?? writeError(error)
        }
      }
      // That of a photo that has changed meanwhile.
      if let before = now.part, before != part.name { run.destination.remove(part: before) }
      let size = max(0, file.size ?? 0)
      run.moved(part.start - now.position, total: size - now.size)
      open[path]?.part = part.name
      open[path]?.position = part.start
      open[path]?.size = size
      return part
    } catch {
      failure = failure ?? writeError(error)
      return NoTaker()
    }
  }

  func didRead(_ file: ListedFile, in folder: PathBytes, _ outcome: FileOutcome) {
    guard let ended = open.removeValue(forKey: folder.appending(file.name)) else { return }
    switch outcome {
    case .read(let reader):
      guard let part = reader as? PartFile, part.failure == nil else { return }
      run.moved(0, total: part.length - ended.size)
      finisher.add(
        Finisher.Item(
          number: ended.number, path: run.plan.targets[ended.number].path, part: part.name,
          descriptor: part.release(), file: file))
    case .failed(let failure, let detail):
      run.moved(0, total: ended.position - ended.size)
      run.failed(ended.number, failure, detail: detail)
      run.update { $0.filesDone += 1 }
      removeUseless(ended)
    }
  }

  /// An unfinished file that nothing can go on with.
  private func removeUseless(_ ended: Open) {
    if ended.position == 0, let part = ended.part { run.destination.remove(part: part) }
  }

  func note(_ text: String) { run.onEvent(.note(text)) }
}

/// For a file that cannot be written: the run ends.
private final class NoTaker: FileTaker {
  let start: Int64 = 0
  func take(_ bytes: [UInt8]) {}
}
