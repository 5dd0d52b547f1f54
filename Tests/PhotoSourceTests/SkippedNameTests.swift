import PhotoModel
import Testing

@testable import PhotoSource

/// What is no photo of the user's, by its name alone. Sources: SkippedNames.swift names them with each rule.
@Suite struct SkippedNameTests {
  typealias Kind = SkippedName.Kind

  /// A folder that is not entered, by the rule for it.
  static let folders: [(path: String, kind: Kind)] = [
    // freedesktop.org trash 1.0; macOS; Windows
    (".Trash", .trash), (".Trash-1000", .trash), (".local/share/Trash", .trash),
    ("home/me/.local/share/Trash", .trash), (".Trashes", .trash), ("$RECYCLE.BIN", .trash),
    ("$Recycle.Bin", .trash), ("RECYCLER", .trash),
    // Synology, QNAP, AFP, Samba, Unraid, Buffalo
    ("#recycle", .trash), ("photo/#Recycle", .trash), ("@Recycle", .trash),
    ("Network Recycle Bin", .trash), ("Network Trash Folder", .trash), (".recycle", .trash),
    (".Recycle", .trash), (".Recycle.Bin", .trash), ("trashbox", .trash),
    // Nextcloud, Android, Xiaomi, digiKam
    ("data/me/files_trashbin", .trash), ("DCIM/.trashed-1714492983-Camera", .trash),
    ("DCIM/.globalTrash", .trash), ("MIUI/Gallery/cloud/.trashBin", .trash), (".dtrash", .trash),
    // Syncthing, Nextcloud, Resilio, macOS, Dropbox, Picasa
    (".stversions", .versions), ("data/me/files_versions", .versions),
    (".sync/Archive", .versions), (".DocumentRevisions-V100", .versions),
    (".MobileBackups", .versions), ("Backups.backupdb", .versions), (".dropbox.cache", .versions),
    ("2012/.picasaoriginals", .versions),
    // ZFS, NetApp, snapper, Ceph, Synology, QNAP, Samba
    (".zfs", .snapshots), (".snapshot", .snapshots), ("~snapshot", .snapshots),
    ("~Snapshot", .snapshots), (".snapshots", .snapshots), (".snap", .snapshots),
    ("#snapshot", .snapshots), ("@sharesnap", .snapshots), ("@Recently-Snapshot", .snapshots),
    ("@GMT-2024.04.01-12.00.00", .snapshots),
    // Android, freedesktop.org, Synology, QNAP, Nextcloud, Western Digital, xv, Apple
    ("DCIM/.thumbnails", .thumbnails), (".Thumbnails", .thumbnails),
    (".sh_thumbnails", .thumbnails), ("2024/@eaDir", .thumbnails), ("@EADIR", .thumbnails),
    (".@__thumb", .thumbnails), ("appdata_oc1a2b3c4d5e", .thumbnails), (".wdmc", .thumbnails),
    (".xvpics", .thumbnails), ("Photos Library.photoslibrary/resources", .thumbnails),
    ("iPhoto.photolibrary/Thumbnails", .thumbnails), ("PhotoData/Thumbnails", .thumbnails),
    // Windows, ext4, macOS, AFP, Syncthing, Synology, QNAP, rsync
    ("System Volume Information", .system), ("lost+found", .system), (".AppleDouble", .system),
    ("__MACOSX", .system), (".Spotlight-V100", .system), (".fseventsd", .system),
    (".TemporaryItems", .system), ("Temporary Items", .system), (".stfolder", .system),
    ("@tmp", .system), (".SynologyWorkingDirectory", .system), (".@upload_cache", .system),
    (".~tmp~", .system), (".tmp.drivedownload", .system), (".tmp.driveupload", .system),
  ]

  /// Folders of photos whose names only sound like those.
  static let entered = [
    "Recycling plant", "versions", "Trash", "trash", "recycle", "snapshot", "snapshots",
    "thumbnails",
    "Thumbnails", ".Trash-", ".Trash-old", ".trashed", ".trashed-1714492983",
    "trashed-1714492983-Camera",
    "Archive", "archive/sync", ".sync", "resources", "Library/resources", "PhotoData", "appdata",
    "tmp", "Recycled", "zfs", "@GMT-", "lost", "eaDir", "share/Trash", "files",
  ]

  static func split(_ path: String) -> (name: [UInt8], parent: PathBytes) {
    let path = PathBytes(text: path)
    return (path.lastComponent.bytes, path.parent)
  }

