import Platform
public import PhotoModel
import SQLite

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

extension IndexReader {
  /// Writes the whole index as one GeoPackage file without side files, while syncs go on; for
  /// programs that keep a layer open. `target` is written atomically and replaced when it exists.
  public func snapshot(to target: String) throws(IndexError) {
    try replacing(target) { temporary in
      // The copy is written through this connection, which otherwise may not write.
      try connection.execute("PRAGMA query_only = OFF")
      defer { if ownsConnection { try? connection.execute("PRAGMA query_only = ON") } }
      try connection.vacuum(intoNew: temporary)
      // Whoever reads changes by their numbers must not take the copy for this index.
      let copy = try Connection(path: temporary, mode: .readWrite)
      let rename = try copy.prepare("UPDATE index_state SET identity = ?")
      rename.bind(RandomToken.make())
      try rename.run()
    }
  }

  /// Writes the photos that pass the filter, with their folders and sites, as a GeoPackage of the same schema; see
  /// ``snapshot(to:)``.
  ///
  /// - Parameters:
  ///   - isIncluded: decides about each photo that passes.
  ///   - layers: adds features to layers of flight checks; without it there are none.
  /// - Returns: the number of photos.
  @discardableResult
  public func export(
    _ filter: PhotoFilter, to target: String, where isIncluded: (PhotoRow) -> Bool = { _ in true },
    layers: ((ReportLayers) throws -> Void)? = nil
  ) throws(IndexError) -> Int {
    let sites = try sites()
    return try replacing(target) { temporary in
      let writer = try IndexWriter(path: temporary)
      // Texts as keys would take é as one code point and as two for the same site.
      var ids: [[UInt8]: Int64] = [:]
      for site in sites
      where filter.sites.isEmpty || filter.sites.contains(where: site.name.hasSameBytes) {
        ids[Array(site.name.utf8)] = try writer.addSite(
          SiteRecord(name: site.name, location: site.location)
        ).id
      }
      var changes = FolderChanges(site: 0, folder: .empty)
      var count = 0
      try photos(filter) { row in
        guard let site = ids[Array(row.site.utf8)], isIncluded(row) else { return }
        count += 1
        let folder = PathBytes(text: row.folder)
        if changes.site != site || changes.folder != folder || changes.inserts.count >= 1000 {
          try writer.apply(changes)
          changes = FolderChanges(site: site, folder: folder)
        }
        let file = ListedFile(
          name: PathBytes(text: row.file), size: row.size, mtime: row.mtime)
        // Not a state a sync could trust: it would read the photo again.
        changes.inserts.append(
          PhotoChange(file: file, record: row.record, racy: true, parserVersion: 0))
      }
      try writer.apply(changes)
      try writer.drawTracks()
      if let layers {
        let report = try ReportLayers(writer.connection, path: target)
        try layers(report)
        try report.finish()
      }
      try writer.connection.execute("PRAGMA journal_mode = DELETE")
      return count
    }
  }

  /// Lets `write` make a file in the folder of `target`, then renames it to `target` (atomic write).
  private func replacing<R>(_ target: String, _ write: (String) throws -> R) throws(IndexError) -> R
  {
    try guarded(target) {
      if IndexFile.isSame(target, path) {
        throw IndexError(
          .invalid, "\(target) is the index itself", advice: "another name for the copy")
      }
      // The file behind a link is replaced, not the link.
      let target = FilePath.resolved(target) ?? target
      let temporary = AtomicFile.temporaryName(for: target)
      unlink(temporary)
      do {
        let result = try write(temporary)
        let file = open(temporary, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw IndexError.system(errno, "\(temporary) cannot be read") }
        defer { close(file) }
        guard fsync(file) == 0 else {
          throw IndexError.system(errno, "the file \(temporary) cannot be written")
        }
        // The mode of a new file, not that of an index.
        let mask = umask(0o077)
        umask(mask)
        fchmod(file, 0o666 & ~mask)
        do throws(SystemError) {
          try AtomicFile.replace(target, by: temporary)
        } catch {
          throw IndexError.system(error.code, "the file \(target) cannot be replaced")
        }
        return result
      } catch {
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(temporary + suffix) }
        throw error
      }
    }
  }

}
