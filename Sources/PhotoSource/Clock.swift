#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Clocks: the monotonic one for every deadline, so that no jump of the wall clock ends or
/// extends a wait; the wall clock only to compare with file times.
enum Clock {
  /// Seconds from an arbitrary start.
  static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// Whole seconds since 1970 UTC.
  static func wall() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec)
  }
}

/// Sleeps; only while there is no connection to poll.
func usleepFor(_ seconds: Double) {
  guard seconds > 0, seconds < 10 else { return }
  usleep(UInt32(seconds * 1e6))
}
