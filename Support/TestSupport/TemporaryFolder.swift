package import Foundation

/// A folder below the system's temporary folder, removed with its contents when the last reference is released.
package final class TemporaryFolder: Sendable {
  package let path: String

  /// - Parameter label: part of the folder's name, for debugging.
  package init(_ label: String = "gpsindex-test") throws {
    var template = Array(
      (NSTemporaryDirectory() as NSString).appendingPathComponent("\(label)-XXXXXX").utf8CString)
    guard let made = mkdtemp(&template) else {
      throw TestSupportError("mkdtemp \(label): \(String(cString: strerror(errno)))")
    }
    // macOS answers with a symbolic link (/var → /private/var); servers report the real path.
    let resolved = realpath(made, nil)
    defer { free(resolved) }
    path = String(cString: resolved ?? made)
  }

  deinit {
    // A test may have removed write permission.
    try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
    try? FileManager.default.removeItem(atPath: path)
  }

  package var url: URL { URL(fileURLWithPath: path, isDirectory: true) }

  /// `path/name`; the file need not exist.
  package func file(_ name: String) -> String { path + "/" + name }

  /// Makes a folder below, with those above it.
  @discardableResult
  package func folder(_ name: String) throws -> String {
    try FileManager.default.createDirectory(
      atPath: file(name), withIntermediateDirectories: true)
    return file(name)
  }

  /// Writes a file below, making the folders above it.
  @discardableResult
  package func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
    let full = file(name)
    try FileManager.default.createDirectory(
      atPath: (full as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: full))
    return full
  }

  @discardableResult
  package func write(_ text: String, to name: String) throws -> String {
    try write(text.utf8, to: name)
  }
}
