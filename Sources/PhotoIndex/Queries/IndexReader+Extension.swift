import SQLite

extension IndexReader {
  /// Whether the site has a row, located or not, of a file with this extension.
  ///
  /// - Parameter ending: letters and digits without the dot; the case of letters does not matter.
  public func hasFile(withExtension ending: String, site: Int64) throws(IndexError) -> Bool {
    try guarded(path) {
      let row = try connection.prepare(
        """
        SELECT EXISTS (SELECT 1 FROM folders f CROSS JOIN photos p ON p.folder_id = f.id
          WHERE f.site_id = ? AND p.file LIKE '%.' || ?) AS has_any
        """)
      row.bind(site, ending)
      _ = try row.step()
      return row.integer("has_any") != 0
    }
  }
}
