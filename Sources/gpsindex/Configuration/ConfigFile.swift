import PhotoIndex
import PhotoModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// `config.toml`: defaults and sites. Commands that connect read it; queries do not.
struct ConfigFile: Equatable {
  struct Setting: Equatable {
    var text: String
    var line: Int
  }
  struct Site: Equatable {
    var name: String
    var location: String?
    var settings: [SettingKey: Setting] = [:]
    var line: Int
  }

  /// Absolute.
  var path: String
  var exists = false
  var defaults: [SettingKey: Setting] = [:]
  /// In the order of the file.
  var sites: [Site] = []

  /// The path of the file: `--config`, else `$GPSINDEX_CONFIG`, else `gpsindex/config.toml` in `$XDG_CONFIG_HOME` or
  /// `~/.config`; and its origin.
  static func place(
    option: String?, environment: (String) -> String?
  ) throws -> (path: String, origin: String) {
    if let option { return (try Environment.absolute(option), "--config") }
    if let path = environment("GPSINDEX_CONFIG"), !path.isEmpty {
      return (try Environment.absolute(path), "GPSINDEX_CONFIG")
    }
    // A relative XDG_CONFIG_HOME is to be ignored (XDG Base Directory Specification).
    if let folder = environment("XDG_CONFIG_HOME"), folder.hasPrefix("/") {
      return ("\(folder)/gpsindex/config.toml", "default")
    }
    let home = environment("HOME") ?? ""
    return ("\(home.hasPrefix("/") ? home : "")/.config/gpsindex/config.toml", "default")
  }

  /// - Throws: `CommandFailure` with `.configuration`, the file and the line.
  static func read(option: String?, environment: (String) -> String?) throws -> ConfigFile {
    let (path, origin) = try place(option: option, environment: environment)
    guard access(path, F_OK) == 0 else {
      if origin == "default" { return ConfigFile(path: path) }
      throw CommandFailure(
        .configuration, "the configuration file \(path) of \(origin) does not exist",
        advice: "--config FILE with an existing file")
    }
    guard let text = text(of: path) else {
      throw CommandFailure(
        .configuration, "cannot read the configuration file \(path) as UTF-8 text",
        advice: "chmod u+r \(NextCommand.quoted(path)), or --config FILE with another file")
    }
    return try ConfigFile(parsing: text, path: path)
  }

  init(path: String) { self.path = path }

  init(parsing text: String, path: String) throws {
    self.path = path
    exists = true
    do throws(TOMLSubset.Fault) {
      let (tables, entries) = try TOMLSubset.parse(text)
      for table in tables { try note(table) }
      for entry in entries { try take(entry) }
    } catch {
      throw Self.failure(path, error.line, error.message)
    }
    for site in sites where site.location == nil {
      throw Self.failure(path, site.line, "the site \(site.name) has no location")
    }
  }

  static func failure(_ path: String, _ line: Int, _ message: String) -> CommandFailure {
    CommandFailure(
      .configuration, "\(path), line \(line): \(message)",
      advice: "gpsindex config show, after you correct that line")
  }

  private mutating func note(_ table: TOMLSubset.Table) throws(TOMLSubset.Fault) {
    switch table.path.count {
    case 1 where ["defaults", "sites"].contains(table.path[0]): return
    case 2 where table.path[0] == "sites":
      do { try SiteName.check(table.path[1]) } catch {
        throw .init(line: table.line, message: "“\(table.path[1])” cannot be the name of a site")
      }
      sites.append(Site(name: table.path[1], line: table.line))
    default:
      let name = table.path.joined(separator: ".")
      throw .init(
        line: table.line, message: "unknown table [\(name)]; use [defaults] or [sites.NAME]")
    }
  }

  private mutating func take(_ entry: TOMLSubset.Entry) throws(TOMLSubset.Fault) {
    let text =
      switch entry.value {
      case .string(let text), .number(let text): text
      case .bool(let flag): flag ? "true" : "false"
      }
    let site = sites.firstIndex { ["sites", $0.name] == entry.table }
    if let site, entry.key == "location" {
      sites[site].location = text
      return
    }
    guard site != nil || entry.table == ["defaults"] else {
      throw .init(
        line: entry.line,
        message: "\(entry.key) is outside of a table; use [defaults] or [sites.NAME]")
    }
    let known = SettingKey.allCases.filter { site == nil || $0.isOfSites }
    guard let key = known.first(where: { $0.rawValue == entry.key }) else {
      let names = known.map(\.rawValue) + (site == nil ? [] : ["location"])
      let nearest = Similar.nearest(to: entry.key, in: names)
      throw .init(
        line: entry.line,
        message: "unknown setting \(entry.key)"
          + (nearest.map { "; did you mean \($0)?" }
            ?? "; use one of \(names.joined(separator: ", "))"))
    }
    var trial = SiteSettings()
    if let wanted = key.set(text, in: &trial, path: { $0 }) {
      throw .init(line: entry.line, message: "\(key.rawValue) = \(text) is not \(wanted)")
    }
    let setting = Setting(text: text, line: entry.line)
    if let site { sites[site].settings[key] = setting } else { defaults[key] = setting }
  }

  /// Reads at most 1 MiB; nil when unreadable or not UTF-8.
  private static func text(of path: String) -> String? {
    // O_NONBLOCK: does not wait for the writer of a FIFO. Follows links: many users keep their configuration elsewhere.
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT != S_IFIFO else { return nil }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes { raw in
        Self.read(file, UnsafeMutableRawBufferPointer(rebasing: raw[count...]))
      }
      if got < 0 { return nil }
      if got == 0 { break }
      count += got
    }
    return String(validating: bytes[..<count], as: UTF8.self)
  }

  private static func read(_ file: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    #if canImport(Darwin)
      Darwin.read(file, buffer.baseAddress, buffer.count)
    #else
      Glibc.read(file, buffer.baseAddress, buffer.count)
    #endif
  }
}
