import SQLite

/// From the moment that `isStopped` is true, no connection of the process waits longer than a quarter of a second for
/// another program's lock on an index.
package func stopWaitingForLocks(when isStopped: @escaping @Sendable () -> Bool) {
  LockWaiting.stop(when: isStopped)
}
