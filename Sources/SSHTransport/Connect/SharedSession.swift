import CSSH2

/// A session that has come through its login, and the channels on it. Used on one thread.
///
/// libssh2 sends one packet at a time: where the socket takes only a part of one, the same call must be repeated before any
/// other may send. It opens one channel at a time, too.
@safe final class SharedSession {
  let endpoint: Endpoint
  /// Data of a channel is handled in order with the request for its subsystem, even where it follows at once.
  let maySendAhead: Bool
  /// nil once the last channel was closed.
  private(set) var handle: SessionHandle?
  private let socket: TransportSocket
  private let onEnd: () -> Void
  private var channels = 0
  /// Whose call has to be repeated.
  private weak var sender: AnyObject?
  /// The channel that is being opened.
  private weak var opener: AnyObject?
  /// Packets whose rest was sent later.
  private var resumed: UInt64 = 0

  /// - Parameter onEnd: called when the last channel was closed.
  init(
    _ handle: SessionHandle, _ socket: TransportSocket, _ endpoint: Endpoint,
    maySendAhead: Bool, onEnd: @escaping () -> Void
  ) {
    self.handle = handle
    self.socket = socket
    self.endpoint = endpoint
    self.maySendAhead = maySendAhead
    self.onEnd = onEnd
  }

  var descriptor: Int32 { socket.descriptor }

  func join() { channels += 1 }

  func leave() {
    channels -= 1
    if channels == 0 { end() }
  }

  /// Ends all channels.
  func end() {
    guard handle != nil else { return }
    socket.shutDown()
    handle = nil
    socket.close()
    onEnd()
  }

  // MARK: One after the other

  /// Another channel's packet does not wait for its rest.
  func mayCall(_ channel: AnyObject) -> Bool { sender == nil || sender === channel }

  /// To be called after each call of libssh2 for a channel.
  /// - Returns: whether the call has to be repeated before any other.
  @discardableResult
  func note(_ channel: AnyObject) -> Bool {
    guard let handle else { return false }
    if handle.sendsHalf {
      if sender == nil { sender = channel }
    } else if sender != nil {
      sender = nil
      resumed += 1
    }
    return sender === channel
  }

  /// No other channel is being opened.
  func mayOpen(_ channel: AnyObject) -> Bool {
    mayCall(channel) && (opener == nil || opener === channel)
  }

  func isOpening(_ channel: AnyObject?) { opener = channel }

  /// Changes whenever a channel may have got bytes, or may call again.
  var stamp: UInt64 {
    guard let handle else { return .max }
    return handle.received &+ resumed
  }
}

extension SessionHandle {
  /// Of all channels.
  var received: UInt64 { unsafe cssh2_received(raw) }

  /// The rest of a packet waits for the socket.
  var sendsHalf: Bool {
    unsafe libssh2_session_block_directions(raw) & LIBSSH2_SESSION_BLOCK_OUTBOUND != 0
  }
}
