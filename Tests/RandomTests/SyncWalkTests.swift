import Foundation
import TestSupport
import Testing

/// A few rounds of the random walk (`make test-walk` runs a thousand), and the proof that its checks can fail.
@Suite struct SyncWalkTests {
  private func walk(_ arguments: String...) throws -> Command.Result {
    let walk = URL(filePath: CommandLine.arguments[0]).standardizedFileURL
      .deletingLastPathComponent().appending(path: "sync-walk").path
    return try Command.run(walk, arguments, timeout: 300)
  }

  @Test func aLocalFolderIsIndexedRightThroughRandomChanges() throws {
    let result = try walk("--rounds", "15", "--seed", "1")
    #expect(result.exitCode == 0, "\(result.text)\(result.errorText)")
    #expect(result.text.contains("rows compared "), "\(result.text)")
  }

  @Test(.enabled(if: PrivateSSHD.isAvailable, "no OpenSSH server is installed"))
  func anSFTPServerIsIndexedRightThroughRandomChanges() throws {
    let result = try walk("--rounds", "15", "--seed", "2", "--sftp")
    #expect(result.exitCode == 0, "\(result.text)\(result.errorText)")
    #expect(result.text.contains("rows compared "), "\(result.text)")
  }

  /// `make test-changes` runs two thousand.
  @Test func changesSaysWhatHasBecomeOfEachPhotoAfterRandomChanges() throws {
    let result = try walk("--changes", "--rounds", "60", "--seed", "3")
    #expect(result.exitCode == 0, "\(result.text)\(result.errorText)")
    #expect(result.text.contains("changes compared "), "\(result.text)")
  }

  @Test func theWalkFindsFaultsThatArePutIntoAnIndex() throws {
    let result = try walk("--self-test")
    #expect(result.exitCode == 0, "\(result.text)\(result.errorText)")
    #expect(result.text.contains("faults found"), "\(result.text)")
  }
}
