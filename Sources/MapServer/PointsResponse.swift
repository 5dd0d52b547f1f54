import PhotoIndex
import PhotoModel

/// The points of the map as columns of little-endian numbers, which a browser reads in place (typed arrays).
///
/// A header of four-byte words: `GPM2`, the mode (0 photos, 1 folders), the number n of points, the number g of folders;
/// then the total number of photos as f64. After it, photos by folder and file:
///
///     fid f64[n]  folder f64[g]  lon, lat i32[n] each  time u32[n]  altitude, relative altitude f32[n] each
///     end of folder u32[g]  yaw u16[n]  pitch i16[n]  zone i16[n]  marks u8[n]
///
/// or, above ``most`` photos, folders: `id f64[n]  west, south, east, north i32[n] each  count u32[n]`.
///
/// | column | unit | unknown |
/// |---|---|---|
/// | lon, lat, sides of folders | 1e-7 degrees | – |
/// | time | seconds since 1970, plus one; UTC, or local time where UTC is unknown | 0 |
/// | altitude, relative altitude | metres | NaN |
/// | yaw, pitch | 1e-2 degrees | 65535, 32767 |
/// | zone | minutes of local time before UTC; 32766: the time is local | 32767: the time is UTC |
/// | marks | bits 0–2: fix (0 unknown, 1 none, 2 single, 3 float, 4 fixed); 3: the file is gone and the deletion guard keeps the row; 4: the file has a thumbnail | – |
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
        endOfFolder: { answer.columns.end($0) })
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
    private(set) var ids: [Double] = []
    private var folders: [Double] = []
    private var longitudes: [Int32] = []
    private var latitudes: [Int32] = []
    private var times: [UInt32] = []
    private var altitudes: [Float] = []
    private var relativeAltitudes: [Float] = []
    private var ends: [UInt32] = []
    private var yaws: [UInt16] = []
    private var pitches: [Int16] = []
    private var zones: [Int16] = []
    private var marks: [UInt8] = []

    /// Growing an array doubles it; reserved memory costs nothing until it is written.
    mutating func reserve(_ count: Int) {
      ids.reserveCapacity(count)
      longitudes.reserveCapacity(count)
      latitudes.reserveCapacity(count)
      times.reserveCapacity(count)
      altitudes.reserveCapacity(count)
      relativeAltitudes.reserveCapacity(count)
      yaws.reserveCapacity(count)
      pitches.reserveCapacity(count)
      zones.reserveCapacity(count)
      marks.reserveCapacity(count)
    }

    mutating func append(_ place: PhotoPlace) {
      ids.append(Double(place.id))
      longitudes.append(fixed(place.position.longitude))
      latitudes.append(fixed(place.position.latitude))
      // u32 covers 1970 to 2106.
      times.append(place.taken.map { UInt32(clamping: max($0, 0) / 1000 + 1) } ?? 0)
      altitudes.append(place.altitude.map { Float($0) } ?? .nan)
      relativeAltitudes.append(place.relativeAltitude.map { Float($0) } ?? .nan)
      yaws.append(place.yaw.map { UInt16(clamping: Int(($0 * 100).rounded()) % 36_000) } ?? .max)
      pitches.append(place.pitch.map { Int16(clamping: Int(($0 * 100).rounded())) } ?? .max)
      zones.append(PointsResponse.zone(utc: place.takenAt, local: place.takenLocal))
      marks.append(place.fixMark | (place.isGone ? 8 : 0) | (place.hasThumbnail ? 16 : 0))
    }

    mutating func end(_ folder: Int64) {
      folders.append(Double(folder))
      ends.append(UInt32(clamping: ids.count))
    }

    var bytes: [UInt8] {
      var out = header(mode: 0, ids.count, ends.count, ids.count)
      out.reserveCapacity(out.count + ids.count * 35 + ends.count * 12)
      for column in [ids, folders] {
        for value in column { out.append(littleEndian: value.bitPattern) }
      }
      for column in [longitudes, latitudes] {
        for value in column { out.append(littleEndian: value) }
      }
      for time in times { out.append(littleEndian: time) }
      for column in [altitudes, relativeAltitudes] {
        for value in column { out.append(littleEndian: value.bitPattern) }
      }
      for end in ends { out.append(littleEndian: end) }
      for yaw in yaws { out.append(littleEndian: yaw) }
      for column in [pitches, zones] { for value in column { out.append(littleEndian: value) } }
      return out + marks
    }
  }
}

extension PointsResponse {
  /// Both times in milliseconds; see the table above.
  static func zone(utc: Int64?, local: Int64?) -> Int16 {
    guard let local else { return .max }
    guard let utc else { return .max - 1 }
    let (difference, overflows) = local.subtractingReportingOverflow(utc)
    let minutes = (Double(difference) / 60_000).rounded()
    // Zones reach from UTC-12 to UTC+14; more is the error of a clock.
    return overflows || abs(minutes) > 1440 ? .max - 1 : Int16(minutes)
  }
}

extension PhotoPlace {
  /// See ``PointsResponse``.
  fileprivate var fixMark: UInt8 {
    guard let fix else { return 0 }
    return switch fix {
    case .none: 1
    case .single: 2
    case .float: 3
    case .fixed: 4
    }
  }
}

private func header(mode: UInt32, _ count: Int, _ folders: Int, _ matched: Int) -> [UInt8] {
  var out = Array("GPM2".utf8)
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