  @Test(arguments: folders) func doesNotEnter(path: String, kind: Kind) {
    for path in [path, path.lowercased(), path.uppercased()] {
      let (name, parent) = Self.split(path)
      #expect(SkippedName.ofFolder(name, in: parent.bytes)?.kind == kind)
      #expect(!ListingRules().isEntered(folder: name, in: parent))
      var skipped = SkippedEntries()
      ListingRules().skip(folder: name, in: parent, &skipped)
      #expect(skipped.folders == [kind.rawValue: 1])
    }
  }

  @Test(arguments: entered) func enters(path: String) {
    let (name, parent) = Self.split(path)
    #expect(SkippedName.ofFolder(name, in: parent.bytes) == nil)
    #expect(ListingRules().isEntered(folder: name, in: parent))
  }

  /// No rule without a row above, a source, and small letters, which it is compared in.
  @Test func everyRuleHasItsRow() {
    for rule in SkippedName.folders + SkippedName.files.map(\.name) {
      #expect(rule.source.count > 2 && rule.name == rule.name.lowercased())
      #expect(rule.above == rule.above.map { $0.lowercased() })
    }
    let hit = Set(
      Self.folders.compactMap { row in
        let (name, parent) = Self.split(row.path)
        return SkippedName.ofFolder(name, in: parent.bytes).map { "\($0.name) \($0.above)" }
      })
    let all = Set(SkippedName.folders.map { "\($0.name) \($0.above)" })
    #expect(hit == all, "\(all.subtracting(hit))")
  }

  /// Android's FileUtils.PATTERN_EXPIRES_FILE: `.(pending|trashed)-(\d+)-([^/]+)`; AppleDouble.
  @Test(arguments: [
    (".trashed-1714492983-PXL_20240401.jpg", "trash"), (".TRASHED-1-A.JPG", "trash"),
    (".pending-1714492983-PXL_20240401.jpg", "unfinished"), ("._IMG_1.JPG", "resource-forks"),
    ("trashed-1714492983-PXL.jpg", nil), (".trashed-PXL.jpg", nil), (".trashed-12.jpg", nil),
    (".trashed--a.jpg", nil), (".hidden.jpg", nil), ("PXL.jpg", nil),
  ]) func doesNotListDeletedFiles(name: String, kind: String?) {
    let bytes = Array(name.utf8)
    #expect(ListingRules().isListed(bytes, in: .empty) == (kind == nil))
    var skipped = SkippedEntries()
    if kind != nil { ListingRules().skip(file: bytes, in: .empty, &skipped) }
    #expect(skipped.files == kind.map { [$0: 1] } ?? [:])
  }

