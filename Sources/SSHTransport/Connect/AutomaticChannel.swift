#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// libssh2; or the ssh program in its place, when the server or the user's keys need what libssh2 does not have.
public final class AutomaticChannel: ByteChannel {
  public typealias MakeChannel = (TransportError) throws(TransportError) -> any ByteChannel

  private var current: any ByteChannel
  /// nil once the stream is open or the ssh program has taken over.
  private var makeReplacement: MakeChannel?
  private var onOpen: (() -> Void)?

  /// - Parameters:
  ///   - first: goes through libssh2.
  ///   - replacement: called once, with the error that ``TransportError/needsSSHProgram`` marks.
  ///   - onOpen: called when `first` has opened its stream.
  public init(
    _ first: any ByteChannel, replacement: @escaping MakeChannel, onOpen: @escaping () -> Void
  ) {
    current = first
    makeReplacement = replacement
    self.onOpen = onOpen
  }

  public var descriptor: Int32 { current.descriptor }
  public var interest: Interest { current.interest }
  public var stage: ConnectionStage { current.stage }
  public var isOpenSSH: Bool { current.isOpenSSH }
  public var mayHoldBytes: Bool { current.mayHoldBytes }
  public var peer: PeerInfo? { current.peer }
  public var sendWindow: SendWindow? { current.sendWindow }
  public func makeSibling() -> (any ByteChannel)? { current.makeSibling() }

  public func advance() throws(TransportError) -> Bool {
    let isOpen: Bool
    do {
      isOpen = try current.advance()
    } catch {
      guard error.needsSSHProgram, let makeReplacement else { throw error }
      self.makeReplacement = nil
      onOpen = nil
      let replacement = try makeReplacement(error)
      current.close()
      current = replacement
      return try current.advance()
    }
    if isOpen {
      makeReplacement = nil
      onOpen?()
      onOpen = nil
    }
    return isOpen
  }

  public func read(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(TransportError) -> ReadOutcome {
    unsafe try current.read(into: buffer)
  }

  public func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
    unsafe try current.write(bytes)
  }

  public func tend() { current.tend() }

  public func close() {
    makeReplacement = nil
    onOpen = nil
    current.close()
  }
}

extension TransportError {
  /// One line for the user when the ssh program takes over.
  public var handOverRemark: String {
    let why = kind == .authentication && !advice.isEmpty ? "\(message) (\(advice))" : message
    return "\(why); the ssh program takes over"
  }
}

/// The `ssh` program of the system.
public enum SSHProgram {
  /// Whether PATH has it.
  public static var isInstalled: Bool {
    let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin:/bin"
    return path.split(separator: ":").contains { unsafe access("\($0)/ssh", X_OK) == 0 }
  }

  /// Advice to use it where libssh2 is not enough.
  static var advice: String { isInstalled ? "use --transport ssh" : "install openssh-client" }

  /// Whether a master connection to the host is open (ssh_config(5), ControlMaster), so that a login costs nothing.
  static func hasMaster(
    _ target: [String], socket: String, seconds: Double, isStopped: () -> Bool
  ) -> Bool {
    guard unsafe access(socket, F_OK) == 0 else { return false }
    let outcome = ChildProcess.run(
      ["ssh", "-O", "check"] + target, seconds: seconds, isStopped: isStopped)
    if case .ended(0, _) = outcome { return true }
    return false
  }
}
