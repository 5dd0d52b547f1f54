import Platform
import SFTP
import SSHTransport

/// One connection of the pool: its byte stream, its SFTP client, what it is asked, and what is open on
/// it. Used by the source's thread only.
final class PooledConnection {
  let number: Int
  /// The connection over whose login this one is a further stream.
  let parent: Int?
  var isSibling: Bool { parent != nil }
  private(set) var state = State.connecting
  /// A file or folder came to its end here.
  private(set) var hasFinishedWork = false
  /// It answered a request for the tree: what goes to the disk, not what the server program knows by itself.
  private(set) var hasAnswered = false
  private var closes = UnansweredCloses()
  /// Asked for first, to know whether the server answers at all.
  private let probe: [UInt8]?
  /// What the server states of itself; nil: nothing.
  private(set) var limits: ServerLimits?
  /// What READ and FSTAT can do here.
  private(set) var ability = FileReading.Ability()

  private let channel: any ByteChannel
  private var client = SFTPClient()
  private(set) var requests: [UInt32: Request] = [:]
  private var prediction = HandlePrediction(isOn: false)
  var window = HandleWindow()
  /// No connection to this server has refuted it.
  private var predictsHandles = false
  private var work = OpenWork()
  private var replyOrder = ReplyOrder()
  private var sendLimit = Int.max
  private var startedAt: Double
  private(set) var lastProgress: Double
  /// When the stream opened and the first request went out.
  private(set) var readyAt: Double

  /// - Parameter probe: a path whose attributes are asked for before anything else.
  init(
    number: Int, channel: any ByteChannel, parent: Int? = nil, probe: [UInt8]? = nil, now: Double
  ) {
    self.number = number
    self.parent = parent
    self.probe = probe
    self.channel = channel
    startedAt = now
    readyAt = now
    lastProgress = now
  }

  // MARK: State

  /// It takes requests.
  var isReady: Bool { state == .ready }
  /// Its stream is open.
  var isOpen: Bool { state == .ready || state == .greeting }
  /// The server has answered INIT.
  var isVersionKnown: Bool { client.isVersionKnown }
  /// What OpenSSH's sftp-server is known to do may be relied upon.
  var isOpenSSH: Bool { client.servesAsOpenSSH }
  var stage: ConnectionStage { channel.stage }
  var peer: PeerInfo? { channel.peer }
  var descriptor: Int32 { channel.descriptor }
  var interest: Interest { channel.interest }
  var mayHoldBytes: Bool { state != .dead && channel.mayHoldBytes }
  var sendWindow: SendWindow? { channel.sendWindow }
  func makeSibling() -> (any ByteChannel)? { channel.makeSibling() }
  /// A CLOSE may follow READs in the same flight.
  var mayCloseAhead: Bool { replyOrder.isKept && !isOpenSSH }

  var openHandles: Int { work.handles }
  /// What the server does not take yet is better left to other connections.
  var hasRoom: Bool {
    isReady && openHandles < window.size && client.outboundCount < sendLimit
  }

  // MARK: Life

  /// Drives connecting and login as far as they go without waiting.
  /// - Returns: true once the stream is open; INIT is on its way then, and requests may follow where
  ///   the server is known to take them before its VERSION.
  func advance(_ habits: ServerHabits) throws(TransportError) -> Bool {
    guard try channel.advance() else { return false }
    let now = SystemClock.now()
    readyAt = now
    lastProgress = now
    predictsHandles = habits.predictsHandles
    if let limit = habits.handleLimit { window.lower(to: limit) }
    sendLimit = max(16_384, channel.sendWindow?.bytes ?? .max)
    client.sendInitialize()
    guard habits.isOpenSSH ?? channel.isOpenSSH else {
      state = .greeting
      return true
    }
    prediction = HandlePrediction(isOn: predictsHandles)
    state = .ready
    askLimits(now)
    askProbe(now)
    return true
  }

  /// VERSION says what the server is, whatever the SSH server before it called itself.
  private func greeted(_ now: Double) {
    if state == .greeting {
      state = .ready
      prediction = HandlePrediction(isOn: predictsHandles && client.servesAsOpenSSH)
      if client.offers(ServerLimits.extensionName) { askLimits(now) }
      askProbe(now)
    } else if !client.servesAsOpenSSH {
      prediction.turnOff()
    }
  }

