import PhotoModel

/// One flight with one lens, in the plane around its first photo; what lines, overlaps and rules are computed from.
struct Track {
  /// Those with a position, in order.
  var photos: [FlightPhoto] = []
  /// Those without a position, too.
  var all: [FlightPhoto]
  /// Of ``all``.
  var numbers: [Int?]
  /// Of ``all``, seconds; NaN when unknown.
  var allTimes: [Double]
  /// Place of each of ``photos`` in ``all``.
  var places: [Int] = []
  /// Seconds; NaN when unknown.
  var times: [Double] = []
  var plane: LocalPlane
  var points: [Ground] = []
  /// Metres above the ground.
  var heights: [Double] = []
  var axes: [CameraAxes?] = []
  /// In the plane, counter-clockwise, not closed.
  var footprints: [Footprint?] = []
  var faults: [FootprintFault?] = []
  /// Positions that belong to no line.
  var isStray: [Bool] = []
  /// Times have no fractions: they are up to a second off.
  var hasWholeSeconds = true
  /// Nadir is assumed, because the drone wrote no attitude.
  var assumesNadir = false
  var kind = FlightKind.other
  /// Places of photos that are no strays.
  var usable: [Int] = []
  /// Median distance of consecutive usable photos, metres.
  var spacing = 0.0
  var lines: [FlightLine] = []
  /// Of surveys: the grid with the longest way first.
  var grids: [RowGrid] = []
  /// Of the usable photos, what lines are found in: on the ground, or along a wall and upwards.
  var linePoints: [Ground] = []
  /// Of facades.
  var walls: [WallView] = []

  init?(_ flight: FlightMembers, _ given: [FlightPhoto], _ settings: FlightCheck) {
    // In most folders photos come in their order: the array is shared then, not copied.
    let isWhole = flight.indices.count == given.count && flight.indices.elementsEqual(given.indices)
    all = isWhole ? given : flight.indices.map { given[$0] }
    numbers = flight.numbers
    allTimes = flight.times
    guard let origin = all.first(where: { $0.position != nil })?.position else { return nil }
    plane = LocalPlane(origin: origin)
    places = all.indices.filter { all[$0].position != nil }
    photos = places.count == all.count ? all : places.map { all[$0] }
    times = places.map { flight.times[$0] }
    points = photos.map { plane.ground($0.position ?? origin) }
    isStray = places.map(flight.strays.contains)
    heights = photos.map { settings.height($0) ?? .nan }
    hasWholeSeconds = times.allSatisfy { $0.isNaN || $0 == $0.rounded() }
    aim()
    project()
    refreshUsable()
  }

  /// Mini 2 and others write three zeros at any attitude: OpenDroneMap knows them from pictures that
  /// look down although they claim the horizon.
  private mutating func aim() {
    let attitudes = photos.compactMap { $0.attitude }
    let isBlank =
      attitudes.count >= 5 && attitudes.count == photos.count
      && attitudes.allSatisfy { $0.yaw == 0 && $0.pitch == 0 && $0.roll == 0 }
    let yaws = photos.compactMap { $0.flightYaw }
    assumesNadir =
      isBlank && yaws.count == photos.count
      && yaws.contains { abs(Angle.difference($0, yaws[0])) > 1 }
    axes = photos.map { photo in
      if assumesNadir, let yaw = photo.flightYaw {
        return CameraAxes(Attitude(yaw: yaw, pitch: -90, roll: 0))
      }
      if isBlank { return nil }
      return photo.attitude.map(CameraAxes.init)
    }
  }

  private mutating func project() {
    let zoom = ZoomTable(photos)
    var (lastValues, lastModel, lastLens): (LensValues, String?, Result<Lens, LensFault>?) =
      (LensValues(), nil, nil)
    footprints.reserveCapacity(photos.count)
    for place in photos.indices {
      if lastLens == nil || lastValues != photos[place].lens || lastModel != photos[place].model {
        let photo = photos[place]
        (lastValues, lastModel) = (photo.lens, photo.model)
        let factor = zoom.factor(photo)
        lastLens = Result { () throws(LensFault) in
          try Lens(photo.lens, model: photo.model, zoom: factor)
        }
      }
      do throws(FootprintFault) {
        footprints.append(try footprint(place, lastLens))
        faults.append(nil)
      } catch {
        footprints.append(nil)
        faults.append(error)
      }
    }
  }

  private func footprint(_ place: Int, _ lens: Result<Lens, LensFault>?) throws(FootprintFault)
    -> Footprint
  {
    let lensOfPhoto: Lens
    switch lens {
    case .success(let found): lensOfPhoto = found
    case .failure(.fisheye): throw .fisheye
    default: throw .noFocalLength
    }
    guard let axes = axes[place] else { throw .noAttitude }
    guard !heights[place].isNaN, heights[place] < 12_000 else { throw .noHeight }
    guard heights[place] > 1 else { throw .tooLow }
    guard let position = photos[place].position, abs(position.latitude) <= 89.9 else { throw .pole }
    guard var found = Footprint(axes, lensOfPhoto, height: heights[place]) else { throw .horizon }
    let turn = Angle.sineAndCosine(plane.convergence(position))
    let origin = points[place]
    func placed(_ p: Ground) -> Ground {
      origin + Ground(p.x * turn.1 - p.y * turn.0, p.x * turn.0 + p.y * turn.1)
    }
    found.corners = Ring.counterClockwise(found.corners.map(placed))
    found.centre = placed(found.centre)
    return found
  }
}

extension Track {
  mutating func refreshUsable() {
    usable = photos.indices.filter { !isStray[$0] }
    var steps: [Double] = []
    for place in usable.indices.dropFirst() {
      steps.append(Ring.length(points[usable[place]] - points[usable[place - 1]]))
    }
    spacing = steps.isEmpty ? 0 : Robust.median(steps)
  }
}

/// Why a photo has no footprint.
public enum FootprintFault: String, Error, Sendable, CaseIterable {
  case noFocalLength = "no-focal-length"
  case fisheye
  case noAttitude = "no-attitude"
  case noHeight = "no-height"
  /// A metre or less above the ground.
  case tooLow = "too-low"
  case horizon
  /// Directions mean nothing beyond 89.9°.
  case pole
}

/// Some cameras leave the digital zoom out of the 35 mm value: their ratio of both focal lengths stays as without zoom.
private struct ZoomTable {
  private var plain: [String: Double] = [:]

  init(_ photos: [FlightPhoto]) {
    guard photos.contains(where: { ($0.lens.digitalZoom ?? 1) > 1 }) else { return }
    for photo in photos where (photo.lens.digitalZoom ?? 1) <= 1 {
      guard let ratio = Self.ratio(photo), let model = photo.model else { continue }
      if plain[model] == nil { plain[model] = ratio }
    }
  }

  func factor(_ photo: FlightPhoto) -> Double {
    guard let zoom = photo.lens.digitalZoom, zoom > 1, zoom < 1000, let ratio = Self.ratio(photo),
      let model = photo.model, let base = plain[model], abs(ratio / base - 1) < 0.02
    else { return 1 }
    return zoom
  }

  private static func ratio(_ photo: FlightPhoto) -> Double? {
    guard let wide = photo.lens.focal35, let focal = photo.lens.focal, wide > 0, focal > 0 else {
      return nil
    }
    return wide / focal
  }
}
