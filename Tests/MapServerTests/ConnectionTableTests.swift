import NIOCore
import NIOEmbedded
import Testing

@testable import MapServer

/// Which connections are closed when a limit is reached.
@Suite struct ConnectionTableTests {
  private func table(_ limits: ConnectionTable.Limits) -> (ConnectionTable, [EmbeddedChannel]) {
    let table = ConnectionTable(limits)
    let channels = (0..<4).map { _ in EmbeddedChannel() }
    for channel in channels {
      try? channel.connect(to: .init(ipAddress: "127.0.0.1", port: 1)).wait()
    }
    return (table, channels)
  }

  @Test func closesIdleConnectionsBeforeRespondingOnes() {
    let (table, channels) = table(.init(connections: 2))
    #expect(table.admit(channels[0]))
    #expect(table.admit(channels[1]))
    table.set(channels[0], isWaiting: true, isAnswering: true)
    #expect(table.admit(channels[2]))
    #expect(channels[0].isActive && !channels[1].isActive)
    // Only responding connections are left, and none of them is stalled yet.
    table.set(channels[2], isWaiting: true, isAnswering: true)
    #expect(!table.admit(channels[3]))
    #expect(channels[0].isActive && channels[2].isActive)
  }

  @Test func neverClosesAServedConnection() {
    let (table, channels) = table(.init(connections: 1, patience: .zero))
    #expect(table.admit(channels[0]))
    table.set(channels[0], isWaiting: false, isAnswering: true)
    #expect(!table.admit(channels[1]))
    #expect(channels[0].isActive)
  }

  /// A large response is closed for another one only after it has stalled.
  @Test(arguments: [false, true]) func closesStalledLargeResponsesOnly(haveStalled: Bool) {
    let (table, channels) = table(
      .init(heldBytes: 100, patience: haveStalled ? .zero : .seconds(3_600)))
    for channel in channels { #expect(table.admit(channel)) }
    #expect(table.hold(60, for: channels[0]))
    table.set(channels[0], isWaiting: true, isAnswering: true)
    #expect(table.hold(40, for: channels[1]))
    #expect(table.hold(50, for: channels[2]) == haveStalled)
    #expect(channels[0].isActive != haveStalled)
    table.endAnswer(channels[0])
    table.endAnswer(channels[1])
    #expect(table.hold(50, for: channels[3]))
  }

  /// A response above the limit is admitted alone.
  @Test func admitsAnOversizedResponseAlone() {
    let (table, channels) = table(.init(heldBytes: 100))
    for channel in channels { #expect(table.admit(channel)) }
    #expect(table.hold(1_000, for: channels[0]))
    #expect(!table.hold(1, for: channels[1]))
    table.endAnswer(channels[0])
    #expect(table.hold(1, for: channels[1]))
  }
}
