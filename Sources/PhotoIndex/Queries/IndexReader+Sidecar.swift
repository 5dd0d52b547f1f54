package import PhotoModel
import SQLite

extension IndexReader {
  /// The photos of ``photos(_:detail:each:)``, each with the sidecar file that its row was made with.
  @discardableResult
  package func photosWithSidecars(
    _ filter: PhotoFilter, each: (PhotoRow, ListedFile?) throws -> Void
  ) throws -> Int {
    try reading {
      let hasAny: Bool = try guarded(path) {
        let any = try connection.prepare("SELECT EXISTS (SELECT 1 FROM sidecars) AS has_any")
        return try any.step() && any.integer("has_any") != 0
      }
      return try photos(filter, detail: .shown) { row in
        let sidecar: ListedFile? =
          hasAny ? try guarded(path) { try Sidecars.of(row.id, connection) } : nil
        try each(row, sidecar)
      }
    }
  }
}
