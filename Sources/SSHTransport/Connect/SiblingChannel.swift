import Platform

/// A further channel of a session that has come through its login.
@safe final class SiblingChannel: ByteChannel {
  private enum State {
    case opening(since: Double?)
    case starting(SubsystemChannel)
    case open(SubsystemChannel)
    case closed
  }

  private let shared: SharedSession
  let isOpenSSH: Bool
  let peer: PeerInfo?
  private var state = State.opening(since: nil)
  /// The session's ``SharedSession/stamp`` when it last waited for the server.
  private var seen: UInt64 = 0

  init(_ shared: SharedSession, isOpenSSH: Bool, peer: PeerInfo?) {
    self.shared = shared
    self.isOpenSSH = isOpenSSH
    self.peer = peer
    shared.join()
  }

  deinit { close() }

  private var channel: SubsystemChannel? {
    switch state {
    case .starting(let channel), .open(let channel): channel
    case .opening, .closed: nil
    }
  }

  var descriptor: Int32 {
    if case .closed = state { return -1 }
    return shared.descriptor
  }
  var interest: Interest { channel?.interest ?? shared.handle?.interest ?? .read }
  var stage: ConnectionStage {
    if case .open = state { return .talking(to: shared.endpoint.description) }
    return .startingSFTP(on: shared.endpoint.description)
  }
  var sendWindow: SendWindow? { channel?.sendWindow }
  var mayHoldBytes: Bool {
    switch state {
    case .open(let channel): channel.mayHoldBytes
    case .opening, .starting: seen != shared.stamp
    case .closed: false
    }
  }

  func makeSibling() -> (any ByteChannel)? {
    guard shared.handle != nil else { return nil }
    return SiblingChannel(shared, isOpenSSH: isOpenSSH, peer: peer)
  }

  func advance() throws(TransportError) -> Bool {
    defer { seen = shared.stamp }
    while true {
      switch state {
      case .opening(let since):
        let start = since ?? SystemClock.now()
        state = .opening(since: start)
        guard let channel = try SubsystemChannel.open(shared, for: self, since: start) else {
          return false
        }
        state = .starting(channel)
      case .starting(let channel):
        guard try channel.start() else { return false }
        state = .open(channel)
      case .open: return true
      case .closed: throw shared.endpoint.closed
      }
    }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> ReadOutcome {
    guard case .open(let channel) = state else { return .end }
    return unsafe try channel.read(into: buffer)
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
    guard case .open(let channel) = state else { return 0 }
    return unsafe try channel.write(bytes)
  }

  func close() {
    if case .closed = state { return }
    channel?.close()
    state = .closed
    shared.leave()
  }
}
