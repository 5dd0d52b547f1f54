import PhotoIndex
import SSHTransport

/// Of this program and of the libraries that decide what it can read.
enum Versions {
  static let program = "0.1.0"

  static var line: String {
    let (schema, sqlite) = IndexReader.versions
    return "gpsindex \(program) (schema \(schema), sqlite \(sqlite), libssh2 \(LibSSH2.version))"
  }
}
