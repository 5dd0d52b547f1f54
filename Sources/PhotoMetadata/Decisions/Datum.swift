/// The geodetic datum of a position (Exif 3.0 §4.6.6.20, GPSMapDatum).
enum Datum {
  /// - Returns: nil for WGS 84 in any spelling, and where nothing is stated.
  static func other(than84 stated: String?) -> String? {
    guard let stated else { return nil }
    var plain = ""
    for scalar in stated.unicodeScalars {
      switch scalar.value {
      case 0x30...0x39, 0x41...0x5A: plain.unicodeScalars.append(scalar)
      case 0x61...0x7A: plain.append(Character(scalar).uppercased())
      default: break
      }
    }
    if plain.isEmpty { return nil }
    let spellings = ["WGS84", "WGS1984", "WORLDGEODETICSYSTEM1984", "WORLDGEODETICSYSTEM84"]
    if spellings.contains(where: plain.contains) || plain == "EPSG4326" || plain == "4326" {
      return nil
    }
    return stated
  }
}
