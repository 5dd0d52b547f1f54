#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The event loop of a ``Link``: one ``turn()`` waits for sockets or for the next arrival.
struct LinkLoop {
  private let listener: Int32
  private let wake: Int32
  private let target: UInt16
  private let settings: LinkSettings
  private var connections: [LinkConnection] = []
  private var wireUp: Wire
  private var wireDown: Wire
  private var readable = DescriptorSet()
  private var writable = DescriptorSet()
  private var scratch = [UInt8](repeating: 0, count: 256 << 10)
  private(set) var statistics = LinkStatistics()

  init(listener: Int32, wake: Int32, target: UInt16, settings: LinkSettings) {
    self.listener = listener
    self.wake = wake
    self.target = target
    self.settings = settings
    wireUp = Wire(bitsPerSecond: settings.bitsPerSecond)
    wireDown = Wire(bitsPerSecond: settings.bitsPerSecond)
  }

  mutating func turn() {
    collectDescriptors()
    let next = connections.compactMap(\.nextEvent).min()
    let before = MonotonicClock.now
    DescriptorSet.wait(
      readable: &readable, writable: &writable,
      nanoseconds: next.map { $0 > before ? $0 - before : 0 })
    let now = MonotonicClock.now
    if readable.contains(wake) { _ = read(wake, &scratch, scratch.count) }
    for i in connections.indices { serve(i, now: now) }
    if readable.contains(listener) { acceptAll(now: now) }
    sweep(now: now)
  }

  mutating func closeAll() {
    for connection in connections { connection.close(hard: true) }
    connections = []
    statistics.openConnections = 0
  }

  /// Only descriptors of which something is wanted: an ended one would be ready for ever.
  private mutating func collectDescriptors() {
    readable = DescriptorSet()
    writable = DescriptorSet()
    readable.insert(wake)
    readable.insert(listener)
    for c in connections {
      if c.wantsClientBytes { readable.insert(c.client) }
      if c.wantsServerBytes { readable.insert(c.server) }
      if c.downBlocked { writable.insert(c.client) }
      if c.upBlocked || c.phase == .connecting { writable.insert(c.server) }
    }
  }

  private mutating func acceptAll(now: UInt64) {
    while let client = LoopbackSocket.accepted(from: listener) {
      statistics.connections += 1
      // The server's descriptor, still to come, has to fit as well.
      guard client < DescriptorSet.limit - 64 else {
        LoopbackSocket.closeHard(client)
        continue
      }
      connections.append(
        LinkConnection(client: client, callAt: now + settings.roundTrip + settings.oneWay))
    }
  }

  private mutating func serve(_ i: Int, now: UInt64) {
    if connections[i].phase == .connecting, writable.contains(connections[i].server) {
      if LoopbackSocket.connectResult(connections[i].server) == 0 {
        connections[i].phase = .open
      } else {
        connections[i].resetAt = now + settings.oneWay
      }
    } else if readable.contains(connections[i].server) {
      readServer(i, now: now)
    }
    if readable.contains(connections[i].client) { readClient(i, now: now) }
  }

  private mutating func readClient(_ i: Int, now: UInt64) {
    let earliest = connections[i].callAt
    switch receive(connections[i].client) {
    case .bytes(let count):
      statistics.bytesUp += UInt64(count)
      scratch.withUnsafeBytes { raw in
        var rest = raw.prefix(count)
        while !rest.isEmpty {
          let piece = rest.prefix(wireUp.pieceSize)
          let due = max(wireUp.send(piece.count, now: now) + settings.oneWay, earliest)
          connections[i].up.push(UnsafeRawBufferPointer(rebasing: piece), due: due)
          rest = rest.dropFirst(piece.count)
        }
      }
      statistics.peakUp = max(statistics.peakUp, connections.reduce(0) { $0 + $1.up.count })
    case .end:
      connections[i].clientEnded = true
      connections[i].up.end(due: max(wireUp.send(0, now: now) + settings.oneWay, earliest))
    case .nothing: break
    case .failed: connections[i].resetAt = now + settings.oneWay
    }
  }

  private mutating func readServer(_ i: Int, now: UInt64) {
    switch receive(connections[i].server) {
    case .bytes(let count):
      statistics.bytesDown += UInt64(count)
      scratch.withUnsafeBytes { raw in
        var rest = raw.prefix(count)
        while !rest.isEmpty {
          let piece = rest.prefix(wireDown.pieceSize)
          let due = wireDown.send(piece.count, now: now) + settings.oneWay
          connections[i].down.push(UnsafeRawBufferPointer(rebasing: piece), due: due)
          rest = rest.dropFirst(piece.count)
        }
      }
      statistics.peakDown = max(statistics.peakDown, connections.reduce(0) { $0 + $1.down.count })
    case .end:
      connections[i].serverEnded = true
      connections[i].down.end(due: wireDown.send(0, now: now) + settings.oneWay)
    case .nothing: break
    case .failed: connections[i].resetAt = now + settings.oneWay
    }
  }

  private enum Received { case bytes(Int), end, nothing, failed }

  /// One `recv`: what is left is there at the next turn, after all others had theirs.
  private mutating func receive(_ descriptor: Int32) -> Received {
    while true {
      let count = recv(descriptor, &scratch, scratch.count, 0)
      if count > 0 { return .bytes(count) }
      if count == 0 { return .end }
      if errno == EINTR { continue }
      return errno == EAGAIN || errno == EWOULDBLOCK ? .nothing : .failed
    }
  }

  /// Everything that is due: calls, deliveries, ends.
  private mutating func sweep(now: UInt64) {
    for i in connections.indices {
      if connections[i].phase == .handshake, connections[i].callAt <= now {
        do throws(LinkError) {
          connections[i].server = try LoopbackSocket.connecting(port: target)
          connections[i].phase = .connecting
        } catch {
          connections[i].resetAt = now + settings.oneWay
          connections[i].phase = .connecting
        }
      }
      connections[i].deliverUp(now: now)
      connections[i].deliverDown(now: now)
    }
    connections.removeAll { connection in
      let reset = connection.resetAt.map { $0 <= now } ?? false
      guard reset || connection.isDone else { return false }
      connection.close(hard: reset)
      return true
    }
    statistics.openConnections = connections.count
  }
}
