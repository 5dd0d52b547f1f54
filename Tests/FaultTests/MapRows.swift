import Foundation
import TestSupport
import Testing

/// Rows of docs/faults.md: the map in a real browser; `make test-map` installs it and runs the same on the release
/// programs. MapServerTests contains the tests without a browser.
@Suite struct MapRows {
  private static let isPossible =
    Command.find("chromium") != nil
    && FileManager.default.fileExists(atPath: "/usr/share/javascript/leaflet")
    && (try? Command.run("/usr/bin/python3", ["-c", "import websockets"]).exitCode) == 0

  @Test(.enabled(if: isPossible, "no chromium, libjs-leaflet or python3-websockets is installed"))
  func s14_hostileNamesInARealBrowser() throws { try check() }

  @Test(.enabled(if: isPossible, "no chromium, libjs-leaflet or python3-websockets is installed"))
  func theMapInARealBrowser() throws {
    try check("--page")
  }

  private func check(_ mode: String...) throws {
    let programs = URL(filePath: CommandLine.arguments[0]).standardizedFileURL
      .deletingLastPathComponent().path
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let result = try Command.run(
      "/usr/bin/python3",
      [tests.appending(path: "MapServerTests/check_map.py").path, programs] + mode, timeout: 180)
    #expect(result.exitCode == 0, "\(result.text)\(result.errorText)")
  }

  /// A signal directly after the address is printed ends the server.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/usr/share/javascript/leaflet")))
  func serverStoppedAtOnceEnds() throws {
    let setting = try Setting(photos: 4)
    #expect(try setting.sync().exitCode == 0)
    for _ in 0..<20 {
      let server = try setting.startProgram(["serve", "--listen", "127.0.0.1:0"])
      #expect(Poll.until(seconds: 60) { !server.outputSoFar.isEmpty || !server.isRunning })
      server.send(signal: SIGTERM)
      let result = server.result(timeout: 5)
      #expect(!result.timedOut && result.exitCode == 143, "\(result.exitCode) \(result.errorText)")
    }
  }
}
