/// One byte stream to an SFTP server, non-blocking, owned by exactly one thread.
///
/// Call ``advance()`` until it returns true, then ``read(into:)`` and ``write(_:)``, then ``close()``. No call blocks; the
/// owner polls ``descriptor`` for ``interest`` and keeps the deadlines.
public protocol ByteChannel: AnyObject {
  /// The descriptor to poll; negative while there is none.
  var descriptor: Int32 { get }
  /// What the last call waited for.
  var interest: Interest { get }
  /// The current step.
  var stage: ConnectionStage { get }
  /// True once the server has named itself OpenSSH; what it then is known to do may be relied upon.
  var isOpenSSH: Bool { get }
  /// What the server told about itself; nil where another program speaks SSH.
  var peer: PeerInfo? { get }
  /// Goes on with connecting, host-key check, authentication and the start of the subsystem as far as possible without
  /// blocking. True once the stream is open.
  func advance() throws(TransportError) -> Bool
  /// Bytes now available.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> ReadOutcome
  /// How many leading bytes were taken, 0 when the call would wait. After 0 the next call must
  /// begin with the same bytes.
  func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int
  /// Bytes for ``read(into:)`` may lie in memory, where poll(2) does not see them: libssh2 empties the socket in every
  /// call, also while it writes. True until a read would block.
  var mayHoldBytes: Bool { get }
  /// How much the server takes on this stream; nil: not known.
  var sendWindow: SendWindow? { get }
  /// Another stream over the same login, not yet open, with a window of its own; nil where each stream needs a login.
  func makeSibling() -> (any ByteChannel)?
  /// Collects what goes on beside the stream, such as a child's messages; to be called some times a second.
  func tend()
  /// Ends the stream at once, without waiting for the other side. Idempotent.
  func close()
}

extension ByteChannel {
  public var mayHoldBytes: Bool { false }
  public var sendWindow: SendWindow? { nil }
  public func makeSibling() -> (any ByteChannel)? { nil }
  public func tend() {}
}

/// The flow control of a stream (RFC 4254 §5.2).
public struct SendWindow: Equatable, Sendable {
  /// The server accepts so many before it must have passed some on.
  public var bytes: Int
  /// Seconds from the request for the stream to the server's answer.
  public var roundTrip: Double

  public init(bytes: Int, roundTrip: Double) {
    self.bytes = bytes
    self.roundTrip = roundTrip
  }
}

/// What a channel waits for.
public struct Interest: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static let read = Interest(rawValue: 1)
  public static let write = Interest(rawValue: 2)
}

/// What a read brought.
public enum ReadOutcome: Equatable, Sendable {
  case bytes(Int)
  case wouldBlock
  /// The other side has closed the stream.
  case end
}
