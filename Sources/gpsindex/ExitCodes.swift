import ArgumentParser
import Fetch
import PhotoIndex
import PhotoModel
import PhotoSource
import Publish
import ShareLinks
import SSHTransport

/// The exit codes that scripts may rely on. The help, the man page and docs/usage.md contain the same table.
enum ExitStatus: Int32, CaseIterable {
  case ok = 0
  case other = 1
  case incomplete = 3
  case usage = 64
  case badData = 65
  case notFound = 66
  case unreachable = 69
  case io = 74
  case busy = 75
  case hostKey = 76
  case refused = 77
  case configuration = 78
  case interrupted = 130
  case terminated = 143

  var meaning: String {
    switch self {
    case .ok: "success, also when nothing matches"
    case .other: "other error, or nothing matches with --fail-empty"
    case .incomplete:
      "finished, but some photos or folders could not be read, the deletion guard kept rows, qc found errors, or publish --check found differences"
    case .usage: "wrong command line"
    case .badData: "damaged or foreign data, or an index of a newer gpsindex"
    case .notFound: "site, folder or file not found"
    case .unreachable: "host unreachable or silent, no common algorithm, or no SFTP"
    case .io: "reading or writing failed, disk full"
    case .busy: "locked by another run; try again later"
    case .hostKey: "host key unknown or changed"
    case .refused: "authentication failed or permission denied"
    case .configuration: "wrong configuration"
    case .interrupted: "interrupted (SIGINT)"
    case .terminated: "terminated (SIGTERM)"
    }
  }
}

/// An error as the user sees it.
struct CommandFailure: Error, Equatable {
  var status: ExitStatus
  /// What failed, on what, and why.
  var message: String
  /// Printed after `try:`: a command or an option that the reader can type.
  var advice: String

  init(_ status: ExitStatus, _ message: String, advice: String = "") {
    self.status = status
    self.message = message
    self.advice = advice
  }

  static func usage(_ message: String, advice: String = "") -> CommandFailure {
    CommandFailure(.usage, message, advice: advice)
  }
}

extension CommandFailure {
  /// The one place where errors of all targets become exit codes.
  init(_ error: any Error, arguments: [String]) {
    switch error {
    case let error as CommandFailure: self = error
    case let error as FilterError: self.init(error)
    case let error as IndexError: self.init(error)
    case let error as TransportError: self.init(error)
    case let error as SourceError: self.init(error)
    case let error as PlaceError: self.init(error)
    case let error as OutputError: self.init(error)
    case let error as FetchError: self.init(error)
    case let error as PublishError: self.init(error)
    case let error as ShareError: self.init(error)
    default: self.init(parsing: error, arguments: arguments)
    }
  }

  private init(_ error: FilterError) {
    self.init(.usage, error.message.text(.option), advice: error.advice.text(.option))
  }

  private init(_ error: IndexError) {
    let status: ExitStatus =
      switch error.kind {
      case .notFound, .siteGone: .notFound
      case .damaged, .foreign, .newerSchema, .olderSchema, .unreleasedSchema: .badData
      case .busy: .busy
      case .diskFull, .io: .io
      case .permission: .refused
      case .invalid: .usage
      case .interrupted: .interrupted
      case .unexpected: .other
      }
    var advice = error.advice ?? ""
    if let wanted = error.wanted, let nearest = Similar.nearest(to: wanted, in: error.known) {
      advice = "“\(nearest)”" + (error.known.count > 1 ? "; \(advice)" : "")
    }
    self.init(status, error.message, advice: advice)
  }

  private init(_ error: TransportError) {
    let status: ExitStatus =
      switch error.kind {
      case .unreachable, .connectTimeout, .handshakeDropped, .handshakeFailed, .channelRefused,
        .endedAfterLogin, .connectionLost:
        .unreachable
      case .hostKeyUnknown, .hostKeyChanged, .hostKeyRevoked: .hostKey
      case .authentication: .refused
      case .configuration: .configuration
      }
    self.init(status, error.message, advice: error.advice)
  }

  init(_ error: PlaceError) {
    let status: ExitStatus =
      switch error.kind {
      case .invalid: .usage
      case .noHome: .configuration
      case .missing: .notFound
      case .refused: .refused
      }
    var advice = error.advice
    if case .refused(let path) = error.kind { advice = "ls -ld \(NextCommand.quoted(path))" }
    self.init(status, error.message, advice: advice)
  }

  private init(_ error: SourceError) {
    switch error {
    case .rootMissing(let message):
      self.init(
        .notFound, message,
        advice: "a location with an existing path; gpsindex site show NAME prints the current one")
    case .rootUnreadable(let message):
      self.init(.refused, message, advice: "chmod u+rx on the folder, for the account that logs in")
    case .rootFailed(let message):
      self.init(
        .notFound, message, advice: "gpsindex site show NAME, and a location that is a folder")
    case .protocolViolation(let message, let advice), .gaveUp(let message, let advice):
      self.init(.unreachable, message, advice: advice)
    }
  }

  private init(_ error: FetchError) {
    let status: ExitStatus =
      switch error.kind {
      case .io: .io
      case .permission: .refused
      case .busy: .busy
      case .notAFolder: .notFound
      }
    self.init(status, error.message, advice: error.advice)
  }

  private init(_ error: PublishError) {
    let status: ExitStatus =
      switch error.kind {
      case .invalid: .usage
      case .noSite: .notFound
      case .noLibrary, .configuration: .configuration
      case .unreachable: .unreachable
      case .refused: .refused
      case .busy: .busy
      case .full: .io
      case .conflict: .badData
      case .other: .other
      }
    self.init(status, error.message, advice: error.advice)
  }

  private init(_ error: OutputError) {
    self.init(error.isPermission ? .refused : .io, error.message, advice: error.advice)
  }
}
