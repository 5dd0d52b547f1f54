import PhotoModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A folder of this machine, and the paths below it.
struct LocalRoot {
  private let path: [UInt8]

  init(_ path: [UInt8]) { self.path = path }

  func absolute(_ relative: [UInt8]) -> [UInt8] {
    relative.isEmpty ? path : PathBytes(path).appending(PathBytes(relative)).bytes
  }

  /// Why the root cannot be listed.
  func error(_ code: Int32) -> SourceError {
    let folder = PathBytes(path).text
    return switch code {
    case ENOENT: .rootMissing("there is no folder \(folder)")
    case ENOTDIR: .rootMissing("\(folder) is not a folder")
    case EACCES, EPERM: .rootUnreadable("cannot list \(folder): permission denied")
    default: .rootFailed("cannot list \(folder): \(String(cString: strerror(code)))")
    }
  }
}

extension LocalRoot {
  func silent(_ detail: String) -> SourceError {
    .gaveUp(
      "cannot list \(PathBytes(path).text): \(detail)",
      advice: "ls on that folder; a mounted share may have lost its server")
  }
}

/// The bytes as a C string, whatever their encoding.
func withPath<R>(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> R) -> R {
  (path + [0]).withUnsafeBufferPointer { bytes in
    bytes.withMemoryRebound(to: CChar.self) { chars in
      guard let base = chars.baseAddress else { return "".withCString(body) }
      return body(base)
    }
  }
}

extension stat {
  /// Whole seconds since 1970 UTC.
  var mtime: Int64 {
    #if canImport(Darwin)
      Int64(st_mtimespec.tv_sec)
    #else
      Int64(st_mtim.tv_sec)
    #endif
  }
}
