import PhotoModel

extension PhotoChange {
  /// Targets, sidecars, kept rows.
  var needsOtherTables: Bool {
    record.target != nil || sidecar != nil || record.flags.contains(.fileGone)
  }

  func counted(in folder: Int64) -> CountedPhoto {
    CountedPhoto(folder: folder, status: record.outcome.status, position: record.position)
  }

  /// Whether a reader of the row would see no difference: how it is trusted and by which reader it was made does not
  /// count.
  func saysTheSame(as other: PhotoChange) -> Bool {
    file == other.file && record == other.record && sidecar == other.sidecar
  }

  /// Of a track.
  func isSamePoint(as other: PhotoChange) -> Bool {
    file.name == other.file.name && record.position == other.record.position
      && record.altitude == other.record.altitude && record.takenAt == other.record.takenAt
      && record.takenLocal == other.record.takenLocal
  }

  /// What the columns can hold: no position outside the globe, no altitude that is no number, no
  /// time outside the years 0…9999.
  var storable: PhotoChange {
    var change = self
    if let position = record.position, !position.isValid {
      change.record.outcome = .withoutPosition(.outOfRange)
    }
    if let altitude = record.altitude, !altitude.isFinite { change.record.altitude = nil }
    if let time = record.takenAt, !Timestamp.range.contains(time) { change.record.takenAt = nil }
    if let altitude = record.otherAltitude, !altitude.isFinite { change.record.otherAltitude = nil }
    if let target = record.target, !target.coordinate.isValid { change.record.target = nil }
    return change
  }
}
