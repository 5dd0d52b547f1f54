import CSSH2

/// The one channel of a session, with the `sftp` subsystem on it.
@safe final class SubsystemChannel {
  /// The receive window in bytes: larger than all replies in flight, so that the server never waits for an adjustment.
  private static let window: UInt32 = 16 << 20

  private let session: SessionHandle
  private let endpoint: Endpoint
  /// Freed with the session.
  private let raw: OpaquePointer
  private var writeWaits = false
  /// The server has not answered the request for the subsystem yet.
  private var isStarting = true
  private(set) var interest: Interest = .read

  private init(_ session: SessionHandle, _ endpoint: Endpoint, _ raw: OpaquePointer) {
    self.session = session
    self.endpoint = endpoint
    unsafe self.raw = raw
  }

  /// nil while the server's answer is awaited.
  static func open(
    _ session: SessionHandle, _ endpoint: Endpoint
  ) throws(TransportError) -> SubsystemChannel? {
    let opened = unsafe libssh2_channel_open_ex(
      session.raw, "session", 7, window, UInt32(LIBSSH2_CHANNEL_PACKET_DEFAULT), nil, 0)
    if let opened = unsafe opened { return unsafe SubsystemChannel(session, endpoint, opened) }
    let code = unsafe libssh2_session_last_errno(session.raw)
    if code == LibSSH2.again { return nil }
    throw endpoint.subsystemError("the server refused a channel", code, session)
  }

  /// Sends the request for the subsystem.
  /// - Parameter maySendAhead: requests and data of a channel are handled in order (RFC 4254 §5.2, §6.5), so that the first
  ///   SFTP messages may follow the request at once, which saves a round trip. Some servers drop what comes before the
  ///   subsystem runs.
  /// - Returns: whether data may be sent.
  func start(maySendAhead: Bool) throws(TransportError) -> Bool {
    if try hasStarted() { return true }
    return maySendAhead && !interest.contains(.write)
  }

  /// True once the server has granted the subsystem.
  private func hasStarted() throws(TransportError) -> Bool {
    guard isStarting else { return true }
    let code = unsafe libssh2_channel_process_startup(raw, "subsystem", 9, "sftp", 4)
    if code == LibSSH2.again {
      interest = session.interest
      return false
    }
    guard code == 0 else {
      throw endpoint.subsystemError("the server refused to start SFTP", code, session)
    }
    isStarting = false
    interest = .read
    return true
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> ReadOutcome {
    guard try hasStarted() else { return .wouldBlock }
    // libssh2 cannot send a window adjustment while half of another packet waits to be sent.
    if writeWaits { return .wouldBlock }
    let count = unsafe libssh2_channel_read_ex(
      raw, 0, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
    if count > 0 { return .bytes(count) }
    guard count == 0 || count == Int(LibSSH2.again) else {
      throw endpoint.lost(Int32(truncatingIfNeeded: count), session)
    }
    interest = count == 0 ? .read : session.interest
    return unsafe libssh2_channel_eof(raw) == 1 ? .end : .wouldBlock
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
    let count = unsafe libssh2_channel_write_ex(
      raw, 0, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
    if count >= 0 {
      writeWaits = false
    } else if count == Int(LibSSH2.again) {
      interest = session.interest
      writeWaits = interest.contains(.write)
    } else {
      // A refused subsystem is the cause, not the broken channel.
      _ = try hasStarted()
      throw endpoint.lost(Int32(truncatingIfNeeded: count), session)
    }
    // The write may have read the answer to the request off the socket: then no further poll(2) would report it.
    if isStarting {
      let before = interest
      if try !hasStarted() { interest = before }
    }
    return max(0, count)
  }
}

extension SessionHandle {
  /// What libssh2 waits for after LIBSSH2_ERROR_EAGAIN.
  var interest: Interest {
    let directions = unsafe libssh2_session_block_directions(raw)
    var wanted: Interest = []
    if directions & LIBSSH2_SESSION_BLOCK_INBOUND != 0 { wanted.insert(.read) }
    if directions & LIBSSH2_SESSION_BLOCK_OUTBOUND != 0 { wanted.insert(.write) }
    return wanted.isEmpty ? .read : wanted
  }
}
