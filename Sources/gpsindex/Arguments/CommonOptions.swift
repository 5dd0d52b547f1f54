import ArgumentParser
import PhotoModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What every command knows.
struct CommonOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The index. Default: $GPSINDEX_INDEX, else gpsindex/index.gpkg in $XDG_DATA_HOME or "
        + "~/.local/share.", valueName: "FILE"), completion: .file(extensions: ["gpkg"]))
  var index: String?

  @Flag(name: [.short, .long], help: "No remarks on standard error, errors only.")
  var quiet = false

  func indexPath() throws -> String {
    try Self.indexPath(option: index, environment: Environment.value)
  }

  /// `--index`, else `$GPSINDEX_INDEX`, else `${XDG_DATA_HOME:-~/.local/share}/gpsindex/index.gpkg`.
  static func indexPath(option: String?, environment: (String) -> String?) throws -> String {
    if let option {
      guard !option.isEmpty else { throw CommandFailure.usage("--index is empty") }
      return option
    }
    if let path = environment("GPSINDEX_INDEX"), !path.isEmpty { return path }
    // A relative XDG_DATA_HOME is to be ignored (XDG Base Directory Specification).
    if let data = environment("XDG_DATA_HOME"), data.hasPrefix("/") {
      return "\(data)/gpsindex/index.gpkg"
    }
    guard let home = environment("HOME"), home.hasPrefix("/") else {
      throw CommandFailure(
        .configuration, "HOME is not set, so there is no place for the index",
        advice: "--index FILE or GPSINDEX_INDEX")
    }
    return "\(home)/.local/share/gpsindex/index.gpkg"
  }

  func note(_ line: String) {
    if !quiet { Messages.note(line) }
  }
}

/// The process's surroundings, read at the door and handed on.
enum Environment {
  static func value(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  static func currentFolder() throws -> String {
    guard let path = getcwd(nil, 0) else {
      throw CommandFailure(
        .notFound, "the current folder: \(String(cString: strerror(errno)))",
        advice: "another folder, or absolute paths")
    }
    defer { free(path) }
    return String(cString: path)
  }

  /// `path`, absolute: what is kept must not depend on where a later command runs.
  static func absolute(_ path: String) throws -> String {
    if path.starts(withByte: "/") { return path }
    if path.hasPrefix("~/"), let home = value("HOME") { return home + path.dropFirst() }
    return "\(try currentFolder())/\(path)"
  }
}