  @Test(arguments: [
    // Names at any depth.
    ("*.png", "a.png", "", false, true), ("*.png", "a.png", "x/y", false, true),
    ("*.png", "a.PNG", "", false, false), ("raw", "raw", "2019/x", true, true),
    ("raw", "raw.jpg", "", false, false), ("DJI_?.JPG", "DJI_1.JPG", "a", false, true),
    // Paths below the root.
    ("2019/raw", "raw", "2019", true, true), ("2019/raw", "raw", "2020", true, false),
    ("2019/raw", "raw", "x/2019", true, false), ("/raw", "raw", "", true, true),
    ("/raw", "raw", "x", true, false), ("**/raw/**", "raw", "a/b", true, true),
    ("raw/**", "raw", "", true, true), ("raw/**", "a.jpg", "raw/x", false, true),
    ("raw/*.jpg", "a.jpg", "raw", false, true), ("raw/*.jpg", "a.jpg", "raw/x", false, false),
    // Folders alone.
    ("raw/", "raw", "x", true, true), ("raw/", "raw", "x", false, false),
    ("2019/raw/", "raw", "2019", true, true),
    // Not UTF-8: as the index writes it.
    ("?.jpg", "\u{FFFD}FF.jpg", "", false, false), ("*.jpg", "\u{FFFD}FF.jpg", "", false, true),
  ]) func matchesPatterns(
    pattern: String, name: String, folder: String, isFolder: Bool, matches: Bool
  ) throws {
    let glob = try #require(ExcludePattern(pattern))
    #expect(
      glob.matches(PathBytes(text: name), in: PathBytes(text: folder), isFolder: isFolder)
        == matches)
  }

  @Test(arguments: ["", "/", "//"]) func refusesPatternsOfNothing(pattern: String) {
    #expect(ExcludePattern(pattern) == nil)
  }

  /// A file is left out with any folder on its way.
  @Test func excludesWhatLiesBelow() {
    let rules = ListingRules(excluded: ["raw/", "*.png", "2019/old"])
    func isExcluded(_ path: String) -> Bool {
      let (name, parent) = Self.split(path)
      return rules.isExcluded(PathBytes(name), in: parent)
    }
    for path in ["raw/a.jpg", "x/raw/y/z/a.jpg", "a.png", "x/a.png", "2019/old/a.jpg"] {
      #expect(isExcluded(path), "\(path)")
    }
    for path in ["a.jpg", "raw.jpg", "raw", "x/2019/old/a.jpg", "2019/older/a.jpg"] {
      #expect(!isExcluded(path), "\(path)")
    }
    #expect(!ListingRules().isExcluded(PathBytes(text: "a.png"), in: .empty))
  }

  /// All sources list alike and count alike.
  @Test(arguments: SourceKind.allCases) func countsWhatIsSkipped(_ kind: SourceKind) throws {
    let tree = try Tree()
    for path in [
      "a.jpg", "b.insp", "c.MPO", "d.RJPEG", "e.insv", "f.x3f", "g.CRW", "h.jp2", "i.txt", "j",
      ".trashed-17-k.jpg", "._a.jpg", "l.png", "raw/m.jpg", "raw/n.jpg", "x/raw/o.jpg",
      "@eaDir/a.jpg/p.jpg", ".stversions/q.jpg", "x/r.jpg",
    ] { tree.add(path) }
    var options = SourceOptions()
    options.rules = ListingRules(included: ["INSV"], excluded: ["raw/", "*.png"])
    let recorder = Recorder()
    let statistics = try kind.run(tree, recorder, options: options)
    let names = recorder.listed.flatMap { folder, files in
      files.map { folder.appending($0.name).text }
    }
    #expect(
      names.sorted() == ["a.jpg", "b.insp", "c.MPO", "d.RJPEG", "e.insv", "x/r.jpg"])
    var wanted = SkippedEntries()
    wanted.folders = ["thumbnails": 1, "versions": 1]
    wanted.files = ["trash": 1, "resource-forks": 1]
    wanted.excluded = ["raw/": 2, "*.png": 1]
    wanted.unsupported = ["x3f": 1, "crw": 1, "jp2": 1]
    wanted.others = ["txt": 1, "none": 1]
    #expect(statistics.skipped == wanted)
  }

  /// Extensions come from a server: their number is bounded, and what is no name is not one.
  @Test func countsABoundedNumberOfExtensions() {
    var skipped = SkippedEntries()
    for number in 0..<1000 {
      ListingRules().skip(file: Array("a.e\(number)".utf8), in: .empty, &skipped)
    }
    ListingRules().skip(file: Array("a.\u{1B}[31m".utf8), in: .empty, &skipped)
    #expect(skipped.others.count == SkippedEntries.mostNames + 1)
    #expect(skipped.others.values.reduce(0, +) == 1001)
    #expect(skipped.others[SkippedEntries.rest] == 1001 - SkippedEntries.mostNames)
  }

  static func repeated(_ text: String, _ count: Int) -> String {
    String(repeating: text, count: count)
  }

  static let longNames: [(name: String, kind: Kind?)] = [
    ("APPDATA_OC" + repeated("Z", 240), .thumbnails), ("@GMT-" + repeated("9", 240), .snapshots),
    (".Trash-" + repeated("7", 240), .trash), (".Trash-" + repeated("7", 240) + "x", nil),
    (".TRASHED-1-" + repeated("Ä", 100), .trash),
    ("System Volume Information" + repeated(" ", 200), nil), (repeated("lost+found", 20), nil),
  ]

  /// Only the begin of a long name is compared.
  @Test(arguments: longNames) func longNamesAreJudgedByTheirBegin(_ row: (String, Kind?)) {
    #expect(SkippedName.ofFolder(Array(row.0.utf8), in: [])?.kind == row.1)
  }

  static let names: [(bytes: [UInt8], kind: ListingRules.NameClass)] = [
    ([0x2E], .dot), ([0x2E, 0x2E], .dot), ([0x2E, 0x2E, 0x2E], .usable), ([], .invalid),
    ([0x2F], .invalid), ([0x61, 0x2F], .invalid), ([0x2F, 0x61], .invalid), ([0], .invalid),
    ([0x61, 0], .invalid), ([0x61, 0, 0x62], .invalid), ([0xFF, 0x80], .usable),
    ([UInt8](repeating: 0x61, count: 255), .usable),
    ([UInt8](repeating: 0x61, count: 256), .invalid),
    ([UInt8](repeating: 0x61, count: 254) + [0x2F], .invalid),
  ]

  /// POSIX.1-2024, 3.254: a file name has no slash and no null byte. Common file systems have 255 bytes at most.
  @Test(arguments: names) func namesOfOneFile(_ row: ([UInt8], ListingRules.NameClass)) {
    #expect(ListingRules.classify(row.0) == row.1)
  }
}
