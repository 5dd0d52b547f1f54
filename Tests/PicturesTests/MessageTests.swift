import PhotoModel
import TestSupport
import Testing

/// What the map server and the process that reads pictures say to each other.
@Suite struct MessageTests {
  @Test(
    arguments: [
      .get(number: 1, photo: 2, kind: .thumbnail, known: 3),
      .get(number: .max, photo: .min, kind: .image, known: .max),
      .cancel(number: 77), .readAhead(photo: -5, kind: .preview), .forgetAhead,
    ] as [PictureRequest])
  func requestsArriveAsTheyWereSent(request: PictureRequest) {
    #expect(request.bytes.count == PictureRequest.length)
    #expect(PictureRequest((([9, 9] + request.bytes)[2...])) == request)
  }

  @Test(
    arguments: [
      .picture([1, 2, 3], tag: .max), .picture([], tag: 1), .known(tag: 5),
      .failure(PictureFailure(.changed, "a.jpg has changed", advice: "gpsindex sync")),
      .failure(PictureFailure(.hostKey, "")),
    ] as [PictureAnswer])
  func answersArriveAsTheyWereSent(answer: PictureAnswer) throws {
    let bytes = answer.bytes(number: 0x0102_0304_0506_0708)
    let (number, length) = try #require(PictureAnswer.head(bytes[...]))
    #expect(number == 0x0102_0304_0506_0708)
    #expect(bytes.count == PictureAnswer.headLength + length)
    #expect(PictureAnswer(bytes[...]) == answer)
  }

  @Test func anythingElseIsNoMessage() {
    var random = SplitMix64(seed: 3)
    for _ in 0..<2000 {
      let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      if let request = PictureRequest(bytes[...]) { #expect(bytes.count == request.bytes.count) }
      _ = PictureAnswer(bytes[...])
      if let (_, length) = PictureAnswer.head(bytes[...]) {
        #expect(0...PictureKind.image.longest ~= Int64(length))
      }
    }
  }
}
