import Platform
import PhotoModel

/// Where a walk begins on the server, and when it began.
struct RemoteRoot {
  /// As the server knows it; never empty.
  let path: [UInt8]
  /// The server, for messages, such as `nas:22`.
  let server: String
  /// Own clock at the start, seconds since 1970 UTC.
  let scanStart = SystemClock.wall()

  /// - Parameter path: empty for the account's home folder.
  init(_ path: [UInt8], server: String) {
    self.path = path.isEmpty ? Array(".".utf8) : path
    self.server = server
  }

  func path(of folder: [UInt8]) -> [UInt8] {
    folder.isEmpty ? path : PathBytes(path).appending(PathBytes(folder)).bytes
  }

  func path(of name: PathBytes, in folder: [UInt8]) -> [UInt8] {
    PathBytes(path(of: folder)).appending(name).bytes
  }
}
