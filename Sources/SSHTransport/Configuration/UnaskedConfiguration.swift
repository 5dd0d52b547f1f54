import Platform

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The ssh configuration where no ssh program evaluates it: whether it may matter for a host.
///
/// Reads Host blocks and Include. It takes a Match block as one that applies, so that it never misses a proxy.
struct UnaskedConfiguration {
  /// `FILE, line N (Keyword)` of the first setting that may decide where the connection goes.
  private(set) var decisive: String?
  /// The first file with another setting that may concern the host.
  private(set) var ignored: String?

  private let alias: String
  private let hasUser: Bool
  private let hasPort: Bool
  private var filesLeft = 64

  /// - Parameters:
  ///   - hasUser: the location names the user; `hasPort`: and the port.
  ///   - files: of the user and of the machine, with the folder of relative names in Include.
  init(
    alias: String, hasUser: Bool, hasPort: Bool, home: String,
    files: [(file: String, folder: String)]? = nil
  ) {
    (self.alias, self.hasUser, self.hasPort) = (alias, hasUser, hasPort)
    let usual = [("\(home)/.ssh/config", "\(home)/.ssh"), ("/etc/ssh/ssh_config", "/etc/ssh")]
    for (file, folder) in files ?? usual {
      read(file, folder: folder, home: home, applies: true, depth: 0)
    }
  }

  /// Settings of sessions with a shell, and ways to store a host name.
  private static let harmless: Set<String> = ["sendenv", "setenv", "hashknownhosts"]

  private mutating func read(
    _ file: String, folder: String, home: String, applies outer: Bool, depth: Int
  ) {
    guard filesLeft > 0, depth < 16 else { return }
    filesLeft -= 1
    guard let bytes = try? WholeFile.bytes(of: file, limit: 1 << 20) else {
      if FilePath.resolved(file) != nil { decisive = decisive ?? "\(file), which cannot be read," }
      return
    }
    var applies = outer
    var number = 0
    for line in bytes.split(separator: 10, omittingEmptySubsequences: false) {
      number += 1
      let words = Self.words(String(decoding: line, as: UTF8.self))
      guard let keyword = words.first, !keyword.hasPrefix("#") else { continue }
      let values = Array(words.dropFirst())
      switch keyword.lowercased() {
      case "host": applies = outer && matches(values)
      case "match": applies = outer
      case "include":
        for pattern in values where applies {
          for name in Self.files(pattern, folder: folder, home: home) {
            read(name, folder: folder, home: home, applies: applies, depth: depth + 1)
          }
        }
      case let name where applies:
        if let decides = decides(name, values.first ?? "") {
          if decides { decisive = decisive ?? "\(file), line \(number) (\(keyword))," }
        } else if !Self.harmless.contains(name), !name.hasPrefix("gssapi") {
          ignored = ignored ?? file
        }
      default: continue
      }
    }
  }

  /// nil: the setting is not about where the host is.
  private func decides(_ keyword: String, _ value: String) -> Bool? {
    switch keyword {
    case "proxyjump", "proxycommand": value.lowercased() != "none"
    case "hostname": value != alias && value != "%h"
    case "hostkeyalias": true
    case "user": !hasUser
    case "port": !hasPort
    default: nil
    }
  }

  private func matches(_ patterns: [String]) -> Bool {
    let name = Array(alias.lowercased().utf8)
    var found = false
    for pattern in patterns {
      let isNegated = pattern.hasPrefix("!")
      let text = Array((isNegated ? String(pattern.dropFirst()) : pattern).lowercased().utf8)
      guard KnownHosts.wildcard(text, name) else { continue }
      if isNegated { return false }
      found = true
    }
    return found
  }

  /// Separated by blanks or one `=`; double quotes keep blanks.
  private static func words(_ line: String) -> [String] {
    var words: [String] = []
    var word = ""
    var isQuoted = false
    func isBlank(_ scalar: Unicode.Scalar) -> Bool {
      scalar == " " || scalar == "\t" || scalar == "\r" || scalar == "=" && words.count < 2
    }
    for scalar in line.unicodeScalars {
      if scalar == "\"" {
        isQuoted.toggle()
      } else if !isQuoted, isBlank(scalar) {
        if !word.isEmpty { words.append(word) }
        word = ""
      } else {
        word.unicodeScalars.append(scalar)
      }
    }
    return word.isEmpty ? words : words + [word]
  }

  private static func files(_ pattern: String, folder: String, home: String) -> [String] {
    var path = pattern
    if path.hasPrefix("~/") {
      path = home + path.dropFirst()
    } else if !path.hasPrefix("/") {
      path = "\(folder)/\(path)"
    }
    var found = unsafe glob_t()
    defer { unsafe globfree(&found) }
    guard unsafe glob(path, 0, nil, &found) == 0, let names = unsafe found.gl_pathv else {
      return []
    }
    return (0..<min(64, Int(unsafe found.gl_pathc))).compactMap { index in
      unsafe names[index].map { unsafe String(cString: $0) }
    }
  }
}
