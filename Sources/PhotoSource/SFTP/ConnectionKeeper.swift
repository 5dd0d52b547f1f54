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

  private typealias Kept = (key: Key, lanes: [Lane], isForetelling: Bool)

  /// So many servers keep their connections; the one used longest ago loses them first.
  private static let mostServers = 8

  private var kept: [Kept] = []
  private var refused: [(key: Key, error: TransportError)] = []

  package init() {}

  deinit {
    for server in kept { Self.close(server) }
  }

  /// Hands out what is kept for a server.
  func take(_ wanted: Key) -> (lanes: [Lane], isForetelling: Bool)? {
    guard let place = kept.firstIndex(where: { $0.key == wanted }) else { return nil }
    let found = kept.remove(at: place)
    return (found.lanes, found.isForetelling)
  }

  func keep(_ given: [Lane], isForetelling: Bool, for key: Key) {
    if let place = kept.firstIndex(where: { $0.key == key }) { Self.close(kept.remove(at: place)) }
    kept.append((key, given, isForetelling))
    if kept.count > Self.mostServers { Self.close(kept.removeFirst()) }
  }

  /// A login that a server refused is not tried again for the next site: a few of them, and many
  /// servers shut this address out.
  func note(_ refusal: TransportError, for key: Key?) {
    if let key { refused.append((key, refusal)) }
  }

  func refusal(for key: Key) -> TransportError? { refused.first { $0.key == key }?.error }

  private static func close(_ server: Kept) {
    for lane in server.lanes { lane.channel.close() }
  }
}

extension SFTPSource {
  /// Goes on with the connections of the walk before, if it was to the same server.
  func adopt(now: Double) {
    guard let keeper, let (kept, foretelling) = keeper.keeper.take(keeper.key) else { return }
    isForetelling = foretelling
    for lane in kept.prefix(laneLimit) {
      lane.lastProgress = now
      lane.startedAtReady = now
      lanes.append(lane)
    }
    for lane in kept.dropFirst(laneLimit) { lane.channel.close() }
    lanesStarted = lanes.count
    everReady = !lanes.isEmpty
    statistics.connections += lanes.count
  }

  /// At the end of a walk that came to its end nothing is open any more but what nobody waits for.
  func handOver(isWhole: Bool) {
    let good = lanes.filter { lane in
      isWhole && lane.state == .ready && lane.client.isVersionKnown && lane.handlesInUse == 0
    }
    for lane in lanes where !good.contains(where: { $0 === lane }) { lane.channel.close() }
    lanes = []
    if let keeper {
      keeper.keeper.keep(good, isForetelling: isForetelling, for: keeper.key)
    } else {
      for lane in good { lane.channel.close() }
    }
  }
}
