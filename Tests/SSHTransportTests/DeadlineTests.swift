import Foundation
import TestSupport
import Testing

@testable import SSHTransport

/// Programs and name servers that do not answer.
@Suite struct DeadlineTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func isGone(_ pid: Int32) -> Bool {
    Poll.until(seconds: 60) {
      let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
      return text?.contains(") Z ") ?? (kill(pid, 0) != 0)
    }
  }

  private func child() throws -> Int32 {
    let text = try String(contentsOfFile: folder.file("child"), encoding: .utf8)
    // Half a number is none.
    guard text.hasSuffix("\n"), let pid = Int32(text.dropLast()) else {
      throw TestSupportError("no child yet")
    }
    return pid
  }

  /// Also one that has left the output to its child.
  @Test(arguments: ["wait", "while :; do echo; done & wait"])
  func killsAProgramWithItsChildren(_ end: String) throws {
    let script = "sleep 300 & echo $! > \(folder.file("child")); \(end)"
    // Stopped when the child is there, however long that takes.
    let outcome = SSHTransport.ChildProcess.run(["/bin/sh", "-c", script], seconds: 120) {
      (try? child()) != nil
    }
    #expect(outcome == .stopped)
    #expect(isGone(try child()))
  }

  @Test func stopsAProgramAfterItsTime() {
    #expect(SSHTransport.ChildProcess.run(["sleep", "600"], seconds: 0.2) == .stopped)
  }

  /// A program that outlives us, such as the master of a shared ssh connection, would keep sockets and locks open.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/fd"), "needs /proc"))
  func givesAProgramOnlyItsThreeDescriptors() throws {
    let inheritable = dup(1)
    defer { close(inheritable) }
    // The list names the shell's own look at the folder too, which has ended then.
    let script = "for fd in /proc/$$/fd/*; do [ -e $fd ] && echo ${fd##*/}; done; :"
    let outcome = SSHTransport.ChildProcess.run(["/bin/sh", "-c", script], seconds: 20)
    #expect(outcome == .ended(0, Array("0\n1\n2\n".utf8)))
  }

  /// An agent, say, that a command starts and leaves.
  @Test func keepsProcessesThatAProgramLeavesBehind() throws {
    let script = "sleep 300 > /dev/null & echo $! > \(folder.file("child")); echo done"
    let outcome = SSHTransport.ChildProcess.run(["/bin/sh", "-c", script], seconds: 20)
    #expect(outcome == .ended(0, Array("done\n".utf8)))
    let pid = try child()
    #expect(kill(pid, 0) == 0)
    kill(pid, SIGKILL)
  }

  @Test(arguments: [
    ("nas", 22, "u@nas"), ("nas", 2222, "u@nas:2222"), ("::1", 2222, "u@[::1]:2222"),
  ])
  func namesALoginWithItsPort(host: String, port: UInt16, name: String) {
    #expect(Endpoint(host: host, port: port, user: "u").loginName == name)
  }
}
