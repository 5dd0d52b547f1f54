import SQLite

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Why the index could not be opened, read or written: what happened, where, and what to try.
public struct IndexError: Error, Equatable, Sendable, CustomStringConvertible {
  public var kind: Kind
  /// One line: what and where.
  public var message: String
  /// One line: what to do about it; nil when there is nothing sensible to say.
  public var advice: String?
  /// A name that was not found, and those that were there to be chosen.
  package var wanted: String?
  package var known: [String] = []

  public init(_ kind: Kind, _ message: String, advice: String? = nil) {
    self.kind = kind
    self.message = message
    self.advice = advice
  }

  package static func siteExists(_ name: String) -> IndexError {
    IndexError(
      .invalid, "there is a site “\(name)” already",
      advice: "another name, or “gpsindex site remove \(name)” first")
  }

  /// The numbers are the exit codes a command line gives them.
  public enum Kind: Equatable, Sendable {
    /// No such index, site or folder (66).
    case notFound
    /// The site was removed or replaced while a command was busy with it (66).
    case siteGone
    /// The index's bytes contradict themselves (65).
    case damaged
    /// A file, even a healthy database, that is no index of this program (65).
    case foreign
    /// Written by a newer program (65).
    case newerSchema(found: Int, supported: Int)
    /// Written by an older program, and opened for reading only (65).
    case olderSchema(found: Int, supported: Int)
    /// Written by a program from before the first release (65).
    case unreleasedSchema
    /// Another process holds the lock or the site (75); its id where the system gives it.
    case busy(pid: Int32?)
    /// 74.
    case diskFull
    /// 74.
    case io
    /// The file or its folder may not be written or read (77).
    case permission
    /// A site of that name exists, or a value cannot be taken (64).
    case invalid
    /// Stopped on request (130).
    case interrupted
    /// A defect of this program or a caller that broke a rule of ``IndexWriter`` (1).
    case unexpected
  }

  public var description: String {
    guard let advice else { return message }
    return "\(message)\ntry: \(advice)"
  }
}

extension IndexError {
  /// What an error of SQLite means for the index at `path`.
  init(_ error: SQLiteError, path: String) {
    switch error.kind {
    case .busy:
      let pid = LockHolder.pid(ofIndexAt: path)
      let who = pid.map { "process \($0)" } ?? "another process"
      self.init(
        .busy(pid: pid), "the index \(path) is being written by \(who)",
        advice: "again when it has finished")
    case .full,
      .io where error.kind == .full || [ENOSPC, EDQUOT].contains(error.systemError):
      self.init(
        .diskFull, "no space left to write the index \(path)",
        advice: "make room and sync again; what was stored before is kept")
    case .corrupt, .notADatabase:
      self.init(
        .damaged, "the index \(path) is damaged (\(error.message))",
        advice: "“gpsindex check”; then move the file away and sync again")
    case .cannotOpen where [EMFILE, ENFILE].contains(error.systemError):
      self = .system(error.systemError, "the index \(path) cannot be opened")
    case .cannotOpen:
      self.init(
        .io, "the index \(path) cannot be opened (\(error.message))",
        advice: "check that the file and its folder can be read, and for syncs written")
    case .readOnly, .permission:
      self.init(
        .permission, "the index \(path) may not be written (\(error.message))",
        advice: "another user, or another place with --index FILE")
    case .io:
      self.init(
        .io, "reading or writing the index \(path) failed (\(error.message))",
        advice: "check the disk; “gpsindex check” finds out whether the index is sound")
    case .interrupted:
      self.init(.interrupted, "stopped")
    case .tooMuchWork:
      self.init(
        .damaged,
        "the index \(path) asks for more work than an index of its size can need (an endless view or trigger?)",
        advice: "a new index: move the file away and sync again")
    case .tooBig:
      self.init(
        .damaged, "the index \(path) holds a value of more than 256 MiB",
        advice: "a new index: move the file away and sync again")
    case .constraint, .other:
      self.init(.unexpected, "the index \(path): \(error)", advice: "“gpsindex check”")
    }
  }
}

/// Runs `body` and states every failure as an ``IndexError`` about the index at `path`.
func guarded<R>(_ path: String, _ body: () throws -> R) throws(IndexError) -> R {
  do {
    return try body()
  } catch let error as IndexError {
    throw error
  } catch let error as SQLiteError {
    throw IndexError(error, path: path)
  } catch {
    throw IndexError(.unexpected, "the index \(path): \(error)")
  }
}
