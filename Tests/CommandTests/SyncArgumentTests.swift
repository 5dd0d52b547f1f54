import ArgumentParser
import Foundation
import GeoFormats
import PhotoIndex
import PhotoModel
import Sync
import Testing

@testable import gpsindex

@Suite final class SyncArgumentTests {
  let shop: Workshop
  init() throws { shop = try Workshop(filled: false) }

  private let settings = Settings(ConfigFile(path: "/nowhere"), environment: { _ in nil })

  private func resolve(_ words: [String], keepsNew: Bool = true) throws -> [SiteRecord] {
    try SyncTargets.resolve(
      words, ssh: try SSHOptions.parse([]), settings: settings, indexPath: shop.index,
      keepsNew: keepsNew
    ).targets
  }

  @Test func addsAFolderAsASiteOnce() throws {
    let photos = shop.path("photos")
    try FileManager.default.createDirectory(atPath: photos, withIntermediateDirectories: true)
    let first = try resolve([photos])
    #expect(first.map(\.name) == ["photos"] && first.map(\.location) == [photos])
    #expect(try resolve([photos, "photos", photos + "/."]) == first)
    #expect(try resolve([]) == first)
    let other = shop.path("other/photos")
    try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
    #expect(try resolve([other]).map(\.name) == ["photos-2"])
    #expect(try resolve([]).count == 2)
  }

  @Test func dryRunStoresNoSite() throws {
    #expect(try resolve(["host:x/flights"], keepsNew: false).map(\.name) == ["flights"])
    #expect(!FileManager.default.fileExists(atPath: shop.index))
  }

  @Test func refusesToSyncWithoutSites() throws {
    let result = try shop.run("sync")
    #expect(result.status == 66 && result.errors.contains("site add"))
  }

  @Test func optionsOverrideStoredSettings() throws {
    let writer = try IndexWriter(path: shop.index)
    try writer.addSite(
      SiteRecord(
        name: "nas", location: "nas:x",
        settings: SiteSettings(timeoutSeconds: 5, connections: 3)))
    let ssh = try SSHOptions.parse(["--timeout", "60", "--accept-new"])
    let site = try #require(
      try SyncTargets.resolve(
        ["nas"], ssh: ssh, settings: settings, indexPath: shop.index, keepsNew: true
      )
      .targets.first)
    #expect(site.settings.connections == 3)
    #expect(site.settings.timeoutSeconds == 60 && site.settings.acceptNew == true)
    #expect(try writer.site(named: "nas").settings.timeoutSeconds == 5)
  }

  private var summary: SiteSummary {
    var summary = SiteSummary(
      finishedAt: 0, complete: true, seconds: 1.25, roundTripMilliseconds: 50.5, connections: 2)
    summary.listed = 10
    summary.new = 3
    summary.changed = 2
    summary.moved = 1
    summary.removed = 4
    summary.located = 7
    summary.withoutPosition = 2
    summary.failed = 1
    summary.reasons = ["damaged": 1, "no-gps": 2]
    summary.skipped.others = ["txt": 2, "pdf": 3]
    summary.skipped.links = 1
    summary.mostFlights = 3
    summary.filesOpened = 5
    summary.dataRequests = 6
    summary.bytesReceived = 1_234_567
    summary.bytesSent = 89
    return summary
  }

  @Test func summaryHasItsMembersInOrder() {
    var json = JSONText()
    SyncSummaryText.write(summary, site: "nas", to: &json)
    #expect(
      json.text
        == #"{"site":"nas","listed":10,"unchanged":4,"new":3,"changed":2,"moved":1,"removed":4,"kept":0,"#
        + #""located":7,"without_position":2,"failed":1,"reasons":{"no-gps":2,"damaged":1},"#
        + #""skipped":{"folders":{},"files":{},"excluded":{},"unsupported":{},"#
        + #""others":{"pdf":3,"txt":2},"links":1,"special":0},"files_opened":5,"data_requests":6,"#
        + #""most_flights":3,"bytes_received":1234567,"bytes_sent":89,"#
        + #""connections":2,"round_trip_ms":50.5,"seconds":1.25}"#)
  }

  @Test func combinesExitCodesOfSeveralSites() {
    let clean = SyncSummary()
    var failed = SyncSummary()
    failed.failed = 1
    var cut = SyncSummary()
    cut.incompleteFolders = 1
    var guarded = SyncSummary()
    guarded.kept = 30
    var noPosition = SyncSummary()
    noPosition.withoutPosition = 5
    for (summaries, status) in [
      ([clean, noPosition], ExitStatus.ok), ([failed, clean], .incomplete),
      ([cut], .incomplete), ([guarded], .incomplete), ([], .ok),
    ] {
      var outcome = SyncOutcome()
      for summary in summaries { outcome.add(summary) }
      #expect(outcome.status == status)
    }
    var outcome = SyncOutcome()
    outcome.add(cut)
    outcome.add(CommandFailure(.unreachable, "a"))
    outcome.add(CommandFailure(.refused, "b"))
    outcome.add(cut)
    #expect(outcome.status == .unreachable)
    // A host key in doubt is more urgent than a server that is down.
    outcome.add(CommandFailure(.hostKey, "c"))
    outcome.add(CommandFailure(.unreachable, "d"))
    #expect(outcome.status == .hostKey)
  }
}
