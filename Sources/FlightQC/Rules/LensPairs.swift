/// Pictures that several lenses took with one press of the shutter.
struct LensPairs {
  private(set) var incomplete: [(photo: FlightPhoto, missing: String)] = []
  /// Photos whose partner has an altitude that differs, and by how many metres.
  private(set) var apart: [(photo: FlightPhoto, metres: Double)] = []

  private struct Capture {
    var photos: [String: FlightPhoto] = [:]
    var time: Double
  }

  /// - Parameters:
  ///   - tracks: of one camera that fly at the same time, each with another lens.
  ///   - share: percent of captures that a lens must have to be expected.
  init(_ tracks: [Track], share: Double, apart limit: Double) {
    var captures: [Capture] = []
    var byNumber: [Int: [Int]] = [:]
    var byID: [String: Int] = [:]
    var lenses: [String] = []
    for track in tracks {
      let lens = track.all.first?.imageSource ?? "main lens"
      lenses.append(lens)
      for (number, photo) in track.all.enumerated() {
        let seconds = track.allTimes[number]
        var place: Int?
        if let id = photo.captureID {
          place = byID[id]
        } else if let number = track.numbers[number] {
          place = byNumber[number]?.first {
            captures[$0].photos[lens] == nil
              && (seconds.isNaN || captures[$0].time.isNaN
                || abs(captures[$0].time - seconds) <= 1.5)
          }
        }
        if let place {
          captures[place].photos[lens] = photo
          continue
        }
        if let id = photo.captureID { byID[id] = captures.count }
        if let number = track.numbers[number] {
          byNumber[number, default: []].append(captures.count)
        }
        captures.append(Capture(photos: [lens: photo], time: seconds))
      }
    }
    for lens in lenses {
      let have = captures.count { $0.photos[lens] != nil }
      guard 100 * Double(have) >= share * Double(captures.count), have < captures.count else {
        continue
      }
      for capture in captures where capture.photos[lens] == nil {
        if let photo = lenses.lazy.compactMap({ capture.photos[$0] }).first {
          incomplete.append((photo, lens))
        }
      }
    }
    for capture in captures where capture.photos.count > 1 {
      let altitudes = capture.photos.values.compactMap(\.altitude)
      guard let low = altitudes.min(), let high = altitudes.max(), high - low > limit,
        let photo = lenses.lazy.compactMap({ capture.photos[$0] }).first
      else { continue }
      apart.append((photo, high - low))
    }
  }
}
