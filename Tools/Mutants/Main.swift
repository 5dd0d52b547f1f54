import ArgumentParser
import CAllocations
import Dispatch
import Foundation
import FuzzSupport
import Synchronization

/// Random mutants of photos and of SFTP conversations, in numbers that tests have no time for.
///
///     mutants photos --count 1000000      # make fuzz
///     mutants pictures --count 100000
///     mutants sftp --count 100000 --most-allocated 1048576
///     mutants files FOLDER --count 100    # mutants of photos as files
///     mutants seeds FOLDER                # what the fuzz targets begin with
@main struct Mutants: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mutants", abstract: "Spoil photos and SFTP replies, and watch what comes of it.",
    subcommands: [Photos.self, EmbeddedPictures.self, Conversations.self, Files.self, Seeds.self])
}

/// How many, and which.
struct RunOptions: ParsableArguments {
  @Option(help: "How many mutants.") var count: UInt64 = 1_000_000
  @Option(help: "Names the run; the same number gives the same mutants.") var seed: UInt64?
  @Option(help: "The first mutant's number.") var from: UInt64 = 0
  @Flag(help: "Say each number before it is tried, one after the other: finds the one that traps.")
  var trace = false

  /// Calls `body` with parts of all numbers, on all cores.
  func each(_ body: @Sendable (Range<UInt64>) -> Void) {
    if trace {
      for number in from..<(from + count) {
        FileHandle.standardError.write(Data("\(number)\n".utf8))
        body(number..<(number + 1))
      }
      return
    }
    let part: UInt64 = 1000
    DispatchQueue.concurrentPerform(iterations: Int((count + part - 1) / part)) { index in
      let start = from + UInt64(index) * part
      body(start..<min(start + part, from + count))
    }
  }

  var run: UInt64 { seed ?? UInt64.random(in: 1...999_999) }

  /// Prints complaints, and fails when there are any.
  static func report(_ complaints: [String]) throws {
    for line in complaints.prefix(20) { print(line) }
    if !complaints.isEmpty {
      print("\(complaints.count) complaints")
      throw ExitCode.failure
    }
  }
}

struct Photos: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Mutants of photos and videos.")

  @OptionGroup var options: RunOptions
  @Option(help: "A folder of photos to make mutants of, beside those made from code.")
  var photos: String?
  @Option(help: "Fail when a mutant takes longer, in milliseconds.") var slowest: Int?

  func run() throws {
    let run = options.run
    let mutants = PhotoMutants(
      seeds: PhotoSeeds.made + (photos.map { PhotoSeeds.files(below: $0) } ?? []), run: run)
    print("run \(run): \(options.count) mutants of \(mutants.mutator.seeds.count) files")
    let before = Memory.most
    let all = Mutex(PhotoMutants.Result())
    let start = ContinuousClock.now
    options.each { numbers in
      let result = mutants.run(numbers)
      all.withLock { $0.add(result) }
    }
    let result = all.withLock { $0 }
    let verdicts = result.verdicts.sorted { $0.value > $1.value }.map { "\($0.key) \($0.value)" }
    print(verdicts.joined(separator: ", "))
    print(
      """
      \(ContinuousClock.now - start) in all; the slowest \(result.slowest) (number \(result.slowestNumber)), \
      most bytes \(result.mostBytes), most flights \(result.mostFlights), memory + \(Memory.most - before) KiB
      """)
    try RunOptions.report(result.complaints)
    if let slowest, result.slowest > .milliseconds(slowest) {
      print("too slow")
      throw ExitCode.failure
    }
  }
}

struct EmbeddedPictures: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pictures", abstract: "Thumbnails and previews of mutants of photos.")

  @OptionGroup var options: RunOptions
  @Option(help: "A folder of photos to make mutants of, beside those made from code.")
  var photos: String?

  func run() throws {
    let run = options.run
    let mutants = PictureMutants(
      seeds: PhotoSeeds.made + (photos.map { PhotoSeeds.files(below: $0) } ?? []), run: run)
    print(
      "run \(run): pictures of \(options.count) mutants of \(mutants.mutator.seeds.count) files")
    let all = Mutex(PictureMutants.Result())
    options.each { numbers in
      let result = mutants.run(numbers)
      all.withLock { $0.add(result) }
    }
    let result = all.withLock { $0 }
    let verdicts = result.verdicts.sorted { $0.value > $1.value }.map { "\($0.key) \($0.value)" }
    print(verdicts.joined(separator: ", "))
    print("most bytes \(result.mostBytes)")
    try RunOptions.report(result.complaints)
  }
}

struct Conversations: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sftp", abstract: "Mutants of an SFTP server's replies.")

  @OptionGroup var options: RunOptions
  @Option(help: "Fail when a conversation takes more memory, in bytes.") var mostAllocated: Int?

  func run() throws {
    let run = options.run
    let meter: SFTPMutants.Meter? =
      gpsindex_allocations_counted() == 0
      ? nil
      : .init(
        begin: { gpsindex_allocations_begin() }, peak: { Int(gpsindex_allocations_peak()) })
    let mutants = SFTPMutants(run: run, meter: meter)
    print("run \(run): \(options.count) conversations")
    let all = Mutex(SFTPMutants.Result())
    options.each { numbers in
      let result = mutants.run(numbers)
      all.withLock { $0.add(result) }
    }
    let result = all.withLock { $0 }
    print(
      """
      \(result.events) events, \(result.errors) typed errors; the slowest \(result.slowest), most memory \
      \(meter == nil ? "not counted" : "\(result.mostAllocated) bytes")
      """)
    try RunOptions.report(result.complaints)
    if let mostAllocated, result.mostAllocated > mostAllocated {
      print("too much memory")
      throw ExitCode.failure
    }
  }
}

struct Files: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Write mutants of photos as files.")

  @Argument var folder: String
  @Option(help: "How many mutants.") var count: UInt64 = 100
  @Option(help: "Names the run.") var seed: UInt64 = 1

  func run() throws {
    let mutator = Mutator(PhotoSeeds.made)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for number in 0..<count {
      let mutant = mutator.mutant(number, run: seed)
      try Data(mutant.file).write(to: URL(filePath: "\(folder)/mutant-\(number).jpg"))
    }
  }
}

struct Seeds: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write what the fuzz targets begin with: a folder for each.")

  @Argument var folder: String

  func run() throws {
    for (target, seeds) in FuzzInputs.seeds {
      let path = "\(folder)/\(target)"
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      for (index, bytes) in seeds.enumerated() {
        try Data(bytes).write(to: URL(filePath: "\(path)/seed-\(index)"))
      }
    }
  }
}

enum Memory {
  /// The most this process ever held, in KiB; 0 where the system does not tell.
  static var most: Int {
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
  }
}
