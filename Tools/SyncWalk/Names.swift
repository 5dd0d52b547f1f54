/// The names that the walk gives: few, so that they collide, and as odd as file systems allow.
enum Names {
  static let photos: [[UInt8]] =
    (0..<30).map { Array("DJI_00\($0 / 10)\($0 % 10).JPG".utf8) }
    + (0..<12).map { Array("IMG_\($0).jpg".utf8) } + oddPhotos

  private static let oddPhotos: [[UInt8]] = [
    // One letter and two: the same to a reader, two files to the disk.
    Array("\u{E9}.jpg".utf8), Array("e\u{301}.jpg".utf8),
    // No UTF-8, and a name that looks like the text form of the one before.
    [0xFF, 0xFE, 0x2E, 0x6A, 0x70, 0x67], Array("\u{FFFD}FF.jpg".utf8),
    Array("a'b\".jpg".utf8), Array("nl\nx.jpg".utf8), Array("-x.jpg".utf8), Array(" .jpg".utf8),
    Array("\u{1F600}.JPG".utf8), Array("a.b.c.jpeg".utf8), Array("#1.jpg".utf8),
    Array("%41.jpg".utf8), Array("*.jpg".utf8), Array("[x].jpg".utf8), Array("dji_0001.jpg".utf8),
  ]

  static let folders: [[UInt8]] =
    [
      Array("A".utf8), Array("B".utf8), Array("C".utf8), Array("flight".utf8),
      Array("100MEDIA".utf8), Array("101MEDIA".utf8), Array("a".utf8), Array("x.jpg".utf8),
      Array("\u{C4}".utf8), Array("A\u{308}".utf8), [0xE4], Array("sp ace".utf8),
      Array("n\nl".utf8), Array("DJI_0001.JPG".utf8), Array("-".utf8),
    ] + skipped + [leftOut]

  /// Whether a sync does not enter a folder of this name.
  static func isExcluded(_ name: [UInt8]) -> Bool {
    name == leftOut || skipped.contains { small($0) == small(name) }
  }

  /// Thumbnails of a NAS, trashes, old versions: skipped by themselves, whatever the case of their letters.
  private static let skipped: [[UInt8]] = [
    "@eaDir", "$Recycle.Bin", ".Trash-1000", ".STVERSIONS",
  ].map { Array($0.utf8) }

  /// A folder that the site's own pattern excludes.
  static let leftOut = Array("left out".utf8)

  /// Whether a name is a photo's, among those that the walk gives.
  static func isPhoto(_ name: [UInt8]) -> Bool { hasEnding(name, [".jpg", ".jpeg"]) }

  static func isSidecar(_ name: [UInt8]) -> Bool { hasEnding(name, [".xmp"]) }

  private static func hasEnding(_ name: [UInt8], _ endings: [String]) -> Bool {
    let small = small(name)
    return endings.contains {
      small.count > $0.utf8.count && small.suffix($0.utf8.count) == Array($0.utf8)[...]
    }
  }

  private static func small(_ name: [UInt8]) -> [UInt8] {
    name.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
  }

  /// The name without its last ending.
  static func stem(_ name: [UInt8]) -> [UInt8] {
    Array(name[..<(name.lastIndex(of: 0x2E) ?? name.endIndex)])
  }

  /// Letters large for small and small for large.
  static func swappingCase(_ name: [UInt8]) -> [UInt8] {
    name.map { byte in
      switch byte {
      case 0x41...0x5A, 0x61...0x7A: byte ^ 0x20
      default: byte
      }
    }
  }
}
