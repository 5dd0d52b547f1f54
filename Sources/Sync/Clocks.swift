#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Whole seconds since 1970 UTC.
func wallClock() -> Int64 {
  var time = timespec()
  clock_gettime(CLOCK_REALTIME, &time)
  return Int64(time.tv_sec)
}

/// Seconds from an arbitrary start; never jumps.
func monotonicClock() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
