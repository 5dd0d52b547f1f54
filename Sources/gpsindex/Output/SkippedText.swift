import GeoFormats
import PhotoModel

/// What a sync skipped, by which rule.
enum SkippedText {
  /// Extensions and patterns that are named in the text; JSON has all of them.
  private static let mostNames = 5

  static func write(_ skipped: SkippedEntries, to json: inout JSONText) {
    let counts = [
      ("folders", skipped.folders), ("files", skipped.files), ("excluded", skipped.excluded),
      ("unsupported", skipped.unsupported), ("others", skipped.others),
    ]
    json.beginObject()
    for (name, counts) in counts {
      json.key(name)
      json.beginObject()
      for (rule, count) in sorted(counts) { json.member(rule, .integer(Int64(count))) }
      json.endObject()
    }
    json.member("links", .integer(Int64(skipped.links)))
    json.member("special", .integer(Int64(skipped.special)))
    json.endObject()
  }

  /// Nil when nothing was skipped.
  static func line(_ skipped: SkippedEntries) -> String? {
    var parts: [String] = []
    func add(_ count: Int, _ one: String, _ many: String, _ names: String = "") {
      if count > 0 { parts.append("\(count) \(count == 1 ? one : many)\(names)") }
    }
    for (kind, count) in sorted(skipped.folders) {
      let name = folderKinds[kind] ?? kind
      add(count, "\(name) folder", "\(name) folders")
    }
    for (kind, count) in sorted(skipped.files) {
      let name = fileKinds[kind] ?? kind
      add(count, "\(name) file", "\(name) files")
    }
    for (pattern, count) in sorted(skipped.excluded).prefix(mostNames) {
      parts.append("\(count) by --exclude \(NextCommand.quoted(pattern))")
    }
    let more = sorted(skipped.excluded).dropFirst(mostNames).reduce(0) { $0 + $1.count }
    if more > 0 { parts.append("\(more) by other patterns") }
    add(
      sum(skipped.unsupported), "unsupported file", "unsupported files", names(skipped.unsupported))
    add(sum(skipped.others), "other file", "other files", names(skipped.others))
    add(skipped.links, "symbolic link", "symbolic links")
    add(skipped.special, "special file", "special files")
    return parts.isEmpty ? nil : "skipped: " + parts.joined(separator: ", ")
  }

  private static let folderKinds = [
    "trash": "trash", "versions": "version", "snapshots": "snapshot", "thumbnails": "thumbnail",
    "system": "system",
  ]
  private static let fileKinds = [
    "trash": "deleted", "unfinished": "unfinished", "resource-forks": "resource fork",
  ]

  /// ` (7 txt, 2 pdf)`, the most frequent ones first.
  private static func names(_ counts: SkippedEntries.Counts) -> String {
    let all = sorted(counts).map { name, count in
      "\(count) \(name == "none" ? "without extension" : name)"
    }
    if all.isEmpty { return "" }
    return " ("
      + (all.prefix(mostNames) + (all.count > mostNames ? ["…"] : [])).joined(separator: ", ")
      + ")"
  }

  private static func sum(_ counts: SkippedEntries.Counts) -> Int { counts.values.reduce(0, +) }

  private static func sorted(_ counts: SkippedEntries.Counts) -> [(name: String, count: Int)] {
    counts.map { (name: $0.key, count: $0.value) }.sorted {
      ($1.count, $0.name) < ($0.count, $1.name)
    }
  }
}
