import Glibc
import Synchronization
import Testing

@testable import PhotoSource

/// The threads of a local walk: how many, and that none is waited for without end.
@Suite struct LocalPoolTests {
  /// Feeds a pool of ideal workers: `latency` for one file with few threads, and no faster than `limit` files per second.
  private func grown(cores: Int, latency: Double, limit: Double = .infinity) -> LocalGrowth {
    var now = 0.0
    var growth = LocalGrowth(cores: cores, now: now)
    for _ in 0..<20_000 {
      let threads = Double(growth.threads)
      let seconds = max(latency, threads / limit)
      now += seconds / threads
      growth.note(files: 1, seconds: seconds, backlog: 100, now: now)
    }
    return growth
  }

  @Test(arguments: [1, 2, 4, 64])
  func aFastDiskGetsAThreadPerCore(cores: Int) {
    #expect(grown(cores: cores, latency: 0.00002).threads == min(max(cores, 2), 8))
    #expect(grown(cores: cores, latency: 0.00002).batch > 16)
  }

  @Test func aDistantShareGetsManyThreadsAndSingleFiles() {
    let growth = grown(cores: 2, latency: 0.02)
    #expect(growth.threads == LocalGrowth.most)
    #expect(growth.batch == 1)
  }

  /// sshfs serves ten requests at once: 500 files per second at 20 ms.
  @Test func aShareThatServesTenAtOnceGetsNoCrowd() {
    #expect((8...32).contains(grown(cores: 2, latency: 0.02, limit: 500).threads))
  }

  @Test func withoutABacklogNothingGrows() {
    var growth = LocalGrowth(cores: 2, now: 0)
    for step in 1...1000 {
      growth.note(files: 1, seconds: 0.02, backlog: 0, now: Double(step) * 0.01)
    }
    #expect(growth.threads == 2)
  }

  @Test func aProcessWithoutDescriptorsUsesFewerThreads() {
    var growth = grown(cores: 2, latency: 0.02)
    for _ in 0..<20 { growth.shrink() }
    #expect(growth.threads == 1)
  }

  private struct Work: LocalWork {
    var number: Int
    var lastStep: Double { 0 }
  }

  @Test func everyJobHasOneResult() {
    let workers = LocalWorkers<Work, Int> { $0.number * 2 }
    workers.grow(to: 8)
    var expected: [Int: Int] = [:]
    for number in 0..<500 { expected[workers.submit(Work(number: number))] = number * 2 }
    var results: [Int: Int] = [:]
    while results.count < 500 {
      for (id, output) in workers.take(waiting: 1) {
        #expect(results.updateValue(output, forKey: id) == nil)
      }
    }
    #expect(results == expected)
    workers.close()
  }

  @Test func aJobThatHangsIsGivenUpAndItsResultIsNeverTaken() {
    let gate = Gate()
    let workers = LocalWorkers<Work, Int> { job in
      if job.number == 0 { gate.wait() }
      return job.number
    }
    workers.grow(to: 1)
    let hanging = workers.submit(Work(number: 0))
    var late: [Int] = []
    while late.isEmpty { late = workers.giveUp(after: 0.01) }
    #expect(late == [hanging] && workers.threads == 0)
    // A new thread does what is left.
    workers.grow(to: 1)
    let next = workers.submit(Work(number: 1))
    var results: [Int] = []
    while results.isEmpty { results += workers.take(waiting: 1).map(\.id) }
    gate.open()
    for _ in 0..<5 { results += workers.take(waiting: 0.01).map(\.id) }
    #expect(results == [next])
    workers.close()
  }

  private final class Gate: Sendable {
    private let isOpen = Atomic(false)
    func open() { isOpen.store(true, ordering: .releasing) }
    func wait() { while !isOpen.load(ordering: .acquiring) { _ = sched_yield() } }
  }
}
