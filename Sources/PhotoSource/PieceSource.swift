package import PhotoModel

/// Reads pieces of files of a tree over connections that stay open, as long as its visitor wants. Made by
/// ``openPieces(_:access:options:visitor:)``.
package protocol PieceSource: AnyObject {
  /// Reads until the visitor cancels.
  /// - Throws: ``SourceError`` or `TransportError`; what was named and not reported by then never is.
  func run() throws
  /// What it has cost so far; also while it runs, from the visitor's calls.
  var statistics: SourceStatistics { get }
}

/// Names the pieces that are wanted, the most urgent one first, and takes their bytes. All calls come from the thread that
/// called `run`.
package protocol PieceVisitor: NamingVisitor {
  /// A descriptor that becomes readable when ``nextPiece()`` has something after it had nothing; the visitor reads from it.
  var wakeDescriptor: Int32 { get }
  /// The file below the root that is wanted most at this moment; nil: none. A file is named again only after its
  /// ``didRead(_:in:_:)``.
  func nextPiece() -> WantedFile?
  /// A reader for a file that is about to be opened; again for a file that is read again, since it has another size or time
  /// than expected, or its connection broke.
  func makeReader(for file: ListedFile, in folder: PathBytes) -> any PieceReader
}

/// Asks for pieces of one file.
package protocol PieceReader: FileReader {
  /// About how many bytes it asks for: the link holds back what it cannot carry.
  var expectedBytes: Int { get }
}

/// The source of pieces that fits a place. Nothing is connected before its `run`.
/// - Parameters:
///   - access: how to reach a server.
///   - visitor: must outlive the source.
package func openPieces(
  _ place: SitePlace, access: AccessOptions, options: SourceOptions, visitor: any PieceVisitor
) -> any PieceSource {
  switch place {
  case .folder(let path): LocalPieces(root: path, options: options, visitor: visitor)
  case .server(let server):
    SFTPPieces(
      ServerAccess(server, access, timeout: options.timeout) { visitor.isCancelled },
      options: options, visitor: visitor)
  }
}
