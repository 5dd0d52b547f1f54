import PhotoModel
import Testing

@testable import Pictures

@Suite struct QueueTests {
  private static func job(
    _ name: String, _ waiters: UInt64..., kind: PictureKind = .thumbnail
  ) -> PictureQueue.Job {
    let plan = PlanTests.plan(kind, 1, 2, name: name)
    let key = PictureKey(location: Array(name.utf8), kind: kind)
    return PictureQueue.Job(plan: plan, key: key, tag: plan.tag, waiters: waiters)
  }

  private func next(_ queue: inout PictureQueue) -> PictureQueue.Job? { queue.next() }

  private func add(_ job: PictureQueue.Job, to queue: inout PictureQueue) -> Bool {
    queue.add(job)
  }

  private func finish(_ name: String, _ queue: inout PictureQueue) -> PictureQueue.Job? {
    queue.finish(PathBytes(text: name), in: PathBytes(text: "f"))
  }

  private func order(_ queue: inout PictureQueue) -> [String] {
    var names: [String] = []
    while let job = queue.next() { names.append(job.plan.file.name.text) }
    return names
  }

  @Test func theNewestWishIsReadFirst() {
    var queue = PictureQueue()
    for (number, name) in ["a", "b", "c"].enumerated() {
      #expect(add(Self.job(name, UInt64(number)), to: &queue))
    }
    // Wished for again, it is the newest.
    #expect(add(Self.job("a", 9), to: &queue))
    #expect(order(&queue) == ["a", "c", "b"])
  }

  @Test func readingAheadComesLastAndInItsOrder() {
    var queue = PictureQueue()
    for name in ["x", "y", "z"] { #expect(add(Self.job(name), to: &queue)) }
    #expect(add(Self.job("a", 1), to: &queue))
    #expect(add(Self.job("y", 2), to: &queue))
    #expect(order(&queue) == ["y", "a", "x", "z"])
  }

  @Test func whatIsReadAheadCanBeForgotten() {
    var queue = PictureQueue()
    for name in ["x", "y"] { #expect(add(Self.job(name), to: &queue)) }
    #expect(add(Self.job("a", 1), to: &queue))
    queue.forgetAhead()
    #expect(order(&queue) == ["a"])
  }

  @Test func allWhoWaitForAPictureGetIt() {
    var queue = PictureQueue()
    #expect(add(Self.job("a", 1), to: &queue))
    #expect(add(Self.job("a", 2), to: &queue))
    #expect(next(&queue)?.plan.file.name.text == "a")
    // It is being read.
    #expect(add(Self.job("a", 3), to: &queue))
    #expect(next(&queue) == nil)
    #expect(finish("a", &queue)?.waiters.sorted() == [1, 2, 3])
    #expect(queue.isEmpty)
  }

  @Test func onePictureOfAFileAtATime() {
    var queue = PictureQueue()
    #expect(add(Self.job("a", 1), to: &queue))
    #expect(add(Self.job("a", 2, kind: .preview), to: &queue))
    #expect(next(&queue)?.plan.kind == .preview)
    #expect(next(&queue) == nil)
    #expect(finish("a", &queue)?.waiters == [2])
    #expect(next(&queue)?.plan.kind == .thumbnail)
  }

  @Test func whatNobodyWaitsForIsNotRead() {
    var queue = PictureQueue()
    #expect(add(Self.job("a", 1), to: &queue))
    #expect(add(Self.job("a", 2), to: &queue))
    #expect(add(Self.job("b", 3), to: &queue))
    queue.cancel(1)
    queue.cancel(3)
    queue.cancel(77)
    let job = queue.next()
    #expect(job?.plan.file.name.text == "a" && job?.waiters == [2])
    // It is read to its end, for the cache.
    queue.cancel(2)
    #expect(next(&queue) == nil && !queue.isEmpty)
    #expect(finish("a", &queue)?.waiters == [])
  }

  @Test func moreThanEnoughIsRefused() {
    var queue = PictureQueue()
    for number in 0..<PictureQueue.most {
      #expect(add(Self.job("\(number)", UInt64(number)), to: &queue))
    }
    #expect(!add(Self.job("one more", 1), to: &queue))
    // Reading ahead fails nobody.
    for number in 0...PictureQueue.most { #expect(add(Self.job("ahead \(number)"), to: &queue)) }
    #expect(queue.waiting == 2 * PictureQueue.most)
    let all = queue.takeAll()
    #expect(all.count == PictureQueue.most && queue.isEmpty)
  }
}
