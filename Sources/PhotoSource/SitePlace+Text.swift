import PhotoModel
import Platform

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

extension SitePlace {
  /// The text that the index stores. ``parse(_:folder:home:)`` reads it back as the same place.
  package var text: String {
    switch self {
    case .folder(let path): return PathBytes(path).text
    case .server(let server):
      let host = server.host.contains(":") ? "[\(server.host)]" : server.host
      let login = server.user.map { "\($0)@\(host)" } ?? host
      let path = PathBytes(server.path).text
      guard let port = server.port else { return "\(login):\(path)" }
      let rooted = path.starts(withByte: "/") ? path : "/~/\(path)"
      return "sftp://\(login):\(port)\(PercentCoding.encoded(rooted, plain: .visible))"
    }
  }
}

extension SitePlace {
  /// The URL of its root: `sftp://`, with `/~/` before a path that is relative to the login's home folder, or `file://`.
  package var url: String {
    let path = PathBytes(path)
    switch self {
    case .folder: return "file://\(Self.encoded(path.bytes))"
    case .server(let server):
      let host = server.host.contains(":") ? "[\(server.host)]" : server.host
      let login = server.user.map { "\(Self.encoded(Array($0.utf8)))@\(host)" } ?? host
      let port = server.port.map { ":\($0)" } ?? ""
      let isAbsolute = path.bytes.first == UInt8(ascii: "/")
      return "sftp://\(login)\(port)\(isAbsolute ? "" : "/~/")\(Self.encoded(path.bytes))"
    }
  }

  /// Unlike ``PercentCoding``, of bytes that need not be text.
  private static func encoded(_ bytes: [UInt8]) -> String {
    bytes.reduce(into: "") { out, byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D...0x2F, 0x5F, 0x7E:
        out.unicodeScalars.append(Unicode.Scalar(byte))
      default: out += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
      }
    }
  }
}

extension SitePlace {
  package static let forms =
    "sftp://user@host:port/path, user@host:path, alias:path or a local folder"

  /// - Parameters:
  ///   - folder: absolute; the base of relative local paths.
  ///   - home: for `~`.
  package static func parse(_ text: String, folder: String, home: String?) throws(PlaceError)
    -> SitePlace
  {
    guard !text.isEmpty, !text.utf8.contains(0) else {
      throw PlaceError(
        .invalid, "the location is empty", advice: forms)
    }
    if let (scheme, rest) = scheme(of: text) { return try url(text, scheme, rest) }
    if isLocal(text) || !text.contains(":") {
      return .folder(PathBytes(text: try absolute(text, folder: folder, home: home)).bytes)
    }
    return try scpForm(text)
  }

  /// As scp decides: a colon before the first slash means a server.
  private static func isLocal(_ text: String) -> Bool {
    if ["/", ".", "~"].contains(where: text.starts(withByte:)) { return true }
    guard let colon = text.firstIndex(of: ":") else { return true }
    return text.utf8[..<colon].contains(UInt8(ascii: "/"))
  }

  private static func scheme(of text: String) -> (Substring, Substring)? {
    var index = text.startIndex
    while index < text.endIndex, text[index].isLetter { index = text.index(after: index) }
    guard index > text.startIndex, text[index...].hasPrefix("://") else { return nil }
    return (text[..<index], text[index...].dropFirst(3))
  }

  private static func url(_ text: String, _ scheme: Substring, _ rest: Substring) throws(PlaceError)
    -> SitePlace
  {
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    try refuseSecret(rest[..<slash])
    let name = scheme.lowercased()
    if name == "file", slash == rest.startIndex, let path = PercentCoding.decoded(rest) {
      return .folder(PathBytes(text: path).bytes)
    }
    guard name == "sftp" || name == "ssh" else {
      throw PlaceError(
        .invalid, "unsupported scheme “\(scheme)://”", advice: forms)
    }
    let (user, hostAndPort) = splitUser(rest[..<slash])
    let (host, port) = try splitPort(hostAndPort, text: text)
    guard var path = PercentCoding.decoded(rest[slash...]), !path.utf8.contains(0) else {
      throw PlaceError(
        .invalid, "invalid % escape in the path of “\(text)”", advice: forms)
    }
    if path == "/~" || path.hasPrefix("/~/") {
      path = String(path.dropFirst(3))
      // A folder of that name, unlike the ~ of scp's form.
      if path.starts(withByte: "~") { path = "./" + path }
    }
    return .server(
      try checked(
        ServerPlace(user: user, host: host, port: port, path: PathBytes(text: path).bytes), text))
  }

