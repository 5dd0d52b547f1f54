import Foundation
import Synchronization
import TestSupport
import Testing

@testable import SSHTransport

@Suite struct NameLookupTests {
  private func isReadable(_ descriptor: Int32) -> Bool {
    var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&event, 1, 0) > 0
  }

  /// A resolver that does not answer keeps nobody: there is a descriptor to wait for beside a deadline.
  @Test func lookupSignalsLikeASocket() throws {
    let gate = DispatchSemaphore(value: 0)
    let address = NameLookup.Address(family: AF_INET, bytes: [1, 2, 3])
    let lookup = try NameLookup {
      gate.wait()
      return .found([address])
    }
    #expect(lookup.outcome == nil && !isReadable(lookup.descriptor))
    gate.signal()
    #expect(Poll.until(seconds: 60) { isReadable(lookup.descriptor) })
    #expect(lookup.outcome == .found([address]))
  }

  /// Whoever gives up leaves nothing behind but the call that still runs.
  @Test func anAbandonedLookupEndsByItself() throws {
    let gate = DispatchSemaphore(value: 0)
    let hasEnded = Mutex(false)
    weak var abandoned: NameLookup?
    do {
      let lookup = try NameLookup {
        gate.wait()
        hasEnded.withLock { $0 = true }
        return .failed(EAI_AGAIN)
      }
      abandoned = lookup
    }
    gate.signal()
    #expect(Poll.until(seconds: 60) { hasEnded.withLock { $0 } && abandoned == nil })
  }

  @Test func addressesNeedNoLookup() {
    guard
      case .found(let numeric) = NameLookup.addresses(of: "127.0.0.1", port: 22, isNumeric: true)
    else {
      Issue.record("127.0.0.1 is an address")
      return
    }
    #expect(numeric.map(\.family) == [AF_INET])
    #expect(NameLookup.addresses(of: "localhost", port: 22, isNumeric: true) == .failed(EAI_NONAME))
    guard case .found(let named) = NameLookup.addresses(of: "localhost", port: 22, isNumeric: false)
    else {
      Issue.record("localhost is a name")
      return
    }
    #expect(!named.isEmpty)
  }
}
