/// What a run did with one site.
package struct SiteReport: Sendable {
  package var site: String
  package var plan: SitePlan
  /// Rows of photos that travelled.
  package var sent = 0
  /// Rows that were inserted or changed.
  package var written = 0
  package var deleted = 0
  /// Folders whose rows, tracks or counts were looked at.
  package var folders = 0
  /// Its name in the database before.
  package var renamedFrom: String?
  package var seconds = 0.0
}

/// The result of a comparison that changes nothing.
package struct SiteDifference: Sendable {
  package var site: String
  /// Nil: the database has no such site.
  package var photos: Int?
  /// Folders whose rows differ, by name.
  package var folders: [String]
  /// Rows whose columns do not have the hash that was stored with them; nil when they were not read.
  package var edited: Int?
}
