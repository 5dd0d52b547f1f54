import PhotoIndex
import PhotoMetadata
import SSHTransport

/// Versions of this program and of the libraries that decide what it can read.
enum Versions {
  static let program = "0.1.0"

  static var line: String {
    let (schema, sqlite) = IndexReader.versions
    let libraries =
      [("schema", "\(schema)"), ("sqlite", sqlite), ("libssh2", LibSSH2.version)]
      + MetadataLibraries.versions + [("swift", swift)]
    return "gpsindex \(program) ("
      + libraries.map { "\($0.0) \($0.1)" }.joined(separator: ", ") + ")"
  }

  /// The compiler that built this program. `#if compiler` only tests for a minimum version.
  static var swift: String {
    #if compiler(>=6.4)
      "6.4 or newer"
    #elseif compiler(>=6.3.2)
      "6.3.2 or newer"
    #elseif compiler(>=6.3.1)
      "6.3.1"
    #elseif compiler(>=6.3)
      "6.3"
    #else
      "6.2"
    #endif
  }
}
