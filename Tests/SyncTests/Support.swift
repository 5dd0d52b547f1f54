import PhotoIndex
import PhotoModel

/// Every row of an index, whatever its outcome, by the photo's path.
func rowsByPath(_ index: String) throws -> [String: PhotoRow] {
  var rows: [String: PhotoRow] = [:]
  var filter = PhotoFilter()
  filter.which = .all
  _ = try IndexReader(path: index).photos(filter) { rows[$0.path] = $0 }
  return rows
}
