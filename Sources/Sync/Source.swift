import PhotoModel
import PhotoSource
import SSHTransport

/// A walk over a site, whatever it lies on. This file alone of the target knows the kinds of sources.
protocol Source: AnyObject {
  var statistics: SourceStatistics { get }
  var state: SourceState { get }
  /// nil for a folder, and where the ssh program makes the connection.
  var peer: PeerInfo? { get }
  /// What a server states of itself, 0 for "no limit"; nil when it states nothing.
  var statedLimits: (readLength: UInt64, openHandles: UInt64)? { get }
  /// - Throws: `SourceError` or `TransportError`.
  func run() throws
}

extension LocalSource: Source {
  var peer: PeerInfo? { nil }
  var statedLimits: (readLength: UInt64, openHandles: UInt64)? { nil }
}

extension SFTPSource: Source {}

/// - Parameters:
///   - path: on a server, instead of the place's own.
///   - connections: keeps the server's connections for the next source.
///   - isStopped: ends the wait for the ssh configuration.
func openSource(
  _ place: SitePlace, path: [UInt8]? = nil, access: AccessOptions, options: SourceOptions,
  visitor: any SourceVisitor, connections: ConnectionKeeper? = nil,
  isStopped: () -> Bool = { false }
) -> any Source {
  switch place {
  case .folder(let path):
    return LocalSource(root: path, options: options, visitor: visitor)
  case .server(let server):
    let access = ServerAccess(server, access, timeout: options.timeout, isStopped: isStopped)
    return SFTPSource(access, path: path, options: options, visitor: visitor, keeper: connections)
  }
}
