/// Commands to type next.
enum NextCommand {
  /// `gpsindex` and the words, quoted for the shell; with `--index` when this run had that option.
  static func text(_ words: [String], index: String? = nil) -> String {
    let all = ["gpsindex"] + words + (index.map { ["--index", $0] } ?? [])
    return all.map(quoted).joined(separator: " ")
  }

  /// Quotes a word for a POSIX shell.
  static func quoted(_ word: String) -> String {
    let isPlain =
      !word.isEmpty
      && word.unicodeScalars.allSatisfy { scalar in
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", "/", ":", "@", ",", "+", "=", "%": true
        default: scalar.value > 0x9F && scalar.properties.isAlphabetic
        }
      }
    return isPlain
      ? word
      : "'"
        + word.split(separator: "'", omittingEmptySubsequences: false)
        .joined(separator: "'\\''") + "'"
  }
}
