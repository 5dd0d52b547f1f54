import ArgumentParser
import PhotoModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The options of every command.
struct CommonOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Index file. Default: $GPSINDEX_INDEX, else gpsindex/index.gpkg in $XDG_DATA_HOME or "
        + "~/.local/share.", valueName: "FILE"), completion: .file(extensions: ["gpkg"]))
  var index: String?

  @Flag(name: [.short, .long], help: "Print only errors on standard error.")
  var quiet = false

  func indexPath() throws -> String {
    try Self.indexPath(option: index, environment: Environment.value)
  }

  /// `--index`, else `$GPSINDEX_INDEX`, else `${XDG_DATA_HOME:-~/.local/share}/gpsindex/index.gpkg`.
  static func indexPath(option: String?, environment: (String) -> String?) throws -> String {
    if let option {
      guard !option.isEmpty else {
        throw CommandFailure.usage("--index is empty", advice: "--index FILE")
      }
      return option
    }
    if let path = environment("GPSINDEX_INDEX"), !path.isEmpty { return path }
    // A relative XDG_DATA_HOME is to be ignored (XDG Base Directory Specification).
    if let data = environment("XDG_DATA_HOME"), data.hasPrefix("/") {
      return "\(data)/gpsindex/index.gpkg"
    }
    guard let home = environment("HOME"), home.hasPrefix("/") else {
      throw CommandFailure(
        .configuration, "HOME is not set, so the index has no default path",
        advice: "--index FILE, or export GPSINDEX_INDEX=FILE")
    }
    return "\(home)/.local/share/gpsindex/index.gpkg"
  }

  /// - Parameter advice: printed on a line of its own, after `try:`.
  func note(_ line: String, advice: String) {
    if !quiet { Messages.note(line, advice: advice) }
  }

  func note(_ line: String) { note(line, advice: "") }
}

/// The environment of the process. Only the command line reads it; other targets get its values.
enum Environment {
  static func value(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  static func currentFolder() throws -> String {
    guard let path = getcwd(nil, 0) else {
      throw CommandFailure(
        .notFound, "cannot read the current folder: \(String(cString: strerror(errno)))",
        advice: "cd to an existing folder, or absolute paths")
    }
    defer { free(path) }
    return String(cString: path)
  }

  /// `path`, absolute: a stored path must not depend on the folder in which a later command runs.
  static func absolute(_ path: String) throws -> String {
    if path.starts(withByte: "/") { return path }
    if path.hasPrefix("~/"), let home = value("HOME") { return home + path.dropFirst() }
    return "\(try currentFolder())/\(path)"
  }
}
