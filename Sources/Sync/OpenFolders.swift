import PhotoModel

/// Folders that are being listed, or that have been listed while some of their files are still to be read.
struct OpenFolders {
  private var reads = FolderTable<Int>()
  private var listed: Set<PathBytes> = []

  mutating func expectReads(_ count: Int, in folder: PathBytes) {
    if count > 0 { reads[folder, default: 0] += count }
  }

  mutating func endRead(in folder: PathBytes) {
    if let open = reads[folder] { reads[folder] = open > 1 ? open - 1 : nil }
  }

  mutating func endListing(_ folder: PathBytes) { listed.insert(folder) }

  /// - Returns: true, once, when the folder is listed and no read of it is open: nothing about it need
  ///   be remembered any more.
  mutating func close(_ folder: PathBytes) -> Bool {
    guard reads[folder] == nil else { return false }
    return listed.remove(folder) != nil
  }
}
