import Platform
import CSSH2
import SSHKeys

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The lines of known_hosts files, read by OpenSSH's rules (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT):
/// lists, wildcards, negation, hashed names, `@revoked`, `@cert-authority`. A line that does not parse is skipped. libssh2's
/// own reader fails on several of these.
public struct KnownHosts: Sendable {
  struct Line: Sendable {
    var marker: Marker
    var hosts: [String]
    var keyType: String
    var key: String
    var file: String
    var number: Int
  }
  enum Marker: Sendable { case none, revoked, certificateAuthority }

  public enum Verdict: Equatable, Sendable {
    case match
    case unknown
    /// The file holds another key of the host.
    case changed(file: String, line: Int)
    case revoked(file: String, line: Int)
  }

  private(set) var lines: [Line] = []
  /// Existing files that could not be read, so that it is unknown what they say about a host.
  private(set) var unread: [String] = []

  public init(files: [String]) {
    for file in files {
      guard let bytes = try? WholeFile.bytes(of: file, limit: 64 << 20) else {
        if unsafe access(file, F_OK) == 0 { unread.append(file) }
        continue
      }
      append(String(decoding: bytes, as: UTF8.self), file: file)
    }
  }

  public init(text: String, file: String = "known_hosts") { append(text, file: file) }

  private mutating func append(_ text: String, file: String) {
    var number = 0
    for raw in text.utf8.split(separator: 10, omittingEmptySubsequences: false) {
      number += 1
      let fields = raw.split { $0 == 32 || $0 == 9 || $0 == 13 }.map { String(Substring($0)) }
      guard var first = fields.first, !first.hasPrefix("#") else { continue }
      var rest = fields.dropFirst()
      var marker = Marker.none
      if first.hasPrefix("@") {
        switch first {
        case "@revoked": marker = .revoked
        case "@cert-authority": marker = .certificateAuthority
        default: continue
        }
        guard let hosts = rest.popFirst() else { continue }
        first = hosts
      }
      guard let type = rest.popFirst(), let key = rest.popFirst(), key.utf8.count >= 16 else {
        continue
      }
      lines.append(
        Line(
          marker: marker, hosts: first.split(separator: ",").map(String.init), keyType: type,
          key: key, file: file, number: number))
    }
  }

  /// What the files say about this key of the host called `name` (`host` or `[host]:port`).
  public func verdict(name: String, key: [UInt8]) -> Verdict {
    let encoded = Base64.encode(key)
    let type = PublicKeyBlob.type(of: key)
    var verdict = Verdict.unknown
    for line in lines where Self.matches(line.hosts, name: name) {
      switch line.marker {
      case .revoked:
        if line.key == encoded { return .revoked(file: line.file, line: line.number) }
      case .certificateAuthority:
        continue
      case .none:
        if line.key == encoded {
          verdict = .match
        } else if line.keyType == type, verdict == .unknown {
          verdict = .changed(file: line.file, line: line.number)
        }
      }
    }
    // Known by keys of other types only: OpenSSH reports that as changed, too.
    if verdict == .unknown,
      let other = lines.first(where: { $0.marker == .none && Self.matches($0.hosts, name: name) })
    {
      return .changed(file: other.file, line: other.number)
    }
    return verdict
  }

  /// The host's key types in the files, in file order, each once.
  public func keyTypes(name: String) -> [String] {
    var types: [String] = []
    for line in lines
    where line.marker == .none && !types.contains(line.keyType)
      && Self.matches(line.hosts, name: name)
    {
      types.append(line.keyType)
    }
    return types
  }

  /// Whether the files hold a certificate authority for the host.
  func hasAuthority(name: String) -> Bool {
    lines.contains { $0.marker == .certificateAuthority && Self.matches($0.hosts, name: name) }
  }

  /// Whether the files hold a key of the host that libssh2 can request from the server.
  func hasUsableKey(name: String) -> Bool {
    keyTypes(name: name).contains {
      $0 == "ssh-ed25519" || $0.hasPrefix("ecdsa-sha2-nistp")
        || $0 == "ssh-rsa" && LibSSH2.signsWithRSASHA2
    }
  }

  static func matches(_ patterns: [String], name: String) -> Bool {
    var found = false
    for pattern in patterns {
      if pattern.hasPrefix("|1|") {
        if matchesHashed(pattern, name: name) { found = true }
      } else if pattern.hasPrefix("!") {
        if wildcard(Array(pattern.dropFirst().lowercased().utf8), Array(name.lowercased().utf8)) {
          return false
        }
      } else if wildcard(Array(pattern.lowercased().utf8), Array(name.lowercased().utf8)) {
        found = true
      }
    }
    return found
  }

  /// `*` and `?` as in OpenSSH's match_pattern; iterative, so that no pattern costs exponential
  /// time.
  static func wildcard(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
    var p = 0
    var t = 0
    var star = -1
    var mark = 0
    while t < text.count {
      if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
        star = p
        mark = t
        p += 1
      } else if p < pattern.count, pattern[p] == UInt8(ascii: "?") || pattern[p] == text[t] {
        p += 1
        t += 1
      } else if star >= 0 {
        p = star + 1
        mark += 1
        t = mark
      } else {
        return false
      }
    }
    while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
    return p == pattern.count
  }

  /// HMAC-SHA1 of the name under the salt, computed by libssh2.
  private static func matchesHashed(_ pattern: String, name: String) -> Bool {
    guard let session = try? SessionHandle() else { return false }
    guard let hosts = unsafe libssh2_knownhost_init(session.raw) else { return false }
    defer { unsafe libssh2_knownhost_free(hosts) }
    // Any well-formed key will do: only the name is compared.
    let key = "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    let line = "\(pattern) ssh-ed25519 \(key)"
    let read = unsafe libssh2_knownhost_readline(
      hosts, line, line.utf8.count, Int32(LIBSSH2_KNOWNHOST_FILE_OPENSSH))
    guard read == 0 else { return false }
    let result = unsafe libssh2_knownhost_check(
      hosts, name, key, key.utf8.count,
      Int32(LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_BASE64), nil)
    return result == LIBSSH2_KNOWNHOST_CHECK_MATCH
  }
}
