public import PhotoModel

extension PhotoRecord {
  /// The photo's record with what a file beside it adds.
  ///
  /// What the photo itself says comes first; its position only gives way when it is missing, refused or
  /// void; without N, S, E or W it takes the sign that the side-car states for the same place. Two
  /// positions more than 5 m apart are a `conflict`, and both are kept. A height goes with its
  /// position: beside a place of the side-car, the height of a receiver without a fix (0 beside 0,0) is
  /// none. Everything else fills what is absent, group by group, so that no group is a mixture. A photo
  /// that could not be read stays so.
  public func completed(by sidecar: PhotoRecord) -> PhotoRecord {
    if case .failed = outcome { return self }
    var out = self
    out.takePosition(of: sidecar)
    out.fillHeights(from: sidecar)
    out.fillTimes(from: sidecar)
    out.fillDirection(from: sidecar)
    out.fillDroneFields(from: sidecar)
    return out
  }

  private static let flagsOfPosition: PhotoFlags = [.degraded, .refMissing, .void, .datum]

  private mutating func takePosition(of sidecar: PhotoRecord) {
    guard let stated = sidecar.position else {
      // A refused value says more than that there was none.
      if case .withoutPosition(let own) = outcome,
        case .withoutPosition(let theirs) = sidecar.outcome,
        [.noGPS, .noExif, .unsupported].contains(own), theirs != .noGPS
      {
        outcome = .withoutPosition(theirs)
        otherPosition = sidecar.otherPosition
        otherSource = sidecar.otherSource
      }
      if position == nil { flags.formUnion(sidecar.flags.intersection([.xmpCut])) }
      return
    }
    flags.remove(.xmpCut)
    let own = position.map { signed($0, like: stated, of: sidecar) }
    let isGuess = sidecar.flags.contains(.refMissing)
    let place = isGuess ? own.map { stated.signed(like: $0) } ?? stated : stated
    let differs = own.map { $0.distance(to: place) > PositionDecision.agreement } ?? false
    if let own, !flags.contains(.void) {
      if differs {
        flags.insert(.conflict)
        if otherPosition == nil {
          otherPosition = place
          otherSource = .sidecar
        }
      }
      outcome = .located(own)
      return
    }
    if let own {
      otherPosition = differs ? own : nil
      otherSource = differs ? source : nil
      if differs { flags.insert(.conflict) }
    }
    if sidecar.flags.contains(.conflict), !flags.contains(.conflict) {
      flags.insert(.conflict)
      otherPosition = sidecar.otherPosition
      otherSource = sidecar.otherSource
    }
    flags.subtract(Self.flagsOfPosition)
    flags.formUnion(sidecar.flags.intersection(Self.flagsOfPosition))
    outcome = .located(place)
    source = .sidecar
    mapDatum = sidecar.mapDatum
  }

  /// The photo's own position, whose hemisphere may be a guess where the side-car states it.
  private func signed(
    _ own: Coordinate, like place: Coordinate, of sidecar: PhotoRecord
  ) -> Coordinate {
    guard flags.contains(.refMissing), !sidecar.flags.contains(.refMissing) else { return own }
    return own.signed(like: place)
  }

  private mutating func fillHeights(from sidecar: PhotoRecord) {
    // An exact 0 is what some firmware writes while the drone knows better.
    let isZero = altitude == 0 && sidecar.sources[.altitude] == .xmpDrone
    if altitude == nil || source == .sidecar || isZero, let height = sidecar.altitude {
      if let own = altitude {
        flags.remove(.altRefMissing)
        if abs(own - height) > PositionDecision.agreement {
          flags.insert(.altConflict)
          otherAltitude = own
        }
      }
      altitude = height
      altitudeReference = sidecar.altitudeReference
      sources[.altitude] = .sidecar
      flags.formUnion(sidecar.flags.intersection([.altRefMissing]))
    }
    if altitude == nil, otherAltitude == nil, sidecar.altitude == nil {
      otherAltitude = sidecar.otherAltitude
      flags.formUnion(sidecar.flags.intersection([.altOutOfRange]))
    }
    if relativeAltitude == nil, let height = sidecar.relativeAltitude {
      relativeAltitude = height
      sources[.relativeAltitude] = .sidecar
    }
  }

  private mutating func fillTimes(from sidecar: PhotoRecord) {
    // A video's header is no clock of the camera's: nobody knows its zone.
    let isHeader =
      kind == .video && sources[.takenLocal] == .container && utcOffsetMinutes == nil
    if takenLocal == nil || isHeader, sidecar.takenLocal != nil {
      takenLocal = sidecar.takenLocal
      sources[.takenLocal] = .sidecar
      // The zone belongs to the clock it was written with.
      utcOffsetMinutes = sidecar.utcOffsetMinutes
    }
    if takenAt == nil, let time = sidecar.takenAt,
      sources[.takenLocal] == .sidecar || takenLocal == nil
    {
      takenAt = time
      sources[.takenAt] = .sidecar
      flags.formUnion(sidecar.flags.intersection([.timeConflict, .badTime]))
    }
    if satelliteAt == nil, source == .sidecar { fillSatelliteTime(from: sidecar) }
    if exposureAt == nil { exposureAt = sidecar.exposureAt }
  }

