import Testing

@testable import gpsindex

@Suite struct SSHTunnelTests {
  @Test(
    arguments: [
      ("203.0.113.9 51000 192.0.2.7 22", "pilot", "pilot@192.0.2.7"),
      ("203.0.113.9 51000 192.0.2.7 2222", "pilot", "-p 2222 pilot@192.0.2.7"),
      ("2001:db8::1 51000 2001:db8::7 22", "pilot", "pilot@2001:db8::7"),
      ("203.0.113.9 51000 192.0.2.7 22", nil, "192.0.2.7"),
      // Words that a shell would obey.
      ("203.0.113.9 51000 192.0.2.7 22", "a; reboot", "192.0.2.7"),
      ("203.0.113.9 51000 192.0.2.7 22", "-oProxyCommand=x", "192.0.2.7"),
      ("203.0.113.9 51000 $(reboot) 22", "pilot", nil),
      ("203.0.113.9 51000 192.0.2.7 0", "pilot", nil), ("192.0.2.7", "pilot", nil),
      ("", "pilot", nil), (nil, "pilot", nil),
    ] as [(String?, String?, String?)])
  func commandLeadsToTheServerOfTheSession(connection: String?, user: String?, words: String?) {
    #expect(SSHTunnel.arguments(connection: connection, user: user) == words)
  }
}
