internal import PhotoIndex

/// What the database says about a site.
struct PublishedState: Equatable, Sendable {
  var site: Int32
  var name: String
  var url: String
  var indexID: String
  var indexSite: Int64
  var seq: Int64
  var runToken: String
  /// All tracks had been drawn when it was published.
  var isSettled: Bool
}

/// A site of the index, at one state of it.
struct LocalSite: Sendable {
  var id: Int64
  var name: String
  var url: String
  /// Identity of the index.
  var indexID: String
  /// The last change, and the token of the sync that made it; 0 and empty before the first sync.
  var seq: Int64
  var runToken: String
  var isSettled: Bool
  /// Tombstones with a higher number are complete.
  var tombstonesSince: Int64
  /// The token of the sync that made the published change; nil when the index has none.
  var tokenOfPublished: String?
}

/// What has to travel.
package enum SitePlan: Equatable, Sendable {
  /// The database does not have the site.
  case first
  case unchanged
  /// Rows and tombstones with higher numbers.
  case changes(since: Int64, allFolders: Bool)
  /// Row hashes per folder tell which folders travel.
  case comparison(Reason)

  package enum Reason: String, Sendable {
    case adopted = "another index takes the site over"
    case addedAgain = "the site was added to the index again"
    case noRun = "the index does not say which sync read the site"
    case otherHistory = "the index was restored or copied since"
    case pruned = "the index has forgotten removals since"
  }

  /// - Throws: .conflict when another index publishes the site.
  static func make(
    _ local: LocalSite, _ published: PublishedState?, adopt: Bool
  ) throws(PublishError) -> SitePlan {
    guard let published else { return .first }
    if published.indexID != local.indexID {
      guard adopt else {
        throw PublishError(
          .conflict, "another index publishes the site “\(local.name)”",
          advice: "the index that did; --adopt to replace its rows by those of this one; or "
            + "another site name")
      }
      return .comparison(.adopted)
    }
    if published.indexSite != local.id { return .comparison(.addedAgain) }
    if local.runToken.isEmpty { return .comparison(.noRun) }
    // Numbers alone are not enough: a restored index gives them again, for other changes.
    if published.seq > local.seq || published.runToken != local.tokenOfPublished {
      return .comparison(.otherHistory)
    }
    if published.seq < local.tombstonesSince { return .comparison(.pruned) }
    let isSame =
      published.seq == local.seq && published.isSettled && local.isSettled
      && published.name == local.name && published.url == local.url
    return isSame ? .unchanged : .changes(since: published.seq, allFolders: !published.isSettled)
  }
}
