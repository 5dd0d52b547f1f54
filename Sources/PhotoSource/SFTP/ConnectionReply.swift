import SFTP

// What a connection is asked, and what comes back.
extension PooledConnection {
  enum State {
    case connecting
    /// INIT was sent, and nothing else before the server's VERSION: not every server takes it.
    case greeting
    case ready
    case dead
  }

  struct Request {
    var purpose: Purpose
    var sentAt: Double
    /// The OPEN or OPENDIR on whose predicted handle it was sent.
    var opening: RequestID?
  }

  /// What a request was for; found again by the reply's id.
  enum Purpose {
    case limits
    case openFolder(WalkedFolder)
    case listFolder(WalkedFolder)
    case entryAttributes(WalkedFolder, [UInt8])
    case probe(WalkedFolder)
    case openFile(FileReading)
    case readFile(FileReading, part: Int, offset: Int64, length: Int)
    case fileAttributes(FileReading)
    case close
    /// Whether the server answers.
    case ping
    /// REALPATH of the login folder.
    case home
    /// LSTAT of a root that OPENDIR does not find.
    case rootKind(WalkedFolder, Status)

    var isHome: Bool { if case .home = self { true } else { false } }
  }

  /// A reply, with what it answers.
  enum Reply {
    case version
    /// - Parameter isAsPredicted: requests on the handle are under way already.
    case opened(Purpose, Handle, isAsPredicted: Bool)
    case other(Purpose, SFTPClient.Event)
    /// It answers a request on a handle that the server then did not give.
    case void
  }

  struct Arrival {
    var reply: Reply
    /// Since its request was sent.
    var seconds: Double?
  }

  func ping(now: Double) { look(.ping, now: now) }
}
