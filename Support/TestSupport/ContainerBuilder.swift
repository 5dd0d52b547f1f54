/// Minimal files of each container around one TIFF block or one XMP packet.
package enum ContainerBuilder {
  package static func big(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }
  package static func little(_ value: UInt32) -> [UInt8] { big(value).reversed() }
  package static func short(_ value: Int) -> [UInt8] {
    [UInt8(value >> 8 & 255), UInt8(value & 255)]
  }
  package static func latin(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
  }

  package static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    big(UInt32(content.count)) + latin(name) + content + [0, 0, 0, 0]
  }

  /// - Parameter images: how many `IDAT` chunks stand before the last text chunks.
  package static func png(_ before: [[UInt8]], images: Int = 1, after: [[UInt8]] = []) -> [UInt8] {
    let image = chunk("IDAT", [UInt8](repeating: 7, count: 8192))
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + chunk("IHDR", [UInt8](repeating: 0, count: 13)) + before.flatMap { $0 }
      + (0..<images).flatMap { _ in image } + after.flatMap { $0 } + chunk("IEND", [])
  }

  /// As ImageMagick writes it, uncompressed.
  package static func rawProfile(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    var text = latin("Raw profile type \(name)\0\n\(name)\n    \(bytes.count)\n")
    for (i, byte) in bytes.enumerated() {
      text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      if i % 36 == 35 { text.append(0x0A) }
    }
    return chunk("tEXt", text + [0x0A])
  }

  package static func webp(_ chunks: [(String, [UInt8])], flags: UInt8) -> [UInt8] {
    var body = latin("WEBP") + latin("VP8X") + little(10) + [flags, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    for (name, content) in [("VP8 ", [UInt8](repeating: 1, count: 5001))] + chunks {
      body += latin(name) + little(UInt32(content.count)) + content
      if content.count % 2 == 1 { body.append(0) }
    }
    return latin("RIFF") + little(UInt32(body.count)) + body
  }

  package static func box(_ type: String, _ content: [UInt8]) -> [UInt8] {
    big(UInt32(content.count + 8)) + latin(type) + content
  }

  /// The same with a 64-bit length.
  package static func longBox(_ type: String, _ content: [UInt8]) -> [UInt8] {
    big(1) + latin(type) + big(0) + big(UInt32(content.count + 16)) + content
  }

  package static func fullBox(_ type: String, version: UInt8 = 0, _ content: [UInt8]) -> [UInt8] {
    box(type, [version, 0, 0, 0] + content)
  }

  package static func ftyp(_ brand: String) -> [UInt8] {
    box("ftyp", latin(brand) + [0, 0, 0, 0] + latin("mif1"))
  }

  /// An item at the end of the file, behind `gap` bytes of image data, or in `idat`.
  package static func heif(
    tiff: [UInt8], brand: String = "heic", inside: Bool = false, extents: Int = 1, gap: Int = 9000,
    prefix: [UInt8] = [0, 0, 0, 0]
  ) -> [UInt8] {
    let item = prefix + tiff
    let infe = fullBox("infe", version: 2, short(1) + short(0) + latin("Exif") + [0])
    let iinf = fullBox("iinf", short(1) + infe)
    func meta(_ offset: Int) -> [UInt8] {
      let part = item.count / extents
      var list = [UInt8]()
      for i in 0..<extents {
        let size = i == extents - 1 ? item.count - part * i : part
        list += big(UInt32(offset + part * i)) + big(UInt32(size))
      }
      let iloc = fullBox(
        "iloc", version: 1,
        [0x44, 0x00] + short(1) + short(1) + short(inside ? 1 : 0) + short(0) + short(extents)
          + list)
      return fullBox("meta", fullBox("hdlr", []) + iinf + iloc + (inside ? box("idat", item) : []))
    }
    let head = ftyp(brand)
    if inside { return head + meta(0) }
    let start = head.count + meta(0).count + 8 + gap
    return head + meta(start) + box("mdat", [UInt8](repeating: 3, count: gap) + item)
  }

  package static func jxl(_ boxes: [[UInt8]]) -> [UInt8] {
    box("JXL ", [0x0D, 0x0A, 0x87, 0x0A]) + box("ftyp", latin("jxl ") + [0, 0, 0, 0])
      + boxes.flatMap { $0 }
  }

  /// - Parameters:
  ///   - seconds: since 1904.
  ///   - boxes: what stands in `moov` behind its header and a track.
  package static func video(
    brand: String = "mp42", seconds: UInt32 = 3_600_000_000, media: [UInt8]? = nil,
    front: [UInt8] = [], _ boxes: [[UInt8]]
  ) -> [UInt8] {
    let mvhd = fullBox("mvhd", big(seconds) + [UInt8](repeating: 0, count: 92))
    let track = box("trak", [UInt8](repeating: 0, count: 20_000))
    return ftyp(brand) + (media ?? box("mdat", [UInt8](repeating: 9, count: 30_000)))
      + box("moov", mvhd + front + track + boxes.flatMap { $0 })
  }

  package static func userText(_ type: String, _ text: String) -> [UInt8] {
    box(type, short(text.utf8.count) + [0x15, 0xC7] + latin(text))
  }

  /// A list without keys, whose items are named by their types.
  package static func itemList(_ type: String, _ text: String) -> [UInt8] {
    let data = box("data", big(1) + big(0) + latin(text))
    return box(
      "meta",
      [0, 0, 0, 0] + fullBox("hdlr", [UInt8](repeating: 0, count: 20))
        + box("ilst", box(type, data)))
  }

  package static func appleMeta(_ pairs: [(String, String)]) -> [UInt8] {
    var keys = [UInt8]()
    var list = [UInt8]()
    for (i, pair) in pairs.enumerated() {
      keys += box("mdta", latin(pair.0))
      let data = box("data", big(1) + big(0) + latin(pair.1))
      list += big(UInt32(data.count + 8)) + big(UInt32(i + 1)) + data
    }
    return box(
      "meta",
      fullBox("hdlr", [UInt8](repeating: 0, count: 20))
        + fullBox("keys", big(UInt32(pairs.count)) + keys) + box("ilst", list))
  }

  package static func loci(_ lat: Double, _ lon: Double, _ alt: Double) -> [UInt8] {
    func fixed(_ v: Double) -> [UInt8] { big(UInt32(bitPattern: Int32((v * 65_536).rounded()))) }
    return fullBox(
      "loci", [0x15, 0xC7] + latin("here\0") + [0] + fixed(lon) + fixed(lat) + fixed(alt))
  }

  package static func raf(jpeg: [UInt8]) -> [UInt8] {
    let head = latin("FUJIFILMCCD-RAW 0201FF123456") + [UInt8](repeating: 0, count: 56)
    return head + big(148) + big(UInt32(jpeg.count)) + [UInt8](repeating: 0, count: 56) + jpeg
  }

  /// Canon's: the TIFF blocks in `moov`, XMP and a preview behind.
  package static func cr3(tiff: [UInt8], xmp: [UInt8]) -> [UInt8] {
    let canon: [UInt8] = [
      0x85, 0xC0, 0xB6, 0x87, 0x82, 0x0F, 0x11, 0xE0, 0x81, 0x11, 0xF4, 0xCE, 0x46, 0x2B, 0x6A,
      0x48,
    ]
    let xmpId: [UInt8] = [
      0xBE, 0x7A, 0xCF, 0xCB, 0x97, 0xA9, 0x42, 0xE8, 0x9C, 0x71, 0x99, 0x94, 0x91, 0xE3, 0xAF,
      0xAC,
    ]
    let preview = [UInt8](repeating: 9, count: 16)
    let blocks = box("CCTP", [UInt8](repeating: 0, count: 84)) + box("CMT1", tiff)
    let tracks = (0..<4).map { _ in box("trak", [UInt8](repeating: 1, count: 900)) }
    return ftyp("crx ") + box("moov", box("uuid", canon + blocks) + tracks.flatMap { $0 })
      + box("uuid", xmpId + xmp + [UInt8](repeating: 0x20, count: 60_000))
      + box("uuid", preview + [UInt8](repeating: 2, count: 300_000))
      + box("mdat", [UInt8](repeating: 3, count: 400_000))
  }

  package static func mrw(tiff: [UInt8]) -> [UInt8] {
    func block(_ name: String, _ content: [UInt8]) -> [UInt8] {
      latin(name) + big(UInt32(content.count)) + content
    }
    let blocks = block("\0PRD", [UInt8](repeating: 0, count: 24)) + block("\0TTW", tiff)
    return latin("\0MRM") + big(UInt32(blocks.count)) + blocks
  }
}
