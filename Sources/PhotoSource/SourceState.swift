import SFTP
import SSHTransport

/// How a walk stands at this moment, for displays.
package struct SourceState: Sendable, Equatable {
  /// What is waited for before the first connection stands, such as "connecting to nas:22".
  package var stage: String?
  /// Connections that carry work now; 0 for a local folder.
  package var connections = 0
  /// More photos may still come to light.
  package var isListing = true
  package var bytesReceived = 0
  /// Folders that listings have shown so far, and the root.
  package var foldersFound = 1

  package init() {}
}

extension SFTPSource {
  package var state: SourceState {
    var state = SourceState()
    state.stage = everReady ? nil : lanes.first?.channel.stage
    state.connections = lanes.count { $0.state == .ready }
    state.foldersFound = budget.folders + 1
    state.isListing = !everReady || openFolders > 0 || !folderQueue.isEmpty
    state.bytesReceived = statistics.bytesReceived
    return state
  }
}

extension SFTPSource {
  /// What the server states of itself, 0 for "no limit"; nil when it states nothing.
  package var statedLimits: (readLength: UInt64, openHandles: UInt64)? {
    limits.map { ($0.maximumReadLength, $0.maximumOpenHandles) }
  }
}

extension LocalSource {
  package var state: SourceState {
    var state = SourceState()
    state.isListing = isListing
    state.foldersFound = budget.folders + 1
    state.bytesReceived = statistics.bytesReceived
    return state
  }
}
