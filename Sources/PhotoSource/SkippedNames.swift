/// Names of folders and files that systems give to what is no photo of the user's: deleted files, old versions,
/// snapshots, thumbnails. Upper and lower case are the same, since file systems and tools differ in it.
///
/// This is the one table of them. A name that a person would give to a folder of photos is not in it.
struct SkippedName: Sendable {
  enum Kind: String, Sendable, CaseIterable { case trash, versions, snapshots, thumbnails, system }

  /// What follows ``name``.
  enum Rest: Sendable {
    case nothing
    /// One digit or more.
    case digits
    case anything
    /// One digit or more, a dash, and a name.
    case digitsAndName
  }

  let kind: Kind
  /// In small letters.
  let name: String
  let rest: Rest
  /// The last names of the path above, in small letters; `*` at the begin of one stands for anything.
  let above: [String]
  /// Who gives that name.
  let source: String

  private init(
    _ kind: Kind, _ name: String, _ rest: Rest = .nothing, above: [String] = [], by source: String
  ) {
    self.kind = kind
    self.name = name
    self.rest = rest
    self.above = above
    self.source = source
  }

  static let folders: [SkippedName] = trash + versions + snapshots + thumbnails + system

  private static let trash: [SkippedName] = [
    .init(
      .trash, ".trash", by: "macOS, in a home folder; freedesktop.org trash 1.0: $topdir/.Trash"),
    .init(.trash, ".trash-", .digits, by: "freedesktop.org trash 1.0: $topdir/.Trash-$uid"),
    .init(
      .trash, "trash", above: [".local", "share"],
      by: "freedesktop.org trash 1.0: $XDG_DATA_HOME/Trash"),
    .init(.trash, ".trashes", by: "macOS, on other volumes than the system's"),
    .init(.trash, "$recycle.bin", by: "Windows since Vista"),
    .init(.trash, "recycler", by: "Windows NT to XP, on NTFS"),
    .init(.trash, "#recycle", by: "Synology DSM, recycle bin of a shared folder"),
    .init(.trash, "@recycle", by: "QNAP QTS, network recycle bin"),
    .init(.trash, "network recycle bin", by: "QNAP QTS before 4.0"),
    .init(.trash, "network trash folder", by: "Netatalk (AFP)"),
    .init(.trash, ".recycle", by: "Samba vfs_recycle, the default of recycle:repository"),
    .init(.trash, ".recycle.bin", by: "Unraid, plugin Recycle Bin"),
    .init(.trash, "trashbox", by: "Buffalo TeraStation and LinkStation"),
    .init(.trash, "files_trashbin", by: "Nextcloud and ownCloud, data folder of a user"),
    .init(.trash, ".trashed-", .digitsAndName, by: "Android MediaStore, a folder"),
    .init(.trash, ".globaltrash", by: "Xiaomi's gallery, in DCIM"),
    .init(.trash, ".trashbin", by: "Xiaomi's gallery, in MIUI/Gallery/cloud"),
    .init(.trash, ".dtrash", by: "digiKam, in the root of a collection"),
  ]

  private static let versions: [SkippedName] = [
    .init(.versions, ".stversions", by: "Syncthing, file versioning"),
    .init(.versions, "files_versions", by: "Nextcloud and ownCloud, data folder of a user"),
    .init(
      .versions, "archive", above: [".sync"], by: "Resilio Sync, deleted files and old versions"),
    .init(.versions, ".documentrevisions-v100", by: "macOS, versions of documents"),
    .init(.versions, ".mobilebackups", by: "macOS, local Time Machine backups"),
    .init(.versions, "backups.backupdb", by: "macOS, Time Machine on HFS+"),
    .init(.versions, ".picasaoriginals", by: "Picasa, originals of edited photos"),
    .init(.versions, ".dropbox.cache", by: "Dropbox, deleted files and old versions"),
  ]

  private static let snapshots: [SkippedName] = [
    .init(.snapshots, ".zfs", by: "ZFS, control folder of a file system (zfsprops(7), snapdir)"),
    .init(.snapshots, ".snapshot", by: "NetApp ONTAP over NFS; Dell Isilon"),
    .init(.snapshots, "~snapshot", by: "NetApp ONTAP over SMB"),
    .init(.snapshots, ".snapshots", by: "snapper on Btrfs; IBM Spectrum Scale"),
    .init(.snapshots, ".snap", by: "CephFS"),
    .init(.snapshots, "#snapshot", by: "Synology DSM, Snapshot Replication"),
    .init(.snapshots, "@sharesnap", by: "Synology DSM, Snapshot Replication"),
    .init(.snapshots, "@recently-snapshot", by: "QNAP QTS"),
    .init(
      .snapshots, "@gmt-", .anything,
      by: "Windows previous versions, as Samba's shadow_copy2 names them"),
  ]