  private func askLimits(_ now: Double) {
    send(.limits, as: client.extended(ServerLimits.extensionName), now)
  }

  private func askProbe(_ now: Double) {
    if let probe { send(.ping, as: client.linkAttributes(probe), now) }
  }

  /// Another walk goes on with it.
  func adopt(now: Double) {
    lastProgress = now
    readyAt = now
  }

  func tend() { channel.tend() }

  func close() { channel.close() }

  /// Closes it for good.
  /// - Returns: the files and folders that were open, in the order in which they were asked for.
  func retire() -> (files: [FileReading], folders: [WalkedFolder]) {
    state = .dead
    channel.close()
    requests = [:]
    return work.removeAll()
  }

  /// Time passed in which this side did not look for replies: the server was not silent.
  func excuse(_ seconds: Double, now: Double) {
    lastProgress = now
    startedAt += seconds
  }

  /// Seconds since connecting began.
  func age(now: Double) -> Double { now - startedAt }

  // MARK: Bytes

  var hasOutbound: Bool { client.outboundCount > 0 }

  /// - Returns: how many bytes were sent.
  func flush() throws -> Int {
    var total = 0
    while client.outboundCount > 0 {
      let start = client.outboundStart
      let sent = try client.outbound.withUnsafeBytes { raw throws(TransportError) in
        try channel.write(UnsafeRawBufferPointer(rebasing: raw[start...]))
      }
      guard sent > 0 else { break }
      client.didSend(sent)
      total += sent
    }
    return total
  }

  /// What is there, up to the buffer's length; ``nextReply(now:)`` then has what it completes.
  func receive(through buffer: inout [UInt8]) throws -> ReadOutcome {
    try buffer.withUnsafeMutableBytes { raw throws(TransportError) in
      let outcome = try channel.read(into: raw)
      if case .bytes(let count) = outcome {
        client.receive(UnsafeRawBufferPointer(rebasing: raw[..<count]))
      }
      return outcome
    }
  }

  // MARK: Replies

  /// - Throws: `brokenPrediction` for a reply that only another file or folder can have given.
  func nextReply(now: Double) throws(ProtocolError) -> Arrival? {
    guard let event = try client.nextEvent() else { return nil }
    lastProgress = now
    if let id = event.request { replyOrder.note(id) }
    switch event {
    case .version:
      greeted(now)
      return Arrival(reply: .version, seconds: now - readyAt)
    case .handle(let id, let handle):
      let isAsPredicted = prediction.opened(id, handle)
      return take(id, now) { .opened($0.purpose, handle, isAsPredicted: isAsPredicted) }
    case .status(let id, let status):
      switch requests[id.value]?.purpose {
      case .openFile, .openFolder: prediction.opened(id, nil)
      case .close:
        prediction.closed(id)
        closes.answered()
      default: break
      }
      // An end of file is no failure: the handle was somebody's.
      return try proved(id, event, isFailure: status.code != .endOfFile, now)
    case .extendedReply(let id, let bytes):
      if let limits = ServerLimits(reply: bytes) { apply(limits) }
      return take(id, now) { .other($0.purpose, event) }
    case .data(let id, _), .names(let id, _), .attributes(let id, _):
      return try proved(id, event, isFailure: false, now)
    }
  }

  private func take(
    _ id: RequestID, _ now: Double, _ reply: (Request) -> Reply
  ) -> Arrival? {
    guard let request = requests.removeValue(forKey: id.value) else {
      return Arrival(reply: .void, seconds: nil)
    }
    if case .limits = request.purpose {} else { hasAnswered = true }
    return Arrival(reply: reply(request), seconds: now - request.sentAt)
  }

  /// A reply counts only once the OPEN's own reply has proved the predicted handle; anything else than
  /// that order or a plain failure shows that the server numbers its handles in another way.
  private func proved(
    _ id: RequestID, _ event: SFTPClient.Event, isFailure: Bool, _ now: Double
  ) throws(ProtocolError) -> Arrival? {
    if let opening = requests[id.value]?.opening {
      switch prediction.verdict(onRequestAfter: opening) {
      case .counts: break
      case .void where isFailure: return take(id, now) { _ in .void }
      case .void, .tooEarly: throw .brokenPrediction
      }
    }
    return take(id, now) { .other($0.purpose, event) }
  }

