import Foundation

/// Passes messages both ways and spoils those its mode names.
struct Relay {
  let mode: String
  /// What the mode counts: bytes per read, messages until it acts, milliseconds.
  let number: Int
  let log: Int32
  let toServer: Int32
  let fromServer: Int32

  private var endless: Endless?
  private var requests = Messages()
  private var replies = Messages()
  private var openFiles = 0
  private var opening: Set<UInt32> = []
  private var seen = 0
  private var heldReply: [UInt8]?
  private var unanswered = 0

  init(
    mode: String, number: Int, root: String, log: Int32, toServer: Int32, fromServer: Int32
  ) {
    self.mode = mode
    endless = Endless(mode: mode, root: root)
    self.number = number
    self.log = log
    self.toServer = toServer
    self.fromServer = fromServer
  }

  mutating func run() {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      var polled = [
        pollfd(fd: 0, events: Int16(POLLIN), revents: 0),
        pollfd(fd: fromServer, events: Int16(POLLIN), revents: 0),
      ]
      let ready = poll(&polled, 2, heldReply == nil ? -1 : 5)
      if ready == 0, let reply = heldReply {
        heldReply = nil
        send(reply)
      }
      if polled[0].revents != 0 {
        let count = read(0, &buffer, buffer.count)
        guard count > 0 else { return }
        requests.append(buffer[..<count])
      }
      // Spoilt replies come in their turn: behind those to all earlier requests.
      while unanswered == 0 || isPipelined, let message = requests.next() { request(message) }
      if polled[1].revents != 0 {
        let count = read(fromServer, &buffer, buffer.count)
        guard count > 0 else { return }
        replies.append(buffer[..<count])
        while let message = replies.next() {
          unanswered -= 1
          reply(message)
        }
        while unanswered == 0 || isPipelined, let message = requests.next() { request(message) }
      }
    }
  }

  private func send(_ message: [UInt8]) {
    writeAll(packet(message[0], Array(message.dropFirst())), to: 1)
  }

  private func silent() -> Never {
    // Until the client hangs up, or half a minute.
    var polled = [pollfd(fd: 0, events: 0, revents: 0)]
    for _ in 0..<60 {
      _ = poll(&polled, 1, 500)
      if polled[0].revents & Int16(POLLHUP | POLLERR) != 0 { break }
    }
    exit(0)
  }

  private mutating func request(_ given: [UInt8]) {
    var message = given
    let type = message[0]
    writeAll(Array("\(type) \(message.count)\n".utf8), to: log)
    let id = message.uint32(at: 1) ?? 0
    var head: [UInt8] = []
    head.add(id)
    if let reply = endless?.request(&message, type, id) {
      return writeAll(packet(reply[0], Array(reply.dropFirst())), to: 1)
    }
    switch (type, mode) {
    case (1, "initlen"):
      writeAll([255, 255, 255, 255] + [UInt8](repeating: 65, count: 100), to: 1)
      silent()
    case (1, "initbanner"):
      writeAll(Array("Welcome to the server!\r\n".utf8), to: 1)
      silent()
    case (1, "initeof"): exit(1)
    case (1, "initsilent"): silent()
    case (11, "longhandle"):
      head.add(string: [UInt8](repeating: 7, count: 1000))
      return writeAll(packet(102, head), to: 1)
    case (12, "partialeof"):
      var out: [UInt8] = []
      out.add(1000)
      writeAll(out + [104] + head + [0, 0, 0, 5, 0, 0], to: 1)
      exit(0)
    case (12, "lenmid"):
      writeAll([0x7F, 255, 255, 255] + [UInt8](repeating: 65, count: 200), to: 1)
      silent()
    case (12, "eofreply"): exit(0)
    case (12, "silent"): silent()
    case (12, "zerocount"):
      head.add(0)
      return writeAll(packet(104, head), to: 1)
    case (12, "count"):
      head.add(0xFFFF_FFFF)
      return writeAll(packet(104, head + entry(Array("a.jpg".utf8))), to: 1)
    case (12, "namelen"):
      head.add(1)
      head.add(0xFFFF_FFF0)
      return writeAll(packet(104, head + [1, 2, 3, 4, 5]), to: 1)
    case (12, "wrongid"):
      var wrong: [UInt8] = []
      wrong.add(id &+ 100_000)
      wrong.add(0)
      return writeAll(packet(104, wrong), to: 1)
    case (12, "infinite"):
      head.add(100)
      for _ in 0..<100 {
        head += entry(Array(("f\(seen)" + ".jpg").utf8))
        seen += 1
      }
      return writeAll(packet(104, head), to: 1)
    case (12, "evilnames"):
      if seen > 0 { break }
      seen = 1
      head.add(UInt32(evilNames.count))
      for name in evilNames { head += entry(name) }
      return writeAll(packet(104, head), to: 1)
    case (5, "bigdata"), (5, "zerodata"), (5, "lyingdata"):
      let asked = Int(message.uint32(at: message.count - 4) ?? 0)
      if mode == "lyingdata" {
        head.add(0x7FFF_FFFF)
        head += [UInt8](repeating: 68, count: 100)
      } else {
        head.add(string: [UInt8](repeating: 68, count: mode == "bigdata" ? asked + 5000 : 0))
      }
      return writeAll(packet(103, head), to: 1)
    case (5, "shortread"):
      let asked = Int(message.uint32(at: message.count - 4) ?? 0)
      var length: [UInt8] = []
      length.add(UInt32(min(asked, max(1, number))))
      message.replaceSubrange((message.count - 4)..., with: length)
    case (5, "dieread"), (5, "stallread"):
      seen += 1
      if seen >= number { if mode == "dieread" { exit(1) } else { silent() } }
    case (3, "vanish"):
      if let path = message.string(at: 5) { unlink(String(decoding: path, as: UTF8.self)) }
    case (3, "grow"):
      if let path = message.string(at: 5) {
        let file = open(String(decoding: path, as: UTF8.self), O_WRONLY | O_APPEND)
        writeAll([0], to: file)
        close(file)
      }
    case (3, "oneopen"):
      if openFiles > 0 {
        head.add(4)
        head.add(string: Array("file transfer in progress".utf8))
        head.add(string: [])
        return writeAll(packet(101, head), to: 1)
      }
      openFiles += 1
      opening.insert(id)
    case (4, "oneopen"): openFiles = max(0, openFiles - 1)
    case (7, "hidden"):
      head.add(3)
      head.add(string: Array("Permission denied".utf8))
      head.add(string: [])
      return writeAll(packet(101, head), to: 1)
    default: break
    }
    unanswered += 1
    writeAll(packet(type, Array(message.dropFirst())), to: toServer)
  }

  private var isPipelined: Bool {
    [
      "real", "reorder", "delay", "shortread", "oneopen", "noattrs", "attrext", "hidden", "twice",
    ].contains(mode)
  }

  private mutating func reply(_ message: [UInt8]) {
    endless?.reply(message)
    switch (message[0], mode) {
    case (104, "attrext"), (104, "noattrs"), (104, "hidden"): send(withOtherAttributes(message))
    case (104, "twice"):
      // Each name of the portion, and all of them again.
      var out = Array(message[..<5])
      out.add((message.uint32(at: 5) ?? 0) * 2)
      send(out + message[9...] + message[9...])
    case (103, "reorder"):
      // Two by two, the later one first; a single one goes after 5 ms.
      if let earlier = heldReply {
        heldReply = nil
        send(message)
        send(earlier)
      } else {
        heldReply = message
      }
    case (103, "duplicate"):
      send(message)
      send(message)
    case (_, "delay"):
      usleep(UInt32(number) * 1000)
      send(message)
    case (101, "oneopen"):
      // A close is answered by a status, too; only a refused open frees its place.
      if let id = message.uint32(at: 1), opening.remove(id) != nil {
        openFiles = max(0, openFiles - 1)
      }
      send(message)
    case (102, "oneopen"):
      if let id = message.uint32(at: 1) { opening.remove(id) }
      send(message)
    default: send(message)
    }
  }

  private func entry(_ name: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    out.add(string: name)
    out.add(string: [])
    for value: UInt32 in [0x1 | 0x4 | 0x8, 0, 1234, 0o100644, 1_700_000_000, 1_700_000_000] {
      out.add(value)
    }
    return out
  }

  /// OpenSSH's entries (flags 15: size, owner, mode, times) with an extended pair, or with none.
  private func withOtherAttributes(_ message: [UInt8]) -> [UInt8] {
    var out = Array(message[..<9])
    var at = 9
    for _ in 0..<(message.uint32(at: 5) ?? 0) {
      guard let name = message.string(at: at),
        let long = message.string(at: at + 4 + name.count)
      else { return message }
      at += 8 + name.count + long.count
      guard message.uint32(at: at) == 15, at + 32 <= message.count else { return message }
      out.add(string: name)
      out.add(string: [])
      if mode != "attrext" {
        out.add(0)
      } else {
        out.add(0x8000_000F)
        out += message[(at + 4)..<(at + 32)]
        out.add(1)
        out.add(string: Array("acl@example".utf8))
        out.add(string: Array("xyz".utf8))
      }
      at += 32
    }
    return out
  }

  private var evilNames: [[UInt8]] {
    [
      "../../etc/passwd.jpg", "../outside.JPG", "a/b.jpg", "", "a\nb.jpg", "a\0b.jpg",
      "\u{1B}]0;x\u{7}.jpg", ".",
      "..", "x'; DROP TABLE photos;--.jpg", "=cmd|x!A0.jpg", "<img src=x onerror=1>.jpg", "dup.jpg",
      "dup.jpg",
    ].map { Array($0.utf8) } + [
      [0xFF, 0xFE] + Array(".jpg".utf8), [UInt8](repeating: 78, count: 4000) + Array(".jpg".utf8),
    ]
  }
}