  private static let thumbnails: [SkippedName] = [
    .init(
      .thumbnails, ".thumbnails", by: "Android, in DCIM and Pictures; freedesktop.org until 2012"),
    .init(.thumbnails, ".sh_thumbnails", by: "freedesktop.org, shared thumbnail repositories"),
    .init(.thumbnails, "@eadir", by: "Synology DSM, thumbnails and attributes"),
    .init(.thumbnails, ".@__thumb", by: "QNAP QTS"),
    .init(.thumbnails, "appdata_oc", .anything, by: "Nextcloud and ownCloud, previews of a server"),
    .init(.thumbnails, ".wdmc", by: "Western Digital My Cloud"),
    .init(.thumbnails, ".xvpics", by: "xv and GIMP"),
    .init(.thumbnails, "resources", above: ["*.photoslibrary"], by: "macOS Photos, derivatives"),
    .init(.thumbnails, "thumbnails", above: ["*.photolibrary"], by: "macOS iPhoto"),
    .init(.thumbnails, "thumbnails", above: ["photodata"], by: "iOS, media folder of a device"),
  ]

  private static let system: [SkippedName] = [
    .init(.system, "system volume information", by: "Windows, restore points and indexes"),
    .init(.system, "lost+found", by: "ext2 to ext4, fragments that fsck(8) found"),
    .init(.system, ".appledouble", by: "Netatalk (AFP), resource forks"),
    .init(.system, "__macosx", by: "macOS, resource forks in archives"),
    .init(.system, ".spotlight-v100", by: "macOS, search index"),
    .init(.system, ".fseventsd", by: "macOS, log of changes"),
    .init(.system, ".temporaryitems", by: "macOS, files that are being written"),
    .init(.system, "temporary items", by: "Netatalk (AFP), files that are being written"),
    .init(.system, ".stfolder", by: "Syncthing, mark of a shared folder"),
    .init(.system, "@tmp", by: "Synology DSM, files that are being written"),
    .init(.system, ".synologyworkingdirectory", by: "Synology Drive, cache of the client"),
    .init(.system, ".@upload_cache", by: "QNAP QTS, files that are being written"),
    .init(.system, ".tmp.drivedownload", by: "Google Drive for desktop, unfinished downloads"),
    .init(.system, ".tmp.driveupload", by: "Google Drive for desktop, unfinished uploads"),
    .init(.system, ".~tmp~", by: "rsync --delay-updates"),
  ]

  /// Files whose extension is a photo's.
  static let files: [(kind: String, name: SkippedName)] = [
    (
      "trash",
      .init(
        .trash, ".trashed-", .digitsAndName,
        by: "Android MediaStore, deleted files (FileUtils.PATTERN_EXPIRES_FILE)")
    ),
    (
      "unfinished",
      .init(
        .system, ".pending-", .digitsAndName,
        by: "Android MediaStore, files that are being written (FileUtils.PATTERN_EXPIRES_FILE)")
    ),
    ("resource-forks", .init(.system, "._", .anything, by: "macOS, on file systems without forks")),
  ]

  // MARK: Matching

  private static let exact: [[UInt8]: [SkippedName]] = Dictionary(
    grouping: folders.filter { $0.rest == .nothing }, by: { Array($0.name.utf8) })
  private static let begins = folders.filter { $0.rest != .nothing }
  /// Bytes of the longest name in the table: what stands behind them is compared with no letter.
  private static let longest = folders.map(\.name.utf8.count).max() ?? 0

  /// The rule that keeps a folder from being entered.
  /// - Parameter parent: its path below the site's root.
  static func ofFolder(_ name: [UInt8], in parent: [UInt8]) -> SkippedName? {
    let small = lowercased(name, first: longest)
    let whole = small.count > longest ? nil : exact[small]
    return whole?.first { $0.matches(small, parent) } ?? begins.first { $0.matches(small, parent) }
  }

  /// The kind of a file that is no photo of the user's.
  static func ofFile(_ name: [UInt8]) -> String? {
    guard name.first == UInt8(ascii: ".") else { return nil }
    let small = lowercased(name)
    return files.first { $0.name.matches(small, []) }?.kind
  }

  /// - Parameter small: the name in small letters.
  private func matches(_ small: [UInt8], _ parent: [UInt8]) -> Bool {
    guard small.starts(with: name.utf8) else { return false }
    let rest = small.dropFirst(name.utf8.count)
    let digits = rest.prefix { (0x30...0x39).contains($0) }.count
    let fits =
      switch self.rest {
      case .nothing: rest.isEmpty
      case .digits: digits > 0 && digits == rest.count
      case .anything: !rest.isEmpty
      case .digitsAndName:
        digits > 0 && rest.count > digits + 1 && rest.dropFirst(digits).first == 0x2D
      }
    return fits && (above.isEmpty || isBelow(parent))
  }

  private func isBelow(_ parent: [UInt8]) -> Bool {
    let names = parent.split(separator: UInt8(ascii: "/")).suffix(above.count)
    guard names.count == above.count else { return false }
    return zip(names, above).allSatisfy { name, wanted in
      let small = Self.lowercased(Array(name))
      guard wanted.hasPrefix("*") else { return small.elementsEqual(wanted.utf8) }
      let end = wanted.utf8.dropFirst()
      return small.count > end.count && small.suffix(end.count).elementsEqual(end)
    }
  }

  /// - Parameter first: only so many bytes from the begin.
  static func lowercased(_ name: [UInt8], first: Int = .max) -> [UInt8] {
    var name = name
    for place in 0..<min(first, name.count) where name[place] >= 0x41 && name[place] <= 0x5A {
      name[place] += 0x20
    }
    return name
  }
}
