// What the map server and the process that reads pictures say to each other, over two pipes. Both are of one version.

/// A message of fixed length to the process that reads pictures.
package enum PictureRequest: Sendable, Equatable {
  /// - Parameters:
  ///   - number: names the request in its answer.
  ///   - photo: `fid` of the index.
  ///   - known: the ``PictureAnswer`` `tag` that the asker has; 0: none.
  case get(number: UInt64, photo: Int64, kind: PictureKind, known: UInt64)
  /// Nobody waits for the answer any more.
  case cancel(number: UInt64)
  /// Read it into the cache when nothing else is wanted.
  case readAhead(photo: Int64, kind: PictureKind)
  /// What ``readAhead(photo:kind:)`` asked for and has not begun is not wanted any more.
  case forgetAhead

  package static let length = 26

  package var bytes: [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(Self.length)
    func add(_ value: UInt64) {
      for shift in stride(from: UInt64(56), through: 0, by: -8) {
        out.append(UInt8(truncatingIfNeeded: value >> shift))
      }
    }
    func make(
      _ type: UInt8, _ kind: PictureKind?, _ number: UInt64, _ photo: Int64, _ known: UInt64
    ) {
      out += [type, kind?.rawValue ?? 0]
      add(number)
      add(UInt64(bitPattern: photo))
      add(known)
    }
    switch self {
    case .get(let number, let photo, let kind, let known): make(1, kind, number, photo, known)
    case .cancel(let number): make(2, nil, number, 0, 0)
    case .readAhead(let photo, let kind): make(3, kind, 0, photo, 0)
    case .forgetAhead: make(4, nil, 0, 0, 0)
    }
    return out
  }

  /// - Parameter bytes: ``length`` of them; nil for anything that ``bytes-swift.property`` does not make.
  package init?(_ bytes: ArraySlice<UInt8>) {
    guard bytes.count == Self.length, let type = bytes.first else { return nil }
    func number(_ place: Int) -> UInt64 {
      bytes.dropFirst(place).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
    let kind = bytes.dropFirst().first.flatMap(PictureKind.init)
    let photo = Int64(bitPattern: number(10))
    switch (type, kind) {
    case (1, let kind?):
      self = .get(number: number(2), photo: photo, kind: kind, known: number(18))
    case (2, _): self = .cancel(number: number(2))
    case (3, let kind?): self = .readAhead(photo: photo, kind: kind)
    case (4, _): self = .forgetAhead
    default: return nil
    }
  }
}

/// The answer to one ``PictureRequest/get(number:photo:kind:known:)``.
package enum PictureAnswer: Sendable, Equatable {
  /// A JPEG, and a tag that changes with the file and the place of the picture in it.
  case picture([UInt8], tag: UInt64)
  /// The asker has it already.
  case known(tag: UInt64)
  case failure(PictureFailure)

  /// Bytes in front of the content: number, status, tag, length.
  package static let headLength = 21

  package func bytes(number: UInt64) -> [UInt8] {
    let (status, tag, content): (UInt8, UInt64, [UInt8]) =
      switch self {
      case .picture(let bytes, let tag): (0, tag, bytes)
      case .known(let tag): (255, tag, [])
      case .failure(let failure):
        (failure.kind.rawValue, 0, Array("\(failure.message)\n\(failure.advice)".utf8))
      }
    var out: [UInt8] = []
    out.reserveCapacity(Self.headLength + content.count)
    func add(_ value: UInt64, _ bits: UInt64) {
      for shift in stride(from: bits - 8, through: 0, by: -8) {
        out.append(UInt8(truncatingIfNeeded: value >> shift))
      }
    }
    add(number, 64)
    out.append(status)
    add(tag, 64)
    add(UInt64(UInt32(clamping: content.count)), 32)
    out += content
    return out
  }

  /// The number and the length of the content, of ``headLength`` bytes.
  package static func head(_ bytes: ArraySlice<UInt8>) -> (number: UInt64, length: Int)? {
    guard bytes.count >= headLength else { return nil }
    let number = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let length = bytes.dropFirst(17).prefix(4).reduce(0) { $0 << 8 | Int($1) }
    guard length <= PictureKind.image.longest else { return nil }
    return (number, length)
  }

  /// - Parameter bytes: head and content; nil for anything that ``bytes(number:)`` does not make.
  package init?(_ bytes: ArraySlice<UInt8>) {
    guard bytes.count >= Self.headLength else { return nil }
    let tag = bytes.dropFirst(9).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let content = bytes.dropFirst(Self.headLength)
    switch bytes.dropFirst(8).first ?? 1 {
    case 0: self = .picture(Array(content), tag: tag)
    case 255: self = .known(tag: tag)
    case let status:
      guard let kind = PictureFailure.Kind(rawValue: status) else { return nil }
      let text = String(decoding: content, as: UTF8.self)
      let lines = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
      self = .failure(
        PictureFailure(
          kind, lines.first.map(String.init) ?? "", advice: lines.count > 1 ? String(lines[1]) : "")
      )
    }
  }
}
