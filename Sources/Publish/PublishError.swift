/// Why publishing failed: what happened, where, and what to try.
package struct PublishError: Error, Equatable, Sendable {
  package enum Kind: Sendable, Equatable {
    /// The address or a name cannot be used.
    case invalid
    case noSite
    /// No libpq.
    case noLibrary
    /// No server answers, or the connection was cut.
    case unreachable
    case refused
    /// Another run publishes the site.
    case busy
    /// Disk or memory of the server.
    case full
    /// The database holds something that this program did not write, or that belongs to another index.
    case conflict
    /// The database is not ready: no PostGIS, read-only.
    case configuration
    case other
  }

  package var kind: Kind
  package var message: String
  package var advice: String
  /// Of an error of the server.
  var sqlState: String?

  package init(_ kind: Kind, _ message: String, advice: String) {
    self.kind = kind
    self.message = message
    self.advice = advice
  }
}
