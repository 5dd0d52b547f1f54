/// A handle that an OPEN or OPENDIR is expected to be given.
package struct PredictedHandle: Sendable, Equatable {
  package let handle: Handle
  /// The OPEN or OPENDIR whose reply proves or refutes it.
  package let opening: RequestID
}

/// Predicts which handle OpenSSH's sftp-server gives to the next OPEN or OPENDIR, so that requests on
/// that handle can follow in the same flight and save a round trip per file and per folder level.
///
/// That server answers strictly in the order of the requests. It numbers handles from 0 as four bytes,
/// big endian, and gives out the one closed last before it makes a new one (sftp-server.c,
/// `handle_new`). The reply to the OPEN itself proves or refutes a prediction before any byte counts.
/// A wrong one is harmless, provided that the requests that rely on it follow directly behind their
/// OPEN: it always names an unused handle. An OPEN that fails leaves the predicted handle free, all
/// later predicted ones are then free as well when their turn comes, and a request on a free handle
/// fails.
package struct HandlePrediction: Sendable {
  /// The server's table of handles.
  private struct Table: Sendable {
    var free: [UInt32] = []
    var made: UInt32 = 0

    mutating func take() -> UInt32 {
      if let last = free.popLast() { return last }
      defer { made &+= 1 }
      return made
    }
  }

  private enum Change: Sendable, Equatable {
    case open
    case close(UInt32)
  }

  /// After so many failed opens predictions are not worth their bytes.
  private static let mostFailures = 256

  /// As of the last reply, and as it will be after all requests sent.
  private var answered = Table()
  private var ahead = Table()
  private var pending: [(id: UInt32, change: Change)] = []
  private var pendingStart = 0
  private var failures = 0
  /// Openings without an answer, with what was predicted for them; and those that got something else.
  private var unresolved: [UInt32: Handle] = [:]
  private var refuted: Set<UInt32> = []

  /// False for good once the server did something else than predicted.
  package private(set) var isOn: Bool

  package init(isOn: Bool) { self.isOn = isOn }

  /// An OPEN or OPENDIR was sent.
  /// - Returns: the handle it gets if it succeeds; nil when nothing can be predicted.
  package mutating func opening(_ id: RequestID) -> PredictedHandle? {
    guard isOn else { return nil }
    pending.append((id.value, .open))
    let handle = Self.handle(ahead.take())
    unresolved[id.value] = handle
    return PredictedHandle(handle: handle, opening: id)
  }

  /// A CLOSE was sent.
  package mutating func closing(_ id: RequestID, _ handle: Handle) {
    guard isOn else { return }
    guard let number = Self.number(handle) else { return turnOff() }
    pending.append((id.value, .close(number)))
    ahead.free.append(number)
  }

  /// The reply to an OPEN or OPENDIR; nil when it failed.
  /// - Returns: true when it got the handle that was predicted for it.
  @discardableResult
  package mutating func opened(_ id: RequestID, _ handle: Handle?) -> Bool {
    advance(id, handle)
    guard let predicted = unresolved.removeValue(forKey: id.value) else { return false }
    if predicted == handle { return true }
    refuted.insert(id.value)
    return false
  }

  /// The reply to a CLOSE.
  package mutating func closed(_ id: RequestID) {
    guard isOn else { return }
    guard let change = next(id), change != .open else { return turnOff() }
    Self.apply(change, to: &answered)
  }

  /// What the reply to a request on a predicted handle is worth.
  package enum Verdict: Sendable {
    /// The prediction was right.
    case counts
    /// The handle was another one; the reply, a failure, is of no interest.
    case void
    /// The OPEN itself has no reply yet: this server does not answer in order.
    case tooEarly
  }

  package func verdict(onRequestAfter opening: RequestID) -> Verdict {
    if unresolved[opening.value] != nil { return .tooEarly }
    return refuted.contains(opening.value) ? .void : .counts
  }

  /// Nothing is predicted any more; what was, is still proved or refuted.
  package mutating func turnOff() {
    isOn = false
    pending = []
    pendingStart = 0
  }

  private mutating func advance(_ id: RequestID, _ handle: Handle?) {
    guard isOn else { return }
    guard next(id) == .open else { return turnOff() }
    if let handle {
      if Self.number(handle) != answered.take() { turnOff() }
      return
    }
    failures += 1
    guard failures <= Self.mostFailures else { return turnOff() }
    ahead = answered
    for (_, change) in pending[pendingStart...] { Self.apply(change, to: &ahead) }
  }

  /// The oldest unanswered request, if that is the one answered now.
  private mutating func next(_ id: RequestID) -> Change? {
    guard pendingStart < pending.count, pending[pendingStart].id == id.value else { return nil }
    let change = pending[pendingStart].change
    pendingStart += 1
    if pendingStart > 4_096, pendingStart * 2 > pending.count {
      pending.removeSubrange(0..<pendingStart)
      pendingStart = 0
    }
    return change
  }

  private static func apply(_ change: Change, to table: inout Table) {
    switch change {
    case .open: _ = table.take()
    case .close(let number): table.free.append(number)
    }
  }

  private static func handle(_ number: UInt32) -> Handle {
    var bytes: [UInt8] = []
    bytes.appendUInt32(number)
    return Handle(bytes)
  }

  private static func number(_ handle: Handle) -> UInt32? {
    guard handle.bytes.count == 4 else { return nil }
    return handle.bytes.reduce(0) { $0 << 8 | UInt32($1) }
  }
}
