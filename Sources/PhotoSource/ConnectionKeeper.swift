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

  private var key: Key?
  private var lanes: [Lane] = []
  private var isForetelling = true

  package init() {}

  deinit { close() }

  /// Hands out what is kept for a server, and closes what is kept for another one.
  func take(_ wanted: Key) -> (lanes: [Lane], isForetelling: Bool)? {
    guard key == wanted else {
      close()
      return nil
    }
    defer { lanes = [] }
    return (lanes, isForetelling)
  }

  func keep(_ given: [Lane], isForetelling: Bool, for key: Key) {
    close()
    self.key = key
    lanes = given
    self.isForetelling = isForetelling
  }

  private func close() {
    for lane in lanes { lane.channel.close() }
    lanes = []
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
