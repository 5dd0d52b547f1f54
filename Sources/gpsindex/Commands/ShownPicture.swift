import Dispatch
import PhotoIndex
import PhotoModel
import Pictures
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// `show --thumbnail` and `show --preview`.
enum ShownPicture {
  /// - Returns: nil without such an option.
  static func kind(_ command: ShowCommand) throws -> PictureKind? {
    guard command.thumbnail || command.preview else {
      if command.output != nil {
        throw CommandFailure.usage(
          "-o of show needs --thumbnail or --preview", advice: "--thumbnail, or > FILE")
      }
      return nil
    }
    let (kind, option): (PictureKind, String) =
      command.thumbnail ? (.thumbnail, "--thumbnail") : (.preview, "--preview")
    if command.thumbnail, command.preview {
      throw CommandFailure.usage(
        "--thumbnail and --preview exclude each other", advice: "one of them")
    }
    if command.format != nil || command.json {
      throw CommandFailure.usage(
        "\(option) writes a JPEG and takes no format", advice: "\(option) -o FILE.jpg")
    }
    guard let output = command.output, !output.isEmpty else {
      throw CommandFailure.usage("\(option) needs -o", advice: "\(option) -o FILE.jpg")
    }
    if output == "-", StandardOutput.isTerminal {
      throw CommandFailure.usage(
        "a terminal shows no JPEG", advice: "\(option) -o FILE.jpg")
    }
    return kind
  }

  static func write(_ kind: PictureKind, _ command: ShowCommand) throws {
    let path = try command.reach.common.indexPath()
    let reader = try IndexReader(path: path, takesOlder: true)
    let record = try command.site.map { try reader.site(named: $0) }
    let row = try command.onlyMatch(in: reader, record)
    let sites = PictureSites(
      config: command.reach.config.config, index: path,
      credentials: try command.reach.secrets.credentials(
        for: [try reader.site(named: row.site)], command: "show"))
    // What the options of this run override.
    var reached = try sites.site(try reader.site(named: row.site))
    reached.settings = try command.reach.ssh.settings(over: reached.settings)
    let reach = try sites.reach(own: reached)
    let answer = Mutex<PictureAnswer?>(nil)
    let isDone = DispatchSemaphore(value: 0)
    let service = PictureService(
      cache: try PictureCacheOption.cache(nil, index: path), reach: { _ in reach }
    ) { _, given in
      answer.withLock { $0 = given }
      isDone.signal()
    }
    defer { service.close() }
    service.get(1, photo: row.id, kind, known: 0, reader)
    isDone.wait()
    switch answer.withLock({ $0 }) {
    case .picture(let bytes, _):
      try writeOutput(to: command.output == "-" ? nil : command.output) { sink in
        try bytes.withUnsafeBytes { try sink($0) }
      }
    case .failure(let failure): throw CommandFailure(failure)
    case .known, nil: throw CommandFailure(.other, "there is no answer")
    }
  }
}

extension CommandFailure {
  init(_ failure: PictureFailure) {
    let status: ExitStatus =
      switch failure.kind {
      case .noPhoto, .noPicture, .gone: .notFound
      case .changed, .notAPicture, .tooLong: .badData
      case .unreadable, .refused: .refused
      case .hostKey: .hostKey
      case .unreachable, .timeout, .serverError: .unreachable
      case .busy: .busy
      case .cancelled: .interrupted
      }
    self.init(status, failure.message, advice: failure.advice)
  }
}
