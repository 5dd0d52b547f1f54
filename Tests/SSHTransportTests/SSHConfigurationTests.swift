import Testing

@testable import SSHTransport

/// What `ssh -G` prints, and what is made of it.
@Suite struct SSHConfigurationTests {
  @Test func usersKnownHostsComeFirst() {
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
    #expect(parsed.identityAgent?.isEmpty == true)
    #expect(parsed.proxyJump == nil && parsed.proxyCommand == nil)
  }

  @Test func findsTheFilesThatSSHReads() {
    let read = SSHConfiguration.filesRead(
      """
      OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19 27 Jan 2026\r
      debug1: Reading configuration data /home/drone/.ssh/config\r
      debug3: /home/drone/.ssh/config line 1: Including file /home/drone/.ssh/a depth 1 b depth 0\r
      debug1: Reading configuration data /home/drone/.ssh/a depth 1 b\r
      debug3: /home/drone/.ssh/config line 2: Including file /c depth 0 (parse only)\r
      debug1: Reading configuration data /c\r
      debug1: /home/drone/.ssh/config line 3: Applying options for *\r
      debug1: Reading configuration data /etc/ssh/ssh_config\r
      debug1: Reading configuration data /home/drone/.ssh/config\r
      """)
    #expect(read.chosen == ["/home/drone/.ssh/config", "/etc/ssh/ssh_config"])
    #expect(read.included == ["/home/drone/.ssh/a depth 1 b", "/c"])
  }

  private func proxy(_ line: String, mayAsk: Bool = false) throws -> [String]? {
    try SSHConfiguration.parse(line, home: "/").proxy(
      host: "192.0.2.7", alias: "nas", port: 2222, user: "drone", shell: "/bin/sh", mayAsk: mayAsk)
  }

  @Test(arguments: [
    ("proxyjump bastion", "ssh -oBatchMode=yes -W [192.0.2.7]:2222 -- bastion"),
    ("proxyjump me@a:22,b", "ssh -oBatchMode=yes -J me@a:22 -W [192.0.2.7]:2222 -- b"),
    ("proxyjump me@a:2022", "ssh -oBatchMode=yes -W [192.0.2.7]:2222 -- ssh://me@a:2022"),
    ("proxyjump ssh://a", "ssh -oBatchMode=yes -W [192.0.2.7]:2222 -- ssh://a"),
    ("proxycommand nc %h %p # %r %n %%", "/bin/sh -c exec nc 192.0.2.7 2222 # drone nas %"),
  ])
  func turnsProxiesIntoPrograms(line: String, program: String) throws {
    #expect(try proxy(line)?.joined(separator: " ") == program)
  }

  @Test(arguments: ["proxyjump none", "proxycommand none", "user x"]) func noProxy(line: String)
    throws
  {
    #expect(try proxy(line) == nil)
  }

  @Test(arguments: ["proxycommand nc %C", "proxycommand x\nproxyusefdpass yes", "proxycommand x %"])
  func reportsProxiesThatNeedTheSSHProgram(line: String) throws {
    let error = #expect(throws: TransportError.self) { try proxy(line) }
    #expect(error?.advice.contains("--transport ssh") == true)
  }

  @Test func proxyJumpMayPromptWhenSomebodyCanAnswer() throws {
    #expect(try proxy("proxyjump bastion", mayAsk: true)?.contains("-oBatchMode=no") == true)
  }

  @Test func readsNoneAsAbsent() {
    let parsed = SSHConfiguration.parse(
      """
      identityfile none
      userknownhostsfile none
      globalknownhostsfile none
      connecttimeout none
      identitiesonly yes
      """, home: "/home/drone")
    #expect(parsed.identityFiles == [] && parsed.knownHostsFiles == [])
    #expect(parsed.connectTimeout == nil && parsed.identitiesOnly)
  }

  @Test func expandsTokensInPaths() {
    let parsed = SSHConfiguration.parse(
      """
      hostname nas.example
      port 2222
      user drone
      hostkeyalias nas
      identityfile ~/.ssh/%r-%h
      identityfile %d/k%%
      identityfile /keys/%Z
      userknownhostsfile /known/%k-%p
      identityagent ~/agent
      connecttimeout 7
      """, home: "/home/drone")
    #expect(
      parsed.identityFiles == [
        "/home/drone/.ssh/drone-nas.example", "/home/drone/k%", "/keys/%Z",
      ])
    #expect(parsed.knownHostsFiles == ["/known/nas-2222"])
    #expect(parsed.identityAgent == "/home/drone/agent" && parsed.connectTimeout == 7)
  }

  @Test(arguments: ["", "port", "port x", "port 99999999", " ", "hostname"])
  func skipsInvalidLines(line: String) {
    #expect(SSHConfiguration.parse(line, home: "/") == SSHConfiguration.parse("", home: "/"))
  }
}
