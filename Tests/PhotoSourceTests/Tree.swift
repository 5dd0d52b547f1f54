import Foundation
import PhotoModel
import SSHTransport

@testable import PhotoSource

/// A folder tree of small files, removed at the end.
final class Tree {
  let root: String

  init() throws {
    root = NSTemporaryDirectory() + "gpsindex-tree-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  /// Makes a file under a path of any bytes; the content is the path itself, over and over.
  func add(_ path: [UInt8], size: Int = 300) {
    var folder = Array(root.utf8)
    for part in path.split(separator: 0x2F).dropLast() {
      folder.append(0x2F)
      folder += part
      folder.withCPath { _ = mkdir($0, 0o755) }
    }
    let content = (0..<size).map { path[$0 % path.count] }
    (Array(root.utf8) + [0x2F] + path).withCPath { name in
      let fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
      _ = content.withUnsafeBytes { write(fd, $0.baseAddress, $0.count) }
      close(fd)
    }
  }

  func add(_ path: String, size: Int = 300) { add(Array(path.utf8), size: size) }

  static func content(_ path: String, _ range: Range<Int>) -> [UInt8] {
    let bytes = Array(path.utf8)
    return range.map { bytes[$0 % bytes.count] }
  }
}

/// OpenSSH's own sftp-server as a child process: the real protocol without a network.
enum LocalServer {
  static let path: String? = [
    "/usr/lib/openssh/sftp-server", "/usr/libexec/sftp-server", "/usr/lib/ssh/sftp-server",
  ].first { FileManager.default.isExecutableFile(atPath: $0) }

  /// - Parameter isOpenSSH: true as behind OpenSSH's sshd; false as a server of another maker: its VERSION
  ///   names no extensions.
  static func channel(isOpenSSH: Bool = false) -> any ByteChannel {
    let channel = channel(arguments: [path ?? "sftp-server"], isOpenSSH: isOpenSSH)
    return isOpenSSH ? channel : JudgingChannel(channel, hidesExtensions: true)
  }

  /// - Parameter isOpenSSH: what the SSH server calls itself.
  static func channel(arguments: [String], isOpenSSH: Bool = false) -> any ByteChannel {
    ProcessChannel(arguments: arguments, label: "sftp-server", isOpenSSH: isOpenSSH)
  }

  /// OpenSSH's sftp-server behind an SSH server of another maker.
  static func unannounced() -> any ByteChannel { channel(arguments: [path ?? "sftp-server"]) }
}

/// The sources that must do alike; the third is of the tests alone.
enum SourceKind: CaseIterable {
  case local, sftp, memory

  /// Those with limits of a whole walk.
  static let limited = [SourceKind.local, .sftp]

  /// One walk over the tree.
  @discardableResult
  func run(
    _ tree: Tree, _ visitor: any SourceVisitor, options: SourceOptions = SourceOptions(),
    channel: @escaping () -> any ByteChannel = { LocalServer.channel() }
  ) throws -> SourceStatistics {
    let root = Array(tree.root.utf8)
    let source: any PhotoSource =
      switch self {
      case .local:
        openSource(.folder(root), access: AccessOptions(), options: options, visitor: visitor)
      case .sftp:
        SFTPSource(root: root, label: "test", options: options, visitor: visitor) { channel() }
      case .memory:
        InMemorySource(InMemorySource.Node(copyOf: root), options: options, visitor: visitor)
      }
    try source.run()
    return source.statistics
  }
}

extension [UInt8] {
  /// The bytes as a C string, whatever their encoding.
  func withCPath(_ body: (UnsafePointer<CChar>) -> Void) {
    let chars = map { CChar(bitPattern: $0) } + [0]
    chars.withUnsafeBufferPointer { if let base = $0.baseAddress { body(base) } }
  }
}
