/// A pattern for files and folders that a sync leaves out, in the syntax of ``FolderGlob``.
///
/// - Without a slash it is for names at any depth: `*.png`, `raw`.
/// - With one it is for paths below the site's root: `2019/raw`, `**/raw/**`.
/// - A slash at the end: folders alone.
package struct ExcludePattern: Sendable {
  /// As the user wrote it.
  package let text: String
  private let glob: FolderGlob
  private let isOfFolders: Bool
  private let isOfPaths: Bool

  /// Nil for a text that stands for nothing, or for the root.
  package init?(_ text: String) {
    let body = text.utf8.drop { $0 == UInt8(ascii: "/") }
    guard let last = body.last(where: { $0 != UInt8(ascii: "/") }) else { return nil }
    self.text = text
    isOfFolders = text.utf8.last == UInt8(ascii: "/")
    let end = body.lastIndex(of: last).map { body.index(after: $0) } ?? body.endIndex
    isOfPaths = text.utf8.first == UInt8(ascii: "/") || body[..<end].contains(UInt8(ascii: "/"))
    glob = FolderGlob(text)
  }

  /// - Parameters:
  ///   - name: of a file or folder.
  ///   - folder: where it stands, below the root.
  package func matches(_ name: PathBytes, in folder: PathBytes, isFolder: Bool) -> Bool {
    if isOfFolders && !isFolder { return false }
    return glob.matches(isOfPaths ? folder.appending(name).text : name.text)
  }
}
