import PhotoModel
import TestSupport
import Testing

@testable import PhotoIndex

/// The half of a row of the decision table that is about queries.
@Suite struct DecisionRowTests {
  /// Photos at both names of the antimeridian and at the poles are in every box whose edge touches them.
  @Test(arguments: [
    (BoundingBox(west: 170, south: -10, east: 180, north: 10), ["east", "west"]),
    (BoundingBox(west: -180, south: -10, east: -170, north: 10), ["east", "west"]),
    (BoundingBox(west: 179, south: -10, east: -179, north: 10), ["east", "west"]),
    (BoundingBox(west: 180, south: 0, east: 180, north: 0), ["east", "west"]),
    (BoundingBox(west: -180, south: 0, east: -180, north: 0), ["east", "west"]),
    (BoundingBox(west: 0, south: 90, east: 20, north: 90), ["north"]),
    (BoundingBox(west: 10, south: -90, east: 10, north: -90), ["south"]),
    (BoundingBox(west: -179.9, south: -90, east: 179.9, north: 90), ["north", "south"]),
  ])
  func row18_edgesOfTheGlobe(_ box: BoundingBox, _ names: [String]) throws {
    let folder = try TemporaryFolder()
    let writer = try IndexWriter(path: folder.index)
    let site = try writer.addSite(SiteRecord(name: "edges", location: "/e")).id
    try writer.apply(
      changes(site, "f") { changes in
        changes.inserts = [
          photo("east", located(0, 180)), photo("west", located(0, -180)),
          photo("north", located(90, 10)), photo("south", located(-90, 10)),
        ]
      })
    let reader = try IndexReader(path: folder.index)
    let found = try reader.all(PhotoFilter.with { $0.box = box }).map(\.file)
    #expect(found.sorted() == names)
  }
}
