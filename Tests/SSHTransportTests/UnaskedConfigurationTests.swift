import TestSupport
import Testing

@testable import SSHTransport

/// What the ssh configuration may mean for a host where no ssh program evaluates it.
@Suite struct UnaskedConfigurationTests {
  private func read(
    _ text: String, alias: String = "nas", user: Bool = false, port: Bool = false,
    included: String = ""
  ) throws -> UnaskedConfiguration {
    let folder = try TemporaryFolder()
    try folder.write(included, to: "more.conf")
    let file = try folder.write(text, to: "config")
    return UnaskedConfiguration(
      alias: alias, hasUser: user, hasPort: port, home: folder.path,
      files: [(file, folder.path), (folder.file("missing"), folder.path)])
  }

  @Test(arguments: [
    ("Host nas\n  ProxyJump bastion\n", "line 2 (ProxyJump)"),
    ("Host n?s\n  proxycommand=nc %h %p\n", "line 2 (proxycommand)"),
    ("# c\nHost other nas\n\tHostName 192.0.2.7\n", "line 3 (HostName)"),
    ("ProxyJump bastion\n", "line 1 (ProxyJump)"), ("Host *\n  Port 2222\n", "line 2 (Port)"),
    ("Match exec \"true\"\n  ProxyJump bastion\n", "line 2 (ProxyJump)"),
    ("Include more.conf\n", "line 2 (HostName)"), ("Host NAS\nHostKeyAlias x\n", "line 2"),
    ("Host \"nas\"\n  User drone\n", "line 2 (User)"),
  ])
  func findsWhatDecidesWhereAHostIs(text: String, place: String) throws {
    let found = try read(text, included: "Host n*\n  HostName 192.0.2.7\n")
    #expect(found.decisive?.contains(place) == true, "\(found.decisive ?? "nothing")")
  }

  @Test(arguments: [
    "", "# ProxyJump bastion\n", "Host other\n  ProxyJump bastion\n",
    "Host * !nas\n  ProxyJump bastion\n", "Host nas\n  ProxyJump none\n",
    "Host *\n  SendEnv LANG LC_*\n  HashKnownHosts yes\n  GSSAPIAuthentication yes\n",
    "Host other\n  Include more.conf\n", "Host nas\n  HostName nas\n", "Include nosuch/*.conf\n",
  ])
  func ignoresWhatDoesNotMatter(text: String) throws {
    let found = try read(text, included: "ProxyJump bastion\n")
    #expect(found.decisive == nil && found.ignored == nil, "\(found)")
  }

  @Test func notesOtherSettings() throws {
    let found = try read("Host nas\n  IdentityFile ~/.ssh/flights\n")
    #expect(found.decisive == nil && found.ignored?.hasSuffix("/config") == true)
    let named = try read("Host nas\n  User x\n  Port 22\n", user: true, port: true)
    #expect(named.decisive == nil && named.ignored == nil)
  }

  @Test func endsAtFilesThatIncludeThemselves() throws {
    #expect(try read("Include config\nInclude config\n").decisive == nil)
  }
}
