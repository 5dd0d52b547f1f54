package import PhotoModel

/// Names files one by one, where no listing finds them, and gets their ends.
package protocol NamingVisitor: AnyObject {
  /// Checked several times a second; true ends the run early.
  var isCancelled: Bool { get }
  /// The end of a file that the visitor named; exactly once for each, except after a cancellation or an error that ends the
  /// run.
  func didRead(_ file: ListedFile, in folder: PathBytes, _ outcome: FileOutcome)
  /// Something a person may want to know (a retry, a smaller pool).
  func note(_ text: String)
}

/// Lets a download, or pieces of files, use the queue of a walk, ``TreeReading``: retries, refusals and broken connections are
/// treated alike.
final class ReadingBridge: SourceVisitor {
  private unowned let visitor: any NamingVisitor
  private let reader: (ListedFile, PathBytes) -> any FileReader

  /// - Parameter reader: who takes the bytes of a file.
  init(
    _ visitor: any NamingVisitor, reader: @escaping (ListedFile, PathBytes) -> any FileReader
  ) {
    self.visitor = visitor
    self.reader = reader
  }

  var knownFolders: [KnownFolderHint] { [] }
  var isCancelled: Bool { visitor.isCancelled }
  func didList(_ files: [ListedFile], in folder: PathBytes) -> [Int] { [] }
  func didFinishListing(_ folder: PathBytes, _ outcome: ListingOutcome) {}
  func didVanish(_ folder: PathBytes) {}

  func makeReader(for file: ListedFile, in folder: PathBytes) -> any FileReader {
    reader(file, folder)
  }

  func didRead(_ file: ListedFile, in folder: PathBytes, _ outcome: FileOutcome) {
    visitor.didRead(file, in: folder, outcome)
  }

  func note(_ text: String) { visitor.note(text) }
}
