import Foundation
import SFTP
import TestSupport

/// Conversations of the SFTP client with a server whose replies are spoilt: events or a typed error, never
/// a trap, never more than the bytes can hold.
package struct SFTPMutants: Sendable {
  /// Names the run: the same number gives the same mutants.
  package let run: UInt64
  /// Begins to count the memory allocated by this thread, and tells the most that was held since.
  private let meter: Meter?

  package struct Meter: Sendable {
    package var begin: @Sendable () -> Void
    package var peak: @Sendable () -> Int

    package init(begin: @escaping @Sendable () -> Void, peak: @escaping @Sendable () -> Int) {
      self.begin = begin
      self.peak = peak
    }
  }

  package init(run: UInt64, meter: Meter? = nil) {
    self.run = run
    self.meter = meter
  }

  package struct Result: Sendable {
    package var complaints: [String] = []
    package var slowest = Duration.zero
    /// Bytes held at once beyond those before the replies; 0 without a meter.
    package var mostAllocated = 0
    package var events = 0
    package var errors = 0

    package init() {}

    package mutating func add(_ other: Result) {
      complaints += other.complaints
      slowest = max(slowest, other.slowest)
      mostAllocated = max(mostAllocated, other.mostAllocated)
      events += other.events
      errors += other.errors
    }
  }

  package func run(_ numbers: Range<UInt64>) -> Result {
    var result = Result()
    for number in numbers { converse(number, &result) }
    return result
  }

  private struct Request {
    var id: RequestID
    var kind: Int
  }

  /// Sends some requests, spoils the replies, hands them over in pieces.
  private func converse(_ number: UInt64, _ result: inout Result) {
    var random = SplitMix64(seed: run &+ number &* 0xD134_2543_DE82_EF95)
    var client = SFTPClient()
    var prediction = HandlePrediction(isOn: true)
    var replies = SFTPReplies()
    client.sendInitialize()
    replies.message(2, id: nil) { out in
      out.u32(3)
      let count = Int.random(in: 0..<20, using: &random) == 0 ? 200 : 2
      for k in 0..<count {
        out.string("limits\(k)@openssh.com")
        out.string("1")
      }
    }
    // One in ten spoils the version itself, all others a conversation under way.
    let version = replies.bytes
    let isReady = Int.random(in: 0..<10, using: &random) > 0
    if isReady {
      client.receive(version)
      _ = try? client.nextEvent()
      replies = SFTPReplies()
    }
    let requests = (0..<Int.random(in: 1...6, using: &random)).map { _ in
      Self.request(&client, &prediction, &replies, &random)
    }
    client.didSend(client.outboundCount)
    replies.spoil(Int.random(in: 1...6, using: &random), &random)
    feed(replies.bytes, requests, &client, &prediction, number, &random, &result)
  }

  private static func request(
    _ client: inout SFTPClient, _ prediction: inout HandlePrediction, _ replies: inout SFTPReplies,
    _ random: inout SplitMix64
  ) -> Request {
    let kind = Int.random(in: 0..<9, using: &random)
    let handle = Handle([0, 0, 0, 1])
    let id: RequestID
    switch kind {
    case 0: id = client.open([0x61])
    case 1: id = client.openDirectory([0x61])
    case 2, 3: id = client.readDirectory(handle)
    case 4: id = client.read(handle, offset: 0, length: 32_768)
    case 5: id = client.close(handle)
    case 6: id = client.attributes(of: handle)
    case 7: id = client.realPath([0x2E])
    default: id = client.extended("limits@openssh.com")
    }
    if kind < 2 { _ = prediction.opening(id) }
    if kind == 5 { prediction.closing(id, handle) }
    if Int.random(in: 0..<8, using: &random) == 0 || kind == 5 {
      replies.status(id.value, &random)
      return Request(id: id, kind: kind)
    }
    let isLarge = Int.random(in: 0..<30, using: &random) == 0
    switch kind {
    case 0, 1: replies.message(102, id: id.value) { $0.string([0, 0, 0, 1]) }
    case 2, 3, 7:
      // As many of the smallest entries as a packet holds, or as are allowed; or usual ones.
      let isBare = isLarge && Bool.random(using: &random)
      let most = Bool.random(using: &random) ? 20_160 : SFTPClient.maximumNames
      let count = isBare ? most : isLarge ? 1500 : Int.random(in: 0...5, using: &random)
      replies.names(id.value, count: count, isBare: isBare, &random)
    case 4:
      let count = isLarge ? 32_768 : Int.random(in: 0...64, using: &random)
      replies.message(103, id: id.value) { $0.string([UInt8](repeating: 0x44, count: count)) }
    case 6: replies.message(105, id: id.value) { $0.attributes(&random) }
    default:
      replies.message(201, id: id.value) { out in
        for _ in 0..<8 { out.u32(262_144) }
      }
    }
    return Request(id: id, kind: kind)
  }

  private func feed(
    _ bytes: [UInt8], _ requests: [Request], _ client: inout SFTPClient,
    _ prediction: inout HandlePrediction, _ number: UInt64, _ random: inout SplitMix64,
    _ result: inout Result
  ) {
    let piece = [1, 7, 100, 32_768, 262_144].randomElement(using: &random) ?? 100
    // Byte by byte only what is short.
    let step = bytes.count > 2000 ? max(piece, 4096) : piece
    let start = ProcessorTime.ofThisThread
    meter?.begin()
    var events = 0
    var place = 0
    do throws(ProtocolError) {
      while place < bytes.count {
        let next = min(bytes.count, place + step)
        bytes[place..<next].withUnsafeBytes { client.receive($0) }
        place = next
        while let event = try client.nextEvent() {
          events += 1
          if let complaint = Self.complaint(event, bytes.count) {
            result.complaints.append("conversation \(number) of run \(run): \(complaint)")
          }
          Self.tell(event, requests, &prediction)
        }
      }
    } catch {
      result.errors += 1
      let text = error.description
      if text.isEmpty || text.count > 400
        || text.unicodeScalars.contains(where: { $0.value < 0x20 })
      {
        result.complaints.append("conversation \(number) of run \(run): error text \(text)")
      }
    }
    result.mostAllocated = max(result.mostAllocated, meter?.peak() ?? 0)
    result.slowest = max(result.slowest, ProcessorTime.ofThisThread - start)
    result.events += events
    if events > requests.count + 1 {
      result.complaints.append("conversation \(number) of run \(run): \(events) events")
    }
  }

  private static func tell(
    _ event: SFTPClient.Event, _ requests: [Request], _ prediction: inout HandlePrediction
  ) {
    func kind(_ id: RequestID) -> Int? { requests.first { $0.id == id }?.kind }
    switch event {
    case .handle(let id, let handle): prediction.opened(id, handle)
    case .status(let id, _):
      if kind(id) == 5 { prediction.closed(id) }
      if let kind = kind(id), kind < 2 { prediction.opened(id, nil) }
    default: break
    }
  }

  private static func complaint(_ event: SFTPClient.Event, _ count: Int) -> String? {
    switch event {
    case .version(let version, let extensions):
      version < 3 || extensions.count > 64 ? "version \(version), \(extensions.count)" : nil
    case .handle(_, let handle): handle.bytes.count > 256 ? "a handle too long" : nil
    case .data(_, let bytes): bytes.count > min(32_768, count) ? "too much data" : nil
    case .names(_, let entries):
      entries.count > count / 12 || entries.reduce(0) { $0 + $1.name.count } > count
        ? "\(entries.count) names" : nil
    case .attributes: nil
    case .status(_, let status): status.message.count > 200 ? "a long message" : nil
    case .extendedReply(_, let bytes):
      bytes.count > count || ServerLimits(reply: bytes) == nil && bytes.count >= 32
        ? "an extended reply of \(bytes.count)" : nil
    }
  }
}
