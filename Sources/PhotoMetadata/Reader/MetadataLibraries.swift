import CExpat
import CZlib

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The C libraries that decode metadata, as they are loaded now.
package enum MetadataLibraries {
  /// libexif knows no version of itself; the name of its file has one (libtool's, 12.3.4 for
  /// libexif 0.6.24).
  package static var versions: [(name: String, version: String)] {
    let expat = unsafe XML_ExpatVersion().map { unsafe String(cString: $0) } ?? "?"
    let zlib = unsafe zlibVersion().map { unsafe String(cString: $0) } ?? "?"
    return [
      ("libexif.so", version(ofLoaded: "/libexif.so.") ?? "?"),
      ("expat", expat.hasPrefix("expat_") ? String(expat.dropFirst(6)) : expat), ("zlib", zlib),
    ]
  }

  /// What stands behind `name` in the path of a file that is mapped into this process (proc(5)).
  private static func version(ofLoaded name: String) -> String? {
    guard let maps = unsafe fopen("/proc/self/maps", "re") else { return nil }
    defer { unsafe _ = fclose(maps) }
    var line = [CChar](repeating: 0, count: 4096)
    while unsafe fgets(&line, Int32(line.count), maps) != nil {
      let bytes = line.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init(bitPattern:))
      let text = String(decoding: bytes, as: UTF8.self)
      guard let slash = text.lastIndex(of: "/"), text[slash...].hasPrefix(name) else { continue }
      return String(text[slash...].dropFirst(name.count))
    }
    return nil
  }
}
