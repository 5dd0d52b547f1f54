package import PhotoModel

/// Which names are photos, which folders are entered, which names are refused.
package struct ListingRules: Sendable {
  /// Lower case, without the dot.
  package var extensions: Set<[UInt8]>
  /// Folder names never entered: thumbnails and recycle bins of NAS systems, named like photos.
  package static let excludedFolders = [
    "@eaDir", "#recycle", "#snapshot", "@Recycle", "@Recently-Snapshot", ".AppleDouble",
    ".Trashes", ".Trash", "$RECYCLE.BIN", "System Volume Information", ".thumbnails",
    ".@__thumb", "lost+found",
  ]
  private let excluded: Set<[UInt8]>

  /// The formats that are read. What a file is decides its content; the name only decides whether
  /// it is looked at.
  package static let readExtensions =
    [
      "jpg", "jpeg", "jpe", "jfif", "tif", "tiff", "dng",
      // Raw files built like TIFF: Canon, Nikon, Sony, Pentax, GoPro, Panasonic, Olympus, Samsung,
      // Hasselblad, Phase One, Epson, Mamiya, Leaf, Kodak, Leica.
      "cr2", "nef", "nrw", "arw", "sr2", "srf", "pef", "gpr", "rw2", "rwl", "orf", "srw", "3fr",
      "fff",
      "iiq", "erf", "mef", "mos", "dcr", "kdc", "k25",
      "cr3", "raf", "mrw", "heic", "heif", "hif", "avif", "png", "webp", "jxl",
    ] + videoExtensions

  package static let videoExtensions = ["mp4", "mov", "m4v", "3gp"]

  package init(extensions: [String] = readExtensions) {
    self.extensions = Set(extensions.map { Array($0.lowercased().utf8) })
    self.excluded = Set(Self.excludedFolders.map { Array($0.utf8) })
  }

  enum NameClass { case usable, dot, invalid }

  /// A name is refused when it could leave its folder or cannot be a name at all; nothing the
  /// server sends reaches outside the site's root.
  static func classify(_ name: [UInt8]) -> NameClass {
    if name == [0x2E] || name == [0x2E, 0x2E] { return .dot }
    guard !name.isEmpty, name.count <= 255, !name.contains(0x2F), !name.contains(0) else {
      return .invalid
    }
    return .usable
  }

  func isPhoto(_ name: [UInt8]) -> Bool {
    Self.suffix(of: name).map(extensions.contains) ?? false
  }

  /// The kind of sidecar, by the file's name. Sidecars are listed, and read only when they belong to a photo.
  package static func sidecar(_ name: [UInt8]) -> SidecarKind? {
    // The usual name is no sidecar, and its extension need not be looked up.
    guard let last = name.last, last | 0x20 == 0x70 || last | 0x20 == 0x74 else { return nil }
    return switch suffix(of: name) {
    case [0x78, 0x6D, 0x70]: .xmp
    case [0x73, 0x72, 0x74]: .srt
    default: nil
    }
  }

  package static func isVideo(_ name: [UInt8]) -> Bool {
    suffix(of: name).map { videoExtensions.contains(String(decoding: $0, as: UTF8.self)) } ?? false
  }

  /// The extension in small letters; nil without one.
  private static func suffix(of name: [UInt8]) -> [UInt8]? {
    // "._X.JPG" holds the resource fork of X.JPG on file systems that have none.
    if name.count > 2, name[0] == 0x2E, name[1] == 0x5F { return nil }
    guard let dot = name.lastIndex(of: 0x2E), dot > 0, name.count - dot <= 9 else { return nil }
    return name[(dot + 1)...].map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
  }

  func isEntered(folder name: [UInt8]) -> Bool { !excluded.contains(name) }

  /// A photo, or what may stand beside one.
  func isListed(_ name: [UInt8]) -> Bool { isPhoto(name) || Self.sidecar(name) != nil }
}
