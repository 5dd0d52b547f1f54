/// Why a fetch could not begin or go on.
package struct FetchError: Error, Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    case io
    case permission
    /// Another fetch writes into the same folder.
    case busy
    case notAFolder
  }

  package var kind: Kind
  package var message: String
  package var advice: String

  package init(_ kind: Kind, _ message: String, advice: String) {
    self.kind = kind
    self.message = message
    self.advice = advice
  }
}
