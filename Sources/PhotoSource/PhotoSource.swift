package import SSHTransport

/// A tree of photos: listed, and read in ranges. Made by ``openSource(_:access:options:visitor:connections:)``.
///
/// A new kind of source is a folder of this target with a type that conforms, a case of ``SitePlace``, and
/// its line in `openSource`.
package protocol PhotoSource: AnyObject {
  /// Walks the whole tree. Returns when every folder and file has been reported, or the visitor
  /// cancelled.
  /// - Throws: ``SourceError`` or `TransportError`; reports made before stay valid.
  func run() throws
  /// What the walk has cost so far; also while it runs, from the visitor's calls.
  var statistics: SourceStatistics { get }
  /// How it stands now; also while it runs, from the visitor's calls.
  var state: SourceState { get }
}

/// The source that fits a place. Nothing is connected before its `run`.
/// - Parameters:
///   - access: how to reach a server.
///   - visitor: must outlive the source.
///   - connections: keeps a server's connections open from one walk to the next.
package func openSource(
  _ place: SitePlace, access: AccessOptions, options: SourceOptions,
  visitor: any SourceVisitor, connections: ConnectionKeeper? = nil
) -> any PhotoSource {
  switch place {
  case .folder(let path): LocalSource(root: path, options: options, visitor: visitor)
  case .server(let server):
    SFTPSource(
      connections?.access(to: server, access)
        ?? ServerAccess(server, access, timeout: options.timeout) { visitor.isCancelled },
      options: options, visitor: visitor, keeper: connections)
  }
}

/// How a walk stands at this moment, for displays.
package struct SourceState: Sendable, Equatable {
  /// What is waited for before the first connection stands, such as "connecting to nas:22".
  package var stage: String?
  /// Connections that carry work now; 0 for a local folder.
  package var connections = 0
  /// More photos may still come to light.
  package var isListing = true
  package var bytesReceived = 0
  /// Folders that listings have shown so far, and the root.
  package var foldersFound = 1
  package var server = ServerFacts()
  /// Why the last connection broke that had answered; nil: none broke.
  package var loss: String?

  package init() {}
}

/// What a server shows of itself; nothing of it for a local folder.
package struct ServerFacts: Sendable, Equatable {
  /// Of the first connection, once it stands; nil where the ssh program makes it.
  package var peer: PeerInfo?
  /// `limits@openssh.com`; nil when the server states nothing.
  package var limits: Limits?
  /// Absolute path of the login folder; nil: not asked, or not told.
  package var home: [UInt8]?

  package struct Limits: Sendable, Equatable {
    /// Bytes of one READ; 0: no limit.
    package var readLength: UInt64
    /// 0: no limit.
    package var openHandles: UInt64
  }

  package init() {}
}
