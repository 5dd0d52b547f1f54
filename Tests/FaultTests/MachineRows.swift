import Foundation
import TestSupport
import Testing

/// Rows of docs/faults.md: missing parts of this machine, and file permissions.
@Suite(.enabled(if: Setting.isPossible, "no OpenSSH server with an sftp-server is installed"))
struct MachineRows {
  static let mayMount: ConditionTrait = .enabled(
    if: Setting.mayMount, "this machine lets tests have no mounts of their own (unshare -m)")

  /// With any umask: the index, its journal and their folder, during a sync.
  @Test func s07_filesArePrivateDuringASync() throws {
    let setting = try Setting(photos: 200, "delay 10")
    let running = try setting.start(
      shell: #"umask 000; exec "$@""#, ["--connections", "1"], index: "new/deep/index.gpkg")
    let folder = setting.folder.file("new/deep")
    func modes() -> [String: Int] {
      var found: [String: Int] = [:]
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      for name in names + [""] {
        let all = try? FileManager.default.attributesOfItem(atPath: folder + "/" + name)
        found[name] = all?[.posixPermissions] as? Int
      }
      return found
    }
    let isWriting = Poll.until(seconds: 10) {
      modes().keys.contains("index.gpkg-wal") && (try? setting.messageTypes().contains(5)) ?? false
    }
    #expect(isWriting)
    let during = modes()
    let result = running.result(timeout: 20)
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(during.count >= 4)
    for (name, mode) in during.merging(modes(), uniquingKeysWith: { $0 | $1 }) {
      #expect(mode & 0o077 == 0, "\(name) \(String(mode, radix: 8))")
    }
    // doctor reports an index that others can read.
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o644], ofItemAtPath: folder + "/index.gpkg")
    let doctor = try setting.run(shell: #"exec "$@""#, ["doctor"], index: "new/deep/index.gpkg")
    #expect(doctor.text.contains("other users can read it"), "\(doctor.text)")
  }

  /// A chroot may have no /proc.
  @Test(mayMount) func aProgramWithoutProc() throws {
    let setting = try Setting()
    let hide = #"mount -t tmpfs none /proc || exit 99; exec "$@""#
    let sync = try setting.run(shell: hide, setting.syncArguments([]), unshared: true)
    #expect(sync.exitCode == 0, "\(sync.errorText)")
    let count = try setting.run(shell: hide, ["query", "--count"], unshared: true)
    #expect(count.text == "40\n", "\(count.text) \(count.errorText)")
    #expect(try setting.run(shell: hide, ["nosuch"], unshared: true).exitCode == 64)
    let help = try setting.run(shell: hide, ["sync", "--help"], unshared: true)
    #expect(help.exitCode == 0 && help.text.contains("--full"))
    // It finds its own path and the program beside it, which gets its arguments.
    let serve = try setting.run(shell: hide, ["serve", "--listen", "300.1.1.1:1"], unshared: true)
    #expect(serve.exitCode != 0 && !serve.errorText.contains("find itself"), "\(serve.errorText)")
  }
}
