import GeoFormats

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Writes a message to a standard stream. On a terminal it makes control characters visible, for example those of file names.
package func writeMessage(_ text: String, to descriptor: Int32) {
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
