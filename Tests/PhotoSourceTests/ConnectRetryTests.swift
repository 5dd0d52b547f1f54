import Testing

@testable import PhotoSource

@Suite struct ConnectRetryTests {
  /// `--timeout` and ConnectTimeout in seconds, and how often gpsindex tries again at a server that never answered.
  @Test(
    arguments: [
      (30, 15, 1), (5, 15, 0), (60, 15, 2), (120, 15, 2), (30, 60, 0), (30, 5, 2), (1, 15, 0),
    ] as [(Double, Double, Int)])
  func aSilentNetworkIsReportedWithinTheTimeout(
    _ timeout: Double, _ connectTimeout: Double, _ retries: Int
  ) {
    var options = SourceOptions()
    options.timeout = timeout
    options.connectTimeout = connectTimeout
    #expect(options.connectRetries == retries)
    let attempts = Double(retries + 1)
    #expect(attempts * options.connecting + 0.5 * Double(retries) <= timeout + 1)
  }
}
