internal import PhotoIndex
internal import PhotoModel

/// Compares a site's rows in the index and in the database, folder by folder.
struct SiteComparison {
  let reader: IndexReader
  let session: DatabaseSession
  /// The table, with its schema.
  let photos: String

  private struct Sum: Equatable {
    var rows: Int64 = 0
    var hashes: Int128 = 0
  }

  /// Folders whose rows differ, in the order of their bytes.
  func folders(of site: Int64, published number: Int32) throws -> [String] {
    var sums = try local(site)
    var differing: [ExactText] = []
    try session.rows(
      "SELECT folder, count(*), sum(row_hash) FROM \(photos) WHERE site = \(number) GROUP BY folder"
    ) { rows in
      guard let folder = rows.text(0, 0) else { return }
      let published = Sum(
        rows: rows.integer(0, 1) ?? 0, hashes: rows.text(0, 2).flatMap { Int128($0) } ?? 0)
      let key = ExactText(folder)
      if sums.removeValue(forKey: key) != published { differing.append(key) }
    }
    differing += sums.keys
    return differing.map(\.text).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private func local(_ site: Int64) throws -> [ExactText: Sum] {
    var sums: [ExactText: Sum] = [:]
    let out = unsafe CopyEncoder { _ in }
    let encoder = PhotoEncoder(site: 0)
    var folder: [UInt8] = []
    var sum = Sum()
    func keep() {
      if sum.rows == 0 { return }
      let key = ExactText(String(decoding: folder, as: UTF8.self))
      sums[key, default: Sum()].rows += sum.rows
      sums[key, default: Sum()].hashes += sum.hashes
      sum = Sum()
    }
    try reader.rawPhotos(of: site, .all) { row in
      let isSame = unsafe row.withFolder { unsafe $0.elementsEqual(folder) }
      if !isSame {
        keep()
        folder = unsafe row.withFolder { unsafe Array($0) }
      }
      sum.rows += 1
      sum.hashes += Int128(try encoder.encode(row, into: out))
    }
    keep()
    return sums
  }

  /// Rows whose columns do not have the hash that was stored with them.
  func edited(_ number: Int32) throws -> Int {
    let names = PhotoEncoder.names
    var stream = CopyDecoder(fields: names)
    try unsafe session.copyOut(
      "COPY (SELECT \(names.joined(separator: ", ")) FROM \(photos) WHERE site = \(number)) TO STDOUT (FORMAT binary)"
    ) { unsafe stream.take($0) }
    return stream.wrong
  }
}
