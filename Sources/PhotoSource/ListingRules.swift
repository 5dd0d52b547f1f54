import Platform
package import PhotoModel

/// Which names are photos, which folders are entered, which names are refused.
package struct ListingRules: Sendable {
  private let extensions: Set<NameExtension>
  /// What the user leaves out.
  private let excluded: [ExcludePattern]

  /// The formats that are read. What a file is decides its content; the name only decides whether
  /// it is looked at.
  package static let readExtensions =
    [
      "jpg", "jpeg", "jpe", "jfif", "tif", "tiff", "dng",
      // JPEGs under names of their own: Insta360's panoramas, several pictures in one file (CIPA DC-007),
      // DJI's and FLIR's thermal pictures, stereo pairs.
      "insp", "mpo", "rjpeg", "rjpg", "jps",
      // Raw files built like TIFF: Canon, Nikon, Sony, Pentax, GoPro, Panasonic, Olympus, Samsung,
      // Hasselblad, Phase One, Epson, Mamiya, Leaf, Kodak, Leica.
      "cr2", "nef", "nrw", "arw", "arq", "sr2", "srf", "pef", "gpr", "rw2", "rwl", "orf", "srw",
      "3fr",
      "fff",
      "iiq", "erf", "mef", "mos", "dcr", "kdc", "k25",
      "cr3", "raf", "mrw", "heic", "heif", "hif", "heics", "heifs", "avif", "png", "webp", "jxl",
    ] + videoExtensions

  package static let videoExtensions = ["mp4", "mov", "m4v", "3gp"]

  /// Formats of photos that may have a position and are not read: Sigma, Canon before 2004, JPEG 2000, JPEG XR.
  package static let unsupportedExtensions = [
    "x3f", "crw", "jp2", "j2k", "jpf", "jpx", "jpm", "jxr", "wdp", "hdp",
  ]
  private static let unsupported = Set(unsupportedExtensions.compactMap(NameExtension.init))
  private static let videos = Set(videoExtensions.compactMap(NameExtension.init))
  private static let xmp = NameExtension("xmp")
  private static let srt = NameExtension("srt")

  /// - Parameters:
  ///   - included: extensions beside those that are read, in any case of letters.
  ///   - excluded: patterns of files and folders to leave out; those that stand for nothing are ignored.
  package init(
    extensions: [String] = readExtensions, included: [String] = [], excluded: [String] = []
  ) {
    self.extensions = Set((extensions + included).compactMap(NameExtension.init))
    self.excluded = excluded.compactMap(ExcludePattern.init)
  }

  enum NameClass { case usable, dot, invalid }

  /// A name is refused when it could leave its folder or cannot be a name at all; nothing the
  /// server sends reaches outside the site's root.
  static func classify(_ name: [UInt8]) -> NameClass {
    if name.count <= 2, name == [0x2E] || name == [0x2E, 0x2E] { return .dot }
    guard !name.isEmpty, name.count <= 255, !name.hasByte(0x2F), !name.hasByte(0) else {
      return .invalid
    }
    return .usable
  }

  /// A photo by its extension.
  func isPhoto(_ name: [UInt8]) -> Bool {
    guard let suffix = NameExtension(of: name), extensions.contains(suffix) else { return false }
    return SkippedName.ofFile(name) == nil
  }

  /// The kind of sidecar, by the file's name. Sidecars are listed, and read only when they belong to a photo.
  package static func sidecar(_ name: [UInt8]) -> SidecarKind? {
    // The usual name is no sidecar, and its extension need not be looked up.
    guard let last = name.last, last | 0x20 == 0x70 || last | 0x20 == 0x74 else { return nil }
    return switch NameExtension(of: name) {
    case xmp: .xmp
    case srt: .srt
    default: nil
    }
  }

  package static func isVideo(_ name: [UInt8]) -> Bool {
    NameExtension(of: name).map(videos.contains) ?? false
  }

  func isEntered(folder name: [UInt8], in parent: PathBytes = .empty) -> Bool {
    SkippedName.ofFolder(name, in: parent.bytes) == nil
      && exclusion(of: name, in: parent, isFolder: true) == nil
  }

  /// A photo, or what may stand beside one.
  func isListed(_ name: [UInt8], in folder: PathBytes) -> Bool {
    (isPhoto(name) || Self.sidecar(name) != nil)
      && exclusion(of: name, in: folder, isFolder: false) == nil
  }

  /// Whether the user leaves out a file, or one of the folders on the way to it.
  package func isExcluded(_ name: PathBytes, in folder: PathBytes) -> Bool {
    if excluded.isEmpty { return false }
    if exclusion(of: name.bytes, in: folder, isFolder: false) != nil { return true }
    var rest = folder
    while !rest.isEmpty {
      let parent = rest.parent
      if exclusion(of: rest.lastComponent.bytes, in: parent, isFolder: true) != nil { return true }
      rest = parent
    }
    return false
  }

  private func exclusion(of name: [UInt8], in folder: PathBytes, isFolder: Bool) -> ExcludePattern?
  {
    if excluded.isEmpty { return nil }
    let name = PathBytes(name)
    return excluded.first { $0.matches(name, in: folder, isFolder: isFolder) }
  }
}

// Counting of what is skipped.
extension ListingRules {
  /// Counts a folder that is not entered.
  func skip(folder name: [UInt8], in parent: PathBytes, _ skipped: inout SkippedEntries) {
    if let rule = SkippedName.ofFolder(name, in: parent.bytes) {
      SkippedEntries.count(rule.kind.rawValue, in: &skipped.folders)
    } else if let pattern = exclusion(of: name, in: parent, isFolder: true) {
      SkippedEntries.count(pattern.text, in: &skipped.excluded)
    }
  }

  /// Counts a file that is not listed.
  func skip(file name: [UInt8], in folder: PathBytes, _ skipped: inout SkippedEntries) {
    if let pattern = exclusion(of: name, in: folder, isFolder: false) {
      SkippedEntries.count(pattern.text, in: &skipped.excluded)
    } else if let kind = SkippedName.ofFile(name) {
      SkippedEntries.count(kind, in: &skipped.files)
    } else if let suffix = NameExtension(of: name) {
      // Names are foreign bytes; an extension is counted by name when it can be one.
      let bytes = suffix.bytes
      let isPlain = bytes.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) }
      let text = isPlain && !bytes.isEmpty ? suffix.text : SkippedEntries.rest
      if Self.unsupported.contains(suffix) {
        SkippedEntries.count(text, in: &skipped.unsupported)
      } else {
        SkippedEntries.count(text, in: &skipped.others)
      }
    } else {
      SkippedEntries.count("none", in: &skipped.others)
    }
  }
}
