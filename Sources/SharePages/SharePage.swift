package import PhotoModel

/// What a page says beside its photos.
package struct ShareOptions: Sendable {
  /// The heading.
  package var title = ""
  package var hasThumbnails = false
  /// Bytes that the file should not exceed: pictures are left out above it, photos never.
  package var largest: Int64 = 25_000_000
  /// Also the names of sites, whole folders, URLs and serial numbers.
  package var hasPaths = false
  /// Of this program.
  package var version = ""

  package init() {}
}

/// The picture of a photo.
package enum SharePicture: Sendable, Equatable {
  /// A JPEG.
  case jpeg([UInt8])
  /// The file contains none.
  case none
  /// It could not be read.
  case failed
}

/// Reads the thumbnail of a photo.
package typealias PictureSource = (PhotoRow) throws -> SharePicture

/// Numbers of a page that was written.
package struct ShareSummary: Sendable, Equatable {
  package var located = 0
  package var withoutPosition = 0
  /// Pictures in the page; those for which it had no room; those that could not be read; photos that contain none.
  package var pictures = 0
  package var leftOut = 0
  package var failed = 0
  package var withoutPicture = 0

  package init() {}
}

/// A file for clients. Order of calls: `begin`, `write` for the rows of the plan in their order (located photos, then those
/// without a position), `end`. Not a ``RowWriter``: it asks for pictures.
package protocol SharePage {
  mutating func begin() throws
  mutating func write(_ row: PhotoRow) throws
  mutating func end() throws
  var summary: ShareSummary { get }
}

/// Decides for each located photo whether its picture has room; asked in the order of the rows.
package struct PictureChoice {
  private var choice: EvenChoice
  private var room: Int64
  private let hasThumbnails: Bool

  fileprivate init(
    _ plan: SharePlan, room: Int64, inflation: Double, most: Int, _ options: ShareOptions
  ) {
    let count = min(most, plan.thumbnails(in: room, inflation: inflation))
    choice = EvenChoice(count, of: plan.withThumbnail)
    self.room = room
    hasThumbnails = options.hasThumbnails
  }

  package mutating func isChosen(_ row: PhotoRow) -> Bool {
    row.hasThumbnail && hasThumbnails && choice.next()
  }

  /// - Parameter size: bytes written for a thumbnail of so many.
  /// - Returns: nil: it has no room.
  mutating func picture(
    of row: PhotoRow, size: (Int) -> Int, _ source: PictureSource
  ) throws -> SharePicture? {
    guard row.hasThumbnail else { return SharePicture.none }
    guard isChosen(row) else { return nil }
    let picture = try source(row)
    guard case .jpeg(let bytes) = picture else { return picture }
    // Another file may have longer pictures than the index says.
    let written = Int64(size(bytes.count))
    guard written <= room else { return nil }
    room -= written
    return picture
  }
}

extension SharePlan {
  package enum Kind: Sendable { case html, kmz }

  /// For which photos a page has pictures.
  package func choice(_ kind: Kind, _ options: ShareOptions) -> PictureChoice {
    let photos = Int64(located + withoutPosition)
    switch kind {
    case .html:
      let room = options.largest - PageModules.size - photos * HTMLPage.rowSize
      // Four letters for three bytes, and the element around them.
      return PictureChoice(self, room: room, inflation: 4 / 3 + 0.005, most: .max, options)
    case .kmz:
      let room = min(options.largest, ZipWriter.largest) - photos * KMZPage.rowSize
      return PictureChoice(self, room: room, inflation: 1.02, most: ZipWriter.mostFiles, options)
    }
  }
}

extension PhotoRow {
  /// Of a sensible length.
  var hasThumbnail: Bool {
    guard let length = record.thumbnail?.length else { return false }
    return (1...PictureKind.thumbnail.longest).contains(length)
  }
}

extension ShareSummary {
  mutating func count(_ picture: SharePicture?) {
    switch picture {
    case .jpeg: pictures += 1
    case SharePicture.none?: withoutPicture += 1
    case .failed: failed += 1
    case nil: leftOut += 1
    }
  }
}
