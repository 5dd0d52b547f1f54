import Testing

@testable import SFTP

/// Predictions against a model of sftp-server's table, over random runs with opens that fail.
@Suite struct HandlePredictionTests {
  /// sftp-server.c: `handle_new` takes the handle closed last, or makes one; in request order.
  struct Server {
    var used: Set<UInt32> = []
    var free: [UInt32] = []
    var made: UInt32 = 0

    mutating func open() -> UInt32 {
      let number: UInt32
      if let last = free.popLast() {
        number = last
      } else {
        number = made
        made += 1
      }
      used.insert(number)
      return number
    }

    mutating func close(_ number: UInt32) {
      #expect(used.remove(number) != nil)
      free.append(number)
    }
  }

  enum Reply {
    case opened(RequestID, Handle, UInt32?)
    case closed(RequestID)
  }

  private func number(_ handle: Handle) -> UInt32 {
    handle.bytes.reduce(0) { $0 << 8 | UInt32($1) }
  }

  private func handle(_ number: UInt32) -> Handle {
    Handle((0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) })
  }

  struct Outcome {
    var right = 0
    var wrong = 0
    /// Wrong predictions of a handle that was in use: never.
    var hits = 0
    /// Requests on a predicted handle whose replies were given another worth than they have: never.
    var misjudged = 0
  }

  /// - Parameters:
  ///   - failing: of 1,000 opens, how many fail.
  ///   - flight: requests sent before the first reply is seen.
  private func run(seed: UInt64, failing: Int, flight: Int, steps: Int = 3_000) -> (
    Outcome, HandlePrediction
  ) {
    var random = SplitMix(seed)
    var server = Server()
    var prediction = HandlePrediction(isOn: true)
    var replies: [Reply] = []
    var held: [UInt32] = []
    var outcome = Outcome()
    for step in 0..<steps {
      let id = RequestID(value: UInt32(step + 1))
      if !held.isEmpty, random.below(2) == 0 {
        let closing = held.remove(at: random.below(held.count))
        prediction.closing(id, handle(closing))
        server.close(closing)
        replies.append(.closed(id))
      } else if let predicted = prediction.opening(id)?.handle {
        let given = random.below(1_000) < failing ? nil : server.open()
        if given == number(predicted) {
          outcome.right += 1
        } else {
          outcome.wrong += 1
          if server.used.contains(number(predicted)) { outcome.hits += 1 }
        }
        if prediction.verdict(onRequestAfter: id) != .tooEarly { outcome.misjudged += 1 }
        replies.append(.opened(id, predicted, given))
      }
      while replies.count > random.below(flight + 1) {
        switch replies.removeFirst() {
        case .closed(let id): prediction.closed(id)
        case .opened(let id, let predicted, let given):
          let isRight = prediction.opened(id, given.map { handle($0) })
          let wanted: HandlePrediction.Verdict = given == number(predicted) ? .counts : .void
          if isRight != (wanted == .counts) || prediction.verdict(onRequestAfter: id) != wanted {
            outcome.misjudged += 1
          }
          if let given { held.append(given) }
        }
      }
    }
    return (outcome, prediction)
  }

  @Test(arguments: [1, 8, 100, 1_000]) func predictsEveryHandleWhileOpensSucceed(flight: Int) {
    for seed in 0..<5 {
      let (outcome, prediction) = run(seed: UInt64(seed), failing: 0, flight: flight)
      #expect(outcome.right > 500)
      #expect(outcome.wrong == 0 && outcome.misjudged == 0)
      #expect(prediction.isOn)
    }
  }

  @Test(arguments: [5, 50, 500]) func neverPredictsAHandleInUseWrongly(failing: Int) {
    var wrong = 0
    for seed in 0..<20 {
      for flight in [1, 8, 100] {
        let (outcome, _) = run(seed: UInt64(seed), failing: failing, flight: flight)
        #expect(outcome.hits == 0 && outcome.misjudged == 0)
        wrong += outcome.wrong
      }
    }
    #expect(wrong > 100)
  }

  @Test func aFailedOpenRefutesFewPredictions() {
    let (outcome, prediction) = run(seed: 7, failing: 10, flight: 8)
    #expect(prediction.isOn)
    #expect(outcome.right > 20 * outcome.wrong)
  }

  @Test func stopsPredictingAfterManyFailures() {
    let (_, prediction) = run(seed: 7, failing: 900, flight: 8)
    #expect(!prediction.isOn)
  }

  /// Another server: the first reply that differs ends the predictions.
  @Test(
    arguments: [
      [0, 0, 0, 1], [0], [1, 2, 3, 4, 5, 6, 7, 8], [],
    ] as [[UInt8]]) func stopsPredictingWhenAHandleDiffers(_ bytes: [UInt8])
  {
    var prediction = HandlePrediction(isOn: true)
    #expect(prediction.opening(RequestID(value: 1))?.handle == handle(0))
    #expect(prediction.opening(RequestID(value: 2))?.handle == handle(1))
    prediction.opened(RequestID(value: 1), Handle(bytes))
    #expect(!prediction.isOn)
    #expect(prediction.opening(RequestID(value: 3)) == nil)
  }

  @Test func stopsPredictingWhenRepliesComeOutOfOrder() {
    var prediction = HandlePrediction(isOn: true)
    _ = prediction.opening(RequestID(value: 1))
    _ = prediction.opening(RequestID(value: 2))
    prediction.opened(RequestID(value: 2), handle(1))
    #expect(!prediction.isOn)
  }

  @Test func predictsNothingWhenOff() {
    var prediction = HandlePrediction(isOn: false)
    #expect(prediction.opening(RequestID(value: 1)) == nil)
  }
}

private struct SplitMix {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ (z >> 31)) % UInt64(bound))
  }
}
