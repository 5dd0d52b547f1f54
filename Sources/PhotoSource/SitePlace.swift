/// Where a site lies.
package enum SitePlace: Sendable, Equatable {
  /// Absolute path of a folder on this machine.
  case folder([UInt8])
  case server(ServerPlace)

  /// nil for a folder of this machine.
  package var server: ServerPlace? {
    if case .server(let server) = self { server } else { nil }
  }

  /// The same place with or without the leading slash, since servers differ in what they want; nil where
  /// that makes no difference.
  package var slashChanged: SitePlace? {
    guard var server, !server.path.isEmpty else { return nil }
    let slash = UInt8(ascii: "/")
    server.path =
      server.path.first == slash ? Array(server.path.drop { $0 == slash }) : [slash] + server.path
    return .server(server)
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
