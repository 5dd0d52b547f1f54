/// A pattern for whole folder paths.
///
/// - `?` is one character, `*` any run of characters within one name, `**` any run across `/`.
/// - `**/` at the beginning of a name also stands for nothing: `**/raw` finds `raw` and `a/b/raw`.
/// - `/**` at the end also stands for nothing: `a/**` finds `a` itself.
/// - Slashes at both ends do not count: `/a/` is `a`, and `/**` and `**/` are `**`, which finds all folders.
/// - Everything else stands for itself.
///
/// The steps of the pattern are the bits of a set (a nondeterministic automaton in the way of Baeza-Yates and Gonnet):
/// each character of a path moves all of them at once, so that the time is the length of the path times the number of
/// words of the set, whatever the pattern.
package struct FolderGlob: Sendable {
  private enum Step: Equatable {
    case character(Unicode.Scalar)
    /// `?`
    case one
    /// `*`
    case name
    /// `**`
    case path
    /// `**/`: nothing, or anything that ends with a slash.
    case folders
    /// `/**` at the end: nothing, or anything that begins with a slash.
    case below
  }

  private typealias Bits = [UInt64]

  /// Bits that stay on any character, and on any but a slash.
  private var staysOnAny: Bits
  private var staysInName: Bits
  /// Bits that move on by one on any character but a slash.
  private var movesInName: Bits
  /// Bits that also stand for the next, and for the one behind it.
  private var alsoNext: Bits
  private var alsoSecond: Bits
  private var start: Bits
  /// The bit behind all steps.
  private let end: Int
  /// Bits that move on by one on that character.
  private var moves: [Unicode.Scalar: Bits] = [:]

  package init(_ pattern: String) {
    var scalars = Array(pattern.unicodeScalars)[...]
    while scalars.first == "/" { scalars.removeFirst() }
    while scalars.last == "/" { scalars.removeLast() }
    let steps = Self.steps(scalars)
    let width = steps.reduce(0) { $0 + ($1 == .folders || $1 == .below ? 2 : 1) }
    let none = Bits(repeating: 0, count: width / 64 + 1)
    (staysOnAny, staysInName, movesInName, alsoNext, alsoSecond) = (none, none, none, none, none)
    start = none
    end = width
    var bit = 0
    for step in steps {
      switch step {
      case .character(let scalar): moves[scalar, default: none].set(bit)
      case .one: movesInName.set(bit)
      case .name:
        staysInName.set(bit)
        alsoNext.set(bit)
      case .path:
        staysOnAny.set(bit)
        alsoNext.set(bit)
      case .folders:
        // The first bit is the beginning of a name, the second one somewhere behind it.
        alsoNext.set(bit)
        alsoSecond.set(bit)
        bit += 1
        staysOnAny.set(bit)
        moves["/", default: none].set(bit)
      case .below:
        alsoSecond.set(bit)
        moves["/", default: none].set(bit)
        bit += 1
        staysOnAny.set(bit)
        alsoNext.set(bit)
      }
      bit += 1
    }
    start.set(0)
    close(&start, start.count - 1)
  }

  private static func steps(_ pattern: ArraySlice<Unicode.Scalar>) -> [Step] {
    var steps: [Step] = []
    var rest = pattern
    while let scalar = rest.popFirst() {
      switch scalar {
      case "?": steps.append(.one)
      case "*":
        let startsName = steps.isEmpty || [.character("/"), .folders].contains(steps.last)
        var stars = 1
        while rest.first == "*" {
          rest.removeFirst()
          stars += 1
        }
        guard stars > 1 else {
          steps.append(.name)
          continue
        }
        // `**/**/` is `**/`, and `**/**` is `**`.
        if steps.last == .folders { steps.removeLast() }
        if startsName, rest.first == "/" {
          rest.removeFirst()
          steps.append(.folders)
        } else {
          steps.append(.path)
        }
      default: steps.append(.character(scalar))
      }
    }
    if steps.suffix(2) == [.character("/"), .path] {
      steps.replaceSubrange((steps.count - 2)..., with: [.below])
    }
    return steps
  }

  package func matches(_ path: String) -> Bool {
    var set = start
    // Words from here on are 0: a character moves a bit by a few places at most.
    var used = min(1, set.count - 1)
    for scalar in path.unicodeScalars {
      let moves = moves[scalar]
      let isSlash = scalar == "/"
      var carry: UInt64 = 0
      for word in 0...used {
        let old = set[word]
        var stay = old & staysOnAny[word]
        var move = moves.map { old & $0[word] } ?? 0
        if !isSlash {
          stay |= old & staysInName[word]
          move |= old & movesInName[word]
        }
        set[word] = stay | move << 1 | carry
        carry = move >> 63
      }
      close(&set, used)
      while used > 0, set[used - 1] == 0, set[used] == 0 { used -= 1 }
      if used == 0, set[0] == 0 { return false }
      if set[used] != 0 { used = min(used + 1, set.count - 1) }
    }
    return set[end / 64] & (1 << UInt64(end % 64)) != 0
  }

  /// Adds the bits that those of the set also stand for. No chain of them is longer than three: runs of stars are one step.
  private func close(_ set: inout Bits, _ last: Int) {
    for _ in 0..<3 {
      var carry: UInt64 = 0
      var isClosed = true
      for word in 0...last {
        let old = set[word]
        let (next, second) = (old & alsoNext[word], old & alsoSecond[word])
        let new = old | next << 1 | second << 2 | carry
        if new != old { isClosed = false }
        set[word] = new
        carry = next >> 63 | second >> 62
      }
      if isClosed { return }
    }
  }
}

extension [UInt64] {
  fileprivate mutating func set(_ bit: Int) { self[bit / 64] |= 1 << UInt64(bit % 64) }
}
