// Lists a folder of an SFTP server and reads the first bytes of its files, many at once, through any
// program that speaks SFTP on its standard streams.
//
//   sftp-heads /photos ssh -s nas sftp
//   sftp-heads ~/photos /usr/lib/openssh/sftp-server
import Foundation
import SFTP

let arguments = CommandLine.arguments
guard arguments.count > 2 else {
  print("usage: sftp-heads FOLDER PROGRAM [ARGUMENT …]")
  exit(64)
}

// The transport: here two pipes. SFTPClient itself knows nothing of it.
let server = Process()
server.executableURL = URL(filePath: "/usr/bin/env")
server.arguments = Array(arguments[2...])
let (toServer, fromServer) = (Pipe(), Pipe())
server.standardInput = toServer
server.standardOutput = fromServer
try server.run()

/// What a reply is about, by its request.
enum Question {
  case open(String)
  case head(String, Handle)
}

let folder = Array(arguments[1].utf8)
var client = SFTPClient()
client.sendInitialize()
// Sent at once with the greeting: servers answer in order.
let opening = client.openDirectory(folder)
var listing: Handle?
var listingRequest: RequestID?
var names: [String] = []
var questions: [RequestID: Question] = [:]
var isListed = false

while !isListed || !names.isEmpty || !questions.isEmpty {
  // A round trip serves up to 64 files instead of one.
  while questions.count < 64, let name = names.popLast() {
    questions[client.open(folder + "/\(name)".utf8)] = .open(name)
  }
  try toServer.fileHandleForWriting.write(contentsOf: Data(client.takeOutbound()))
  let bytes = fromServer.fileHandleForReading.availableData
  guard !bytes.isEmpty else { fatalError("the server has gone") }
  client.receive([UInt8](bytes))
  while let event = try client.nextEvent() {
    switch event {
    case .version, .attributes, .extendedReply: break
    case .handle(opening, let handle):
      listing = handle
      listingRequest = client.readDirectory(handle)
    case .names(_, let entries):
      names += entries.filter { $0.attributes.kind == .regular }
        .compactMap { String(validating: $0.name, as: UTF8.self) }
      if let listing { listingRequest = client.readDirectory(listing) }
    case .handle(let id, let handle):
      guard case .open(let name) = questions.removeValue(forKey: id) else { break }
      questions[client.read(handle, offset: 0, length: 4)] = .head(name, handle)
    case .data(let id, let head):
      guard case .head(let name, let handle) = questions.removeValue(forKey: id) else { break }
      print(name, head.map { String($0, radix: 16) }.joined(separator: " "))
      _ = client.close(handle)
    case .status(let id, let status):
      if id == opening { fatalError("\(arguments[1]): \(status.message)") }
      // The end of the folder, a file that is empty or may not be read, or the answer to a close.
      if id == listingRequest { isListed = true }
      switch questions.removeValue(forKey: id) {
      case .open(let name), .head(let name, _): print(name, "(\(status.message))")
      case nil: break
      }
    }
  }
}
try toServer.fileHandleForWriting.close()
server.waitUntilExit()
