internal import PhotoModel

/// What one directory of a TIFF block says of the picture that it describes (TIFF 6.0 §8, §22; Exif 3.0 §4.5.8).
struct TiffPicture: Sendable, Equatable {
  /// IFD0, IFD1 or a SubIFD.
  let directory: TiffDirectory
  /// NewSubfileType: bit 0 is set for a smaller version of another picture.
  private(set) var subfileType: UInt32?
  private(set) var width: UInt32?
  private(set) var height: UInt32?
  private var compression: UInt32?
  private var stripOffset: UInt32?
  private var stripLength: UInt32?
  private var jpegOffset: UInt32?
  private var jpegLength: UInt32?
  /// Panasonic's top, left, bottom and right border of the picture on the sensor (tags 4…7 of RW2).
  private var borders: [UInt32?] = [nil, nil, nil, nil]

  init(_ directory: TiffDirectory) { self.directory = directory }

  static func isOfPicture(_ tag: UInt16) -> Bool {
    switch tag {
    case 0x00FE, 0x0100, 0x0101, 0x0103, 0x0111, 0x0117, 0x0201, 0x0202: true
    default: false
    }
  }

  /// Takes an entry's value where it is one whole number.
  mutating func note(_ tag: UInt16, _ value: UInt32) {
    switch tag {
    case 0x00FE: subfileType = subfileType ?? value
    case 0x0100: width = width ?? value
    case 0x0101: height = height ?? value
    case 0x0103: compression = compression ?? value
    case 0x0111: stripOffset = stripOffset ?? value
    case 0x0117: stripLength = stripLength ?? value
    case 0x0201: jpegOffset = jpegOffset ?? value
    case 0x0202: jpegLength = jpegLength ?? value
    case 4...7: borders[Int(tag) - 4] = value
    default: break
    }
  }

  /// A smaller version of the photo.
  var isReduced: Bool { directory == .ifd1 || (subfileType ?? 0) & 1 == 1 }

  var size: PixelSize? {
    if let width, let height { return PixelSize(width: Int(width), height: Int(height)) }
    guard let top = borders[0], let left = borders[1], let bottom = borders[2],
      let right = borders[3]
    else { return nil }
    return PixelSize(width: Int(right) - Int(left), height: Int(bottom) - Int(top))
  }

  /// The JPEG that the directory describes, counted from the block's begin: JPEGInterchangeFormat, or one strip
  /// of a picture in JPEG compression (6, 7).
  var jpeg: EmbeddedPicture? {
    var stated = (jpegOffset, jpegLength)
    if stated.0 == nil || stated.1 == nil {
      guard compression == 6 || compression == 7 && isReduced else { return nil }
      stated = (stripOffset, stripLength)
    }
    guard let offset = stated.0, let length = stated.1, offset > 0, length > 0 else { return nil }
    return EmbeddedPicture(offset: Int64(offset), length: Int64(length))
  }
}

/// Pixels across and down, each 1…2³¹ − 1.
struct PixelSize: Sendable, Equatable {
  let width: Int
  let height: Int

  /// Nil for 0 and for what no format can hold.
  init?(width: Int, height: Int) {
    let range = 1...Int(Int32.max)
    guard range ~= width, range ~= height else { return nil }
    (self.width, self.height) = (width, height)
  }

  var area: Int { width.multipliedReportingOverflow(by: height).partialValue }
}

/// Sizes of the picture and places of smaller ones, as a file's header and its Exif block state them.
struct PictureValues: Sendable, Equatable {
  var size: PixelSize?
  /// What IFD0 states; in other files than TIFF, programs leave it as it was when they resize.
  var statedSize: PixelSize?
  /// In the file.
  var thumbnail: EmbeddedPicture?
  var preview: EmbeddedPicture?

  init() {}

  /// - Parameter walk: through a block that stands in the file as it is.
  init(_ walk: TiffWalk) {
    let area = walk.area
    func place(_ picture: TiffPicture) -> EmbeddedPicture? {
      // Where a file ends may not be known, and what is stored must not depend on that.
      guard let jpeg = picture.jpeg,
        walk.isFile || jpeg.offset < area.upperBound - area.lowerBound
      else {
        return nil
      }
      return EmbeddedPicture(offset: area.lowerBound + jpeg.offset, length: jpeg.length)
    }
    for picture in walk.pictures {
      if picture.directory == .ifd1 {
        thumbnail = thumbnail ?? place(picture)
      } else if walk.isFile, let jpeg = place(picture) {
        if jpeg.length > preview?.length ?? 0 { preview = jpeg }
      }
      // Of the full pictures of a raw file the largest is the photo.
      if walk.isFile, !picture.isReduced, let size = picture.size, size.area > self.size?.area ?? 0
      {
        self.size = size
      }
    }
    if let first = walk.pictures.first, first.directory == .ifd0 { statedSize = first.size }
    if let jpeg = walk.jpegFromRaw { preview = preview ?? jpeg }
  }

  /// Takes over what is not known yet.
  mutating func merge(_ other: PictureValues) {
    size = size ?? other.size
    statedSize = statedSize ?? other.statedSize
    thumbnail = thumbnail ?? other.thumbnail
    preview = preview ?? other.preview
  }
}
