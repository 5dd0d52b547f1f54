import SFTP
import SSHTransport

/// Connections that one walk leaves open for the next one to the same server, so that several sites
/// of a host cost one login. Used on one thread, that of the walks; closes what is left at its end.
package final class ConnectionKeeper {
  /// Everything but the path: who logs in where, and how.
  struct Key: Equatable {
    private let place: ServerPlace
    private let options: AccessOptions

    init(_ place: ServerPlace, _ options: AccessOptions) {
      var place = place
      place.path = []
      self.place = place
      self.options = options
    }
  }

  /// What one walk leaves to the next.
  struct Kept {
    var connections: [PooledConnection]
    var habits: ServerHabits
  }

  /// So many servers keep their connections; the one used longest ago loses them first.
  private static let mostServers = 8

  private var kept: [(key: Key, connections: Kept)] = []
  /// How each server was reached last.
  private var accesses: [(key: Key, access: ServerAccess)] = []
  private var refused: [(key: Key, error: TransportError)] = []

  package init() {}

  deinit {
    for server in kept { Self.close(server.connections) }
  }

  /// Hands out what is kept for a server.
  func take(_ wanted: Key) -> Kept? {
    guard let place = kept.firstIndex(where: { $0.key == wanted }) else { return nil }
    return kept.remove(at: place).connections
  }

  func keep(_ given: [PooledConnection], habits: ServerHabits, for key: Key) {
    if let before = take(key) { Self.close(before) }
    kept.append((key, Kept(connections: given, habits: habits)))
    if kept.count > Self.mostServers { Self.close(kept.removeFirst().connections) }
  }

  func note(_ access: ServerAccess) {
    let key = access.key
    accesses.removeAll { $0.key == key }
    accesses.append((key, access))
    if accesses.count > Self.mostServers { accesses.removeFirst() }
  }

  /// What the ssh configuration said of a server, while a connection to it stands; nil: it is to be asked again.
  func access(to place: ServerPlace, _ options: AccessOptions) -> ServerAccess? {
    let wanted = Key(place, options)
    let isKept = kept.contains { $0.key == wanted && !$0.connections.connections.isEmpty }
    return isKept ? accesses.last { $0.key == wanted }?.access.with(path: place.path) : nil
  }

  /// All that is kept.
  var all: [PooledConnection] { kept.flatMap(\.connections.connections) }

  /// Closes a connection, which no walk gets any more.
  func drop(_ connection: PooledConnection) {
    connection.close()
    for index in kept.indices {
      kept[index].connections.connections.removeAll { $0 === connection }
    }
  }

  /// A login that a server refused is not tried again for the next site: a few of them, and many
  /// servers shut this address out.
  func note(_ refusal: TransportError, for key: Key) { refused.append((key, refusal)) }

  func refusal(for key: Key) -> TransportError? { refused.first { $0.key == key }?.error }

  private static func close(_ kept: Kept) {
    for connection in kept.connections { connection.close() }
  }
}
