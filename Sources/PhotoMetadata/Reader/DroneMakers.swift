/// Makers whose photos have XMP with more than Exif says: it is worth some more reads.
enum DroneMakers {
  /// First words of Make in lower case, from the photos that docs/fields.md names and from exiftool's lists of Make. A DJI camera
  /// of Hasselblad names that maker.
  private static let words: Set<Substring> = [
    "dji", "hasselblad", "autel", "parrot", "flir", "teledyne", "skydio", "sensefly", "yuneec",
    "micasense", "agisoft", "wingtra", "sentera", "quantum-systems",
  ]

  static func include(_ make: String?) -> Bool {
    guard let word = make?.split(separator: " ", maxSplits: 1).first else { return false }
    return words.contains(word.lowercased()[...])
  }
}
