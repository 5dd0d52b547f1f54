/// The message types this client knows (draft-ietf-secsh-filexfer-02 §3). Only reading messages
/// are here: nothing that changes a server can be sent, because it does not exist.
enum MessageType: UInt8 {
  case initialize = 1
  case version = 2
  case open = 3
  case close = 4
  case read = 5
  case lstat = 7
  case fstat = 8
  case opendir = 11
  case readdir = 12
  case realpath = 16
  case stat = 17
  case status = 101
  case handle = 102
  case data = 103
  case name = 104
  case attributes = 105
  case extended = 200
  case extendedReply = 201
}

/// Names one request; chosen by the client, repeated by the server in its reply.
public struct RequestID: Hashable, Sendable {
  public let value: UInt32
  public init(value: UInt32) { self.value = value }
}

/// An open file or folder on the server: opaque bytes, at most 256 (§6.3).
public struct Handle: Hashable, Sendable {
  public let bytes: [UInt8]
  public init(_ bytes: [UInt8]) { self.bytes = bytes }
  /// Longer ones are refused as malformed; bytes.
  public static let maximumLength = 256
}

/// File attributes (§5). A field the server did not send is nil, never 0.
public struct FileAttributes: Hashable, Sendable {
  /// Bytes.
  public var size: UInt64?
  /// POSIX mode with type bits.
  public var permissions: UInt32?
  /// Seconds since 1970-01-01 UTC, unsigned 32 bit.
  public var accessTime: UInt32?
  public var modificationTime: UInt32?

  public init(
    size: UInt64? = nil, permissions: UInt32? = nil, accessTime: UInt32? = nil,
    modificationTime: UInt32? = nil
  ) {
    self.size = size
    self.permissions = permissions
    self.accessTime = accessTime
    self.modificationTime = modificationTime
  }

  /// What an entry is; `unknown` when the server did not say.
  public enum Kind: Sendable { case regular, directory, symbolicLink, other, unknown }

  /// From the type bits of ``permissions``; unknown when the server sent none.
  public var kind: Kind {
    guard let permissions else { return .unknown }
    return switch permissions & 0o170000 {
    case 0o100000: .regular
    case 0o040000: .directory
    case 0o120000: .symbolicLink
    case 0: .unknown
    default: .other
    }
  }

  init?(_ reader: inout WireReader) {
    guard let flags = reader.uint32() else { return nil }
    if flags & 0x1 != 0 {
      guard let size = reader.uint64() else { return nil }
      self.size = size
    }
    if flags & 0x2 != 0 {
      guard reader.uint32() != nil, reader.uint32() != nil else { return nil }  // uid, gid
    }
    if flags & 0x4 != 0 {
      guard let permissions = reader.uint32() else { return nil }
      self.permissions = permissions
    }
    if flags & 0x8 != 0 {
      guard let access = reader.uint32(), let modification = reader.uint32() else { return nil }
      self.accessTime = access
      self.modificationTime = modification
    }
    if flags & 0x8000_0000 != 0 {
      guard let count = reader.uint32() else { return nil }
      // Each pair takes at least 8 bytes, so a lying count ends at the packet's end.
      guard Int(count) <= reader.remaining / 8 else { return nil }
      for _ in 0..<count {
        guard reader.skipString(), reader.skipString() else { return nil }
      }
    }
  }
}

/// One entry of a folder (§7, SSH_FXP_NAME); the long name for people is not kept.
public struct NameEntry: Hashable, Sendable {
  public var name: [UInt8]
  public var attributes: FileAttributes

  public init(name: [UInt8], attributes: FileAttributes) {
    self.name = name
    self.attributes = attributes
  }
}

/// SSH_FXP_STATUS (§7).
public struct Status: Error, Hashable, Sendable {
  public var code: Code
  /// The server's own words, at most 200 characters of valid UTF-8; may be empty.
  public var message: String

  public init(code: Code, message: String) {
    self.code = code
    self.message = message
  }

  public enum Code: Hashable, Sendable {
    case ok, endOfFile, noSuchFile, permissionDenied, failure, badMessage, noConnection
    case connectionLost, unsupported
    case other(UInt32)

    init(_ value: UInt32) {
      self =
        switch value {
        case 0: .ok
        case 1: .endOfFile
        case 2: .noSuchFile
        case 3: .permissionDenied
        case 4: .failure
        case 5: .badMessage
        case 6: .noConnection
        case 7: .connectionLost
        case 8: .unsupported
        default: .other(value)
        }
    }
  }
}

/// The server does not speak SFTP v3 as specified; the connection is of no further use.
public enum ProtocolError: Error, Hashable, Sendable {
  /// Text where the version reply is due: a login script or banner prints something.
  case textBeforeVersion(String)
  case unsupportedVersion(UInt32)
  /// A packet longer than 256 KiB, or empty.
  case packetLength(UInt32)
  /// Bytes that do not parse as the message their type byte names.
  case malformed(type: UInt8)
  case unknownType(UInt8)
  /// A reply nobody asked for, or the second one to the same request.
  case unknownRequest(UInt32)
  /// A reply of a type that cannot answer the request.
  case unexpectedReply(type: UInt8)
  /// More data than was asked for.
  case excessData(asked: Int, got: Int)
  /// A request on a predicted handle was served although the handle was not (or not yet) granted.
  case brokenPrediction
}

extension ProtocolError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .textBeforeVersion(""): "the server prints an empty line where SFTP is expected"
    case .textBeforeVersion(let text):
      "the server prints text where SFTP is expected (\"\(text)\")"
    case .unsupportedVersion(let version): "the server speaks SFTP version \(version), not 3"
    case .packetLength(let length): "the server announced an SFTP packet of \(length) bytes"
    case .malformed(let type): "the server sent a malformed SFTP message (type \(type))"
    case .unknownType(let type): "the server sent an SFTP message of unknown type \(type)"
    case .unknownRequest(let id): "the server answered a request that was not open (id \(id))"
    case .unexpectedReply(let type):
      "the server answered with an SFTP message that does not fit (type \(type))"
    case .excessData(let asked, let got):
      "the server sent \(got) bytes where \(asked) were asked for"
    case .brokenPrediction: "the server does not number its handles as OpenSSH does"
    }
  }
}
