package import PhotoModel
package import PhotoSource

package struct FetchOptions {
  /// A file that is there and differs gives way.
  package var replaces = false
  /// Looks into the files: those that are there, and those that arrive.
  package var verifies = false
  /// SHA-256 sums are kept here.
  package var manifest: String?
  package var download = DownloadOptions()
  package var isCancelled: () -> Bool = { false }
  package init() {}
}

/// How a fetch stands.
package struct FetchProgress: Sendable, Equatable {
  /// To be fetched, and at their end so far.
  package var files = 0
  package var filesDone = 0
  /// Of those files, with what earlier runs have left.
  package var bytes: Int64 = 0
  package var bytesDone: Int64 = 0
  /// Received in this run.
  package var bytesReceived: Int64 = 0
  package var failed = 0
  /// What is waited for before the first connection stands.
  package var stage: String?
  package var connections = 0
  /// The file that ended last, below the destination.
  package var path: [UInt8] = []

  package init() {}
}

/// What a fetch did.
package struct FetchReport: Sendable, Equatable {
  /// Selected.
  package var photos = 0
  package var sidecars = 0
  /// Fetched and in their places.
  package var fetched = 0
  /// Received in this run, and left by earlier ones.
  package var bytes: Int64 = 0
  package var resumedBytes: Int64 = 0
  /// There already.
  package var present = 0
  /// Not fetched: another file has the name.
  package var conflicts = 0
  package var failed = 0
  /// Whole as the source has them, and cut by their own structure; or with another sum than the manifest's.
  package var damaged = 0
  package var statistics = SourceStatistics()
  package var seconds = 0.0

  package init() {}

  package var isComplete: Bool { conflicts + failed + damaged == 0 }
}

package enum FetchEvent {
  case progress(FetchProgress)
  case note(String)
  /// - Parameter path: on the site.
  case failed(PathBytes, Failure, detail: String)
  /// - Parameter path: below the destination.
  case conflict([UInt8])
  case damaged([UInt8], String)
}
