import PhotoIndex
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The number of the signal that asked to stop; 0 before one did. A handler may do no more than
/// store to an atomic.
private let receivedSignal = Atomic<Int32>(0)
private let isListening = Atomic<Bool>(false)

/// Seconds from the signal to the end, at the latest. Statements of the index end much sooner (``IndexStop``), but one
/// call of an SQL function of a hostile index cannot be interrupted.
private let patience: UInt32 = 10

/// SIGINT and SIGTERM end a sync in order: what is read is kept. A second one ends it at once, and so do
/// ten seconds: what was written before then is kept all the same.
enum StopSignal {
  /// The program decides when it ends; else a signal ends it by itself.
  static var isHeard: Bool { isListening.load(ordering: .relaxed) }

  static func listen() {
    IndexStop.set { receivedSignal.load(ordering: .relaxed) != 0 }
    isListening.store(true, ordering: .relaxed)
    stopWaitingForLocks { received != nil }
    // A parent may have them blocked in the thread that started this program, as worker threads of
    // libdispatch do.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        receivedSignal.store(number, ordering: .relaxed)
        signal(number, SIG_DFL)
        alarm(patience)
      }
    }
    signal(SIGALRM) { _ in
      let status: ExitStatus =
        receivedSignal.load(ordering: .relaxed) == SIGTERM ? .terminated : .interrupted
      _exit(status.rawValue)
    }
  }

  static var received: ExitStatus? {
    switch receivedSignal.load(ordering: .relaxed) {
    case 0: nil
    case SIGTERM: .terminated
    default: .interrupted
    }
  }
}
