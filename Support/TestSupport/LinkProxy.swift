import Foundation
package import LinkSimulation

/// A simulated link to a server on this machine, in a thread of this process.
///
///     let link = try LinkProxy(to: server.port, settings: LinkSettings(milliseconds: 50))
///     // connect to 127.0.0.1:link.port
package final class LinkProxy: Sendable {
  private let link: Link
  private let finished = DispatchSemaphore(value: 0)

  /// The port on 127.0.0.1 to connect to.
  package var port: UInt16 { link.port }
  package var statistics: LinkStatistics { link.statistics }

  package init(to target: UInt16, settings: LinkSettings) throws {
    link = try Link(target: target, settings: settings)
    Thread { [link, finished] in
      link.run()
      finished.signal()
    }.start()
  }

  deinit {
    link.stop()
    finished.wait()
  }
}
