/// What one connection has open, or is opening.
struct OpenWork {
  private var files: [ObjectIdentifier: FileReading] = [:]
  private var folders: [ObjectIdentifier: WalkedFolder] = [:]
  /// Their CLOSE was sent behind READs that have no answer yet.
  private var closing: [ObjectIdentifier: FileReading] = [:]

  /// Handles that the server holds, or is asked for. What is closed in the same flight is none of the next OPEN's.
  var handles: Int { files.count + folders.count }
  var openFolders: [WalkedFolder] { Array(folders.values) }

  func contains(_ folder: WalkedFolder) -> Bool { folders[ObjectIdentifier(folder)] != nil }

  mutating func enter(_ file: FileReading) { files[ObjectIdentifier(file)] = file }
  mutating func enter(_ folder: WalkedFolder) { folders[ObjectIdentifier(folder)] = folder }

  /// Its CLOSE was sent, and replies are awaited.
  mutating func close(_ file: FileReading) {
    closing[ObjectIdentifier(file)] = files.removeValue(forKey: ObjectIdentifier(file)) ?? file
  }

  mutating func leave(_ file: FileReading) {
    files[ObjectIdentifier(file)] = nil
    closing[ObjectIdentifier(file)] = nil
  }

  /// - Returns: false when it was not open here.
  mutating func leave(_ folder: WalkedFolder) -> Bool {
    folders.removeValue(forKey: ObjectIdentifier(folder)) != nil
  }

  /// All of it, in the order in which it was asked for.
  mutating func removeAll() -> (files: [FileReading], folders: [WalkedFolder]) {
    defer { self = OpenWork() }
    return (
      (Array(files.values) + Array(closing.values)).sorted {
        $0.opening.number < $1.opening.number
      },
      folders.values.sorted { $0.opening.number < $1.opening.number }
    )
  }
}
