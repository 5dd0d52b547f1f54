/// Whether a listing that came to its end shows all there is. OpenSSH leaves out what it cannot look at, and
/// tells a read error in mid-listing as the end of the folder. So photos that an earlier run knows and
/// the listing does not show are asked for by name, and only "no such file" makes them gone.
struct ListingProof {
  private enum State { case due, asking, given }

  private var state = State.due
  private var inFlight = 0
  /// What is asked for by LSTAT.
  private(set) var names: [[UInt8]] = []

  var isAsking: Bool { state == .asking }

  /// Once per folder.
  /// - Parameters:
  ///   - known: photos of the earlier run.
  ///   - shown: those of them that the listing has.
  /// - Returns: true when some are to be asked for.
  mutating func isNeeded(
    of known: () -> [[UInt8]], shown: ([[UInt8]]) -> Set<[UInt8]>
  ) -> Bool {
    guard state == .due else { return false }
    let all = known()
    let found = shown(all)
    names = all.filter { !found.contains($0) }
    state = names.isEmpty ? .given : .due
    return !names.isEmpty
  }

  /// The LSTATs of ``names`` were sent.
  mutating func sent() {
    state = .asking
    inFlight = names.count
  }

  /// - Returns: true after the last one.
  mutating func answered() -> Bool {
    inFlight -= 1
    if inFlight == 0 { state = .given }
    return inFlight == 0
  }

  /// The connection broke: to be asked for again.
  mutating func lost() { state = .due }

  /// Not to be asked for again.
  mutating func abandon() { state = .given }
}
