import PhotoIndex
import PhotoModel

/// The points of the map as columns of little-endian numbers, which a browser reads in place (typed arrays).
///
/// A header of four-byte words: `GPM1`, the mode (0 photos, 1 folders), the number n of points, the number g of folders;
/// then the total number of photos as f64. After it, photos by folder and file:
///
///     fid f64[n]  lon i32[n]  lat i32[n]  time u32[n]  end of folder u32[g]  yaw u16[n]
///
/// or, above ``most`` photos, folders: `id f64[n]  west, south, east, north i32[n] each  count u32[n]`.
/// Degrees are in units of 1e-7, times in seconds since 1970 plus one (0 is unknown), yaw in hundredths of a degree (65535 is
/// unknown).
struct PointsResponse {
  /// Above this number of photos the map shows totals of folders.
  static let most = 250_000

  private var columns = Columns()

  /// - Parameter most: see ``most``.
  static func bytes(_ filter: PhotoFilter, _ reader: IndexReader, most: Int = most) throws
    -> [UInt8]
  {
    try reader.reading {
      // The upper bound from the counters first: it is free and mostly sufficient.
      let atMost = min(try reader.atMost(filter), filter.limit ?? .max)
      // Photos without a position are not on the map.
      if filter.which == .missing { return PointsResponse().columns.bytes }
      if atMost > most, try reader.count(filter) > most {
        var filter = filter
        filter.limit = nil
        return folders(try reader.folders(filter))
      }
      var answer = PointsResponse()
      answer.columns.reserve(min(atMost, most))
      try reader.places(
        filter, each: { answer.columns.append($0) },
        endOfFolder: { answer.columns.ends.append(UInt32(clamping: answer.columns.ids.count)) })
      return answer.columns.bytes
    }
  }

  static func folders(_ rows: [FolderRow]) -> [UInt8] {
    let rows = rows.filter { $0.extent != nil }
    var out = header(mode: 1, rows.count, 0, rows.reduce(0) { $0 + $1.located })
    for row in rows { out.append(littleEndian: Double(row.id).bitPattern) }
    let sides: [KeyPath<BoundingBox, Double>] = [\.west, \.south, \.east, \.north]
    for side in sides {
      for row in rows { out.append(littleEndian: row.extent.map { fixed($0[keyPath: side]) } ?? 0) }
    }
    for row in rows { out.append(littleEndian: UInt32(clamping: row.located)) }
    return out
  }

  private struct Columns {
    var ids: [Double] = []
    var longitudes: [Int32] = []
    var latitudes: [Int32] = []
    var times: [UInt32] = []
    var ends: [UInt32] = []
    var yaws: [UInt16] = []

    /// Growing an array doubles it; reserved memory costs nothing until it is written.
    mutating func reserve(_ count: Int) {
      ids.reserveCapacity(count)
      longitudes.reserveCapacity(count)
      latitudes.reserveCapacity(count)
      times.reserveCapacity(count)
      yaws.reserveCapacity(count)
    }

    mutating func append(_ place: PhotoPlace) {
      ids.append(Double(place.id))
      longitudes.append(fixed(place.position.longitude))
      latitudes.append(fixed(place.position.latitude))
      // u32 covers 1970 to 2106.
      times.append(place.taken.map { UInt32(clamping: max($0, 0) / 1000 + 1) } ?? 0)
      yaws.append(place.yaw.map { UInt16(clamping: Int(($0 * 100).rounded()) % 36_000) } ?? .max)
    }

    var bytes: [UInt8] {
      var out = header(mode: 0, ids.count, ends.count, ids.count)
      out.reserveCapacity(out.count + ids.count * 22 + ends.count * 4)
      for id in ids { out.append(littleEndian: id.bitPattern) }
      for column in [longitudes, latitudes] {
        for value in column { out.append(littleEndian: value) }
      }
      for column in [times, ends] { for value in column { out.append(littleEndian: value) } }
      for yaw in yaws { out.append(littleEndian: yaw) }
      return out
    }
  }
}

private func header(mode: UInt32, _ count: Int, _ folders: Int, _ matched: Int) -> [UInt8] {
  var out = Array("GPM1".utf8)
  for word in [mode, UInt32(clamping: count), UInt32(clamping: folders)] {
    out.append(littleEndian: word)
  }
  out.append(littleEndian: Double(matched).bitPattern)
  return out
}

/// Units of 1e-7 degrees. Invalid values of a foreign index are clamped.
private func fixed(_ degrees: Double) -> Int32 {
  degrees.isFinite ? Int32(max(-180, min(180, degrees)) * 1e7) : 0
}

extension [UInt8] {
  fileprivate mutating func append(littleEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
