import PhotoModel
import Testing

@testable import Pictures

/// Rows of an index that anybody may have written.
@Suite struct PlanTests {
  static func plan(
    _ kind: PictureKind = .thumbnail, _ offset: Int64?, _ length: Int64 = 0, size: Int64? = 1000,
    name: String = "a.jpg"
  ) -> PicturePlan {
    var record = PhotoRecord(outcome: .withoutPosition(.noGPS))
    let place = offset.map { EmbeddedPicture(offset: $0, length: length) }
    if kind == .preview { record.preview = place } else { record.thumbnail = place }
    return PicturePlan(
      PhotoRow(id: 1, site: "s", folder: "f", file: name, size: size, mtime: 7, record: record),
      kind)
  }

  @Test(
    arguments: [
      (plan(.thumbnail, 100, 900), nil),
      (plan(.thumbnail, 0, 1000), nil),
      (plan(.thumbnail, 100, 901), .notAPicture),
      (plan(.thumbnail, 1000, 1), .notAPicture),
      (plan(.thumbnail, .max, 1), .notAPicture),
      (plan(.thumbnail, .max, .max), .tooLong),
      (plan(.thumbnail, .max, 100, size: nil), .notAPicture),
      (plan(.thumbnail, .max - 100, 100, size: nil), nil),
      (plan(.thumbnail, -1, 100), .noPicture),
      (plan(.thumbnail, .min, 100), .noPicture),
      (plan(.thumbnail, 100, 0), .noPicture),
      (plan(.thumbnail, 100, -5), .noPicture),
      (plan(.thumbnail, 100, .min), .noPicture),
      (plan(.thumbnail, nil), .noPicture),
      (plan(.thumbnail, 0, 2 << 20, size: nil), nil),
      (plan(.thumbnail, 0, 2 << 20 + 1, size: nil), .tooLong),
      (plan(.preview, 0, 16 << 20 + 1, size: nil), .tooLong),
      // Its Multi-Picture index may know it.
      (plan(.preview, nil), nil),
      (plan(.preview, nil, name: "a.dng"), .noPicture),
      (plan(.image, nil), nil),
      (plan(.image, nil, size: nil), .noPicture),
      (plan(.image, nil, size: 0), .noPicture),
      (plan(.image, nil, size: 64 << 20 + 1), .tooLong),
    ] as [(PicturePlan, PictureFailure.Kind?)])
  func hostilePlacesAreRefusedBeforeTheFileIsOpened(
    plan: PicturePlan, kind: PictureFailure.Kind?
  ) {
    #expect(plan.obstacle?.kind == kind)
    // A reader that is made all the same asks for nothing.
    if let place = plan.place {
      let ranges = PictureReader(plan, file: plan.file).nextRanges()
      let first = { place.offset..<(place.offset + min(place.length, 262_144)) }
      #expect(ranges == (kind == nil ? [first()] : []))
    }
  }

  private static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 0xFF, 0xD9]

  @Test(
    arguments: [
      (jpeg, true), (Array(jpeg.dropLast()), false), ([UInt8](repeating: 0, count: 8), false),
      ([], false),
    ] as [([UInt8], Bool)])
  func onlyTheWholeJPEGIsPassedOn(bytes: [UInt8], isPassedOn: Bool) throws {
    let reader = PictureReader(Self.plan(.thumbnail, 100, 8), file: Self.plan(.thumbnail, nil).file)
    #expect(reader.nextRanges() == [100..<108])
    reader.receive(100..<108, bytes)
    #expect(reader.nextRanges().isEmpty)
    switch reader.result() {
    case .success(let given): #expect(isPassedOn && given == bytes)
    case .failure(let failure): #expect(!isPassedOn && failure.kind == .notAPicture)
    }
  }

  /// Others are read in between, and a file that is no JPEG is not read to its end.
  @Test(arguments: [true, false]) func longPicturesAreReadInPortions(isJPEG: Bool) throws {
    let plan = Self.plan(.preview, 1000, 600_000, size: 900_000)
    let reader = PictureReader(plan, file: plan.file)
    var asked: [Range<Int64>] = []
    while case let ranges = reader.nextRanges(), let range = ranges.first {
      asked.append(range)
      var bytes = [UInt8](repeating: 1, count: range.count)
      if isJPEG, asked.count == 1 { bytes[..<3] = [0xFF, 0xD8, 0xFF] }
      reader.receive(range, bytes)
    }
    #expect(
      asked == Array([1000..<263_144, 263_144..<525_288, 525_288..<601_000].prefix(isJPEG ? 3 : 1)))
    #expect((try? reader.result().get().count) == (isJPEG ? 600_000 : nil))
  }

  /// The place in the row is of another file: nothing of this one is read.
  @Test(arguments: [(Int64(1001), Int64(7)), (1000, 8)])
  func aFileOfAnotherSizeOrTimeIsNotRead(size: Int64, mtime: Int64) {
    let plan = Self.plan(.thumbnail, 100, 8)
    let file = ListedFile(name: plan.file.name, size: size, mtime: mtime)
    let reader = PictureReader(plan, file: file)
    #expect(reader.nextRanges().isEmpty)
    guard case .failure(let failure) = reader.result() else {
      Issue.record("a picture of another file")
      return
    }
    #expect(failure.kind == .changed && failure.advice == "gpsindex sync")
  }

  @Test func theTagChangesWithWhatItNames() {
    let base = Self.plan(.thumbnail, 100, 8)
    var others = [Self.plan(.preview, 100, 8), Self.plan(.thumbnail, 101, 8)]
    others += [Self.plan(.thumbnail, 100, 9), Self.plan(.thumbnail, 100, 8, size: 999)]
    others += [Self.plan(.thumbnail, 100, 8, name: "b.jpg")]
    #expect(base.tag != 0 && base.tag == Self.plan(.thumbnail, 100, 8).tag)
    #expect(Set(others.map(\.tag)).count == others.count && !others.contains { $0.tag == base.tag })
  }
}
