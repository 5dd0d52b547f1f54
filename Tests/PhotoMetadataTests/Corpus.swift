import Foundation
import Testing

/// Photos of many cameras with their true positions, in the folder that GPSINDEX_PHOTOS names; not part of the package.
enum Corpus {
  static let root = URL(
    fileURLWithPath: ProcessInfo.processInfo.environment["GPSINDEX_PHOTOS"] ?? "/nonexistent")

  static var isPresent: Bool {
    FileManager.default.fileExists(atPath: root.appendingPathComponent("truth.json").path)
  }

  struct Truth: Decodable {
    var files: [File]
  }

  struct File: Decodable, Sendable, CustomTestStringConvertible {
    var path: String
    var size: Int64
    var format: String?
    var malformed: Bool
    var cases: [String]
    var gps: Position?
    var accept: [Answer]?
    var gps_xmp_dji: Position?
    /// The highest offset of a byte that position, height and time need.
    var needed_bytes: Int64?
    var exiftool: [String: Scalar]?

    var testDescription: String { path }

    func bytes() throws -> [UInt8] {
      [UInt8](try Data(contentsOf: Corpus.root.appendingPathComponent(path)))
    }
  }

  struct Position: Decodable, Sendable {
    var lat: Double
    var lon: Double
    var alt: Double?
    var source: String?
    var in_range: Bool?
    var null_island: Bool?
  }

  /// One of several defensible answers: no position, a position, or a remark.
  enum Answer: Decodable, Sendable {
    case none
    case position(Position)
    case remark

    init(from decoder: any Decoder) throws {
      let box = try decoder.singleValueContainer()
      if box.decodeNil() {
        self = .none
      } else if let position = try? box.decode(Position.self) {
        self = .position(position)
      } else {
        self = .remark
      }
    }
  }

  /// A value that is a number or a text.
  enum Scalar: Decodable, Sendable {
    case number(Double)
    case text(String)
    case other

    init(from decoder: any Decoder) throws {
      let box = try decoder.singleValueContainer()
      if let number = try? box.decode(Double.self) {
        self = .number(number)
      } else if let text = try? box.decode(String.self) {
        self = .text(text)
      } else {
        self = .other
      }
    }

    var number: Double? {
      switch self {
      case .number(let v): v
      case .text(let t): Double(t.hasPrefix("+") ? String(t.dropFirst()) : t)
      case .other: nil
      }
    }
  }

  static func files() throws -> [File] {
    guard isPresent else { return [] }
    let data = try Data(contentsOf: root.appendingPathComponent("truth.json"))
    return try JSONDecoder().decode(Truth.self, from: data).files
  }
}
