import SSHTransport

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Waits for any of several connections.
enum PollSet {
  /// - Returns: those with something to do.
  static func wait(
    for connections: [PooledConnection], milliseconds: Int32
  ) -> [PooledConnection] {
    var descriptors = connections.map { connection in
      let wanted = connection.interest
      var events: Int16 = 0
      if wanted.contains(.read) || connection.isOpen { events |= Int16(POLLIN) }
      if wanted.contains(.write) { events |= Int16(POLLOUT) }
      return pollfd(fd: connection.descriptor, events: events, revents: 0)
    }
    _ = poll(&descriptors, nfds_t(descriptors.count), milliseconds)
    return zip(connections, descriptors).filter { $0.1.revents != 0 }.map(\.0)
  }
}
