import Foundation
import Testing

@testable import FlightQC

/// Rules as text, and their documentation.
@Suite struct RulesFileTests {
  @Test func limitsOfAllKindsOrOne() throws {
    var rules = FlightRules()
    try rules.set(["gap"], "distance", to: "2")
    try rules.set(["orbit", "gap"], "distance", to: "3.5")
    try rules.set(["hole"], "severity", to: "off")
    try rules.set(["smear"], "severity", to: "error")
    try rules.set([], "post_processed", to: "true")
    try rules.set(["folder-name"], "pattern", to: "[0-9]+")
    #expect(rules.limits(.mapping).gapDistance == 2)
    #expect(rules.limits(.orbit).gapDistance == 3.5)
    #expect(!rules.isOn(.hole, .mapping) && !rules.isOn(.rtkNone, .mapping))
    #expect(rules.severity(.smear, .warning) == .error)
    #expect(rules.folderPattern == "[0-9]+")
  }

  @Test(
    arguments: [
      (["gap"], "distanc", "2"), (["gp"], "distance", "2"), (["gap"], "distance", "two"),
      (["gap"], "distance", "nan"), (["gap"], "severity", "bad"), ([], "kind", "walk"),
      ([], "post_processed", "perhaps"), (["mapping", "gap", "x"], "distance", "2"),
      (["folder-name"], "pattern", "["), (["mapping", "gap"], "severity", "off"),
    ] as [([String], String, String)])
  func refusesWhatIsNoRule(table: [String], key: String, value: String) {
    var rules = FlightRules()
    #expect(throws: RuleFault.self) { try rules.set(table, key, to: value) }
  }

  @Test(arguments: FlightKind.allCases) func printedRulesAreTheRules(kind: FlightKind) throws {
    var rules = FlightRules()
    var changed = FlightLimits()
    changed.gapDistance = 2.25
    rules.limits[kind] = changed
    var read = FlightRules()
    var table: [String] = []
    for line in rules.text(kind).components(separatedBy: "\n") {
      let line = line.components(separatedBy: "#")[0].trimmingCharacters(in: .whitespaces)
      if line.hasPrefix("[") {
        table = [String(line.dropFirst().dropLast())]
      } else if let equals = line.firstIndex(of: "=") {
        let key = line[..<equals].trimmingCharacters(in: .whitespaces)
        let value = line[line.index(after: equals)...].trimmingCharacters(in: .whitespaces)
        try read.set(table, key, to: value.trimmingCharacters(in: ["\"", "'"]))
      }
    }
    #expect(read.kind == kind)
    for entry in FlightLimits.entries where rules.isOn(entry.rule, kind) {
      #expect(read.limits(kind)[entry] == changed[entry], "\(entry.rule).\(entry.key)")
    }
  }

  @Test func everyLimitHasAnEntry() {
    let fields = Mirror(reflecting: FlightLimits()).children.count
    #expect(FlightLimits.entries.count == fields)
    #expect(Set(FlightLimits.entries.map { "\($0.rule).\($0.key)" }).count == fields)
  }

  /// docs/qc.md names every rule, and every limit with its default and unit.
  @Test func documentationHasEveryRuleAndLimit() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "docs/qc.md"), encoding: .utf8)
    for rule in FlightRule.allCases { #expect(text.contains("| `\(rule.rawValue)` |"), "\(rule)") }
    let defaults = FlightLimits()
    for entry in FlightLimits.entries {
      let value = defaults[entry]
      let number = value == value.rounded() ? "\(Int(value))" : "\(value)"
      let row = "| `\(entry.rule.rawValue).\(entry.key)` | \(number) | \(entry.unit) |"
      #expect(text.contains(row), "\(row)")
    }
  }
}
