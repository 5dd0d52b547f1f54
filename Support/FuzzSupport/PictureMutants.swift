import PhotoMetadata
import PhotoModel
import Pictures

/// Reads the pictures of mutants of photos, by the places that their own bytes state, and says what is wrong with an answer.
package struct PictureMutants: Sendable {
  package let mutator: Mutator
  /// Names the run: the same number gives the same mutants.
  package let run: UInt64

  package init(seeds: [Seed], run: UInt64) {
    mutator = Mutator(seeds)
    self.run = run
  }

  package struct Result: Sendable {
    package var complaints: [String] = []
    package var mostBytes: Int64 = 0
    /// By ``PictureFailure/Kind``, and `picture`.
    package var verdicts: [String: Int] = [:]

    package init() {}

    package mutating func add(_ other: Result) {
      complaints += other.complaints
      mostBytes = max(mostBytes, other.mostBytes)
      verdicts.merge(other.verdicts, uniquingKeysWith: +)
    }
  }

  package func run(_ numbers: Range<UInt64>) -> Result {
    var result = Result()
    for number in numbers {
      let mutant = mutator.mutant(number, run: run)
      var reader = MetadataReader(fileSize: Int64(mutant.file.count))
      let record = reader.record { Self.bytes(mutant.file, $0) }
      for kind in PictureKind.allCases {
        // An index may state any size of a file, and any place.
        for size in [Int64(mutant.file.count), mutant.toldSize, nil] {
          let row = PhotoRow(
            id: 1, site: "", folder: "", file: "a.jpg", size: size, mtime: nil, record: record)
          check(PicturePlan(row, kind), mutant.file, number, &result)
        }
      }
    }
    return result
  }

  private func check(
    _ plan: PicturePlan, _ file: [UInt8], _ number: UInt64, _ result: inout Result
  ) {
    func complain(_ what: String) {
      result.complaints.append("mutant \(number) of run \(run): \(plan.kind.name): \(what)")
    }
    if let obstacle = plan.obstacle {
      result.verdicts["\(obstacle.kind)", default: 0] += 1
      return
    }
    let reader = PictureReader(plan, file: plan.file)
    var asked: Int64 = 0
    var flights = 0
    while true {
      let ranges = reader.nextRanges()
      if ranges.isEmpty { break }
      flights += 1
      for range in ranges {
        if range.lowerBound < 0 { complain("asks for \(range)") }
        if let size = plan.file.size, range.upperBound > size { complain("asks behind the end") }
        asked += Int64(range.count)
        reader.receive(range, Self.bytes(file, range))
      }
      if flights > PhotoMutants.mostFlights {
        complain("\(flights) flights")
        break
      }
    }
    result.mostBytes = max(result.mostBytes, asked)
    // A search for the preview reads as much as a sync.
    let most = plan.kind.longest + (plan.place == nil ? 262_144 : 0)
    if asked > most { complain("asks for \(asked) bytes") }
    switch reader.result() {
    case .success(let bytes):
      result.verdicts["picture", default: 0] += 1
      if bytes.prefix(3) != [0xFF, 0xD8, 0xFF] { complain("no JPEG") }
      if bytes.count > plan.kind.longest { complain("\(bytes.count) bytes") }
    case .failure(let failure): result.verdicts["\(failure.kind)", default: 0] += 1
    }
  }

  /// What the file has of a range.
  private static func bytes(_ file: [UInt8], _ range: Range<Int64>) -> [UInt8] {
    let start = min(Int64(file.count), max(0, range.lowerBound))
    let end = min(Int64(file.count), max(start, range.upperBound))
    return Array(file[Int(start)..<Int(end)])
  }
}
