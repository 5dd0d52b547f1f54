/// Recognises OpenSSH's sftp-server by what it says of itself, whatever SSH server it runs behind.
enum OpenSSHServer {
  /// Its extensions in the order in which it sends them (sftp-server.c, `process_init`), from 5.1 to
  /// 9.x. Older ones send fewer; with `-R` it leaves out those that write.
  private static let known = [
    "posix-rename@openssh.com", "statvfs@openssh.com", "fstatvfs@openssh.com",
    "hardlink@openssh.com", "fsync@openssh.com", "lsetstat@openssh.com", "limits@openssh.com",
    "expand-path@openssh.com", "copy-data", "home-directory", "users-groups-by-id@openssh.com",
  ].map { Array($0.utf8) }

  private static let required = known[1...2]
  private static let domain = Array("@openssh.com".utf8)

  /// - Parameter extensions: names and data in the order of the VERSION message.
  static func sent(_ extensions: [ServerExtension]) -> Bool {
    let names = extensions.map(\.name)
    guard required.allSatisfy(names.contains) else { return false }
    var next = 0
    for name in names {
      if let place = known[next...].firstIndex(of: name) {
        next = place + 1
      } else if known.contains(name) || !name.suffix(domain.count).elementsEqual(domain) {
        // In another order, or of another maker.
        return false
      }
    }
    return extensions.filter { required.contains($0.name) }.allSatisfy { $0.data == [0x32] }
  }
}

/// An extension that a server names in its VERSION message (§4).
package struct ServerExtension: Sendable, Equatable {
  package var name: [UInt8]
  package var data: [UInt8]

  package init(name: [UInt8], data: [UInt8]) {
    self.name = name
    self.data = data
  }
}

extension SFTPClient {
  /// The server is OpenSSH's sftp-server, by its VERSION message: it answers in order, numbers its handles
  /// as ``HandlePrediction`` says, and leaves out of a listing what it cannot look at.
  package var servesAsOpenSSH: Bool { OpenSSHServer.sent(extensions) }

  /// The server has an extension of that name.
  package func offers(_ name: String) -> Bool {
    let name = Array(name.utf8)
    return extensions.contains { $0.name == name }
  }
}
