import Platform

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Keeps another process group in the foreground of the controlling terminal until this goes out of scope. Does nothing
/// without a terminal, or when this process is in the background itself.
struct ForegroundTerminal: ~Copyable {
  private let group: pid_t
  private let descriptor: Int32

  init(for group: pid_t) {
    self.group = group
    descriptor = unsafe open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
    give()
  }

  deinit {
    takeBack()
    if descriptor >= 0 { _ = closeDescriptor(descriptor) }
  }

  /// The other group is in the foreground.
  var isInUse: Bool { descriptor >= 0 && tcgetpgrp(descriptor) == group }

  func takeBack() { if isInUse { set(getpgrp()) } }

  /// The other group was stopped (Ctrl-Z, or it prompted in the background). This one stops as well, as if both were one
  /// group; when it is continued, both go on.
  func follow(stop number: Int32) {
    // It may have prompted before it was in the foreground.
    if ![SIGTTIN, SIGTTOU].contains(number) || !isInUse {
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
    // A background process is stopped for this, unless the signal is blocked.
    var block = sigset_t()
    var before = sigset_t()
    unsafe sigemptyset(&block)
    unsafe sigaddset(&block, SIGTTOU)
    unsafe pthread_sigmask(SIG_BLOCK, &block, &before)
    _ = tcsetpgrp(descriptor, owner)
    unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
  }
}
