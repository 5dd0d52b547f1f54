import GeoFormats
import PhotoModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Reads the GeoJSON file of `--polygon`, and files of other options.
enum PolygonFile {
  /// In bytes. An outline of a million corners has 40 MB.
  static let maximalSize = 256 << 20

  static func read(_ path: String) throws -> Polygons { try read(path, option: "--polygon") }

  static func read(_ path: String, option: String) throws -> Polygons {
    try polygons(in: try contents(of: path, option: option), path: path, option: option)
  }

  static func polygons(
    in bytes: [UInt8], path: String, option: String = "--polygon"
  ) throws -> Polygons {
    do throws(GeoJSONFault) {
      return try Polygons(geoJSON: bytes, named: path)
    } catch {
      throw CommandFailure(
        .badData, error.message,
        advice: error.advice ?? "\(option) FILE.geojson with a Polygon or MultiPolygon")
    }
  }

  static func contents(
    of path: String, option: String, maximalSize: Int = maximalSize
  ) throws -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw failure(errno, path, option) }
    defer { close(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = readBytes(file, &chunk, chunk.count)
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw failure(errno, path, option)
      }
      guard bytes.count + count <= maximalSize else {
        throw CommandFailure(
          .badData, "\(path) is larger than \(maximalSize >> 20) MiB",
          advice: "\(option) with a smaller file")
      }
      bytes.append(contentsOf: chunk[..<count])
    }
  }

  private static func failure(
    _ number: Int32, _ path: String, _ option: String
  ) -> CommandFailure {
    let status: ExitStatus =
      switch number {
      case ENOENT, ENOTDIR: .notFound
      case EACCES, EPERM: .refused
      default: .io
      }
    return CommandFailure(
      status, "cannot read \(option) \(path): \(String(cString: strerror(number)))",
      advice: option == "--rules"
        ? "--rules FILE.toml, with the path of a TOML file"
        : "\(option) FILE.geojson, with the path of a GeoJSON file")
  }
}

/// read(2), which the enum's own `read` hides.
private func readBytes(_ file: Int32, _ buffer: inout [UInt8], _ count: Int) -> Int {
  read(file, &buffer, count)
}
