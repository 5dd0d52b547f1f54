import Foundation
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Rows of docs/faults.md: entries that a listing shows and that cannot be read afterwards.
@Suite(.enabled(if: Setting.isPossible, "no OpenSSH server with an sftp-server is installed"))
struct ListingFaultRows {
  @Test func f18_refusedAttributesRemoveNoRows() throws {
    let setting = try Setting("noattrs")
    #expect(try setting.sync().exitCode == 0)
    let rows = try setting.rows()
    #expect(try setting.count() == 40)
    try setting.set("hidden")
    let result = try setting.sync()
    #expect(result.exitCode == 3, "\(result.errorText)")
    #expect(result.errorText.contains("cannot get attributes of"), "\(result.errorText)")
    #expect(try setting.rows() == rows)
    try setting.expectHealed()
  }

  /// No file can be opened after the listing, as when a disk is unmounted.
  @Test func f19_unmountedDiskKeepsItsRows() throws {
    let setting = try Setting()
    #expect(try setting.sync().exitCode == 0)
    let rows = try setting.rows()
    try setting.set("vanish")
    let result = try setting.sync(["--full"])
    #expect(result.exitCode == 3, "\(result.errorText)")
    #expect(result.errorText.contains("which stay"), "\(result.errorText)")
    #expect(try setting.rows() == rows)
  }

  @Test func f19_nextListingRemovesFewVanishedPhotos() throws {
    let setting = try Setting(photos: 12)
    #expect(try setting.sync().exitCode == 0)
    try setting.set("vanish")
    #expect(try setting.sync(["--full"]).exitCode == 0)
    #expect(try setting.count() == 12)
    try setting.set("real")
    #expect(try setting.sync().exitCode == 0)
    #expect(try setting.count() == 0)
  }

  /// A listener with a full queue: connection attempts get no reply.
  @Test func f02_swallowedConnections() throws {
    let setting = try Setting(photos: 1)
    let hole = try BlackHole()
    setting.port = hole.port
    let result = try setting.sync()
    #expect(result.exitCode == 69, "\(result.errorText)")
    #expect(result.errorText.contains("127.0.0.1:\(hole.port)"), "\(result.errorText)")
    // Three attempts of T each, with pauses of 0.5 and 1 s.
    #expect(result.seconds <= 10, "\(result.seconds) s")
    setting.port = nil
    try setting.expectHealed(after: result)
  }

  /// The clock of the machine jumps by an hour during a request, a second after the start.
  @Test(
    .enabled(if: Command.find("faketime") != nil, "faketime is not installed"),
    arguments: ["-1h", "+1h"])
  func f32_clockJumps(by jump: String) throws {
    let setting = try Setting("once stallread 5")
    setting.variables = ["FAKETIME_START_AFTER_SECONDS": "1"]
    let result = try setting.sync(
      ["--json"],
      under: [
        try #require(Command.find("faketime")), "--exclude-monotonic", "-f", jump,
      ])
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(result.seconds >= 2 && result.seconds <= 6.5, "\(result.seconds) s")
    let seconds = try #require(result.text.firstMatch(of: /"seconds":(-?[0-9.]+)/)?.1)
    #expect((Double(seconds) ?? -1) >= 1 && (Double(seconds) ?? 99) < 7, "\(result.text)")
    // The next run has the right clock again.
    setting.variables = [:]
    try setting.expectHealed(after: result)
  }
}

/// Listens without accepting, with a full queue.
final class BlackHole {
  let port: UInt16
  private var descriptors: [Int32] = []

  init() throws {
    func loopback(_ port: UInt16) -> sockaddr_in {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      return address
    }
    func make() -> Int32 {
      #if canImport(Darwin)
        socket(AF_INET, SOCK_STREAM, 0)
      #else
        socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      #endif
    }
    let listener = make()
    var address = loopback(0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listens = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 0) == 0
          && getsockname(listener, $0, &length) == 0
      }
    }
    try #require(listens)
    port = UInt16(bigEndian: address.sin_port)
    descriptors = [listener]
    for _ in 0..<8 {
      let client = make()
      _ = fcntl(client, F_SETFL, O_NONBLOCK)
      _ = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(client, $0, length) }
      }
      descriptors.append(client)
    }
  }

  deinit { for descriptor in descriptors { close(descriptor) } }
}
