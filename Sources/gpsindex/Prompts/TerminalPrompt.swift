import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The signal received during a prompt; 0 without one.
private let pendingSignal = Atomic<Int32>(0)

/// Prompts on the controlling terminal of this process, whatever its standard streams are.
enum TerminalPrompt {
  static var isPossible: Bool {
    let terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard terminal >= 0 else { return false }
    close(terminal)
    return true
  }

  /// Does not echo a secret. Any signal first restores the terminal and then has its usual effect. After a stop (Ctrl-Z, or
  /// a prompt in the background) the prompt is repeated.
  /// - Returns: nil at the end of input, after a signal and after the timeout.
  static func ask(_ prompt: String, isSecret: Bool) -> String? {
    while true {
      let (answer, signal) = askOnce(prompt, isSecret: isSecret)
      if signal == 0 { return answer }
      kill(getpid(), signal)
      guard [SIGTSTP, SIGTTIN, SIGTTOU].contains(signal) else { return nil }
    }
  }

  private static func askOnce(_ prompt: String, isSecret: Bool) -> (String?, Int32) {
    let terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard terminal >= 0 else { return (nil, 0) }
    defer { close(terminal) }
    pendingSignal.store(0, ordering: .relaxed)
    let caught = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU]
    var before = caught.map { _ in sigaction() }
    for (index, number) in caught.enumerated() {
      var handler = sigaction()
      #if canImport(Darwin)
        handler.__sigaction_u.__sa_handler = { pendingSignal.store($0, ordering: .relaxed) }
      #else
        handler.__sigaction_handler.sa_handler = { pendingSignal.store($0, ordering: .relaxed) }
      #endif
      sigaction(number, &handler, &before[index])
    }
    var settings = termios()
    let isTerminal = tcgetattr(terminal, &settings) == 0
    if isSecret, isTerminal {
      var quiet = settings
      quiet.c_lflag &= ~tcflag_t(ECHO | ECHONL)
      tcsetattr(terminal, TCSAFLUSH, &quiet)
    }
    // A process in the background gets SIGTTOU or SIGTTIN instead of the terminal.
    if pendingSignal.load(ordering: .relaxed) == 0 { put(prompt, terminal) }
    let answer = line(from: terminal)
    if isSecret, isTerminal {
      tcsetattr(terminal, TCSAFLUSH, &settings)
      put("\n", terminal)
    }
    for (index, number) in caught.enumerated() { sigaction(number, &before[index], nil) }
    return (answer, pendingSignal.load(ordering: .relaxed))
  }

  private static func line(from terminal: Int32) -> String? {
    let end = ContinuousClock.now + .seconds(UserPrompt.timeout)
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while ContinuousClock.now < end, pendingSignal.load(ordering: .relaxed) == 0 {
      var event = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
      guard poll(&event, 1, 100) > 0 else { continue }
      let count = read(terminal, &byte, 1)
      if count < 0, errno == EINTR { continue }
      guard count == 1 else { return nil }
      if byte == 10 || byte == 13 { return String(decoding: bytes, as: UTF8.self) }
      if bytes.count < 4_096 { bytes.append(byte) }
    }
    return nil
  }

  private static func put(_ text: String, _ terminal: Int32) {
    try? ByteOutput(terminal, name: "the terminal").write(text)
  }
}
