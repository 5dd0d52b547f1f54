import FlightQC
import PhotoModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The file of `--rules`.
enum RulesFile {
  /// In bytes.
  private static let maximalSize = 1 << 20

  static func read(_ path: String) throws -> FlightRules {
    let bytes = try PolygonFile.contents(of: path, option: "--rules", maximalSize: maximalSize)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CommandFailure(
        .configuration, "\(path) is not UTF-8 text",
        advice: "gpsindex qc --print-rules mapping > rules.toml")
    }
    return try rules(in: text, path: path)
  }

  static func rules(in text: String, path: String) throws -> FlightRules {
    let entries: [TOMLSubset.Entry]
    do throws(TOMLSubset.Fault) {
      entries = try TOMLSubset.parse(text).entries
    } catch {
      throw CommandFailure(
        .configuration, "\(path):\(error.line): \(error.message)",
        advice: "gpsindex qc --print-rules mapping > rules.toml")
    }
    var rules = FlightRules()
    for entry in entries {
      let value =
        switch entry.value {
        case .string(let text), .number(let text): text
        case .bool(let flag): flag ? "true" : "false"
        }
      do throws(RuleFault) {
        try rules.set(entry.table, entry.key, to: value)
      } catch {
        throw CommandFailure(
          .configuration, "\(path):\(entry.line): \(error.message)", advice: error.advice)
      }
    }
    return rules
  }
}
