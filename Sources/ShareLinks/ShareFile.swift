import GeoFormats
import PhotoModel
import Platform

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The links of an index: `INDEX.shares` beside it, JSON that only its owner can read. It is replaced atomically, under a lock.
package struct ShareFile: Sendable {
  package let path: String

  static let largest = 1 << 20
  package static let mostShares = 1000
  private static let version = 1.0

  package init(index: String) {
    path = (FilePath.resolved(index) ?? index) + ".shares"
  }

  /// All links, in the order in which they were made; none without a file.
  package func read() throws(ShareError) -> [Share] {
    let file = WholeFile.open(path, O_RDONLY, access: .regular)
    guard file >= 0 else {
      if errno == ENOENT { return [] }
      throw io("read", errno)
    }
    defer { close(file) }
    return try read(file)
  }

  /// Of an open file.
  func read(_ file: Int32) throws(ShareError) -> [Share] {
    var status = stat()
    guard fstat(file, &status) == 0 else { throw io("read", errno) }
    // Whoever can write this file can make links of their own.
    guard status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
      throw damaged("another user can write it, or owns it")
    }
    let bytes: [UInt8]
    do {
      bytes = try WholeFile.bytes(of: file, limit: Self.largest)
    } catch {
      if error.code == EFBIG { throw damaged("it is larger than \(Self.largest >> 20) MiB") }
      throw io("read", error.code)
    }
    return try shares(in: bytes)
  }

  private func shares(in bytes: [UInt8]) throws(ShareError) -> [Share] {
    let json: JSONValue
    do {
      json = try JSONValue(parsing: bytes)
    } catch {
      throw damaged("byte \(error.offset): \(error.reason)")
    }
    guard json["version"]?.number == Self.version, let list = json["shares"]?.array else {
      throw damaged("it is no list of links of this version of gpsindex")
    }
    guard list.count <= Self.mostShares else {
      throw damaged("it has more than \(Self.mostShares) links")
    }
    var shares: [Share] = []
    for (place, one) in list.enumerated() {
      guard let share = Self.share(one) else { throw damaged("link \(place + 1) is not valid") }
      shares.append(share)
    }
    let digests = Set(shares.map(\.digest)), names = Set(shares.map { ExactText($0.name) })
    guard digests.count == shares.count, names.count == shares.count else {
      throw damaged("two links have the same name or token")
    }
    return shares
  }

  /// nil: something is missing or unknown. An unknown filter, such as one of a later version, must not widen a link.
  private static func share(_ json: JSONValue) -> Share? {
    guard let name = json["name"]?.string, let digest = json["token_sha256"]?.string,
      digest.utf8.count == 64, digest.utf8.allSatisfy(isHexDigit),
      let created = json["created"].flatMap(time), case .object(let members)? = json["filter"],
      case .bool(let hasPaths)? = json["with_paths"], let expiry = json["expires"]
    else { return nil }
    let expires = expiry == .null ? nil : time(expiry)
    if expiry != .null, expires == nil { return nil }
    var words = FilterWords()
    for (key, value) in members {
      guard let filter = FilterName(rawValue: key), filter != .limit, words[filter] == nil,
        let values = value.array?.map(\.string), !values.isEmpty, !values.contains(nil)
      else { return nil }
      words[all: filter] = values.compactMap(\.self)
    }
    return try? Share(
      name: name, digest: digest, words: words, created: created, expires: expires,
      hasPaths: hasPaths)
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
  }

  private static func time(_ json: JSONValue) -> Int64? {
    guard let text = json.string, case .moment(let time)? = FilterTime.span(text, now: nil)?.start
    else { return nil }
    return time
  }

  // MARK: Changes

  package func add(_ share: Share) throws(ShareError) {
    try change { shares throws(ShareError) in
      guard !shares.contains(where: { $0.name.hasSameBytes(as: share.name) }) else {
        throw ShareError(
          .exists, "a link “\(share.name)” exists already",
          advice: "gpsindex share revoke NAME, or another name")
      }
      guard shares.count < Self.mostShares else {
        throw ShareError(
          .invalid, "this index has \(Self.mostShares) links, and cannot have more",
          advice: "gpsindex share revoke NAME")
      }
      return shares + [share]
    }
  }

  /// - Returns: the link that no longer works.
  @discardableResult
  package func revoke(_ name: String) throws(ShareError) -> Share {
    var revoked: Share?
    try change { shares throws(ShareError) in
      revoked = shares.first { $0.name.hasSameBytes(as: name) }
      return shares.filter { !$0.name.hasSameBytes(as: name) }
    }
    guard let revoked else {
      throw ShareError(
        .notFound, "there is no link “\(name)”", advice: "gpsindex share list")
    }
    return revoked
  }

  private func change(
    _ body: ([Share]) throws(ShareError) -> [Share]
  ) throws(ShareError) {
    let lock = WholeFile.open(path + ".lock", O_RDWR | O_CREAT, mode: 0o600, access: .regular)
    guard lock >= 0 else { throw io("lock", errno) }
    defer { close(lock) }
    // Held for milliseconds; if it is held for seconds, the process is stopped.
    var tries = 0
    while flock(lock, LOCK_EX | LOCK_NB) != 0 {
      tries += 1
      guard errno == EWOULDBLOCK || errno == EINTR, tries < 500 else { throw io("lock", errno) }
      usleep(10_000)
    }
    let old = try read()
    let new = try body(old)
    if new == old { return }
    let bytes = Self.bytes(new)
    guard bytes.count <= Self.largest else {
      throw ShareError(
        .invalid, "the links would take more than \(Self.largest >> 20) MiB",
        advice: "a simpler polygon, or gpsindex share revoke NAME")
    }
    do {
      try AtomicFile.write(bytes, to: path, isDurable: true)
    } catch {
      throw io("write", error.code)
    }
  }

  private static func bytes(_ shares: [Share]) -> [UInt8] {
    var json = JSONText()
    json.beginObject()
    json.member("version", .integer(Int64(version)))
    json.key("shares")
    json.beginArray()
    for share in shares {
      json.beginObject()
      json.member("name", .text(share.name))
      json.member("token_sha256", .text(share.digest))
      json.key("filter")
      json.beginObject()
      for name in FilterName.allCases where share.words[name] != nil {
        json.key(name.rawValue)
        json.beginArray()
        for value in share.words[all: name] { json.value(value) }
        json.endArray()
      }
      json.endObject()
      json.member("created", .time(share.created))
      json.member("expires", share.expires.map { .time($0) } ?? .null)
      json.member("with_paths", .flag(share.hasPaths))
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.bytes
  }

  // MARK: Errors

  private func damaged(_ why: String) -> ShareError {
    ShareError(
      .damaged, "the links in \(path) cannot be used: \(why)",
      advice: "a copy of the file, or rm \(path), which revokes all links")
  }

  func io(_ what: String, _ code: Int32) -> ShareError {
    ShareError(
      .io, "cannot \(what) \(path): \(errorText(code))",
      advice: "ls -l \(path)")
  }
}