  /// Beside the side-car's position, its time counts like a receiver's.
  private mutating func fillSatelliteTime(from sidecar: PhotoRecord) {
    satelliteAt = sidecar.satelliteAt
    guard let satelliteAt, takenAt == nil, sources[.takenLocal] != .sidecar else { return }
    if TimeDecision.mayBe(satelliteAt, takenLocal) {
      takenAt = satelliteAt
      sources[.takenAt] = .sidecar
    } else {
      flags.insert(.timeConflict)
    }
  }

  private mutating func fillDirection(from sidecar: PhotoRecord) {
    guard imageDirection == nil, source == .sidecar, sidecar.imageDirection != nil else { return }
    imageDirection = sidecar.imageDirection
    imageDirectionMagnetic = sidecar.imageDirectionMagnetic
    sources[.direction] = .sidecar
  }

  private mutating func fillDroneFields(from sidecar: PhotoRecord) {
    if serialNumber == nil, sidecar.serialNumber != nil {
      serialNumber = sidecar.serialNumber
      sources[.serial] = .sidecar
    }
    if (gimbalYaw, gimbalPitch, gimbalRoll) == (nil, nil, nil),
      sidecar.gimbalYaw != nil || sidecar.gimbalPitch != nil || sidecar.gimbalRoll != nil
    {
      (gimbalYaw, gimbalPitch, gimbalRoll) = (
        sidecar.gimbalYaw, sidecar.gimbalPitch, sidecar.gimbalRoll
      )
      attitudeConvention = sidecar.attitudeConvention
      (rawYaw, rawPitch, rawRoll) = (sidecar.rawYaw, sidecar.rawPitch, sidecar.rawRoll)
      sources[.attitude] = .sidecar
    }
    if (flightYaw, flightPitch, flightRoll) == (nil, nil, nil),
      sidecar.flightYaw != nil || sidecar.flightPitch != nil || sidecar.flightRoll != nil
    {
      (flightYaw, flightPitch, flightRoll) = (
        sidecar.flightYaw, sidecar.flightPitch, sidecar.flightRoll
      )
      (flightSpeedX, flightSpeedY, flightSpeedZ) = (
        sidecar.flightSpeedX, sidecar.flightSpeedY, sidecar.flightSpeedZ
      )
      sources[.flight] = .sidecar
    }
    fillCalibration(from: sidecar)
    let hasAccuracy = rtkFlag != nil || rtkStdLon != nil || rtkStdLat != nil || rtkStdHeight != nil
    let addsAccuracy =
      sidecar.rtkFlag != nil || sidecar.rtkStdLon != nil || sidecar.rtkStdLat != nil
      || sidecar.rtkStdHeight != nil
    if !hasAccuracy, addsAccuracy {
      rtkFlag = sidecar.rtkFlag
      fix = sidecar.fix
      (rtkStdLon, rtkStdLat, rtkStdHeight) = (
        sidecar.rtkStdLon, sidecar.rtkStdLat, sidecar.rtkStdHeight
      )
      sources[.accuracy] = .sidecar
    }
    let hasState = gpsStatus != nil || altitudeType != nil || imageSource != nil
    let addsState =
      sidecar.gpsStatus != nil || sidecar.altitudeType != nil || sidecar.imageSource != nil
    if !hasState, addsState {
      (gpsStatus, altitudeType, imageSource) = (
        sidecar.gpsStatus, sidecar.altitudeType, sidecar.imageSource
      )
      sources[.droneState] = .sidecar
    }
    if target == nil, sidecar.target != nil {
      target = sidecar.target
      sources[.target] = .sidecar
    }
  }

  private mutating func fillCalibration(from sidecar: PhotoRecord) {
    func lens(_ record: PhotoRecord) -> [Double?] {
      [
        record.calibratedFocalLength, record.opticalCenterX, record.opticalCenterY,
        record.dewarpFocalLength,
      ]
    }
    guard captureID == nil, lens(self).allSatisfy({ $0 == nil }),
      sidecar.captureID != nil || lens(sidecar).contains(where: { $0 != nil })
    else { return }
    captureID = sidecar.captureID
    calibratedFocalLength = sidecar.calibratedFocalLength
    (opticalCenterX, opticalCenterY) = (sidecar.opticalCenterX, sidecar.opticalCenterY)
    dewarpFocalLength = sidecar.dewarpFocalLength
    sources[.calibration] = .sidecar
  }
}

extension Coordinate {
  /// Each coordinate with the sign of another one of the same size.
  fileprivate func signed(like other: Coordinate) -> Coordinate {
    guard Axis.areAlike(latitude, other.latitude), Axis.areAlike(longitude, other.longitude) else {
      return self
    }
    return Coordinate(
      latitude: other.latitude < 0 ? -abs(latitude) : abs(latitude),
      longitude: other.longitude < 0 ? -abs(longitude) : abs(longitude))
  }
}
