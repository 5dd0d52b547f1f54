import PhotoModel
import Testing

@testable import PhotoSource

/// The order of calls that ``SourceVisitor`` promises, for every kind of source.
@Suite struct ContractTests {
  @Test(arguments: SourceKind.allCases)
  func callsComeInTheOrderThatTheProtocolStates(_ kind: SourceKind) throws {
    let tree = try Tree()
    for folder in 0..<6 {
      for file in 0..<40 { tree.add("s/f\(folder)/\(file).jpg") }
    }
    let checker = ContractChecker()
    try kind.run(tree, checker)
    #expect(checker.complaints.isEmpty, "\(checker.complaints.prefix(5))")
    #expect(checker.read == 240 && checker.finished.count == 8)
    // A visitor must not take the end of a folder for the end of its files.
    #expect(checker.readAfterEnd > 0)
  }
}

/// Reads all photos, and complains of calls out of order.
private final class ContractChecker: SourceVisitor {
  private var asked: Set<PathBytes> = []
  private(set) var finished: Set<PathBytes> = []
  private var lastQuestion: PathBytes?
  private(set) var complaints: [String] = []
  private(set) var read = 0
  private(set) var readAfterEnd = 0

  let knownFolders: [KnownFolderHint] = []
  let isCancelled = false

  private func expectOpen(_ folder: PathBytes, _ call: String) {
    if finished.contains(folder) { complaints.append("\(call) after the end of \(folder.text)") }
  }

  func didList(_ files: [ListedFile], in folder: PathBytes) -> [Int] {
    expectOpen(folder, "didList")
    for file in files where !asked.insert(folder.appending(file.name)).inserted {
      complaints.append("\(file.name.text) listed twice")
    }
    return Array(files.indices)
  }

  func didListSidecars(_ files: [ListedFile], in folder: PathBytes) {
    expectOpen(folder, "didListSidecars")
  }

  func unseen(in folder: PathBytes) -> [PathBytes] {
    expectOpen(folder, "unseen")
    return []
  }

  func wantedAtEnd(of folder: PathBytes, _ outcome: ListingOutcome) -> [ListedFile] {
    expectOpen(folder, "wantedAtEnd")
    lastQuestion = folder
    return []
  }

  func didFinishListing(_ folder: PathBytes, _ outcome: ListingOutcome) {
    expectOpen(folder, "didFinishListing")
    if let lastQuestion, lastQuestion != folder {
      complaints.append("wantedAtEnd(\(lastQuestion.text)) is not followed by its folder's end")
    }
    lastQuestion = nil
    finished.insert(folder)
  }

  func didVanish(_ folder: PathBytes) { complaints.append("\(folder.text) vanished") }

  func makeReader(for file: ListedFile, in folder: PathBytes) -> any FileReader {
    PieceReader([0..<10])
  }

  func didRead(_ file: ListedFile, in folder: PathBytes, _ outcome: FileOutcome) {
    if asked.remove(folder.appending(file.name)) == nil {
      complaints.append("\(file.name.text) read, not asked for")
    }
    read += 1
    if finished.contains(folder) { readAfterEnd += 1 }
  }

  func note(_ text: String) { complaints.append(text) }
}
