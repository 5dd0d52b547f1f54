import Foundation

// hostile-server MODE_FILE LOG_FILE SFTP_SERVER
//
// Stands between a client and OpenSSH's sftp-server, as the `Subsystem` of a test's private sshd,
// and misbehaves as the mode file says; "once MODE" misbehaves for one connection and becomes
// "real". Endless modes (`Endless`) are written "MODE 0 ROOT", with the folder that the site lies in. Every message the client sends is logged as its type and length.
let arguments = CommandLine.arguments
guard arguments.count == 4 else {
  FileHandle.standardError.write(Data("usage: hostile-server MODE_FILE LOG SFTP_SERVER\n".utf8))
  exit(64)
}
let text = (try? String(contentsOfFile: arguments[1], encoding: .utf8)) ?? "real"
var words = text.split(whereSeparator: \.isWhitespace).map(String.init)
if words.first == "once" {
  words.removeFirst()
  try Data("real".utf8).write(to: URL(filePath: arguments[1]))
}
let server = Process()
server.executableURL = URL(filePath: arguments[3])
let toServer = Pipe()
let fromServer = Pipe()
server.standardInput = toServer
server.standardOutput = fromServer
signal(SIGPIPE, SIG_IGN)
try server.run()
var relay = Relay(
  mode: words.first ?? "real", number: words.dropFirst().first.flatMap(Int.init) ?? 0,
  root: words.dropFirst(2).first ?? "",
  log: open(arguments[2], O_WRONLY | O_CREAT | O_APPEND, 0o644),
  toServer: toServer.fileHandleForWriting.fileDescriptor,
  fromServer: fromServer.fileHandleForReading.fileDescriptor)
relay.run()
server.terminate()
