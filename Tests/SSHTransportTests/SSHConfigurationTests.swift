import SSHTransport
import Testing

/// What `ssh -G` prints, and what is made of it.
@Suite struct SSHConfigurationTests {
  @Test func theUsersKnownHostsComeBeforeTheMachines() {
    let parsed = SSHConfiguration.parse(
      """
      host nas
      hostname 192.0.2.7
      port 2222
      user drone
      globalknownhostsfile /etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2
      userknownhostsfile ~/.ssh/known_hosts %d/.ssh/other
      identityfile ~/.ssh/id_ed25519
      identityfile /keys/second key
      identityagent none
      proxyjump none
      """, home: "/home/drone")
    #expect(
      parsed.knownHostsFiles == [
        "/home/drone/.ssh/known_hosts", "/home/drone/.ssh/other", "/etc/ssh/ssh_known_hosts",
        "/etc/ssh/ssh_known_hosts2",
      ])
    #expect(parsed.hostName == "192.0.2.7" && parsed.port == 2222 && parsed.user == "drone")
    #expect(parsed.identityFiles == ["/home/drone/.ssh/id_ed25519", "/keys/second key"])
    #expect(parsed.identityAgent?.isEmpty == true && parsed.proxy == nil)
  }

  @Test(arguments: [
    ("proxyjump bastion", "proxyjump bastion"),
    ("proxycommand nc %h %p", "proxycommand nc %h %p"),
  ])
  func aProxyIsNoticed(line: String, proxy: String) {
    #expect(SSHConfiguration.parse(line, home: "/").proxy == proxy)
  }

  @Test(arguments: ["", "port", "port x", "port 99999999", " ", "hostname"])
  func oddLinesArePassedOver(line: String) {
    #expect(SSHConfiguration.parse(line, home: "/") == SSHConfiguration.parse("", home: "/"))
  }
}
