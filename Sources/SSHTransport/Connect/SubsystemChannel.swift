import CSSH2
import Platform

/// One channel of a session, with the `sftp` subsystem on it.
@safe final class SubsystemChannel {
  private enum Call { case start, read, write }

  /// The receive window in bytes: larger than all replies in flight, so that the server never waits for an adjustment.
  private static let window: UInt32 = 16 << 20

  private let shared: SharedSession
  /// Freed with the session.
  private let raw: OpaquePointer
  /// nil: stated only later, as by OpenSSH once the subsystem runs.
  let sendWindow: SendWindow?
  /// Half of its packet was sent.
  private var repeats: Call?
  /// The server has not answered the request for the subsystem yet.
  private var isStarting = true
  private(set) var interest: Interest = .read
  private var mustRead = true
  /// The session's ``SharedSession/stamp`` when nothing was left to read.
  private var seen: UInt64 = 0

  private init(_ shared: SharedSession, _ raw: OpaquePointer, since start: Double) {
    self.shared = shared
    unsafe self.raw = raw
    var initial: UInt = 0
    _ = unsafe libssh2_channel_window_write_ex(raw, &initial)
    let roundTrip = max(0, SystemClock.now() - start)
    sendWindow =
      initial > 0 ? SendWindow(bytes: Int(clamping: initial), roundTrip: roundTrip) : nil
  }

  /// nil while the server's answer is awaited.
  /// - Parameters:
  ///   - owner: the same at each call for the same channel.
  ///   - start: when the channel was asked for first, on the system's clock.
  static func open(
    _ shared: SharedSession, for owner: AnyObject, since start: Double
  ) throws(TransportError) -> SubsystemChannel? {
    guard let session = shared.handle else { throw shared.endpoint.closed }
    guard shared.mayOpen(owner) else { return nil }
    shared.isOpening(owner)
    let opened = unsafe libssh2_channel_open_ex(
      session.raw, "session", 7, window, UInt32(LIBSSH2_CHANNEL_PACKET_DEFAULT), nil, 0)
    shared.note(owner)
    if let opened = unsafe opened {
      shared.isOpening(nil)
      return unsafe SubsystemChannel(shared, opened, since: start)
    }
    let code = unsafe libssh2_session_last_errno(session.raw)
    if code == LibSSH2.again { return nil }
    shared.isOpening(nil)
    throw shared.endpoint.subsystemError("the server refused a channel", code, session)
  }

  /// See ``ByteChannel/mayHoldBytes``.
  var mayHoldBytes: Bool { mustRead || seen != shared.stamp }

  /// Sends the request for the subsystem.
  ///
  /// Requests and data of a channel are handled in order (RFC 4254 §5.2, §6.5), so that the first SFTP messages may follow
  /// the request at once, which saves a round trip. Some servers drop what comes before the subsystem runs.
  /// - Returns: whether data may be sent.
  func start() throws(TransportError) -> Bool {
    if try hasStarted() { return true }
    return shared.maySendAhead && !interest.contains(.write)
  }

  /// True once the server has granted the subsystem.
  private func hasStarted() throws(TransportError) -> Bool {
    guard isStarting else { return true }
    guard let session = mayCall(.start) else { return false }
    let code = unsafe libssh2_channel_process_startup(raw, "subsystem", 9, "sftp", 4)
    note(.start)
    if code == LibSSH2.again {
      interest = session.interest
      return false
    }
    guard code == 0 else {
      throw shared.endpoint.subsystemError("the server refused to start SFTP", code, session)
    }
    isStarting = false
    interest = .read
    return true
  }

  /// nil while the rest of another packet has to be sent first, or after the end of the session.
  private func mayCall(_ call: Call) -> SessionHandle? {
    guard let session = shared.handle else { return nil }
    guard shared.mayCall(self), repeats == nil || repeats == call else {
      interest = [.read, .write]
      return nil
    }
    return session
  }

  private func note(_ call: Call) { repeats = shared.note(self) ? call : nil }

  private func nothingToRead() -> ReadOutcome {
    mustRead = false
    seen = shared.stamp
    return shared.handle == nil ? .end : .wouldBlock
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> ReadOutcome {
    guard try hasStarted(), let session = mayCall(.read) else { return nothingToRead() }
    let count = unsafe libssh2_channel_read_ex(
      raw, 0, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
    note(.read)
    if count > 0 {
      mustRead = true
      return .bytes(count)
    }
    guard count == 0 || count == Int(LibSSH2.again) else {
      throw shared.endpoint.lost(Int32(truncatingIfNeeded: count), session)
    }
    interest = count == 0 ? .read : session.interest
    let outcome = nothingToRead()
    return unsafe libssh2_channel_eof(raw) == 1 ? .end : outcome
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
    guard let session = mayCall(.write) else { return 0 }
    let count = unsafe libssh2_channel_write_ex(
      raw, 0, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
    note(.write)
    if count == Int(LibSSH2.again) {
      interest = session.interest
    } else if count < 0 {
      // A refused subsystem is the cause, not the broken channel.
      _ = try hasStarted()
      throw shared.endpoint.lost(Int32(truncatingIfNeeded: count), session)
    }
    // The write may have read the answer to the request off the socket: then no further poll(2) would report it.
    if isStarting, repeats == nil {
      let before = interest
      if try !hasStarted() { interest = before }
    }
    return max(0, count)
  }

  /// Asks the server to end the subsystem, and waits for nothing.
  func close() {
    guard shared.handle != nil, shared.mayCall(self), repeats == nil else { return }
    _ = unsafe libssh2_channel_close(raw)
    // Nobody would send the rest.
    if shared.note(self) { shared.end() }
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
