import ArgumentParser
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The program's entry point: C's `main`, under the name that the package manager gives it. `CommandLine.arguments`
/// would read the arguments from /proc, which some chroots do not have.
@_cdecl("gpsindex_main")
public func gpsindexMain(
  _ count: CInt, _ given: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
  // write(2) then fails with EPIPE when the reader of a pipe exits, which ends the command normally.
  signal(SIGPIPE, SIG_IGN)
  let words = UnsafeBufferPointer(start: given, count: Int(count)).compactMap { $0 }
    .map { String(cString: $0) }
  OwnProgram.calledAs.withLock { $0 = words.first }
  let status = Gpsindex.run(Array(words.dropFirst()))
  ByteOutput.standardOutput.finish()
  return status.rawValue
}

/// Joins the words of numbers, parses, runs, and turns every error into two lines and an exit code.
enum Gpsindex {
  fileprivate static func run(_ given: [String]) -> ExitStatus {
    if given.isEmpty || given == ["--version"] {
      do {
        let text =
          try given.isEmpty
          ? Welcome.text(
            indexPath: CommonOptions.indexPath(option: nil, environment: Environment.value))
          : Versions.line + "\n"
        try StandardOutput.write(text)
        return .ok
      } catch {
        return finish(error, given)
      }
    }
    let arguments = NumberWords.joined(NumberWords.behindCommand(given))
    do {
      if arguments.first == "query",
        let query = QueryArguments(quick: Array(arguments.dropFirst()))
      {
        try query.run()
        return .ok
      }
      var command = try shortcut(arguments) ?? RootCommand.parseAsRoot(arguments)
      try command.run()
      return .ok
    } catch {
      return finish(error, arguments)
    }
  }

  /// Parses the commands that answer in milliseconds without the tree of all commands, which costs a third of a query.
  /// Arguments that do not parse go through the full parser, which makes the error message.
  private static func shortcut(_ arguments: [String]) -> (any ParsableCommand)? {
    let answering: [any ParsableCommand.Type] = [
      QueryCommand.self, FoldersCommand.self, ExportCommand.self, StatusCommand.self,
      QCCommand.self, ChangesCommand.self,
    ]
    guard let name = arguments.first,
      let command = answering.first(where: { $0.configuration.commandName == name })
    else { return nil }
    return try? command.parse(Array(arguments.dropFirst()))
  }

  private static func finish(_ error: any Error, _ arguments: [String]) -> ExitStatus {
    switch error {
    case is ClosedPipe: return .ok
    case let end as EarlyEnd: return end.status
    default: break
    }
    if ParsingFailure.isRequestedText(error) {
      do {
        try StandardOutput.write(RootCommand.fullMessage(for: error) + "\n")
        return .ok
      } catch {
        return finish(error, arguments)
      }
    }
    let failure = CommandFailure(error, arguments: arguments)
    Messages.failure(failure, asJSON: wantsJSON(arguments))
    return failure.status
  }

  /// `--json`, or a sync whose standard error is read by a program.
  private static func wantsJSON(_ arguments: [String]) -> Bool {
    let words = arguments.prefix { $0 != "--" }
    return words.contains("--json") || words.contains("--progress=json")
      || zip(words, words.dropFirst()).contains { $0 == "--progress" && $1 == "json" }
  }
}

/// Ends the program with an exit code and without a further message.
struct EarlyEnd: Error {
  var status: ExitStatus
}

struct RootCommand: ParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "gpsindex",
      abstract: "Find photos by where they were taken, on SFTP servers and in folders.",
      discussion: """
        gpsindex lists the photos on an SFTP server or in a folder, reads only the few kilobytes of \
        each photo that contain its position, and stores them in an index. Queries use the index \
        only. The index is a GeoPackage that QGIS and GDAL open directly.

          gpsindex site add nas drone@nas:photos
          gpsindex sync nas
          gpsindex query --bbox 8.4,47.3,8.6,47.5 -o photos.geojson

        EXIT CODES
        \(exitCodes)
        """,
      version: Versions.line,
      subcommands: [
        SiteCommand.self, SyncCommand.self, WatchCommand.self, QueryCommand.self,
        FoldersCommand.self,
        ExportCommand.self, FetchCommand.self, QCCommand.self, PublishCommand.self,
        StatusCommand.self, ChangesCommand.self, ProblemsCommand.self,
        ShowCommand.self, ServeCommand.self, ShareCommand.self, CheckCommand.self,
        VerifyCommand.self,
        DoctorCommand.self,
        ConfigCommand.self, PicturesCommand.self,
      ])
  }

  private static var exitCodes: String {
    ExitStatus.allCases.map { status in
      let number = String(status.rawValue)
      let padding = String(repeating: " ", count: 5 - number.count)
      return "  \(number)\(padding)\(status.meaning)"
    }.joined(separator: "\n")
  }
}
