public import PhotoModel

/// Where a photo's file keeps its metadata.
public struct LayoutUsage: Sendable, Equatable {
  let ranges: [Range<Int64>]
  /// Bytes that mattered of what stands right behind the Exif segment.
  let afterExif: Int64?
}

/// Remembers per folder, and over all folders, which ranges photos turned out to need, so that
/// the next photo of the same camera takes one flight and no byte too many. Memory is bounded.
public struct LayoutMemory: Sendable {
  private static let maxFolders = 1024

  private var folders: [PathBytes: Layout] = [:]
  /// Folders in the order in which they came; the oldest is forgotten first.
  private var order: [PathBytes] = []
  private var overall = Layout()
  /// Of the folder of the last photo, at hand; not among ``folders``.
  private var latest: (folder: PathBytes, layout: Layout)?

  /// Knows nothing yet.
  public init() {}

  /// The layout of the folder's latest photos; for a folder without any, of all photos so far.
  public func hint(for folder: PathBytes) -> ReadHint {
    if let latest, latest.folder == folder { return latest.layout.hint }
    return (folders[folder] ?? overall).hint
  }

  /// Takes over what one finished photo needed; failed photos and other formats teach nothing.
  ///
  /// - Parameter usage: see ``MetadataReader/usage``.
  public mutating func learn(folder: PathBytes, from usage: LayoutUsage?) {
    guard let usage else { return }
    let ranges = usage.ranges.merged(gap: 256)
    overall.learn(ranges, usage.afterExif)
    if latest?.folder != folder { bring(folder) }
    latest?.layout.learn(ranges, usage.afterExif)
  }

  private mutating func bring(_ folder: PathBytes) {
    if let latest { folders[latest.folder] = latest.layout }
    latest = nil
    if let known = folders.removeValue(forKey: folder) {
      latest = (folder, known)
      return
    }
    if order.count >= Self.maxFolders { folders[order.removeFirst()] = nil }
    order.append(folder)
    latest = (folder, Layout())
  }

  private struct Layout: Sendable {
    /// A range that photos need, wide enough for all of the latest ones.
    struct Place: Sendable {
      var range: Range<Int64>
      /// Photos in a row that did not need it.
      var unused = 0
      /// More than one photo needed it.
      var isConfirmed = false
      /// Rises when a photo needs other bytes here, falls when it does not.
      var surprises = 0
    }

    private static let maxPlaces = 8
    /// Starts this far apart are the same place: Exif segments differ by their thumbnails.
    private static let sway: Int64 = 2048

    private var places: [Place] = []
    /// Places that only one photo needed, less those that a second one did: what follows thumbnails of any length
    /// stands elsewhere in each photo, and is not to be guessed.
    private var disappointments = 0
    private var afterExif: [Int64] = []

    var hint: ReadHint {
      if places.isEmpty { return .initial }
      let trusted = places.filter { $0.surprises < 2 && ($0.isConfirmed || disappointments == 0) }
      var ranges = trusted.map {
        // A little more, for a text that is longer by some letters.
        $0.range.lowerBound..<(($0.range.upperBound + 95) / 64 * 64)
      }
      // No photo goes without its head.
      if !ranges.contains(where: { $0.lowerBound == 0 }) { ranges += ReadHint.initial.ranges }
      let after = afterExif.max().map { ($0 + 127) / 64 * 64 }
      return ReadHint(
        ranges: ranges.merged(gap: 0), afterExif: after ?? ReadHint.initial.afterExif)
    }

    mutating func learn(_ ranges: [Range<Int64>], _ after: Int64?) {
      for i in places.indices { places[i].unused += 1 }
      for range in ranges.prefix(Self.maxPlaces) { learn(range) }
      let lost = places.count { $0.unused == 1 && !$0.isConfirmed }
      disappointments = min(disappointments + lost, 4)
      places.removeAll { $0.unused > 2 }
      let isSorted = places.indices.dropFirst().allSatisfy {
        places[$0 - 1].range.lowerBound <= places[$0].range.lowerBound
      }
      if !isSorted { places.sort { $0.range.lowerBound < $1.range.lowerBound } }
      if let after {
        afterExif.append(after)
        if afterExif.count > 4 { afterExif.removeFirst() }
      }
    }

    private mutating func learn(_ range: Range<Int64>) {
      let same = places.indices.first {
        abs(places[$0].range.lowerBound - range.lowerBound) <= Self.sway
          || places[$0].range.overlaps(range)
      }
      guard let i = same else {
        if places.count < Self.maxPlaces { places.append(Place(range: range)) }
        return
      }
      let old = places[i].range
      let lower = min(old.lowerBound, range.lowerBound)
      let upper = max(old.upperBound, range.upperBound)
      let isCovered = lower == old.lowerBound && upper == old.upperBound
      places[i].surprises = isCovered ? max(0, places[i].surprises - 1) : places[i].surprises + 1
      places[i].unused = 0
      if !places[i].isConfirmed { disappointments = max(0, disappointments - 1) }
      places[i].isConfirmed = true
      // Too wide to be one place: begin anew with the latest.
      let tooWide = upper - lower > (range.upperBound - range.lowerBound) + 2 * Self.sway
      places[i].range = tooWide ? range : lower..<upper
    }
  }
}
