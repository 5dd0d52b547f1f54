import Testing

@testable import SFTP

/// Who answers, by the extensions of its VERSION message. The lists are what the servers send.
@Suite struct OpenSSHServerTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let server: String
    let names: String
    let isOpenSSH: Bool
    var testDescription: String { server }
  }

  static let rows: [Row] = [
    Row(
      server: "OpenSSH 9.2",
      names:
        "posix-rename@openssh.com statvfs@openssh.com fstatvfs@openssh.com hardlink@openssh.com "
        + "fsync@openssh.com lsetstat@openssh.com limits@openssh.com expand-path@openssh.com copy-data "
        + "home-directory users-groups-by-id@openssh.com", isOpenSSH: true),
    Row(
      server: "OpenSSH 9.2 with -R",
      names: "statvfs@openssh.com fstatvfs@openssh.com limits@openssh.com expand-path@openssh.com "
        + "home-directory users-groups-by-id@openssh.com", isOpenSSH: true),
    Row(
      server: "OpenSSH 5.3",
      names: "posix-rename@openssh.com statvfs@openssh.com fstatvfs@openssh.com", isOpenSSH: true),
    Row(
      server: "a later OpenSSH",
      names:
        "posix-rename@openssh.com statvfs@openssh.com fstatvfs@openssh.com hardlink@openssh.com "
        + "fsync@openssh.com lsetstat@openssh.com limits@openssh.com expand-path@openssh.com copy-data "
        + "home-directory users-groups-by-id@openssh.com new@openssh.com", isOpenSSH: true),
    Row(
      server: "AsyncSSH",
      names: "posix-rename@openssh.com hardlink@openssh.com fsync@openssh.com lsetstat@openssh.com "
        + "limits@openssh.com copy-data statvfs@openssh.com fstatvfs@openssh.com", isOpenSSH: false),
    Row(
      server: "gesftpserver",
      names: "fsync@openssh.com hardlink@openssh.com posix-rename@openssh.com "
        + "posix-rename@openssh.org space-available statfs@openssh.org statvfs@openssh.com "
        + "fstatvfs@openssh.com vendor-id symlink-order@rjk.greenend.org.uk", isOpenSSH: false),
    Row(
      server: "Go's pkg/sftp",
      names: "hardlink@openssh.com posix-rename@openssh.com statvfs@openssh.com", isOpenSSH: false),
    Row(server: "none at all", names: "", isOpenSSH: false),
  ]

  @Test(arguments: rows) func isRecognisedByItsExtensions(_ row: Row) throws {
    var client = SFTPClient()
    client.sendInitialize()
    let extensions = row.names.split(separator: " ").map {
      (String($0), $0.hasSuffix("statvfs@openssh.com") ? "2" : "1")
    }
    _ = try client.events(ServerBytes.version(3, extensions))
    #expect(client.servesAsOpenSSH == row.isOpenSSH)
    #expect(client.offers("limits@openssh.com") == row.names.contains("limits@openssh.com"))
  }

  @Test func anotherVersionOfAnExtensionIsAnotherServer() throws {
    var client = SFTPClient()
    client.sendInitialize()
    _ = try client.events(
      ServerBytes.version(3, [("statvfs@openssh.com", "2"), ("fstatvfs@openssh.com", "1")]))
    #expect(!client.servesAsOpenSSH)
  }
}
