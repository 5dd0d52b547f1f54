import Testing

@testable import Publish

/// What travels, for each combination of what index and database say.
@Suite struct SitePlanTests {
  /// A site whose last change is number 50, by the sync “t2”; the database stands at number 40, by the sync “t1”.
  private static let local = LocalSite(
    id: 3, name: "nas", url: "sftp://nas/", indexID: "index", seq: 50, runToken: "t2",
    isSettled: true, tombstonesSince: 10, tokenOfPublished: "t1")
  private static let published = PublishedState(
    site: 1, name: "nas", url: "sftp://nas/", indexID: "index", indexSite: 3, seq: 40,
    runToken: "t1", isSettled: true)
  /// The database stands where the index does.
  private static var same: (LocalSite, PublishedState) {
    var (local, published) = (local, published)
    local.tokenOfPublished = "t2"
    (published.seq, published.runToken) = (50, "t2")
    return (local, published)
  }

  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let plan: SitePlan
    let change: @Sendable (inout LocalSite, inout PublishedState) -> Void

    init(
      _ name: String, _ plan: SitePlan,
      _ change: @escaping @Sendable (inout LocalSite, inout PublishedState) -> Void
    ) {
      (testDescription, self.plan, self.change) = (name, plan, change)
    }
  }

  @Test(arguments: [
    Case("a sync since, or a database from an older dump", .changes(since: 40, allFolders: false)) {
      _, _ in
    },
    Case("tracks were not drawn at the last publish", .changes(since: 40, allFolders: true)) {
      _, state in
      state.isSettled = false
    },
    Case("the number belongs to another sync", .comparison(.otherHistory)) { site, _ in
      site.tokenOfPublished = "other"
    },
    Case("no sync gave the number", .comparison(.otherHistory)) { site, _ in
      site.tokenOfPublished = nil
    },
    Case("the index is behind the database", .comparison(.otherHistory)) { _, state in
      state.seq = 60
    },
    Case("tombstones reach back just far enough", .changes(since: 40, allFolders: false)) {
      site, _ in
      site.tombstonesSince = 40
    },
    Case("tombstones are missing", .comparison(.pruned)) { site, _ in
      site.tombstonesSince = 41
    },
    Case("the site was removed and added", .comparison(.addedAgain)) { _, state in
      state.indexSite = 2
    },
    Case("an index that no sync wrote", .comparison(.noRun)) { site, _ in
      site.runToken = ""
    },
  ])
  func changedSiteTravelsAsNeeded(_ example: Case) throws {
    var (local, published) = (Self.local, Self.published)
    example.change(&local, &published)
    #expect(try SitePlan.make(local, published, adopt: false) == example.plan)
  }

  @Test(arguments: [
    Case("nothing", .unchanged) { _, _ in },
    Case("the name", .changes(since: 50, allFolders: false)) { site, _ in
      site.name = "other"
    },
    Case("the location", .changes(since: 50, allFolders: false)) { site, _ in
      site.url = "file:///x/"
    },
    Case("tracks are not drawn", .changes(since: 50, allFolders: false)) { site, _ in
      site.isSettled = false
    },
  ])
  func siteAtTheSameNumberTravelsOnlyWithOtherChanges(_ example: Case) throws {
    var (local, published) = Self.same
    example.change(&local, &published)
    #expect(try SitePlan.make(local, published, adopt: false) == example.plan)
  }

  @Test func unknownSiteIsPublishedWhole() throws {
    #expect(try SitePlan.make(Self.local, nil, adopt: false) == .first)
  }

  @Test func siteOfAnotherIndexIsRefusedUntilAdopted() throws {
    var published = Self.published
    published.indexID = "other"
    #expect { try SitePlan.make(Self.local, published, adopt: false) } throws: {
      ($0 as? PublishError)?.kind == .conflict
    }
    #expect(try SitePlan.make(Self.local, published, adopt: true) == .comparison(.adopted))
  }
}
