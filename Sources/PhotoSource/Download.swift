package import PhotoModel

/// Reads whole files of a tree, those that its visitor names. Made by
/// ``openDownload(_:access:options:visitor:connections:)``.
package protocol PhotoDownload: AnyObject {
  /// Reads until the visitor names no more files, and each has been reported, or the visitor cancelled.
  /// - Throws: ``SourceError`` or `TransportError`; reports made before stay valid.
  func run() throws
  /// What the download has cost so far; also while it runs, from the visitor's calls.
  var statistics: SourceStatistics { get }
  /// How it stands now; also while it runs, from the visitor's calls.
  var state: SourceState { get }
}

/// Names the files of a download and takes their bytes. At `.read`, a file had the size and time of `file` before and after it
/// was read. All calls come from the thread that called `run`.
package protocol DownloadVisitor: NamingVisitor {
  /// Comes several times a second, also while nothing arrives: for displays.
  func beat()
  /// A file below the root that is wanted next, with the size and time it is expected to have; nil: there are no more.
  func nextFile() -> WantedFile?
  /// Who takes the bytes of a file that is about to be opened; again for a file that is read again, since it has another
  /// size or time than expected, or its connection broke. `file` has the size and time that are expected now.
  func makeTaker(for file: ListedFile, in folder: PathBytes) -> any FileTaker
}

package struct WantedFile: Sendable, Equatable {
  package var folder: PathBytes
  package var file: ListedFile

  package init(folder: PathBytes, file: ListedFile) {
    self.folder = folder
    self.file = file
  }
}

/// Takes a file from an offset to its end, in order.
package protocol FileTaker: FileReader {
  /// Bytes that it has already; the download begins behind them.
  var start: Int64 { get }
  /// The bytes that follow. The download goes on unless the visitor cancels it.
  func take(_ bytes: [UInt8])
}

extension FileTaker {
  package func nextRanges() -> [Range<Int64>] { [] }
  package func receive(_ range: Range<Int64>, _ bytes: [UInt8]) {}
}

/// How a download uses its source.
package struct DownloadOptions: Sendable {
  package var source = SourceOptions()
  /// Bytes per second over all connections; nil: what the link gives.
  package var mostBytesPerSecond: Int?
  package init() {}
}

/// The download that fits a place. Nothing is connected before its `run`.
/// - Parameters:
///   - access: how to reach a server.
///   - visitor: must outlive the download.
///   - connections: keeps a server's connections open from one download to the next.
package func openDownload(
  _ place: SitePlace, access: AccessOptions, options: DownloadOptions,
  visitor: any DownloadVisitor, connections: ConnectionKeeper? = nil
) -> any PhotoDownload {
  switch place {
  case .folder(let path): LocalDownload(root: path, options: options, visitor: visitor)
  case .server(let server):
    SFTPDownload(
      ServerAccess(server, access, timeout: options.source.timeout) { visitor.isCancelled },
      options: options, visitor: visitor, keeper: connections)
  }
}
