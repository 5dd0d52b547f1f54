import CSSH2
import SSHKeys
import Synchronization

/// A prompt to the user.
public enum Question: Sendable, Equatable {
  case passphrase(keyFile: String)
  case password(login: String)
  /// A server's own prompt (keyboard-interactive); `isSecret`: the answer is not echoed. `instruction` stands before the first
  /// of several prompts.
  case reply(login: String, instruction: String, prompt: String, isSecret: Bool)
  /// Answered by "yes" or the fingerprint.
  case hostKey(host: String, keyType: String, fingerprint: String)
}

/// The secrets of one run. Each is asked for once, held in memory only, and used by all connections.
public final class Credentials: Sendable, Equatable {
  /// nil: not answered. Called one at a time.
  public typealias Ask = @Sendable (Question) throws(TransportError) -> String?

  private struct State {
    var answers: [String: String] = [:]
    var keys: [String: SigningKey] = [:]
    var accepted: [String: Accepted] = [:]
    var standing: [String: Int] = [:]
    var refused: [String: TransportError] = [:]
    var oneWay: Set<String> = []
    var newHostKeys: [String] = []
    var transports: [String: Transport] = [:]
  }

  /// What has connected to a server.
  public enum Transport: String, Sendable { case libssh2, ssh }

  /// How a login succeeded, so that further connections start with that.
  enum Accepted: Sendable {
    case key(Candidate)
    /// `after`: a key that the server wants before it.
    case password(isInteractive: Bool, after: Candidate?)
    /// Prompts that need another answer each time.
    case questions(after: Candidate?)
    /// The server lets anybody in.
    case nothing
  }

  private let ask: Ask
  /// False when there is neither a terminal nor a program that asks.
  public let canAsk: Bool
  /// A program answers for passwords or passphrases.
  public let hasPasswordCommand: Bool
  private let state = Mutex(State())

  public init(
    canAsk: Bool = false, hasPasswordCommand: Bool = false,
    ask: @escaping Ask = { (_) throws(TransportError) in nil }
  ) {
    self.canAsk = canAsk
    self.hasPasswordCommand = hasPasswordCommand
    self.ask = ask
  }

  /// Identity: one object per run.
  public static func == (left: Credentials, right: Credentials) -> Bool { left === right }

  /// Asks once for each account, except for a server's own prompts; nil: nobody answered.
  func answer(_ question: Question, for account: String = "") throws(TransportError) -> String? {
    guard canAsk else { return nil }
    let name = "\(account) \(question)"
    if let known = state.withLock({ $0.answers[name] }) { return known }
    guard let answer = try ask(question) else { return nil }
    if case .reply = question { return answer }
    state.withLock { $0.answers[name] = answer }
    return answer
  }

  /// The key of a file, decrypted once.
  func key(of file: KeyFile) throws(TransportError) -> SigningKey? {
    if let known = state.withLock({ $0.keys[file.path] }) { return known }
    var passphrase = ""
    if file.isEncrypted {
      guard let answer = try answer(.passphrase(keyFile: file.path)) else { return nil }
      passphrase = answer
    }
    switch file.open(passphrase: passphrase) {
    case .key(let key):
      state.withLock { $0.keys[file.path] = key }
      return key
    case .wrongPassphrase:
      throw TransportError(
        .authentication, "the passphrase does not decrypt the key \(file.path)",
        advice: "run it again with the right one, or add the key to ssh-agent (ssh-add)")
    case .unusable(let why):
      var error = TransportError(
        .configuration, "the key \(file.path) \(why)",
        advice: "add it to ssh-agent (ssh-add); or \(SSHProgram.advice)")
      error.needsSSHProgram = true
      throw error
    }
  }

  func accepted(for login: String) -> Accepted? { state.withLock { $0.accepted[login] } }

  /// One refusal is final, whatever a site calls the account.
  func noteRefusal(_ error: TransportError, for login: String) {
    state.withLock { $0.refused[login] = error }
  }

  func refusal(for login: String) -> TransportError? { state.withLock { $0.refused[login] } }

  /// Each call is balanced by one of ``noteEnd(of:)``.
  func noteAccepted(_ how: Accepted, for login: String) {
    state.withLock {
      $0.accepted[login] = how
      $0.standing[login, default: 0] += 1
    }
  }

  func noteEnd(of login: String) { state.withLock { $0.standing[login, default: 1] -= 1 } }

  /// Remembers a server that compresses in one direction only.
  func noteOneWay(_ server: String) { state.withLock { _ = $0.oneWay.insert(server) } }

  func compressesOneWay(_ server: String) -> Bool { state.withLock { $0.oneWay.contains(server) } }

  /// Notes a host key that was accepted without asking anybody.
  func noteNewHostKey(_ remark: String) { state.withLock { $0.newHostKeys.append(remark) } }

  /// Remarks on host keys that were accepted since the last call.
  package func takeNewHostKeys() -> [String] {
    state.withLock { state in
      defer { state.newHostKeys = [] }
      return state.newHostKeys
    }
  }

  /// Remembers what has connected to a server, or what has to.
  package func noteTransport(_ transport: Transport, for server: String) {
    state.withLock { $0.transports[server] = transport }
  }

  package func transport(for server: String) -> Transport? {
    state.withLock { $0.transports[server] }
  }

  /// Whether a second login would prompt the user again while one connection is open.
  func isEnough(for login: String) -> Bool {
    state.withLock {
      guard case .questions = $0.accepted[login] else { return false }
      return $0.standing[login, default: 0] > 0
    }
  }
}

/// One key that may prove who logs in.
struct Candidate: Sendable, Equatable {
  enum Source: Sendable, Equatable {
    case file(KeyFile)
    case agent(socket: String)
  }

  var name: String
  /// Unknown for an encrypted PEM file.
  var publicKey: [UInt8]?
  var source: Source
  /// For an RSA key.
  var rsaAlgorithm = RSAAlgorithm.sha512

  var isRSA: Bool {
    if let publicKey { return PublicKeyBlob.type(of: publicKey) == "ssh-rsa" }
    if case .file(let file) = source { return file.isRSA }
    return false
  }
}

/// How an RSA key signs (RFC 8332); never with SHA-1.
enum RSAAlgorithm: String, Sendable {
  case sha512 = "rsa-sha2-512"
  case sha256 = "rsa-sha2-256"

  /// Whether the installed libssh2 can name it beside a key of the type `ssh-rsa`.
  static var isPossible: Bool { (try? LibSSH2.start()) != nil && cssh2_names_algorithms() == 1 }
}
