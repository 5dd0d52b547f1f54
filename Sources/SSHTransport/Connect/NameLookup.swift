import Platform

import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Looks up the addresses of a host on a thread of its own, because getaddrinfo(3) has no deadline but the resolver's, which
/// may be minutes. An abandoned lookup ends by itself.
final class NameLookup: Sendable {
  struct Address: Sendable, Equatable {
    var family: Int32
    /// A `sockaddr` of that family.
    var bytes: [UInt8]
  }

  enum Outcome: Sendable, Equatable {
    case found([Address])
    /// A code of getaddrinfo(3).
    case failed(Int32)
  }

  /// Readable once the answer has arrived.
  let descriptor: Int32
  private let answer = Mutex<Outcome?>(nil)

  /// nil while the lookup runs.
  var outcome: Outcome? { answer.withLock { $0 } }

  init(_ resolve: @escaping @Sendable () -> Outcome) throws(TransportError) {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else {
      throw TransportError(
        .unreachable, "cannot look up a host: \(errorText(errno))",
        advice: "fewer connections need fewer descriptors: --connections 1")
    }
    for end in ends { setNonBlocking(end) }
    descriptor = ends[0]
    let writer = ends[1]
    Self.detach {
      let outcome = resolve()
      self.answer.withLock { $0 = outcome }
      // The end of the pipe is the signal.
      _ = closeDescriptor(writer)
    }
  }

  deinit { _ = closeDescriptor(descriptor) }

  /// The addresses of a name, at most 16; with `isNumeric` of an address only, without a lookup.
  static func addresses(of host: String, port: UInt16, isNumeric: Bool) -> Outcome {
    var hints = unsafe addrinfo()
    unsafe hints.ai_family = AF_UNSPEC
    #if canImport(Darwin)
      hints.ai_socktype = SOCK_STREAM
    #else
      unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #endif
    unsafe hints.ai_flags = AI_NUMERICSERV | (isNumeric ? AI_NUMERICHOST : 0)
    var found: UnsafeMutablePointer<addrinfo>?
    let code = unsafe getaddrinfo(host, String(port), &hints, &found)
    guard code == 0, let first = unsafe found else { return .failed(code) }
    defer { unsafe freeaddrinfo(first) }
    var addresses: [Address] = []
    var item: UnsafeMutablePointer<addrinfo>? = unsafe first
    while let current = unsafe item, addresses.count < 16 {
      if let address = unsafe current.pointee.ai_addr {
        let raw = unsafe UnsafeRawBufferPointer(
          start: address, count: Int(current.pointee.ai_addrlen))
        unsafe addresses.append(Address(family: current.pointee.ai_family, bytes: Array(raw)))
      }
      unsafe item = current.pointee.ai_next
    }
    return .found(addresses)
  }

  private final class Job: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Runs `work` on a new thread, or on this one when no thread can be made.
  private static func detach(_ work: @escaping @Sendable () -> Void) {
    let job = unsafe Unmanaged.passRetained(Job(work))
    #if canImport(Darwin)
      var thread: pthread_t?
      let code = unsafe pthread_create(
        &thread, nil,
        { raw in
          unsafe Unmanaged<Job>.fromOpaque(raw).takeRetainedValue().run()
          return nil
        }, job.toOpaque())
      if code == 0, let thread { pthread_detach(thread) }
    #else
      var thread = pthread_t()
      let code = unsafe pthread_create(
        &thread, nil,
        { raw in
          if let raw = unsafe raw {
            unsafe Unmanaged<Job>.fromOpaque(raw).takeRetainedValue().run()
          }
          return nil
        }, job.toOpaque())
      if code == 0 { pthread_detach(thread) }
    #endif
    if code != 0 { unsafe job.takeRetainedValue().run() }
  }
}
