import PhotoModel
import Platform

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

extension LocalBatch: LocalWork {}

/// Reads pieces of files of this machine with some threads: on a mounted share each call is a round trip.
final class LocalPieces: PieceSource {
  private static let mostThreads = 16
  /// Seconds between looks for new wishes while files are being read.
  private static let pause = 0.01

  private let root: LocalRoot
  private let timeout: Double
  private unowned let visitor: any PieceVisitor
  private let workers = LocalWorkers<LocalBatch, LocalBatch.Output> { $0.read() }
  private var running: [Int: LocalBatch] = [:]
  private(set) var statistics = SourceStatistics()

  init(root: [UInt8], options: SourceOptions, visitor: any PieceVisitor) {
    self.root = LocalRoot(root)
    timeout = options.timeout
    self.visitor = visitor
  }

  func run() throws {
    defer { workers.close() }
    while !visitor.isCancelled {
      while running.count < Self.mostThreads, let next = visitor.nextPiece() {
        submit(next.file, next.folder, attempt: 1, hasChanged: false)
      }
      if running.isEmpty {
        var wake = pollfd(fd: visitor.wakeDescriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&wake, 1, 1000)
        continue
      }
      for (id, output) in workers.take(waiting: Self.pause) {
        guard let batch = running.removeValue(forKey: id) else { continue }
        statistics = statistics.adding(output.statistics)
        for (item, outcome) in zip(batch.items, output.outcomes) { finish(item, outcome) }
      }
      for id in workers.giveUp(after: timeout) {
        guard let batch = running.removeValue(forKey: id) else { continue }
        for item in batch.items {
          visitor.didRead(
            item.file, in: item.folder,
            .failed(.transport, detail: "no answer within \(Int(timeout)) seconds"))
        }
      }
    }
  }

  private func submit(
    _ file: ListedFile, _ folder: PathBytes, attempt: Int, hasChanged: Bool
  ) {
    let item = LocalBatch.Item(
      file: file, folder: folder, path: root.absolute(folder.appending(file.name).bytes),
      reader: visitor.makeReader(for: file, in: folder), attempt: attempt, hasChanged: hasChanged)
    let batch = LocalBatch([item])
    running[workers.submit(batch)] = batch
    workers.grow(to: min(running.count, Self.mostThreads))
  }

  private func finish(_ item: LocalBatch.Item, _ outcome: LocalBatch.Outcome) {
    switch outcome {
    case .read: visitor.didRead(item.file, in: item.folder, .read(item.reader))
    case .changed(let size, let mtime):
      guard !item.hasChanged else {
        return visitor.didRead(
          item.file, in: item.folder,
          .failed(.changing, detail: "changed while it was read, twice"))
      }
      let file = ListedFile(name: item.file.name, size: size, mtime: mtime)
      submit(file, item.folder, attempt: item.attempt + 1, hasChanged: true)
    case .failed(let code):
      let failure: Failure =
        switch code {
        case ENOENT, ENOTDIR: .vanished
        case EACCES, EPERM, ELOOP: .unreadable
        default: .serverError
        }
      visitor.didRead(item.file, in: item.folder, .failed(failure, detail: errorText(code)))
    }
  }
}
