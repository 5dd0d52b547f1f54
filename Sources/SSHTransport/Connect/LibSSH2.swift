import CSSH2

/// The library as a whole.
public enum LibSSH2 {
  /// The version this program was built with, such as "1.10.0". (To ask the library itself would
  /// load it.)
  public static var version: String { LIBSSH2_VERSION }

  /// libssh2_init(3) is not thread-safe; a global constant is initialised exactly once.
  private static let initialised: Int32 = libssh2_init(0)

  static func start() throws(TransportError) {
    guard initialised != LIBSSH2_ERROR_METHOD_NOT_SUPPORTED else {
      var error = TransportError(
        .configuration, "libssh2 is not installed",
        advice: "install it (Debian: apt install libssh2-1); or \(SSHProgram.advice)")
      error.needsSSHProgram = true
      throw error
    }
    guard initialised == 0 else {
      throw TransportError(.configuration, "libssh2 could not be initialised (\(initialised))")
    }
  }

  /// True from libssh2 1.11 on, which knows RSA host keys with SHA-2.
  static var signsWithRSASHA2: Bool { unsafe libssh2_version(0x010b00) != nil }

  /// Of the library that is installed, such as "1.10.0"; nil when none is. Loads it.
  public static var installedVersion: String? {
    guard initialised == 0 else { return nil }
    return unsafe libssh2_version(0).map { unsafe String(cString: $0) }
  }

  static let again = Int32(LIBSSH2_ERROR_EAGAIN)
}

/// Owner of one `LIBSSH2_SESSION`, which is freed with it.
@safe final class SessionHandle {
  let raw: OpaquePointer

  init() throws(TransportError) {
    try LibSSH2.start()
    guard let raw = unsafe cssh2_session_new() else {
      throw TransportError(.configuration, "libssh2 could not create a session")
    }
    unsafe self.raw = raw
    unsafe libssh2_session_set_blocking(raw, 0)
  }

  deinit { unsafe cssh2_session_free(raw) }

  /// Of the server's SSH_MSG_DISCONNECT since the last call (RFC 4253 §11.1); 0: none came, -1: one without a reason.
  func takeDisconnectReason() -> Int32 { unsafe cssh2_take_disconnect(raw) }

  /// What the server has sent until now, from the first byte on; empty after ``forgetGreeting()``.
  var greeting: [UInt8] {
    var size = 0
    guard let bytes = unsafe cssh2_greeting(raw, &size) else { return [] }
    return unsafe Array(UnsafeBufferPointer(start: bytes, count: size))
  }

  /// Ends the recording of what the server sends.
  func forgetGreeting() { unsafe cssh2_forget_greeting(raw) }

  /// The last error text of the session (libssh2_session_last_error).
  func lastError() -> String {
    var text: UnsafeMutablePointer<CChar>?
    var length: Int32 = 0
    let code = unsafe libssh2_session_last_error(raw, &text, &length, 0)
    guard let text = unsafe text, length > 0 else { return "libssh2 error \(code)" }
    let bytes = unsafe UnsafeBufferPointer(start: text, count: Int(length)).map(
      UInt8.init(bitPattern:))
    return String(decoding: bytes, as: UTF8.self)
  }
}
