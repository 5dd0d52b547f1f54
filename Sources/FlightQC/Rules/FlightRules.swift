/// Limits, and which rules hold: what `--rules FILE` sets.
public struct FlightRules: Sendable {
  /// By kind; a kind that is missing has the default limits.
  public var limits: [FlightKind: FlightLimits] = [:]
  /// Overrides; a rule that maps to nil is off.
  public var severities: [FlightRule: Severity?] = [:]
  /// Judges every flight as this kind; nil: the kind is recognised.
  public var kind: FlightKind?
  /// Positions are computed after the flight: rules on RTK do not hold.
  public var isPostProcessed = false
  /// Judges the flights of all lenses, not only those of the main one.
  public var judgesAllLenses = false
  /// A regular expression for the whole path of a folder.
  public var folderPattern: String?

  public init() {}

  public func limits(_ kind: FlightKind) -> FlightLimits {
    limits[kind] ?? Self.defaults(kind)
  }

  /// Corridors overlap in one direction, and bend.
  public static func defaults(_ kind: FlightKind) -> FlightLimits {
    FlightLimits()
  }

  /// Whether a rule holds for a kind of flight; nil: for folders and single photos.
  public func isOn(_ rule: FlightRule, _ kind: FlightKind? = nil) -> Bool {
    if let override = severities[rule], override == nil { return false }
    if isPostProcessed, [.rtkNone, .rtkFloat, .rtkSigma].contains(rule) { return false }
    guard let kinds = rule.kinds, let kind else { return true }
    return kinds.contains(kind)
  }

  func severity(_ rule: FlightRule, _ severity: Severity) -> Severity {
    (severities[rule] ?? severity) ?? severity
  }
}

/// Why a line of a rules file is refused.
public struct RuleFault: Error, Equatable, Sendable {
  public var message: String
  public var advice: String
}

extension FlightRules {
  /// The keys that stand before the first table.
  public static let settings = ["kind", "post_processed", "all_lenses"]

  /// Sets one line of a rules file: `[gap] distance = 2`, `[orbit.gap] distance = 2`,
  /// `[gap] severity = "off"`.
  public mutating func set(
    _ table: [String], _ key: String, to value: String
  ) throws(RuleFault) {
    if table.isEmpty { return try setSetting(key, value) }
    var table = table
    var kinds = FlightKind.allCases
    if let kind = FlightKind(rawValue: table[0]), table.count == 2 {
      kinds = [kind]
      table.removeFirst()
    }
    guard table.count == 1, let rule = FlightRule(rawValue: table[0]) else {
      let name = table.joined(separator: ".")
      throw RuleFault(
        message: "there is no rule “\(name)”", advice: "gpsindex qc --print-rules mapping")
    }
    if key == "severity", kinds.count > 1 { return try setSeverity(rule, value) }
    if rule == .folderName, key == "pattern" {
      guard (try? Regex(value)) != nil else {
        throw RuleFault(
          message: "“\(value)” is not a regular expression", advice: "pattern = '[0-9]{8}_.*'")
      }
      folderPattern = value
      return
    }
    guard let entry = FlightLimits.entries.first(where: { $0.rule == rule && $0.key == key }) else {
      let keys = FlightLimits.entries.filter { $0.rule == rule }.map(\.key) + ["severity"]
      throw RuleFault(
        message: "rule \(rule.rawValue) has no “\(key)”", advice: keys.joined(separator: ", "))
    }
    guard let number = Double(value), number.isFinite else {
      throw RuleFault(
        message: "\(rule.rawValue).\(key) “\(value)” is not a number",
        advice: "\(key) = \(FlightLimits()[entry])")
    }
    for kind in kinds {
      var changed = limits(kind)
      changed[entry] = number
      limits[kind] = changed
    }
  }

  private mutating func setSeverity(_ rule: FlightRule, _ value: String) throws(RuleFault) {
    if value == "off" {
      severities[rule] = .some(nil)
      return
    }
    guard let severity = Severity(rawValue: value) else {
      throw RuleFault(
        message: "severity “\(value)” is unknown",
        advice: "severity = \"off\", \"note\", \"warning\" or \"error\"")
    }
    severities[rule] = severity
  }

  private mutating func setSetting(_ key: String, _ value: String) throws(RuleFault) {
    switch (key, value) {
    case ("kind", _):
      guard let kind = FlightKind(rawValue: value) else {
        throw RuleFault(
          message: "kind “\(value)” is unknown",
          advice: FlightKind.allCases.map(\.rawValue).joined(separator: ", "))
      }
      self.kind = kind
    case ("post_processed", "true"), ("post_processed", "false"): isPostProcessed = value == "true"
    case ("all_lenses", "true"), ("all_lenses", "false"): judgesAllLenses = value == "true"
    default:
      throw RuleFault(
        message: "“\(key) = \(value)” is not a setting",
        advice: "kind = \"mapping\", post_processed = true, all_lenses = true")
    }
  }

  /// A rules file with the limits of a kind of flight, each with its unit and meaning.
  public func text(_ kind: FlightKind) -> String {
    let limits = limits(kind)
    var out = "# Rules of gpsindex qc for flights of kind \(kind.rawValue).\n"
    out += "# A rule can have severity = \"off\", \"note\", \"warning\" or \"error\".\n"
    out += "kind = \"\(kind.rawValue)\"\n"
    out += "post_processed = \(isPostProcessed)\nall_lenses = \(judgesAllLenses)\n"
    for rule in FlightRule.allCases where isOn(rule, kind) {
      out += "\n# \(rule.title).\n[\(rule.rawValue)]\n"
      if rule == .folderName {
        out += "# Regular expression for the whole path of a folder.\n"
        out += folderPattern.map { "pattern = '\($0)'\n" } ?? "# pattern = '[0-9]{8}_.*'\n"
      }
      for entry in FlightLimits.entries where entry.rule == rule {
        out += "# \(entry.meaning)\n\(entry.key) = \(Self.short(limits[entry]))  # \(entry.unit)\n"
      }
    }
    return out
  }

  private static func short(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e9 ? "\(Int(value))" : "\(value)"
  }
}
