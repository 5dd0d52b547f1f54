import PhotoMetadata
import SFTP
import TestSupport

/// What the fuzz targets do with their bytes, and what they begin with. A complaint traps, so that the
/// fuzzer keeps the input.
package enum FuzzInputs {
  /// A whole file.
  package static func container(_ bytes: [UInt8]) { judge(bytes) }

  /// The TIFF block of an Exif segment; first byte: what else is known.
  package static func exif(_ bytes: [UInt8]) {
    judge(
      [0xFF, 0xD8] + segment(Array("Exif\0\0".utf8) + bytes.prefix(65_500)) + [0xFF, 0xD9])
    judge(bytes)
  }

  /// An XMP packet.
  package static func xmp(_ bytes: [UInt8]) {
    let payload = Array("http://ns.adobe.com/xap/1.0/\0".utf8) + bytes.prefix(65_500)
    judge([0xFF, 0xD8] + segment(payload) + [0xFF, 0xD9])
  }

  /// A server's replies to one request of each kind, with the version or without.
  package static func sftp(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    var client = SFTPClient()
    client.sendInitialize()
    if first & 1 == 1 {
      client.receive([0, 0, 0, 5, 2, 0, 0, 0, 3])
      _ = try? client.nextEvent()
    }
    let handle = Handle([0, 0, 0, 1])
    _ = client.open([0x61])
    _ = client.openDirectory([0x61])
    _ = client.readDirectory(handle)
    _ = client.read(handle, offset: 0, length: 32_768)
    _ = client.close(handle)
    _ = client.attributes(of: handle)
    _ = client.realPath([0x2E])
    _ = client.extended("limits@openssh.com")
    var open = client.openRequests + 1
    let rest = bytes.dropFirst()
    let half = Int(first >> 1) < rest.count ? Int(first >> 1) : rest.count
    for part in [rest.prefix(half), rest.dropFirst(half)] {
      part.withUnsafeBytes { client.receive($0) }
      do throws(ProtocolError) {
        while let event = try client.nextEvent() {
          open -= 1
          precondition(open >= 0, "more events than requests")
          if case .extendedReply(_, let reply) = event { _ = ServerLimits(reply: reply) }
        }
      } catch {
        precondition(!error.description.isEmpty)
        return
      }
    }
  }

  private static func segment(_ payload: [UInt8]) -> [UInt8] {
    let length = payload.count + 2
    return [0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + payload
  }

  private static func judge(_ file: [UInt8]) {
    let complaints = PhotoMutants.complaints(Run(file))
    precondition(complaints.isEmpty, "\(complaints)")
  }

  /// By the names of the targets.
  package static var seeds: [String: [[UInt8]]] {
    var random = SplitMix64(seed: 1)
    var conversations = [[UInt8]]()
    for _ in 0..<40 {
      var replies = SFTPReplies()
      for id in 1...8 as ClosedRange<UInt32> {
        switch id {
        case 1, 2: replies.message(102, id: id) { $0.string([0, 0, 0, 1]) }
        case 3, 7: replies.names(id, count: 3, isBare: false, &random)
        case 4: replies.message(103, id: id) { $0.string([UInt8](repeating: 1, count: 20)) }
        case 6: replies.message(105, id: id) { $0.attributes(&random) }
        case 8:
          replies.message(201, id: id) { out in
            for _ in 0..<8 { out.u32(1) }
          }
        default: replies.status(id, &random)
        }
      }
      conversations.append([1] + replies.bytes)
    }
    conversations.append([0, 0, 0, 0, 5, 2, 0, 0, 0, 3])
    let files = PhotoSeeds.made.map {
      $0.file.count > 40_000 ? Array($0.file.prefix(8192)) : $0.file
    }
    return [
      "containers": files, "sftp": conversations,
      "exif": [PhotoSeeds.full.tiff(), PhotoSeeds.bigEndian.tiff()],
      "xmp": PhotoSeeds.packets.map { Array($0.utf8) },
    ]
  }
}
