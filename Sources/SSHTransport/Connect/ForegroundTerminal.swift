#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The controlling terminal, in the hands of another process group until this goes out of scope. Nothing
/// happens where there is no terminal, or where it is not this process's to give (in the background).
struct LentTerminal: ~Copyable {
  private let group: pid_t
  private let descriptor: Int32

  init(to group: pid_t) {
    self.group = group
    descriptor = unsafe open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
    give()
  }

  deinit {
    takeBack()
    if descriptor >= 0 { _ = closeDescriptor(descriptor) }
  }

  var isLent: Bool { descriptor >= 0 && tcgetpgrp(descriptor) == group }

  func takeBack() { if isLent { set(getpgrp()) } }

  /// The other group was stopped (Ctrl-Z, or it asked in the background): so is this one, as it would be were
  /// they one group; then both go on.
  func follow(stop number: Int32) {
    // It may have asked before it was given the terminal.
    if ![SIGTTIN, SIGTTOU].contains(number) || !isLent {
      takeBack()
      kill(0, number)
      give()
    }
    kill(-group, SIGCONT)
  }

  private func give() {
    if descriptor >= 0, tcgetpgrp(descriptor) == getpgrp() { set(group) }
  }

  private func set(_ owner: pid_t) {
    // Whoever is in the background is stopped for this, unless the signal is blocked.
    var block = sigset_t()
    var before = sigset_t()
    unsafe sigemptyset(&block)
    unsafe sigaddset(&block, SIGTTOU)
    unsafe pthread_sigmask(SIG_BLOCK, &block, &before)
    _ = tcsetpgrp(descriptor, owner)
    unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
  }
}