  private static func scpForm(_ text: String) throws(PlaceError) -> SitePlace {
    let (user, rest) = splitUser(text[...])
    let host: Substring
    var path: Substring
    if rest.hasPrefix("["), let end = rest.firstIndex(of: "]"), rest[end...].hasPrefix("]:") {
      host = rest[rest.index(after: rest.startIndex)..<end]
      path = rest[end...].dropFirst(2)
    } else {
      let colon = rest.firstIndex(of: ":") ?? rest.endIndex
      host = rest[..<colon]
      path = rest[colon...].dropFirst()
    }
    // scp reads ~ as the login folder.
    if path == "~" || path.hasPrefix("~/") { path = path.dropFirst(2).drop { $0 == "/" } }
    // user:secret@host:path
    if user == nil, let at = path.firstIndex(of: "@"), !path[..<at].contains("/"),
      path[at...].contains(":")
    {
      throw Self.secret
    }
    return .server(
      try checked(
        ServerPlace(
          user: user, host: String(host), port: nil, path: PathBytes(text: String(path)).bytes),
        text))
  }

  private static func splitUser(_ text: Substring) -> (user: String?, rest: Substring) {
    let end = text.firstIndex { $0 == ":" || $0 == "/" } ?? text.endIndex
    guard let at = text[..<end].lastIndex(of: "@") else { return (nil, text) }
    return (String(text[..<at]), text[at...].dropFirst())
  }

  private static func splitPort(_ text: Substring, text whole: String) throws(PlaceError) -> (
    String, UInt16?
  ) {
    var host = text
    var port: Substring?
    if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
      host = text[text.index(after: text.startIndex)..<end]
      let behind = text[text.index(after: end)...]
      port = behind.hasPrefix(":") ? behind.dropFirst() : behind.isEmpty ? nil : behind
    } else if let colon = text.lastIndex(of: ":") {
      host = text[..<colon]
      port = text[colon...].dropFirst()
    }
    guard let port else { return (String(host), nil) }
    guard let number = UInt16(port), number > 0 else {
      throw PlaceError(
        .invalid, "the port of “\(whole)” is not in 1…65535", advice: forms)
    }
    return (String(host), number)
  }

  /// Refuses names that ssh could take for an option, and characters that no name contains: names reach known_hosts and
  /// the shell that runs a ProxyCommand. Newer ssh programs refuse the same.
  private static func checked(_ server: ServerPlace, _ text: String) throws(PlaceError)
    -> ServerPlace
  {
    let bad: (String, String) -> Bool = { part, forbidden in
      part.isEmpty || part.hasPrefix("-")
        || part.unicodeScalars.contains {
          $0.value <= 0x20 || $0.value == 0x7F || $0 == "@" || forbidden.unicodeScalars.contains($0)
        }
    }
    if bad(server.host, "'`\"$\\;&<>|(){},*?!#") {
      throw PlaceError(
        .invalid, "“\(text)” has no valid host name", advice: forms)
    }
    if let user = server.user, bad(user, "'`\";&<>|(){}") {
      throw PlaceError(
        .invalid, "“\(text)” has no valid user name", advice: forms)
    }
    return server
  }

  private static let secret = PlaceError(
    .invalid,
    "a location must not contain a password: the index and the shell history would keep it",
    advice: "the location without the password, and --identity FILE or ssh-agent")

  private static func refuseSecret(_ authority: Substring) throws(PlaceError) {
    guard let at = authority.lastIndex(of: "@"), authority[..<at].contains(":") else { return }
    throw secret
  }
}

extension SitePlace {
  /// The folder's absolute path. Symbolic links are not resolved, because their target may be mounted elsewhere later;
  /// only `..` needs the file system.
  private static func absolute(_ text: String, folder: String, home: String?) throws(PlaceError)
    -> String
  {
    var path = text
    if text == "~" || text.hasPrefix("~/") {
      guard let home, home.starts(withByte: "/") else {
        throw PlaceError(
          .noHome, "HOME is not set, so ~ cannot be expanded", advice: "an absolute path")
      }
      path = home + text.dropFirst()
    } else if !text.starts(withByte: "/") {
      path = "\(folder)/\(text)"
    }
    var status = stat()
    guard stat(path, &status) == 0 else {
      let isMissing = errno == ENOENT || errno == ENOTDIR
      throw PlaceError(
        isMissing ? .missing : .refused(text),
        "cannot open the folder \(text): \(String(cString: strerror(errno)))",
        advice: isMissing ? "an existing folder, or \(forms)" : ""
      )
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw PlaceError(
        .missing, "\(text) is not a folder", advice: "the folder that contains it")
    }
    // By bytes: a / with a combining mark after it is not a character of its own.
    let parts = path.utf8.split(separator: UInt8(ascii: "/")).map(Substring.init).filter {
      $0 != "."
    }
    if parts.contains(".."), let real = realpath(path, nil) {
      defer { free(real) }
      return String(cString: real)
    }
    return "/" + parts.joined(separator: "/")
  }
}
