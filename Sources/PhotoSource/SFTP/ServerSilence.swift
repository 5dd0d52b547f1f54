/// How long a server has answered no request. That it accepts logins and says its version is no answer: a server whose disk
/// is gone does so, too.
struct ServerSilence {
  private var lastAnswer: Double
  /// A login since then was given time for an answer.
  private var hasGreeted = false
  /// Connections in a row that ended without an answer, over however long.
  private var mute = 0
  private static let mostMute = 4

  init(now: Double) { lastAnswer = now }

  /// A request was answered, or none is waited for.
  mutating func ended(_ now: Double) {
    lastAnswer = now
    hasGreeted = false
    mute = 0
  }

  /// The first connection after an outage stands: its requests have `timeout` seconds, of `limit` altogether.
  mutating func greeted(_ now: Double, timeout: Double, limit: Double) {
    if hasGreeted { return }
    hasGreeted = true
    lastAnswer = max(lastAnswer, now - limit + timeout)
  }

  /// A connection ended that had taken requests.
  mutating func isHopeless(afterAnswer hasAnswered: Bool) -> Bool {
    mute = hasAnswered ? 0 : mute + 1
    return mute >= Self.mostMute
  }

  func isLonger(than limit: Double, now: Double) -> Bool { now - lastAnswer > limit }
}
