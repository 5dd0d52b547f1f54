package import PhotoModel

/// More photos than a page can show.
package struct TooManyPhotos: Error {
  package let most: Int
}

/// What is known of the photos of a page before it is written: flights, numbers, and for which photos there is room for a
/// picture. Rows come in the order in which they are written.
package struct SharePlan: Sendable {
  /// A page with more photos is slow in browsers, and its flights take memory here.
  package static let most = 100_000

  package struct Flight: Sendable, Equatable {
    package var site: String
    /// Below the site's root.
    package var folder: String
    package var located = 0
    package var withoutPosition = 0

    /// The last two names of the folder.
    package var label: String {
      folder.split(separator: "/").suffix(2).joined(separator: "/")
    }
  }

  package private(set) var flights: [Flight] = []
  package private(set) var located = 0
  package private(set) var withoutPosition = 0
  /// Located photos whose files contain a thumbnail.
  package private(set) var withThumbnail = 0
  /// Of these.
  private var thumbnailBytes: Int64 = 0
  /// The first and the last time: the camera's clock where it is known.
  package private(set) var first: String?
  package private(set) var last: String?
  private var numbers: [ExactText: Int] = [:]

  package init() {}

  package mutating func add(_ row: PhotoRow) throws {
    guard located + withoutPosition < Self.most else { throw TooManyPhotos(most: Self.most) }
    let key = ExactText("\(row.site)\u{0}\(row.folder)")
    let number = numbers[key] ?? flights.count
    if number == flights.count {
      numbers[key] = number
      flights.append(Flight(site: row.site, folder: row.folder))
    }
    guard row.record.position?.isValid ?? false else {
      flights[number].withoutPosition += 1
      withoutPosition += 1
      return
    }
    flights[number].located += 1
    located += 1
    if row.hasThumbnail, let length = row.record.thumbnail?.length {
      withThumbnail += 1
      thumbnailBytes += length
    }
    if let time = row.record.takenLocal ?? row.record.takenText {
      first = min(first ?? time, time)
      last = max(last ?? time, time)
    }
  }

  /// The number of the flight of a photo that was added.
  package func flight(of row: PhotoRow) -> Int {
    numbers[ExactText("\(row.site)\u{0}\(row.folder)")] ?? 0
  }

  /// How many thumbnails have room.
  /// - Parameter room: bytes for all of them as they are written; - inflation: bytes written for one of a thumbnail.
  package func thumbnails(in room: Int64, inflation: Double) -> Int {
    guard thumbnailBytes > 0, room > 0 else { return 0 }
    let share = Double(room) / (Double(thumbnailBytes) * inflation)
    return share >= 1 ? withThumbnail : Int(Double(withThumbnail) * share)
  }

  /// `2024-04-02 09:00 – 09:11`, empty without any time.
  package var span: String {
    guard let first, let last else { return "" }
    let (from, to) = (first.prefix(16), last.prefix(16))
    let start = "\(from.prefix(10)) \(from.dropFirst(11))"
    if from == to { return start }
    return from.prefix(10) == to.prefix(10)
      ? "\(start) – \(to.dropFirst(11))" : "\(from.prefix(10)) – \(to.prefix(10))"
  }
}

/// Chooses some of many things evenly, in their order.
struct EvenChoice {
  let chosen: Int
  let of: Int
  private var place = 0

  init(_ chosen: Int, of: Int) {
    self.chosen = chosen
    self.of = of
  }

  /// Whether the next thing is one of the chosen.
  mutating func next() -> Bool {
    guard place < of else { return false }
    defer { place += 1 }
    return (place + 1) * chosen / of > place * chosen / of
  }
}
