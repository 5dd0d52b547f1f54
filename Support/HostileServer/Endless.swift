import Foundation

/// A site that never ends: its root, and every folder that is not really there, list what the mode says.
/// Folders that are really there stay as they are.
///
/// - `endlessfolders`: new folders without an end.
/// - `nestedfolders`: a hundred folders with long names in each folder, at any depth.
/// - `endlessfiles`, `endlesssidecars`: new photos, or sidecar files, without an end.
/// - `samenames`: a hundred photos, again and again.
struct Endless {
  static let modes = [
    "endlessfolders", "nestedfolders", "endlessfiles", "endlesssidecars", "samenames",
  ]

  private enum Opened { case endless, real }

  private let mode: String
  private let root: [UInt8]
  private var opening: [UInt32: Opened] = [:]
  private var folders: [[UInt8]: Opened] = [:]
  /// Folders that have listed what they have.
  private var listed: Set<[UInt8]> = []
  private var number = 0
  private var template: [UInt8] = []
  private var digits: [Int] = []

  /// nil for other modes.
  init?(mode: String, root: String) {
    guard Self.modes.contains(mode) else { return nil }
    self.mode = mode
    self.root = Array(root.utf8)
    prepare()
  }

  /// - Returns: the answer to a request that the server does not get; nil: it gets `message`.
  mutating func request(_ message: inout [UInt8], _ type: UInt8, _ id: UInt32) -> [UInt8]? {
    switch type {
    case 11:
      guard let path = message.string(at: 5) else { return nil }
      let isThere = access(String(decoding: path, as: UTF8.self), F_OK) == 0
      opening[id] = path == root || !isThere ? .endless : .real
      if !isThere {
        // Any folder will do: the server's handles stay as OpenSSH numbers them.
        message = Array(message[..<5])
        message.add(string: root)
      }
    case 4:
      if let handle = message.string(at: 5) {
        folders[handle] = nil
        listed.remove(handle)
      }
    case 12:
      guard let handle = message.string(at: 5), folders[handle] == .endless else { return nil }
      return names(id, handle)
    default: break
    }
    return nil
  }

  mutating func reply(_ message: [UInt8]) {
    guard let id = message.uint32(at: 1), let opened = opening.removeValue(forKey: id),
      message[0] == 102, let handle = message.string(at: 5)
    else { return }
    folders[handle] = opened
  }

  private mutating func names(_ id: UInt32, _ handle: [UInt8]) -> [UInt8] {
    if mode == "nestedfolders", !listed.insert(handle).inserted {
      var end: [UInt8] = [101]
      end.add(id)
      end.add(1)
      end.add(string: [])
      end.add(string: [])
      return end
    }
    var reply = template
    reply.replaceSubrange(1..<5, with: Self.bytes(id))
    // Only the digits of the names differ from one reply to the next.
    for place in digits {
      number += 1
      var rest = number
      for index in (place..<(place + Self.digits)).reversed() {
        reply[index] = UInt8(0x30 + rest % 10)
        rest /= 10
      }
    }
    return reply
  }

  private static let digits = 8

  /// A reply with a place for the digits of each name, unless all replies are to be the same.
  private mutating func prepare() {
    let isFolder = mode.hasSuffix("folders")
    var names: [String] = []
    switch mode {
    case "nestedfolders":
      names = (0..<100).map { String(repeating: "n", count: 200) + "\($0)" }
    case "samenames": names = (0..<1_000).map { "\($0 % 100).jpg" }
    default:
      let zeros = String(repeating: "0", count: Self.digits)
      let name = isFolder ? zeros : zeros + (mode == "endlesssidecars" ? ".xmp" : ".jpg")
      names = Array(repeating: name, count: 1_000)
    }
    template = [104]
    template.add(0)
    template.add(UInt32(names.count))
    for name in names {
      if name.hasPrefix("00") { digits.append(template.count + 4) }
      template.add(string: Array(name.utf8))
      template.add(string: [])
      for value: UInt32 in [
        0x1 | 0x4 | 0x8, 0, 1234, isFolder ? 0o040755 : 0o100644, 1_700_000_000, 1_700_000_000,
      ] {
        template.add(value)
      }
    }
  }

  private static func bytes(_ value: UInt32) -> [UInt8] {
    var out: [UInt8] = []
    out.add(value)
    return out
  }
}
