import Foundation
import FuzzSupport
import PhotoMetadata
import PhotoModel
import TestSupport

/// A file in memory.
struct BenchFile {
  var name = "made"
  var bytes: [UInt8]
  var size: Int64

  /// Answers each request at once.
  /// - Parameter onFlight: is given the ranges of each flight.
  func read(_ hint: ReadHint, onFlight: ([Range<Int64>]) -> Void = { _ in }) -> (
    MetadataReader, PhotoRecord, flights: Int
  ) {
    var reader = MetadataReader(fileSize: size, hint: hint)
    var flights = 0
    while true {
      switch reader.next() {
      case .done(let record): return (reader, record, flights)
      case .need(let ranges):
        flights += 1
        onFlight(ranges)
        for range in ranges {
          let from = Int(min(range.lowerBound, Int64(bytes.count)))
          let to = Int(min(range.upperBound, Int64(bytes.count)))
          reader.receive(range, Array(bytes[from..<to]))
        }
      }
    }
  }

  /// The same without a look at the reader: what is measured.
  func isLocated(_ hint: ReadHint) -> Bool {
    var reader = MetadataReader(fileSize: size, hint: hint)
    while true {
      switch reader.next() {
      case .done(let record): return record.position != nil
      case .need(let ranges):
        for range in ranges {
          let from = Int(min(range.lowerBound, Int64(bytes.count)))
          let to = Int(min(range.upperBound, Int64(bytes.count)))
          reader.receive(range, Array(bytes[from..<to]))
        }
      }
    }
  }

  /// One line per kind of file, the drone's JPEG first: twenty photos of one flight each.
  static func made() -> [(name: String, files: [BenchFile])] {
    func jpegs(_ edit: (inout JpegBuilder) -> Void) -> [BenchFile] {
      (0..<20).map { number in
        var photo = JpegBuilder(
          latitude: 50.1 + Double(number) / 1000, longitude: 8.6, altitude: 186.65)
        edit(&photo)
        let bytes = photo.build()
        return BenchFile(bytes: bytes, size: Int64(bytes.count) + 6_000_000)
      }
    }
    let drone = jpegs {
      $0.gpsOffset = 1600
      $0.thumbnailBytes = 42_000
      $0.xmp = .drone(.init(latitude: 50.1, longitude: 8.6, absoluteAltitude: 186.7, rtkFlag: 50))
      $0.segmentsAfter = [.mpf(bytes: 200)]
    }
    let camera = jpegs {
      $0.offsetTime = "+02:00"
      $0.subSeconds = "123"
      $0.gpsDate = "2024:05:17"
      $0.gpsSecondsOfDay = 36_672
      $0.makerNoteBytes = 8000
      $0.thumbnailBytes = 8000
      $0.segmentsBefore = [.jfif]
    }
    let none = jpegs {
      $0.latitude = nil
      $0.longitude = nil
      $0.altitude = nil
    }
    let bare = jpegs { $0.hasExif = false }
    return [
      ("JPEG, drone: Exif and XMP", drone), ("JPEG, camera: Exif", camera),
      ("JPEG, Exif without a position", none), ("JPEG without Exif", bare),
    ]
      + PhotoSeeds.made.filter { !["drone", "thermal"].contains($0.name) }.map {
        ($0.name, [BenchFile(bytes: $0.file, size: $0.size)])
      }
  }

  /// All files of a folder by extension, those with most files first.
  static func folder(_ path: String) throws -> [(name: String, files: [BenchFile])] {
    var groups = [String: [BenchFile]]()
    for case let name as String in FileManager.default.enumerator(atPath: path) ?? .init() {
      let kind = URL(filePath: name).pathExtension.uppercased()
      guard !["", "JSON", "MD", "TXT"].contains(kind),
        let data = FileManager.default.contents(atPath: path + "/" + name)
      else { continue }
      groups[kind, default: []].append(
        BenchFile(name: name, bytes: [UInt8](data), size: Int64(data.count)))
    }
    return groups.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.map {
      (name: $0.key, files: $0.value)
    }
  }
}
