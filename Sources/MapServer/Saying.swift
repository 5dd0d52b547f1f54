import GeoFormats

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A message of the program for a standard stream; on a terminal without control characters, as in names of
/// files and in words of the system.
package func say(_ text: String, to descriptor: Int32) {
  var bytes = Array(text.utf8)
  if isatty(descriptor) == 1 {
    var filter = TerminalFilter()
    var shown: [UInt8] = []
    bytes.withUnsafeBytes { filter.add($0, to: &shown) }
    filter.finish(&shown)
    bytes = shown
  }
  _ = write(descriptor, bytes, bytes.count)
}
