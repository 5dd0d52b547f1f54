import PhotoModel

/// Where a site lies: the one list of kinds of sources. ``openSource(_:access:options:visitor:connections:)`` opens
/// each kind; ``SitePlace/parse(_:folder:home:)`` reads each from text.
package enum SitePlace: Sendable, Equatable {
  /// Absolute path of a folder on this machine.
  case folder([UInt8])
  case server(ServerPlace)

  /// nil for a folder of this machine.
  package var server: ServerPlace? {
    if case .server(let server) = self { server } else { nil }
  }

  /// The folder's path. A server's may be relative to the login's home folder.
  package var path: [UInt8] {
    get {
      switch self {
      case .folder(let path): path
      case .server(let server): server.path
      }
    }
    set {
      switch self {
      case .folder: self = .folder(newValue)
      case .server(var server):
        server.path = newValue
        self = .server(server)
      }
    }
  }

  /// The same place with another path.
  package func with(path: [UInt8]) -> SitePlace {
    var other = self
    other.path = path
    return other
  }

  /// The same place with or without the leading slash, since servers differ in what they want; nil where
  /// that makes no difference.
  package var slashChanged: SitePlace? {
    guard let server, !server.path.isEmpty else { return nil }
    let slash = UInt8(ascii: "/")
    return with(
      path: server.path.first == slash
        ? Array(server.path.drop { $0 == slash }) : [slash] + server.path)
  }

  /// The default name of a site: the last folder, else the host.
  package var suggestedName: String {
    path.split(separator: UInt8(ascii: "/")).last.map { PathBytes($0).text }
      ?? server?.host ?? "photos"
  }
}

package struct ServerPlace: Sendable, Equatable {
  /// nil: the ssh configuration's, else the account's own name.
  package var user: String?
  /// A name, an address, or an alias of the ssh configuration.
  package var host: String
  package var port: UInt16?
  /// Absolute, or relative to the login's home folder; empty for that folder itself.
  package var path: [UInt8]

  package init(user: String?, host: String, port: UInt16?, path: [UInt8]) {
    self.user = user
    self.host = host
    self.port = port
    self.path = path
  }
}

/// A text that names no place.
package struct PlaceError: Error, Equatable {
  package enum Kind: Sendable, Equatable {
    /// Not the text of a location.
    case invalid
    /// `~` without a home folder.
    case noHome
    /// No such folder on this machine.
    case missing
    /// A folder of this machine that cannot be opened, as it was given.
    case refused(String)
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
