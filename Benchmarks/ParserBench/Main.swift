import ArgumentParser
import Foundation
import FuzzSupport
import PhotoMetadata
import PhotoModel

/// How many photos the parser alone reads in a second on one core, and how many bytes it asks for; prints a
/// table in Markdown.
///
///     parser-bench                        # files made from code
///     parser-bench --photos FOLDER        # a folder of real ones, by extension
///     parser-bench --photos FOLDER --flights 6   # those that take more dependent reads
@main struct ParserBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parser-bench", abstract: "Measure the parser without any I/O.")

  @Option(help: "A folder of photos, grouped by extension; else files made from code.")
  var photos: String?
  @Option(help: "Seconds of measuring per line.") var seconds = 1.0
  @Option(help: "Only lines that begin with this.") var only = ""
  @Option(help: "Fail when the first line reads fewer photos per second.") var atLeast: Int?
  @Option(
    help: "Measure no time: list files that take more dependent reads; fail if there are any.")
  var flights: Int?

  func run() throws {
    let groups = try photos.map { try BenchFile.folder($0) } ?? BenchFile.made()
    if let flights { return try list(groups, over: flights) }
    print("| files | n | photos/s | bytes asked for, median | most | flights, median | most |")
    print("|---|---|---|---|---|---|---|")
    var rates = [Double]()
    for (name, files) in groups where name.hasPrefix(only) {
      let line = measure(files)
      rates.append(line.rate)
      print(
        "| \(name) | \(files.count) | \(Int(line.rate)) | \(line.bytes[line.bytes.count / 2]) "
          + "| \(line.bytes.last ?? 0) | \(line.flights[line.flights.count / 2]) "
          + "| \(line.flights.last ?? 0) |")
    }
    if let atLeast, let first = rates.first, first < Double(atLeast) { throw ExitCode.failure }
  }

  /// Each file as the first one of its folder, of which nothing is known.
  private func list(_ groups: [(name: String, files: [BenchFile])], over limit: Int) throws {
    var slow = 0
    for (name, files) in groups where name.hasPrefix(only) {
      var (bytes, most) = ([Int64](), 0)
      for file in files {
        var asked = [[Range<Int64>]]()
        let (reader, record, flights) = file.read(.initial) { asked.append($0) }
        bytes.append(reader.bytesAsked)
        most = max(most, flights)
        guard flights > limit else { continue }
        slow += 1
        print(
          "\(flights) flights, \(reader.bytesAsked) bytes: \(file.name) (\(record.outcome))")
        for ranges in asked { print("  " + ranges.map { "\($0)" }.joined(separator: " ")) }
      }
      bytes.sort()
      print(
        "\(name): \(files.count) files, at most \(most) flights, median \(bytes[bytes.count / 2]) "
          + "bytes, in all \(bytes.reduce(0, +))")
    }
    if slow > 0 { throw ExitCode.failure }
  }

  private func measure(_ files: [BenchFile]) -> (rate: Double, bytes: [Int64], flights: [Int]) {
    var memory = LayoutMemory()
    let folder = PathBytes(text: "")
    var bytes = [Int64]()
    var flights = [Int]()
    // What is learned of a folder is learned before, as in a sync from its third photo on.
    for _ in 0..<2 {
      for file in files {
        let (reader, _, _) = file.read(memory.hint(for: folder))
        memory.learn(folder: folder, from: reader.usage)
      }
    }
    let hint = memory.hint(for: folder)
    for file in files {
      let (reader, _, count) = file.read(hint)
      bytes.append(reader.bytesAsked)
      flights.append(count)
    }
    var count = 0
    var located = 0
    let start = ProcessorTime.ofThisThread
    var time = Duration.zero
    while time < .seconds(seconds) {
      for file in files where file.isLocated(hint) { located += 1 }
      count += files.count
      time = ProcessorTime.ofThisThread - start
    }
    let rate =
      Double(count)
      / (Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18)
    precondition(located <= count)
    return (rate, bytes.sorted(), flights.sorted())
  }
}
