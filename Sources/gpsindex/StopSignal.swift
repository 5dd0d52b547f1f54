import PhotoIndex
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The number of the signal received; 0 without one. A signal handler may only store to an atomic.
private let receivedSignal = Atomic<Int32>(0)
private let isListening = Atomic<Bool>(false)

/// Deadline in seconds from the signal to the end. Statements of the index end much sooner (``IndexStop``), but a single call
/// of an SQL function of a hostile index cannot be interrupted.
private let patience: UInt32 = 10

/// SIGINT and SIGTERM stop a sync; what it has read stays in the index. A second signal, or ten seconds, end the process at
/// once; committed rows stay.
enum StopSignal {
  /// True when the program handles the signals itself.
  static var isHeard: Bool { isListening.load(ordering: .relaxed) }

  static func listen() {
    IndexStop.set { receivedSignal.load(ordering: .relaxed) != 0 }
    isListening.store(true, ordering: .relaxed)
    stopWaitingForLocks { received != nil }
    // A parent may have blocked them in the thread that started this program, as worker threads of libdispatch do.
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
