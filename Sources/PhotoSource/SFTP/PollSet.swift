import SSHTransport

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Waits for any of several connections.
enum PollSet {
  /// - Parameter wake: another descriptor that ends the wait; −1: none.
  /// - Returns: those with something to do.
  static func wait(
    for connections: [PooledConnection], wake: Int32 = -1, milliseconds: Int32
  ) -> [PooledConnection] {
    var descriptors = connections.map { connection in
      let wanted = connection.interest
      var events: Int16 = 0
      if wanted.contains(.read) || connection.isOpen { events |= Int16(POLLIN) }
      if wanted.contains(.write) { events |= Int16(POLLOUT) }
      return pollfd(fd: connection.descriptor, events: events, revents: 0)
    }
    descriptors.append(pollfd(fd: wake, events: Int16(POLLIN), revents: 0))
    // What a channel holds in memory, no descriptor reports.
    let holding = connections.contains(where: \.mayHoldBytes)
    _ = poll(&descriptors, nfds_t(descriptors.count), holding ? 0 : milliseconds)
    return zip(connections, descriptors).filter { $0.1.revents != 0 || $0.0.mayHoldBytes }
      .map(\.0)
  }
}
