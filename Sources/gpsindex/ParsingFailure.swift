import ArgumentParser
import PhotoModel

/// Errors of the argument parser.
enum ParsingFailure {
  /// The parser throws help and version as errors, too.
  static func isRequestedText(_ error: any Error) -> Bool {
    RootCommand.exitCode(for: error) == .success
  }
}

extension CommandFailure {
  init(parsing error: any Error, arguments: [String]) {
    guard RootCommand.exitCode(for: error) == .validationFailure else {
      self.init(.other, RootCommand.message(for: error))
      return
    }
    let command = CommandPath(arguments)
    // The parser reports the first thing that it misses; a mistyped name is the more likely cause.
    if let option = command.optionWithoutValue {
      self = .usage("\(option) needs a value", advice: "\(command.text) --help")
    } else if let word = command.unknownWord {
      let nearest = Similar.nearest(to: word, in: command.subcommands)
      self = .usage(
        "“\(word)” is not a command of \(command.text)",
        advice: nearest.map { "\(command.text) \($0)" } ?? "\(command.text) --help")
    } else if let option = command.unknownOption {
      let nearest = Similar.nearest(to: option, in: command.options)
      self = .usage(
        "unknown option \(option)", advice: nearest ?? "\(command.text) --help")
    } else {
      let message = RootCommand.message(for: error).split(separator: "\n").first ?? "wrong usage"
      self = .usage(Self.lowercasedStart(message), advice: "\(command.text) --help")
    }
  }
}

extension CommandFailure {
  private static func lowercasedStart(_ message: Substring) -> String {
    message.prefix(1).lowercased() + message.dropFirst()
  }
}

/// The command that some arguments name, with its options and subcommands. Used only after parsing has failed.
struct CommandPath {
  /// `gpsindex site add`
  let text: String
  let subcommands: [String]
  /// Long options, from the command's help.
  let options: [String]
  /// A word in the place of a subcommand.
  let unknownWord: String?
  /// The first long option that the command does not know.
  let unknownOption: String?
  /// An option for numbers that is followed by another option instead of a value.
  let optionWithoutValue: String?

  init(_ arguments: [String]) {
    var command: any ParsableCommand.Type = RootCommand.self
    var names = ["gpsindex"]
    var unknown: String?
    for word in arguments.prefix(while: { $0 != "--" }) {
      let children = command.configuration.subcommands
      if children.isEmpty { break }
      if word.hasPrefix("-") { continue }
      guard let child = children.first(where: { Self.name($0) == word }) else {
        unknown = word == "help" ? nil : word
        break
      }
      command = child
      names.append(word)
    }
    text = names.joined(separator: " ")
    subcommands = command.configuration.subcommands.map(Self.name)
    unknownWord = unknown
    optionWithoutValue =
      zip(arguments, arguments.dropFirst() + ["--"])
      .first { NumberWords.options.contains($0) && $1.hasPrefix("--") }?.0
    let known = Self.longOptions(in: RootCommand.helpMessage(for: command))
    options = known
    unknownOption = arguments.prefix { $0 != "--" }
      .filter { $0.hasPrefix("--") }
      .map { String($0.prefix { $0 != "=" }) }
      .first { !known.contains($0) }
  }

  private static func name(_ command: any ParsableCommand.Type) -> String {
    command.configuration.commandName ?? ""
  }

  private static func longOptions(in help: String) -> [String] {
    help.split { !($0.isLetter || $0.isNumber || $0 == "-") }
      .filter { $0.hasPrefix("--") && $0.count > 3 }.map(String.init)
  }
}
