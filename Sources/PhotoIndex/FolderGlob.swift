/// A pattern for whole folder paths: `?` is one character, `*` any run within one name, `**` any run
/// across `/`; `**/` also stands for nothing, so that `**/raw` finds `raw` and `a/b/raw`, and `a/**` finds `a` itself.
/// Everything else stands for itself.
struct FolderGlob {
  private enum Token: Equatable {
    case character(Unicode.Scalar)
    case one
    case name
    case path
  }

  private let tokens: [Token]
  private let alternatives: [[Token]]

  init(_ pattern: String) {
    var tokens: [Token] = []
    var rest = Array(pattern.unicodeScalars)[...]
    while rest.count > 1, rest.last == "/" { rest.removeLast() }
    while let scalar = rest.popFirst() {
      switch scalar {
      case "?": tokens.append(.one)
      case "*":
        var stars = 1
        while rest.first == "*" {
          rest.removeFirst()
          stars += 1
        }
        tokens.append(stars > 1 ? .path : .name)
      default: tokens.append(.character(scalar))
      }
    }
    self.tokens = tokens
    alternatives = Self.alternatives(tokens)
  }

  /// The pattern itself, and the forms in which `**/` and a final `/**` stand for nothing.
  private static func alternatives(_ tokens: [Token]) -> [[Token]] {
    var out = [tokens]
    let slash = Token.character("/")
    var index = 0
    // Each `**/` doubles the forms; patterns with more than a few are no longer expanded.
    while index + 1 < tokens.count, out.count < 64 {
      let startsName = index == 0 || tokens[index - 1] == slash
      if tokens[index] == .path, tokens[index + 1] == slash, startsName {
        // Positions shift in earlier forms, so shorten from the end of the common part.
        let tail = tokens.count - index
        out += out.map { form in
          var shorter = form
          let at = form.count - tail
          shorter.removeSubrange(at..<(at + 2))
          return shorter
        }
      }
      index += 1
    }
    if tokens.count >= 2, tokens.last == .path, tokens[tokens.count - 2] == slash {
      out += out.compactMap { $0.count >= 2 ? Array($0.dropLast(2)) : nil }
    }
    return out
  }

  func matches(_ path: String) -> Bool {
    let path = Array(path.unicodeScalars)
    return alternatives.contains { Self.matches($0, path) }
  }

  /// All positions of the path that each prefix of the pattern can end at: time is the product of
  /// both lengths, whatever the pattern.
  private static func matches(_ tokens: [Token], _ path: [Unicode.Scalar]) -> Bool {
    var ends = [Bool](repeating: false, count: path.count + 1)
    ends[0] = true
    for token in tokens {
      var next = [Bool](repeating: false, count: path.count + 1)
      switch token {
      case .character(let scalar):
        for (at, found) in path.enumerated() where ends[at] && found == scalar {
          next[at + 1] = true
        }
      case .one:
        for (at, found) in path.enumerated() where ends[at] && found != "/" { next[at + 1] = true }
      case .name, .path:
        next = ends
        for (at, found) in path.enumerated() where next[at] && (token == .path || found != "/") {
          next[at + 1] = true
        }
      }
      ends = next
    }
    return ends[path.count]
  }
}
