/// Why a key file cannot be used.
package struct KeyFileError: Error, Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    /// Missing, unreadable, or not a private key.
    case unusable
    /// Its mode lets other accounts read it.
    case readableByOthers
  }
  package var kind: Kind
  /// One line, with the path.
  package var message: String
  /// What to try, one line.
  package var advice: String
}
