import Foundation
import PhotoMetadata
import PhotoModel
import TestSupport

/// Runs mutants of photos through the parser and says what is wrong with an answer.
package struct PhotoMutants: Sendable {
  package let mutator: Mutator
  /// Names the run: the same number gives the same mutants.
  package let run: UInt64

  package init(seeds: [Seed], run: UInt64) {
    mutator = Mutator(seeds)
    self.run = run
  }

  package struct Result: Sendable {
    package var complaints: [String] = []
    /// Processor time.
    package var slowest = Duration.zero
    package var slowestNumber: UInt64 = 0
    package var mostBytes: Int64 = 0
    package var mostFlights = 0
    package var verdicts: [String: Int] = [:]

    package init() {}

    package mutating func add(_ other: Result) {
      complaints += other.complaints
      if other.slowest > slowest {
        slowest = other.slowest
        slowestNumber = other.slowestNumber
      }
      mostBytes = max(mostBytes, other.mostBytes)
      mostFlights = max(mostFlights, other.mostFlights)
      verdicts.merge(other.verdicts, uniquingKeysWith: +)
    }
  }

  package func run(_ numbers: Range<UInt64>) -> Result {
    var result = Result()
    for number in numbers {
      let mutant = mutator.mutant(number, run: run)
      let hint = number % 3 == 0 ? greedyHint : ReadHint.initial
      let start = ProcessorTime.ofThisThread
      let run = Run(
        mutant.file, size: mutant.size, tellSize: mutant.toldSize != nil, hint: hint)
      let time = ProcessorTime.ofThisThread - start
      if time > result.slowest {
        result.slowest = time
        result.slowestNumber = number
      }
      result.mostBytes = max(result.mostBytes, run.reader.bytesAsked)
      result.mostFlights = max(result.mostFlights, run.flights)
      result.verdicts[run.record.verdict, default: 0] += 1
      for complaint in Self.complaints(run) {
        result.complaints.append("mutant \(number) of run \(self.run): \(complaint)")
      }
    }
    return result
  }

  /// More flights than the longest walk over headers takes.
  package static let mostFlights = 2048

  /// What may not be in any answer, however spoilt the file.
  package static func complaints(_ run: Run) -> [String] {
    let record = run.record
    var out = [String]()
    if let p = record.position, !p.isValid { out.append("impossible position \(p)") }
    if let p = record.position, p.latitude == 0 && p.longitude == 0 { out.append("0,0") }
    if let p = record.otherPosition, !p.latitude.isFinite || !p.longitude.isFinite {
      out.append("the other position is \(p)")
    }
    if (record.position == nil) != (record.source == nil) {
      out.append("source and position differ")
    }
    let numbers: [(String, Double?, ClosedRange<Double>)] = [
      ("altitude", record.altitude, -500...12_000),
      ("relative altitude", record.relativeAltitude, -12_000...12_000),
      ("direction", record.imageDirection, 0...360), ("yaw", record.gimbalYaw, 0...360),
      ("pitch", record.gimbalPitch, -450...360), ("roll", record.gimbalRoll, -360...360),
      ("flight yaw", record.flightYaw, 0...360), ("flight pitch", record.flightPitch, -360...360),
      ("flight roll", record.flightRoll, -360...360),
      ("standard deviation", record.rtkStdLon, 0...100_000),
      ("standard deviation", record.rtkStdLat, 0...100_000),
      ("standard deviation", record.rtkStdHeight, 0...100_000),
      ("focal length", record.focalLength35, 0...4_294_967_295),
    ]
    for (name, value, range) in numbers {
      if let value, !range.contains(value) { out.append("\(name) \(value)") }
    }
    for text in [record.cameraMake, record.cameraModel, record.serialNumber, record.imageSource] {
      if let text, text.utf8.count > 256 || text.unicodeScalars.contains(where: { $0.value < 0x20 })
      {
        out.append("text of \(text.utf8.count) bytes")
      }
    }
    // 1800 to 2200.
    if let at = record.takenAt, !(-5_400_000_000_000...7_300_000_000_000).contains(at) {
      out.append("time \(at)")
    }
    if run.reader.bytesAsked > 262_144 { out.append("\(run.reader.bytesAsked) bytes asked for") }
    if run.flights > mostFlights { out.append("\(run.flights) flights") }
    return out
  }
}

/// What this thread has computed so far; others' work on a busy machine does not count.
package enum ProcessorTime {
  package static var ofThisThread: Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}
