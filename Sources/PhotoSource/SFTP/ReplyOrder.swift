import SFTP

/// Whether a server answers requests in the order in which they were sent. One that does not may close a file before it has
/// answered the READs before that CLOSE, although the draft forbids it (draft-ietf-secsh-filexfer-02 §6.1).
struct ReplyOrder {
  private var last: UInt32 = 0
  private(set) var isKept = true

  mutating func note(_ id: RequestID) {
    if id.value < last { isKept = false }
    last = id.value
  }
}

extension SFTPClient.Event {
  /// nil: VERSION answers no request.
  var request: RequestID? {
    switch self {
    case .version: nil
    case .handle(let id, _), .data(let id, _), .names(let id, _), .attributes(let id, _),
      .status(let id, _), .extendedReply(let id, _):
      id
    }
  }
}
