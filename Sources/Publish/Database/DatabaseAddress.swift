internal import CPQ

/// The address of a database, as libpq takes it: `postgresql://user@host:port/database`, or `postgresql://?service=NAME`.
package struct DatabaseAddress: Sendable {
  let text: String
  /// For messages: without parameters.
  package let shown: String
  private let names: Set<String>

  /// - Throws: .invalid, also when it holds a password: other users of the machine see the arguments of a command.
  package init(_ text: String) throws(PublishError) {
    guard text.hasPrefix("postgresql://") || text.hasPrefix("postgres://") else {
      throw PublishError(
        .invalid, "“\(text)” is not the address of a PostgreSQL database",
        advice: "postgresql://USER@HOST/DATABASE")
    }
    guard pq_version() > 0 else {
      throw PublishError(
        .noLibrary, "publishing needs libpq, which is not installed",
        advice: "apt-get install libpq5")
    }
    self.text = text
    shown = Self.withoutSecrets(text)
    names = try Self.check(text, shown)
  }

  func has(_ name: String) -> Bool { names.contains(name) }

  /// What stands behind `?`, and a password, are left out.
  private static func withoutSecrets(_ text: String) -> String {
    let body = text.prefix { $0 != "?" }
    guard let at = body.lastIndex(of: "@"), let scheme = body.firstRange(of: "://"),
      scheme.upperBound <= at
    else { return String(body) }
    let login = body[scheme.upperBound..<at]
    return String(body[..<scheme.upperBound] + login.prefix { $0 != ":" } + body[at...])
  }

  private static func check(_ text: String, _ shown: String) throws(PublishError) -> Set<String> {
    var message: UnsafeMutablePointer<CChar>?
    guard let options = unsafe pq_parse(text, &message) else {
      let reason = unsafe message.map { unsafe String(cString: $0) } ?? "out of memory"
      if let message = unsafe message { unsafe pq_free(message) }
      throw PublishError(
        .invalid, "the address \(shown) cannot be used: \(PostgresText.line(reason))",
        advice: "postgresql://USER@HOST/DATABASE")
    }
    defer { unsafe pq_free_options(options) }
    var names: Set<String> = []
    var at = unsafe options
    while let keyword = unsafe at.pointee.keyword {
      if unsafe at.pointee.val != nil { names.insert(unsafe String(cString: keyword)) }
      unsafe at += 1
    }
    if names.contains("password") || names.contains("sslpassword") {
      throw PublishError(
        .invalid,
        "the address \(shown) holds a password, which other users of this machine can read",
        advice: "~/.pgpass, a service file, or PGPASSWORD; and the address without it")
    }
    return names
  }
}

enum PostgresText {
  /// One line of a message of the server or of libpq.
  static func line(_ text: String) -> String {
    var words: [Substring] = []
    for line in text.split(separator: "\n") where !line.allSatisfy(\.isWhitespace) {
      words.append(line.drop(while: \.isWhitespace))
    }
    let joined = words.joined(separator: "; ")
    return joined.utf8.count <= 600 ? joined : String(joined.prefix(500)) + " …"
  }

  /// An identifier in double quotes.
  static func quoted(_ name: String) -> String {
    "\"" + name.replacing("\"", with: "\"\"") + "\""
  }

  /// A value for a parameter of type `text[]`.
  static func array(_ items: [String]) -> String {
    let quoted = items.map {
      "\"" + $0.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
    return "{" + quoted.joined(separator: ",") + "}"
  }
}
