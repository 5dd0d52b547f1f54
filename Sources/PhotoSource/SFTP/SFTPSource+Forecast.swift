import SFTP

// Requests on handles that OpenSSH is expected to give. A reply counts only once the OPEN's own reply has
// proved the guess; anything else than that order or a plain failure ends the connection, and the run
// goes on without guessing.
extension SFTPSource {
  /// What the reply is for.
  /// - Throws: `brokenForecast` for a reply that only another file or folder can have given.
  func proved(
    _ id: RequestID, _ lane: Lane, _ now: Double
  ) throws(ProtocolError) -> Lane.Operation? {
    let operation = take(id, lane, now)
    switch operation {
    case .void: throw .brokenForecast
    case .listFolder(let task) where task.guess != nil: throw .brokenForecast
    case .readFile(let task, _, _, _) where task.guess != nil: throw .brokenForecast
    case .fileAttributes(let task) where task.guess != nil: throw .brokenForecast
    default: return operation
    }
  }

  /// Gives up the requests sent on a foretold handle that the server did not give.
  func disown(_ task: FileTask, on lane: Lane) {
    for id in task.guessed where lane.operations[id.value] != nil {
      lane.operations[id.value]?.operation = .void
    }
    task.outstanding -= task.guessed.count
    task.guess = nil
    task.guessed = []
  }

  func disown(_ task: FolderTask, on lane: Lane) {
    for id in task.guessed where lane.operations[id.value] != nil {
      lane.operations[id.value]?.operation = .void
    }
    task.outstanding -= task.guessed.count
    task.listingsOutstanding -= task.guessed.count
    task.guess = nil
    task.guessed = []
  }

  /// SSH_FXP_CLOSE, whose reply nobody waits for.
  func close(_ handle: Handle, on lane: Lane, now: Double) {
    let id = lane.client.close(handle)
    lane.forecast.closing(id, handle)
    send(.close, as: id, on: lane, now: now)
  }
}
