/// The geographic values of filters, from text to checked values in WGS 84 degrees and metres.
package enum FilterPlaces {
  /// `W,S,E,N`, also as a JSON array or with blanks. W > E crosses the antimeridian.
  static func box(_ text: String) throws(FilterError) -> BoundingBox {
    let advice: FilterSentence =
      "\(.bbox, "W,S,E,N") in degrees, longitude first, such as \(.bbox, "8.4,47.3,8.6,47.5")"
    let words = FilterNumbers.words(in: text)
    let numbers = words.compactMap(FilterNumbers.number)
    guard words.count == 4, numbers.count == 4 else {
      throw FilterError("\(.bbox) “\(text)” is not four numbers in degrees", advice: advice)
    }
    let box = BoundingBox(
      west: numbers[0], south: numbers[1], east: numbers[2], north: numbers[3])
    guard let fault = fault(of: box) else { return box }
    let swapped = swapped(box)
    throw FilterError(
      "\(.bbox, text): \(fault)",
      advice: Self.fault(of: swapped) == nil
        ? "longitude and latitude look swapped: did you mean \(.bbox, Self.text(swapped))?"
        : advice)
  }

  /// The box with longitudes and latitudes exchanged, as people who say “lat, lon” would mean it.
  package static func swapped(_ box: BoundingBox) -> BoundingBox {
    BoundingBox(west: box.south, south: box.west, east: box.north, north: box.east)
  }

  package static func isValid(_ box: BoundingBox) -> Bool { fault(of: box) == nil }

  private static func fault(of box: BoundingBox) -> String? {
    for latitude in [box.south, box.north] where abs(latitude) > 90 {
      return "latitude \(text(latitude)) is outside -90…90"
    }
    for longitude in [box.west, box.east] where abs(longitude) > 180 {
      return "longitude \(text(longitude)) is outside -180…180"
    }
    if box.south > box.north {
      return "south \(text(box.south)) lies above north \(text(box.north))"
    }
    return nil
  }

  /// `LON,LAT`.
  static func point(_ text: String) throws(FilterError) -> Coordinate {
    let advice: FilterSentence =
      "\(.near, "LON,LAT") in degrees, longitude first, such as \(.near, "8.54,47.37")"
    let words = FilterNumbers.words(in: text)
    let numbers = words.compactMap(FilterNumbers.number)
    guard words.count == 2, numbers.count == 2 else {
      throw FilterError("\(.near) “\(text)” is not two numbers in degrees", advice: advice)
    }
    let point = Coordinate(latitude: numbers[1], longitude: numbers[0])
    if point.isValid { return point }
    let fault =
      abs(point.latitude) > 90
      ? "latitude \(Self.text(point.latitude)) is outside -90…90"
      : "longitude \(Self.text(point.longitude)) is outside -180…180"
    let isSwapped = Coordinate(latitude: numbers[0], longitude: numbers[1]).isValid
    throw FilterError(
      "\(.near, text): \(fault)",
      advice: isSwapped
        ? "longitude and latitude look swapped: did you mean \(.near, "\(words[1]),\(words[0])")?"
        : advice)
  }

  /// Metres from `200`, `200m` or `1.5km`; more than 0, at most half the way around the Earth.
  static func distance(_ text: String) throws(FilterError) -> Double {
    guard let metres = metres(text), metres > 0 else {
      throw FilterError(
        "\(.radius) “\(text)” is not a distance",
        advice: "\(.radius, "200m") or \(.radius, "1.5km")")
    }
    return metres
  }

  /// Metres from `0.05`, `0.05m`, `5cm` or `50mm`; 0 or more.
  static func deviation(_ text: String) throws(FilterError) -> Double {
    guard let metres = metres(text), metres >= 0 else {
      throw FilterError(
        "\(.rtkStd) “\(text)” is not a length",
        advice: "\(.rtkStd, "0.05") or \(.rtkStd, "5cm")")
    }
    return metres
  }

  /// A number with `km`, `m`, `cm`, `mm` or without, which is `m`; at most half the way around the Earth.
  private static func metres(_ text: String) -> Double? {
    let lower = text.lowercased()
    let units: [(name: String, perMetre: Double)] = [
      ("km", 0.001), ("cm", 100), ("mm", 1000), ("m", 1), ("", 1),
    ]
    guard let unit = units.first(where: { lower.hasSuffix($0.name) }) else { return nil }
    let digits = lower.dropLast(unit.name.count).filter { $0 != " " }
    guard let number = FilterNumbers.number(digits) else { return nil }
    // Division: 5cm is the double 0.05, which 5 times 0.01 need not be.
    let metres = number / unit.perMetre
    return metres <= 20_040_000 ? metres : nil
  }

  /// Metres, both ends inclusive, from `MIN..MAX`, `MIN..` or `..MAX`.
  static func altitudes(
    _ text: String, _ name: FilterName
  ) throws(FilterError) -> ClosedRange<Double> {
    func bound(_ part: Substring, _ absent: Double) -> Double? {
      part.isEmpty ? absent : FilterNumbers.number(String(part))
    }
    let advice: FilterSentence = "\(name, "100..250"), \(name, "100..") or \(name, "..250")"
    guard let dots = rangeOfDots(text), text.count > 2,
      let low = bound(text[..<dots.lowerBound], -.infinity),
      let high = bound(text[dots.upperBound...], .infinity)
    else { throw FilterError("\(name) “\(text)” is not MIN..MAX in metres", advice: advice) }
    guard low <= high else {
      throw FilterError("\(name, text): the first number is the larger", advice: advice)
    }
    return low...high
  }

  private static func rangeOfDots(_ text: String) -> Range<String.Index>? {
    var index = text.startIndex
    while index < text.endIndex {
      let next = text.index(after: index)
      if text[index] == ".", next < text.endIndex, text[next] == "." {
        return index..<text.index(after: next)
      }
      index = next
    }
    return nil
  }

  /// Degrees without a fraction that is zero.
  package static func text(_ degrees: Double) -> String {
    degrees == degrees.rounded() && abs(degrees) < 1e6 ? String(Int(degrees)) : "\(degrees)"
  }

  /// `W,S,E,N`, as the filter takes it.
  package static func text(_ box: BoundingBox) -> String {
    [box.west, box.south, box.east, box.north].map(text).joined(separator: ",")
  }
}
