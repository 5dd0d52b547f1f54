import PhotoIndex
import PhotoMetadata
import SSHTransport

/// Of this program and of the libraries that decide what it can read.
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

  /// The language of the compiler that built this program.
  private static var swift: String {
    #if swift(>=6.4)
      "6.4 or newer"
    #elseif swift(>=6.3)
      "6.3"
    #else
      "6.2"
    #endif
  }
}
