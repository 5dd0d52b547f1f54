import Testing

@testable import SSHTransport

/// What ssh says on standard error when it fails, and what is made of it.
@Suite struct SSHCallTests {
  private func call() -> SSHCall {
    var call = SSHCall(
      server: "192.0.2.7:2222", alias: "nas", host: "192.0.2.7", port: 2222, user: "drone")
    call.names = ["nas", "192.0.2.7", "[192.0.2.7]:2222"]
    return call
  }

  private static let changed = """
    @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\r
    @    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r
    @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\r
    IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\r
    The fingerprint for the ED25519 key sent by the remote host is
    SHA256:abc.\r
    Please contact your system administrator.\r
    Add correct host key in /home/drone/.ssh/known_hosts to get rid of this message.\r
    Offending ECDSA key in /home/drone/.ssh/known_hosts:17\r
      remove with:\r
      ssh-keygen -f "/home/drone/.ssh/known_hosts" -R "[192.0.2.7]:2222"\r
    Host key for [192.0.2.7]:2222 has changed and you have requested strict checking.\r
    Host key verification failed.\r
    """

  @Test func aChangedKeyNamesFileAndLine() {
    let error = call().explanation(of: Self.changed)
    #expect(error?.kind == .hostKeyChanged)
    #expect(
      error?.message
        == "the host key of 192.0.2.7:2222 is not the one in /home/drone/.ssh/known_hosts, line 17; it showed SHA256:abc"
    )
    #expect(error?.advice.contains("it may be an attack") == true)
    #expect(
      error?.advice.hasSuffix(
        "ssh-keygen -R '[192.0.2.7]:2222' -f '/home/drone/.ssh/known_hosts'") == true)
    #expect(error?.advice.contains("--accept-new") == false)
  }

  private static let unknown =
    "No ED25519 host key is known for [192.0.2.7]:2222 and you have requested strict checking.\r\n"
    + "Host key verification failed.\r\n"

  @Test func anUnknownKeyAsksForAComparison() {
    let error = call().explanation(of: Self.unknown)
    #expect(error?.kind == .hostKeyUnknown)
    #expect(error?.message == "the ED25519 host key of 192.0.2.7:2222 is not known to ssh")
    #expect(error?.advice.contains("--accept-new") == true)
    #expect(error?.advice.hasSuffix("ssh-keyscan -p 2222 192.0.2.7 | ssh-keygen -lf -") == true)
    // ssh-keyscan does not go through a proxy.
    var behind = call()
    behind.hasProxy = true
    #expect(behind.explanation(of: Self.unknown)?.advice.hasSuffix(": ssh nas") == true)
  }

  @Test func namesTheHostOnTheWay() {
    let end = "Connection closed by UNKNOWN port 65535\r\n"
    for (jump, name, way) in [
      ("bastion", "[192.0.2.1]:2022", "ssh bastion"),
      ("a,b", "[192.0.2.1]:2022", "ssh -p 2022 192.0.2.1"), ("me@b:2022", "b", "ssh -p 2022 me@b"),
    ] {
      var call = call()
      call.jump = jump
      call.hasProxy = true
      let said = Self.unknown.replacing("[192.0.2.7]:2222", with: name) + end
      let error = call.explanation(of: said)
      #expect(error?.kind == .hostKeyUnknown)
      #expect(
        error?.message.contains("host key of \(name), the proxy") == true, "\(error?.message ?? "")"
      )
      #expect(error?.message.contains("in front of 192.0.2.7:2222") == true)
      #expect(error?.advice.hasSuffix(": \(way)") == true, "\(error?.advice ?? "")")
      let changed = call.explanation(
        of: Self.changed.replacing("[192.0.2.7]:2222", with: name) + "\n" + end)
      #expect(changed?.kind == .hostKeyChanged)
      #expect(changed?.message.contains("host key of \(name), the proxy") == true)
      #expect(changed?.advice.contains("-R '\(name)'") == true)
      // A proxy that could not prompt says no more than this.
      let short = call.explanation(of: "Host key verification failed.\r\n" + end)
      #expect(short?.message.contains("proxy") == true, "\(short?.message ?? "")")
    }
  }

  @Test(arguments: [
    ("publickey,password", false, false, "SSH_ASKPASS"),
    ("publickey,password", false, true, "--password-command does not reach the ssh program"),
    ("publickey,keyboard-interactive", true, false, "the password"),
    ("publickey", true, true, "--identity"),
  ])
  func aRefusedLoginNamesWhatTheServerTakes(
    methods: String, mayAsk: Bool, hasCommand: Bool, words: String
  ) {
    var call = call()
    call.mayAsk = mayAsk
    call.hasPasswordCommand = hasCommand
    let error = call.explanation(of: "drone@192.0.2.7: Permission denied (\(methods)).\r\n")
    #expect(error?.kind == .authentication)
    #expect(error?.message.contains("192.0.2.7:2222 refused the login of drone") == true)
    #expect(
      error?.message.contains(methods.replacing(",", with: ", ")) == true, "\(error?.message ?? "")"
    )
    #expect(error?.advice.contains(words) == true, "\(error?.advice ?? "")")
  }

  @Test func saysWhyAKeyDoesNotSign() {
    let denied = "drone@192.0.2.7: Permission denied (publickey).\r\n"
    let fido = call().explanation(
      of: "sign_and_send_pubkey: signing failed for ED25519-SK \"/k/id_sk\": device not found\r\n"
        + denied)
    #expect(fido?.message.contains("ED25519-SK \"/k/id_sk\": device not found") == true)
    #expect(fido?.advice.contains("plug in the security key") == true)
    let old = call().explanation(
      of: "sign_and_send_pubkey: no mutual signature supported\r\n" + denied)
    #expect(old?.advice.hasSuffix("PubkeyAcceptedAlgorithms +ssh-rsa") == true)
    var certified = call()
    certified.certificates = ["/k/id-cert.pub"]
    #expect(
      certified.explanation(of: denied)?.advice.hasSuffix("ssh-keygen -L -f '/k/id-cert.pub'")
        == true)
  }

  @Test(arguments: [
    (
      "key exchange method", "diffie-hellman-group1-sha1,kex-strict-s-v00@openssh.com",
      "KexAlgorithms +diffie-hellman-group1-sha1"
    ),
    ("cipher", "3des-cbc,aes128-cbc", "Ciphers +3des-cbc"), ("MAC", "hmac-md5", "MACs +hmac-md5"),
    ("host key type", "ssh-rsa", "HostKeyAlgorithms +ssh-rsa"),
    ("cipher", "$(reboot)", "(man ssh_config)"),
  ])
  func namesTheSettingForOldAlgorithms(kind: String, offer: String, setting: String) {
    let error = call().explanation(
      of:
        "Unable to negotiate with 192.0.2.7 port 2222: no matching \(kind) found. Their offer: \(offer)\r\n"
    )
    #expect(error?.kind == .handshakeFailed && error?.message.contains(kind) == true)
    #expect(error?.advice.hasSuffix(setting) == true, "\(error?.advice ?? "")")
    #expect(error?.advice.contains("“Host nas”") == true)
  }

  @Test func namesTheWrongLineOfTheConfiguration() {
    let said = """
      debug1: Reading configuration data /home/drone/.ssh/config\r
      debug1: /home/drone/.ssh/config line 1: Applying options for *\r
      /home/drone/.ssh/config: line 3: Bad configuration option: hostnam\r
      /home/drone/.ssh/config: terminating, 1 bad configuration options\r
      """
    #expect(
      SSHCall.badOption(inErrors: said)
        == "/home/drone/.ssh/config: line 3: Bad configuration option: hostnam")
    #expect(call().explanation(of: said)?.kind == .configuration)
    #expect(
      SSHCall.badOption(inErrors: "/c line 4: Bad number 'x'.") == "/c line 4: Bad number 'x'.")
  }

  @Test func leavesTheRestToItsLastLine() {
    #expect(call().explanation(of: "ssh: connect to host x port 22: Connection refused\r\n") == nil)
    #expect(
      SSHCall.lastLine("first\r\nConnection closed by UNKNOWN port 65535\r\n") == "first")
    #expect(SSHCall.lastLine("") == nil)
  }
}
