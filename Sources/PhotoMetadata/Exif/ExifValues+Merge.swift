extension ExifValues {
  /// Takes over what is not known yet: CR3 has a block for each directory. A position is taken as a
  /// whole, with its references, its height and its time.
  mutating func merge(_ other: ExifValues) {
    isDamaged = isDamaged || other.isDamaged
    isBare = isBare && other.isBare
    if latitude == .absent && longitude == .absent {
      latitude = other.latitude
      latitudeRef = other.latitudeRef
      longitude = other.longitude
      longitudeRef = other.longitudeRef
      isVoid = other.isVoid
      datum = other.datum
    }
    if altitude == nil {
      altitude = other.altitude
      altitudeRef = other.altitudeRef
    }
    if gpsDate == nil || gpsTime == nil {
      gpsDate = other.gpsDate
      gpsTime = other.gpsTime
    }
    if imageDirection == nil {
      imageDirection = other.imageDirection
      imageDirectionMagnetic = other.imageDirectionMagnetic
    }
    if original.text == nil { original = other.original }
    if digitized.text == nil { digitized = other.digitized }
    if changed.text == nil { changed.text = other.changed.text }
    if changed.offset == nil { changed.offset = other.changed.offset }
    make = make ?? other.make
    model = model ?? other.model
    serialNumber = serialNumber ?? other.serialNumber
    pixelWidth = pixelWidth ?? other.pixelWidth
    pixelHeight = pixelHeight ?? other.pixelHeight
    focalLength35 = focalLength35 ?? other.focalLength35
    camera.merge(other.camera)
    pictures.merge(other.pictures)
  }
}
