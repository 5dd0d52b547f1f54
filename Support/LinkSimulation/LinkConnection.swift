#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// One client, one server, and what is on its way between them.
struct LinkConnection {
  enum Phase: Equatable {
    /// The handshake of TCP is still under way; the server is called at `callAt`.
    case handshake
    case connecting
    case open
  }

  let client: Int32
  var server: Int32 = -1
  var phase = Phase.handshake
  /// SYN, SYN-ACK, ACK: the server sees the connection 1½ round trips after the client began. The
  /// client's kernel thinks it is connected at once, so what it sends arrives no earlier either.
  let callAt: UInt64

  var up = DelayLine()
  var down = DelayLine()
  var clientEnded = false
  var serverEnded = false
  var upDone = false
  var downDone = false
  var upBlocked = false
  var downBlocked = false
  /// A reset is on its way: at this moment both ends are closed hard.
  var resetAt: UInt64?

  /// More than this under way in one direction, and the sender has to wait: far above what any
  /// TCP window holds, and a bound on memory.
  static let mostUnderWay = 64 << 20

  var wantsClientBytes: Bool { !clientEnded && up.count < Self.mostUnderWay }
  var wantsServerBytes: Bool {
    phase == .open && !serverEnded && down.count < Self.mostUnderWay
  }
  var isDone: Bool { upDone && downDone }

  /// The next moment at which something happens by itself.
  var nextEvent: UInt64? {
    var next = resetAt
    func consider(_ moment: UInt64?) {
      guard let moment else { return }
      next = min(next ?? moment, moment)
    }
    if phase == .handshake { consider(callAt) }
    if phase == .open, !upDone, !upBlocked { consider(up.nextDue) }
    if !downDone, !downBlocked { consider(down.nextDue) }
    return next
  }

  func close(hard: Bool) {
    for descriptor in [client, server] where descriptor >= 0 {
      if hard {
        LoopbackSocket.closeHard(descriptor)
      } else {
        #if canImport(Darwin)
          Darwin.close(descriptor)
        #else
          Glibc.close(descriptor)
        #endif
      }
    }
  }

  /// Sends what has arrived by `now` to the client.
  mutating func deliverDown(now: UInt64) {
    Self.deliver(
      &down, to: client, now: now, blocked: &downBlocked, done: &downDone, failed: &resetAt)
  }

  /// Sends what has arrived by `now` to the server.
  mutating func deliverUp(now: UInt64) {
    guard phase == .open else { return }
    Self.deliver(&up, to: server, now: now, blocked: &upBlocked, done: &upDone, failed: &resetAt)
  }

  private static func deliver(
    _ line: inout DelayLine, to sink: Int32, now: UInt64, blocked: inout Bool, done: inout Bool,
    failed: inout UInt64?
  ) {
    guard !done else { return }
    blocked = false
    var ready = line.arrived(by: now)
    while ready > 0 {
      let sent = line.withFront(ready) { LoopbackSocket.send($0, to: sink) }
      if sent > 0 {
        line.drop(sent)
        ready -= sent
      } else if sent < 0, errno == EINTR {
        continue
      } else if sent < 0, errno == EAGAIN || errno == EWOULDBLOCK {
        blocked = true
        return
      } else {
        // The receiver is gone; the sender learns it by the reset.
        failed = min(failed ?? now, now)
        return
      }
    }
    if line.endArrived(by: now) {
      LoopbackSocket.shutdownWriting(sink)
      done = true
    }
  }
}
