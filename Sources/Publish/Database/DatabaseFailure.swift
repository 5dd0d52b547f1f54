/// An error of the server, by its SQLSTATE (PostgreSQL documentation, appendix A).
struct DatabaseFailure {
  var state: String?
  var message: String
  var isCut: Bool
  /// The address.
  var shown: String
  var database: String
  var user: String

  var error: PublishError {
    var error = classified
    error.sqlState = state
    return error
  }

  private var classified: PublishError {
    let state = state ?? ""
    switch state {
    case "42501":
      return PublishError(
        .refused, "\(user) lacks a right in \(shown): \(message)",
        advice: "GRANT CREATE ON DATABASE \(PostgresText.quoted(database)) TO "
          + "\(PostgresText.quoted(user)), or the grants of docs/team.md")
    case "53100":
      return PublishError(
        .full, "the disk of the database \(shown) is full: \(message)",
        advice: "make room there and publish again; nothing of this run was kept")
    case "53200", "53300", "53400":
      return PublishError(
        .full, "the server of \(shown) has no resources left: \(message)",
        advice: "again later, or a higher limit on the server")
    case "54000":
      return PublishError(
        .conflict, "the database \(shown) cannot store a row: \(message)",
        advice: "a path of more than 2,600 bytes is too long for its index; sync with --exclude "
          + "for that folder")
    case "55P03", "40001", "40P01":
      return PublishError(
        .busy, "another run writes to \(shown): \(message)", advice: "again when it has finished")
    case "25006":
      return PublishError(
        .configuration, "the database \(shown) is read-only: \(message)",
        advice: "the address of the primary server")
    default: break
    }
    // Class 57P: the server shuts down or ends the session.
    if isCut || state.hasPrefix("08") || state.hasPrefix("57P") {
      return PublishError(
        .unreachable, "the connection to \(shown) was lost: \(message)",
        advice: "publish again; nothing of the unfinished part was kept")
    }
    return PublishError(
      .other, "the database \(shown) failed: \(message)" + (state.isEmpty ? "" : " [\(state)]"),
      advice: "gpsindex publish --check, and the log of the server")
  }
}
