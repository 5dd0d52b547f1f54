import PhotoIndex
import PhotoModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// `config.toml`: defaults, and sites. Read by what reaches out to servers; questions to the index never
/// look at it.
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

  /// Absolute; a file that is not there holds nothing.
  var path: String
  var exists = false
  var defaults: [SettingKey: Setting] = [:]
  /// As they stand in the file.
  var sites: [Site] = []

  /// Where it is: `--config`, else `$GPSINDEX_CONFIG`, else `gpsindex/config.toml` in `$XDG_CONFIG_HOME`
  /// or `~/.config`; and who says so.
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
        .configuration, "there is no configuration \(path) (\(origin))",
        advice: "an existing file, or none at all")
    }
    guard let text = text(of: path) else {
      throw CommandFailure(
        .configuration, "the configuration \(path) cannot be read, or is no UTF-8 text",
        advice: "check its permissions; --config FILE takes another one")
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
      advice: "correct that line; “gpsindex config show” tells what is understood")
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
        line: table.line, message: "unknown table [\(name)]; known are [defaults] and [sites.NAME]")
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
        line: entry.line, message: "\(entry.key) stands in no table: [defaults] or [sites.NAME]")
    }
    let known = SettingKey.allCases.filter { site == nil || $0.isOfSites }
    guard let key = known.first(where: { $0.rawValue == entry.key }) else {
      let names = known.map(\.rawValue) + (site == nil ? [] : ["location"])
      let nearest = Similar.nearest(to: entry.key, in: names)
      throw .init(
        line: entry.line,
        message: "unknown setting \(entry.key)"
          + (nearest.map { "; did you mean \($0)?" }
            ?? "; known are \(names.joined(separator: ", "))"))
    }
    var trial = SiteSettings()
    if let wanted = key.set(text, in: &trial, path: { $0 }) {
      throw .init(line: entry.line, message: "\(key.rawValue) = \(text) is not \(wanted)")
    }
    let setting = Setting(text: text, line: entry.line)
    if let site { sites[site].settings[key] = setting } else { defaults[key] = setting }
  }

  /// At most a megabyte; nil when unreadable or not UTF-8.
  private static func text(of path: String) -> String? {
    // Not waiting for the writer of a FIFO. A link is followed: many keep their configuration elsewhere.
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
