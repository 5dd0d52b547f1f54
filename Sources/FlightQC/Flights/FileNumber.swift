/// The number in a photo's name.
enum FileNumber {
  /// The last two runs of digits of a name without its extension, the last one first. Runs of more than
  /// nine digits are dates, not numbers.
  static func runs(_ name: String) -> (last: Int?, other: Int?) {
    var name = name
    return name.withUTF8 { bytes in
      var end = bytes.count
      if let dot = bytes.lastIndex(of: 0x2E), dot > 0 { end = dot }
      var found: [Int] = []
      var place = 1
      var value = 0
      var digits = 0
      for index in stride(from: end - 1, through: -1, by: -1) {
        if index >= 0, (0x30...0x39).contains(bytes[index]) {
          if digits < 9 {
            value += Int(bytes[index] - 0x30) * place
            place *= 10
          }
          digits += 1
        } else if digits > 0 {
          if digits <= 9 { found.append(value) }
          (place, value, digits) = (1, 0, 0)
          if found.count == 2 { break }
        }
      }
      return (found.first, found.count > 1 ? found[1] : nil)
    }
  }

  /// Of photos in their order: the run that counts. Cameras with several bands end names with the band's number.
  static func numbers(_ names: [String]) -> [Int?] {
    let runs = names.map(runs)
    let last = runs.compactMap(\.last)
    if last.count >= 3, Set(last.prefix(50)).count == 1, runs.contains(where: { $0.other != nil }) {
      return runs.map(\.other)
    }
    return runs.map(\.last)
  }

  /// Counters go back to 1 behind 999, 9999, 99999.
  static func isWrap(from old: Int, to new: Int) -> Bool { wrap(from: old, to: new) != nil }

  /// The last number before the counter goes back.
  static func wrap(from old: Int, to new: Int) -> Int? {
    new < 10 ? [999, 9999, 99_999].first { old > $0 - 10 && old <= $0 } : nil
  }

  /// The name without its extension, for pairs such as DJI_0001.JPG and DJI_0001.DNG.
  static func stem(_ name: String) -> Substring {
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return name[...] }
    return name[..<dot]
  }
}
