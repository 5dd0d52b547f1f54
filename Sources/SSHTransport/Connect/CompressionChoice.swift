import CSSH2

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Turns compression on for long links: where the server's first line takes 20 ms or more.
@safe struct CompressionChoice {
  private let connectedAt = ContinuousClock.now
  private var isDecided = false

  /// libssh2 names its algorithms only after the server's first line (RFC 4253 §4.2, §7.1), so that this line can be timed.
  /// Once it has arrived they are named, and a later change would compress what the server does not expand.
  mutating func decide(
    _ session: SessionHandle, _ socket: TransportSocket
  ) throws(TransportError) {
    guard !isDecided, unsafe libssh2_session_banner_get(session.raw) == nil,
      connectedAt.duration(to: .now) >= .milliseconds(20)
    else { return }
    isDecided = true
    if Self.compressesOneWay(Self.waitingBytes(socket.descriptor)) { return }
    try Algorithms.compress(session)
  }

  /// dropbear from 2025.87 on compresses what it sends and expands nothing. That it is known by its first line saves the
  /// connection on which it would turn out.
  static func compressesOneWay(_ greeting: [UInt8]) -> Bool {
    let name = Array("SSH-2.0-dropbear_".utf8)
    guard greeting.starts(with: name) else { return false }
    let year = greeting.dropFirst(name.count).prefix(4)
    return Int(String(decoding: year, as: UTF8.self)).map { $0 >= 2025 } ?? false
  }

  /// What has arrived and was not read yet.
  private static func waitingBytes(_ descriptor: Int32) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = unsafe bytes.withUnsafeMutableBytes {
      unsafe recv(descriptor, $0.baseAddress, $0.count, Int32(MSG_PEEK | MSG_DONTWAIT))
    }
    return Array(bytes.prefix(max(0, count)))
  }
}
