import FuzzSupport
import Testing

/// `make fuzz` runs 100,000.
@Suite struct MutantTests {
  @Test func mutantsGiveNoPictureThatIsNone() {
    let result = PictureMutants(seeds: PhotoSeeds.made, run: 19).run(0..<2000)
    #expect(result.complaints.isEmpty, "\(result.complaints.prefix(3))")
    #expect(result.verdicts["picture"] ?? 0 > 0)
    #expect(result.mostBytes <= (16 << 20) + 262_144)
  }
}
