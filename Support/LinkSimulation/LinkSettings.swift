/// What the simulated link between a client and a server on this machine is like.
package struct LinkSettings: Sendable, Equatable {
  /// Round trip in nanoseconds; half of it delays each direction.
  package var roundTrip: UInt64
  /// Bits per second each way, shared by all connections, first come first served; nil: no cap.
  /// Payload bytes are counted, not the headers of TCP and IP.
  package var bitsPerSecond: Double?

  /// - Parameters:
  ///   - milliseconds: 0 … 60,000; values outside are brought to the nearest end.
  ///   - megabits: 10⁶ bits per second, above 0; nil: no cap.
  package init(milliseconds: Double, megabits: Double? = nil) {
    let bounded = milliseconds.isFinite ? min(max(milliseconds, 0), 60_000) : 0
    roundTrip = UInt64((bounded * 1_000_000).rounded())
    if let megabits, megabits > 0, megabits.isFinite { bitsPerSecond = megabits * 1_000_000 }
  }

  var oneWay: UInt64 { roundTrip / 2 }
}

/// What went over a link since it began. "Up" is client to server.
package struct LinkStatistics: Sendable, Equatable {
  package var connections = 0
  package var openConnections = 0
  package var bytesUp: UInt64 = 0
  package var bytesDown: UInt64 = 0
  /// Most bytes that were on their way at one moment, over all connections.
  package var peakUp = 0
  package var peakDown = 0

  package init() {}

  /// One line of JSON.
  package var json: String {
    """
    {"connections":\(connections),"open":\(openConnections),"bytes_up":\(bytesUp),\
    "bytes_down":\(bytesDown),"peak_in_flight_up":\(peakUp),"peak_in_flight_down":\(peakDown)}
    """
  }
}
