import Testing

@testable import SSHTransport

@Suite struct CompressionChoiceTests {
  /// A server's first line, and whether it is known to expand nothing.
  @Test(
    arguments: [
      ("SSH-2.0-dropbear_2025.89\r\n", true), ("SSH-2.0-dropbear_2026.1\r\n", true),
      ("SSH-2.0-dropbear_2022.83\r\n", false), ("SSH-2.0-dropbear\r\n", false),
      ("SSH-2.0-dropbear_", false), ("SSH-2.0-OpenSSH_9.2\r\n", false), ("", false),
    ])
  func knowsServersThatCompressOneWay(_ line: String, _ isKnown: Bool) {
    #expect(CompressionChoice.compressesOneWay(Array(line.utf8)) == isKnown)
  }
}