  /// OpenSSH's limits: reads as long as it serves them, and handles up to its descriptor limit
  /// less a reserve for the server's own.
  private func apply(_ limits: ServerLimits) {
    self.limits = limits
    if limits.maximumReadLength >= 1024 {
      ability.maximumRead = Int(min(limits.maximumReadLength, 131_072))
    }
    if limits.maximumOpenHandles > 0 { window.serverStates(handles: limits.maximumOpenHandles) }
  }

  /// The server does not know FSTAT.
  func lacksAttributes() { ability.hasAttributes = false }

  func noteFinishedWork() {
    hasFinishedWork = true
    window.finished()
  }

  // MARK: Requests

  private func send(
    _ purpose: Purpose, as id: RequestID, _ now: Double, after opening: RequestID? = nil
  ) {
    requests[id.value] = Request(purpose: purpose, sentAt: now, opening: opening)
  }

  /// - Returns: the handle to go on with in the same flight; nil where it cannot be predicted.
  func open(_ folder: WalkedFolder, _ path: [UInt8], now: Double) -> PredictedHandle? {
    window.opening(beside: openHandles)
    work.enter(folder)
    let id = client.openDirectory(path)
    send(.openFolder(folder), as: id, now)
    return prediction.opening(id)
  }

  /// - Returns: the handle to go on with in the same flight; nil where it cannot be predicted.
  func open(_ file: FileReading, _ path: [UInt8], now: Double) -> PredictedHandle? {
    window.opening(beside: openHandles)
    work.enter(file)
    let id = client.open(path)
    send(.openFile(file), as: id, now)
    return prediction.opening(id)
  }

  /// READDIR on the folder's own handle, or on a predicted one.
  func list(_ folder: WalkedFolder, _ predicted: PredictedHandle? = nil, now: Double) {
    guard let handle = predicted?.handle ?? folder.listing.openHandle else { return }
    let id = client.readDirectory(handle)
    send(.listFolder(folder), as: id, now, after: predicted?.opening)
  }

  /// LSTAT of an entry.
  func askAttributes(_ folder: WalkedFolder, _ name: [UInt8], _ path: [UInt8], now: Double) {
    send(.entryAttributes(folder, name), as: client.linkAttributes(path), now)
  }

  /// LSTATs of what a folder's listing did not show.
  func probe(_ folder: WalkedFolder, _ paths: [[UInt8]], now: Double) {
    work.enter(folder)
    for path in paths { send(.probe(folder), as: client.linkAttributes(path), now) }
  }

  /// What a file asks for on its handle.
  func ask(
    _ request: FileReading.Request, _ file: FileReading, on handle: Handle,
    after opening: RequestID? = nil, now: Double
  ) {
    switch request {
    case .data(let part, let offset, let length):
      guard let start = UInt64(exactly: offset), let count = UInt32(exactly: length) else { return }
      let id = client.read(handle, offset: start, length: count)
      let purpose = Purpose.readFile(file, part: part, offset: offset, length: length)
      send(purpose, as: id, now, after: opening)
    case .attributes:
      send(.fileAttributes(file), as: client.attributes(of: handle), now, after: opening)
    case .close(let handle): close(handle, now: now)
    }
  }

  /// LSTAT, or REALPATH for `.home`; of the account's home folder when `path` is omitted.
  func look(_ purpose: Purpose, at path: [UInt8] = [0x2E], now: Double) {
    send(purpose, as: purpose.isHome ? client.realPath(path) : client.linkAttributes(path), now)
  }

  /// SSH_FXP_CLOSE, whose reply nobody waits for.
  func close(_ handle: Handle, now: Double) {
    let id = client.close(handle)
    prediction.closing(id, handle)
    closes.sent(now)
    send(.close, as: id, now)
  }

  /// The server holds no handle of this connection, as far as it can be known.
  func isSettled(now: Double) -> Bool { openHandles == 0 && closes.areOver(now: now) }

  /// - Returns: false when it was not open here.
  func leave(_ folder: WalkedFolder) -> Bool { work.leave(folder) }
  func leave(_ file: FileReading) { work.leave(file) }
  /// Its CLOSE was sent, and replies are awaited.
  func closes(_ file: FileReading) { work.close(file) }

  func isOpen(_ folder: WalkedFolder) -> Bool { work.contains(folder) }
  var openFolders: [WalkedFolder] { work.openFolders }
}
