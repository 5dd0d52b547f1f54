import TestSupport

/// A file that mutants are made of.
package struct Seed: Sendable {
  package let name: String
  package let file: [UInt8]
  /// How long the file is said to be; bytes behind `file` are zero.
  package let size: Int64
  /// The bytes that its reader looks at: changing others tells nothing.
  package let read: [Range<Int>]
  /// Its lengths, offsets, counts and types, as far as they are looked at.
  package let fields: [FileField]

  package init(_ name: String, _ file: [UInt8], size: Int64? = nil) {
    self.name = name
    self.file = file
    self.size = size ?? Int64(file.count)
    let read = Run(file, size: self.size).ranges.compactMap {
      let upper = min($0.upperBound, Int64(file.count))
      return $0.lowerBound < upper ? Int($0.lowerBound)..<Int(upper) : nil
    }
    self.read = read
    fields = FileField.all(in: file).filter { field in
      read.contains { $0.lowerBound <= field.offset && field.offset + field.size <= $0.upperBound }
    }
  }

  /// A place that matters.
  func place(_ random: inout SplitMix64) -> Int? {
    guard let range = read.randomElement(using: &random) else { return nil }
    return Int.random(in: range, using: &random)
  }
}

/// A changed file, reproducible from its seeds and its number.
package struct Mutant: Sendable {
  package var file: [UInt8]
  /// How long the listing says it is; nil when it does not say.
  package var toldSize: Int64?
  package var size: Int64
}

/// Makes mutants: flipped bits, spoilt lengths, offsets and counts, cuts, and parts of other files.
package struct Mutator: Sendable {
  package let seeds: [Seed]

  package init(_ seeds: [Seed]) { self.seeds = seeds }

  /// Number `number` of the run with this seed.
  package func mutant(_ number: UInt64, run: UInt64) -> Mutant {
    var random = SplitMix64(seed: run &+ number &* 0xD134_2543_DE82_EF95)
    let seed = seeds[Int(number % UInt64(max(1, seeds.count)))]
    var mutant = Mutant(file: seed.file, toldSize: seed.size, size: seed.size)
    for _ in 0..<Int.random(in: 1...8, using: &random) {
      change(&mutant, of: seed, &random)
    }
    if Int.random(in: 0..<8, using: &random) == 0 { mutant.toldSize = nil }
    return mutant
  }

  private func change(_ mutant: inout Mutant, of seed: Seed, _ random: inout SplitMix64) {
    let count = mutant.file.count
    guard let place = seed.place(&random), place < count else { return }
    switch Int.random(in: 0..<16, using: &random) {
    case 0...2: mutant.file[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 3: mutant.file[place] = UInt8.random(in: 0...255, using: &random)
    case 4: for k in place..<min(place + 4, count) { mutant.file[k] = 0xFF }
    case 5: for k in place..<min(place + 8, count) { mutant.file[k] = 0 }
    case 6...10: spoilField(&mutant.file, seed, &random)
    case 11:
      // Cut; the listing may know of it or not.
      mutant.file.removeSubrange(place...)
      let known = Bool.random(using: &random)
      mutant.size = known ? Int64(place) : mutant.size
      mutant.toldSize = known ? Int64(place) : mutant.toldSize
    case 12, 13: splice(&mutant.file, at: place, &random)
    case 14:
      let size = min(Int.random(in: 1...16, using: &random), count - place)
      mutant.file.removeSubrange(place..<(place + size))
    default:
      guard let from = seed.place(&random), from < count else { return }
      let size = min(Int.random(in: 1...40, using: &random), count - from)
      mutant.file.insert(contentsOf: mutant.file[from..<(from + size)], at: place)
    }
  }

  private func spoilField(_ file: inout [UInt8], _ seed: Seed, _ random: inout SplitMix64) {
    guard let field = seed.fields.randomElement(using: &random),
      field.offset + field.size <= file.count
    else { return }
    let old = field.value(in: file)
    let length = UInt64(file.count)
    let place = UInt64(field.offset)
    let candidates: [UInt64] = [
      0, 1, 2, 3, 7, 8, 0x7F, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0x7FFF_FFFF, 0x8000_0000,
      0xFFFF_FFFF, 0x2000_0001, old &+ 1, old &- 1, old &* 2, old ^ 0x8000_0000, length,
      length &- place, length &- place &+ 1, place, place &+ UInt64(field.size),
      UInt64.random(in: 0...length, using: &random),
      seed.fields.randomElement(using: &random)?.value(in: file) ?? 0,
      seed.fields.randomElement(using: &random).map { UInt64($0.offset) } ?? 0,
    ]
    field.set(candidates.randomElement(using: &random) ?? 0, in: &file)
  }

  /// Bytes of another seed, where it is looked at: over what is there, or instead of all that follows.
  private func splice(_ file: inout [UInt8], at place: Int, _ random: inout SplitMix64) {
    guard let other = seeds.randomElement(using: &random), let from = other.place(&random) else {
      return
    }
    if Int.random(in: 0..<6, using: &random) == 0 {
      file.replaceSubrange(place..., with: other.file[from...].prefix(65_536))
    } else {
      let size = min(
        Int.random(in: 1...200, using: &random), other.file.count - from, file.count - place)
      file.replaceSubrange(place..<(place + size), with: other.file[from..<(from + size)])
    }
  }
}
