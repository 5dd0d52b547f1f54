import GeoFormats
import PhotoIndex
import PhotoModel

/// Sends the state of syncs of all processes to pages. It polls while a page listens, and sends the changes in one event per
/// poll. Every event is complete in itself, so a page may miss one.
actor SyncWatch {
  private let workers: Workers
  private let control: SyncControl
  private var states: SiteStates
  private var sent: [ExactText: SiteStates.State] = [:]
  private var listeners: [Int: AsyncStream<[UInt8]>.Continuation] = [:]
  private var nextListener = 0
  private var nextEvent = 0
  private var loop: Task<Void, Never>?

  /// Time between two polls; limits events to four a second.
  static let interval = Duration.milliseconds(250)
  private static let mostListeners = 32
  /// Keep-alive: proxies and browsers close silent connections.
  private static let ticksPerHeartbeat = 60

  init(path: String, workers: Workers, control: SyncControl) {
    self.workers = workers
    self.control = control
    states = SiteStates(path: path)
  }

  /// Events (HTML Living Standard §9.2), the first with all sites; nil when too many pages listen.
  func listen() -> AsyncStream<[UInt8]>? {
    guard listeners.count < Self.mostListeners else { return nil }
    let number = nextListener
    nextListener += 1
    let (stream, continuation) = AsyncStream.makeStream(
      of: [UInt8].self, bufferingPolicy: .bufferingNewest(64))
    continuation.onTermination = { [weak self] _ in
      Task { await self?.leave(number) }
    }
    listeners[number] = continuation
    // Sends the whole state to all pages again, so that one record of what was sent is enough.
    sent = [:]
    if loop == nil { loop = Task { [weak self] in await self?.watch() } }
    return stream
  }

  private func leave(_ number: Int) {
    listeners[number] = nil
  }

  /// Ends all streams: the server stops.
  func close() {
    for listener in listeners.values { listener.finish() }
    listeners = [:]
  }

  private func watch() async {
    var ticks = 0
    while !listeners.isEmpty {
      let ours = await control.running
      let before = states
      do {
        let (after, isChanged) = try await workers.run { [before] in
          var states = before
          let isChanged = try states.look(ours: ours)
          return (states, isChanged)
        }
        states = after
        tell(isChanged: isChanged)
      } catch let error as IndexError {
        send(event: "trouble") { $0.member("message", .text(error.message)) }
      } catch {
        break
      }
      ticks += 1
      if ticks % Self.ticksPerHeartbeat == 0 { broadcast(Array(": still here\n\n".utf8)) }
      try? await Task.sleep(for: Self.interval)
    }
    loop = nil
  }

  private func tell(isChanged: Bool) {
    let news = states.states.filter { sent[ExactText($0.site.name)] != $0 }
    let names = Set(states.states.map { ExactText($0.site.name) })
    let gone = sent.keys.filter { !names.contains($0) }
    guard isChanged || !news.isEmpty || !gone.isEmpty || sent.isEmpty else { return }
    send(event: "state") { json in
      json.member("index_changed", .flag(isChanged))
      json.key("sites")
      json.beginArray()
      for state in news { state.append(to: &json) }
      json.endArray()
      json.key("gone")
      json.beginArray()
      for name in gone { json.value(name.text) }
      json.endArray()
    }
    sent = Dictionary(
      states.states.map { (ExactText($0.site.name), $0) }, uniquingKeysWith: { a, _ in a })
  }

  private func send(event: String, _ write: (inout JSONText) -> Void) {
    var json = JSONText()
    json.beginObject()
    write(&json)
    json.endObject()
    nextEvent += 1
    broadcast(Array("id: \(nextEvent)\nevent: \(event)\ndata: \(json.text)\n\n".utf8))
  }

  private func broadcast(_ bytes: [UInt8]) {
    for listener in listeners.values { listener.yield(bytes) }
  }
}
