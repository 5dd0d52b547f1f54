import TestSupport

/// Where a photo was taken, as the walk wrote it.
enum Truth: Equatable {
  case located(latitude: Double, longitude: Double)
  case withoutPosition
  /// No photo, whatever its name says.
  case failed
}

/// Makes photos and side-cars, and remembers by their bytes what is true of each.
final class Contents {
  private var truths: [UInt64: Truth] = [:]

  /// FNV-1a, 64 bits: names a content.
  static func fingerprint(_ bytes: [UInt8]) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return hash
  }

  /// Nil: not one of ours.
  func truth(_ fingerprint: UInt64) -> Truth? { truths[fingerprint] }

  /// What a row has to say of a photo, and of the side-car beside it: a photo's own position counts first.
  func truth(photo: UInt64, sidecar: UInt64?) -> Truth? {
    guard let own = truths[photo] else { return nil }
    guard own == .withoutPosition, let sidecar else { return own }
    return truths[sidecar] == .failed ? own : truths[sidecar]
  }

  private func keep(_ bytes: [UInt8], _ truth: Truth) -> [UInt8] {
    truths[Self.fingerprint(bytes)] = truth
    return bytes
  }

  /// Any photo: most with a position, some without, some that are none.
  func photo(_ random: inout SplitMix64) -> [UInt8] {
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<4: return keep([], .failed)
    case 4..<8:
      let bytes = (0..<60).map { _ in UInt8.random(in: 0...0x7F, using: &random) }
      return keep(bytes, .failed)
    default:
      let (builder, truth) = draft(&random)
      return keep(
        Self.build(builder, padding: Int.random(in: 0..<400, using: &random)), truth)
    }
  }

  /// Another photo of exactly that many bytes; nil when nothing so small was found.
  func photo(size: Int, _ random: inout SplitMix64) -> [UInt8]? {
    for _ in 0..<8 {
      let (builder, truth) = draft(&random)
      let least = Self.build(builder, padding: 0).count
      if least <= size { return keep(Self.build(builder, padding: size - least), truth) }
    }
    return nil
  }

  private static func build(_ builder: JpegBuilder, padding: Int) -> [UInt8] {
    var builder = builder
    builder.segmentsAfter = [.comment(bytes: padding)]
    return builder.build()
  }

  private func draft(_ random: inout SplitMix64) -> (JpegBuilder, Truth) {
    let truth: Truth =
      switch Int.random(in: 0..<100, using: &random) {
      case 0..<12: .withoutPosition
      case 12..<18: Self.edges.randomElement(using: &random) ?? .withoutPosition
      default: .located(latitude: degrees(89, &random), longitude: degrees(179, &random))
      }
    var builder = JpegBuilder(
      make: ["DJI", "Autel", nil, "\u{DC}"].randomElement(using: &random) ?? nil,
      model: Bool.random(using: &random) ? "M3E" : nil, latitude: nil, longitude: nil,
      altitude: nil, dateTimeOriginal: nil)
    builder.makerNoteBytes = 0
    if Int.random(in: 0..<10, using: &random) > 0 { builder.dateTimeOriginal = time(&random) }
    if case .located(let latitude, let longitude) = truth {
      builder.latitude = latitude
      builder.longitude = longitude
      if Bool.random(using: &random) {
        builder.altitude = Double(Int.random(in: -5_000...300_000, using: &random)) / 100
      }
    }
    return (builder, truth)
  }

  private static let edges: [Truth] = [
    .located(latitude: 90, longitude: 10), .located(latitude: -90, longitude: -10),
    .located(latitude: 10, longitude: 180), .located(latitude: 10, longitude: -180),
    .located(latitude: 0, longitude: 5), .located(latitude: 5, longitude: 0),
  ]

  private func degrees(_ most: Int, _ random: inout SplitMix64) -> Double {
    Double(Int.random(in: -most * 10_000_000...most * 10_000_000, using: &random)) / 1e7
  }

  private func time(_ random: inout SplitMix64) -> String {
    func two(_ range: Range<Int>) -> String {
      let number = Int.random(in: range, using: &random)
      return number < 10 ? "0\(number)" : "\(number)"
    }
    return
      "20\(two(10..<25)):\(two(1..<13)):\(two(1..<29)) \(two(0..<24)):\(two(0..<60)):\(two(0..<60))"
  }

  /// An XMP packet with a position, or one that cannot be read.
  func sidecar(_ random: inout SplitMix64) -> [UInt8] {
    if Int.random(in: 0..<100, using: &random) < 15 { return keep(Array("<broken".utf8), .failed) }
    let latitude = degrees(80, &random)
    let longitude = degrees(170, &random)
    let padding = String(repeating: " ", count: Int.random(in: 0..<50, using: &random))
    let packet =
      "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/"
      + "22-rdf-syntax-ns#\"><rdf:Description rdf:about=\"\" xmlns:exif=\"http://ns.adobe.com/"
      + "exif/1.0/\" exif:GPSLatitude=\"\(Self.minutes(latitude, "N", "S"))\" exif:GPSLongitude="
      + "\"\(Self.minutes(longitude, "E", "W"))\"/></rdf:RDF></x:xmpmeta>\(padding)"
    return keep(Array(packet.utf8), .located(latitude: latitude, longitude: longitude))
  }

  /// `DDD,MM.mmmmmmmmK` (XMP specification part 2, GPSCoordinate).
  private static func minutes(_ degrees: Double, _ positive: String, _ negative: String) -> String {
    let whole = abs(degrees).rounded(.down)
    let text = JpegBuilder.DroneXmp.signed((abs(degrees) - whole) * 60, decimals: 8, plus: "")
    return "\(Int(whole)),\(text)\(degrees < 0 ? negative : positive)"
  }
}
