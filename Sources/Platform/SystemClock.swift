#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The two clocks of a process.
package enum SystemClock {
  /// Seconds from an arbitrary start, for deadlines and durations: a jump of the wall clock neither ends nor
  /// extends a wait.
  package static func now() -> Double {
    let time = read(CLOCK_MONOTONIC)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// Seconds from an arbitrary start, which also pass while the machine sleeps.
  package static func elapsed() -> Double {
    #if canImport(Darwin)
      let time = read(CLOCK_MONOTONIC)
    #else
      let time = read(CLOCK_BOOTTIME)
    #endif
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// Whole seconds since 1970 UTC, as times of files are stated.
  package static func wall() -> Int64 { Int64(read(CLOCK_REALTIME).tv_sec) }

  /// Milliseconds since 1970 UTC.
  package static func wallMilliseconds() -> Int64 {
    let time = read(CLOCK_REALTIME)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// Minutes east of UTC at that time, by the time zone of the process.
  package static func offsetMinutes(atSecond seconds: Int64) -> Int {
    var time = time_t(seconds)
    var parts = unsafe tm()
    guard unsafe localtime_r(&time, &parts) != nil else { return 0 }
    return unsafe parts.tm_gmtoff / 60
  }

  /// Blocks the thread for less than ten seconds.
  package static func sleep(_ seconds: Double) {
    guard seconds > 0, seconds < 10 else { return }
    usleep(UInt32(seconds * 1e6))
  }

  private static func read(_ clock: clockid_t) -> timespec {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return time
  }
}
