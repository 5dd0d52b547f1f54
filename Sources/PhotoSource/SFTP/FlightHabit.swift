/// How often readers ask for ranges until they have what they need.
struct FlightHabit {
  private static let length = 9
  private var latest: [Int] = []
  private var next = 0

  /// The median of the latest readers. Before the first: what stands behind a thumbnail is asked for when the head says where.
  var expected: Int {
    latest.isEmpty ? 2 : latest.sorted()[latest.count / 2]
  }

  mutating func note(_ flights: Int) {
    if latest.count < Self.length {
      latest.append(flights)
    } else {
      latest[next] = flights
      next = (next + 1) % Self.length
    }
  }
}
