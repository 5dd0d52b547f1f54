extension JpegBuilder {
  /// The largest payload of one segment (T.81 §B.1.1.4: the 2-byte length counts itself).
  package static let maxPayload = 65_533

  func append(_ segment: Segment, to out: inout [UInt8]) {
    switch segment {
    case .jfif:
      append(
        .raw(marker: 0xE0, payload: Array("JFIF\0".utf8) + [1, 1, 0, 0, 1, 0, 1, 0, 0]), to: &out)
    case .comment(let count):
      append(.raw(marker: 0xFE, payload: Self.filler(count)), to: &out)
    case .app(let n, let count):
      append(.raw(marker: 0xE0 | (n & 15), payload: Self.filler(count)), to: &out)
    case .mpf(let count):
      append(.raw(marker: 0xE2, payload: Array("MPF\0".utf8) + Self.filler(count)), to: &out)
    case .thermal(let count):
      var left = count
      while left > 0 {
        append(.raw(marker: 0xE3, payload: Self.filler(min(left, Self.maxPayload))), to: &out)
        left -= Self.maxPayload
      }
    case .raw(let marker, let payload):
      let length = UInt16(truncatingIfNeeded: payload.count + 2)
      out.append(contentsOf: repeatElement(0xFF, count: fillBytes + 1))
      out += [marker, UInt8(length >> 8), UInt8(length & 0xFF)]
      out += payload
    case .verbatim(let bytes):
      out += bytes
    }
  }

  private static func filler(_ count: Int) -> [UInt8] { [UInt8](repeating: 0x5A, count: count) }

  func appendXmp(to out: inout [UInt8]) {
    switch xmp {
    case .absent: break
    case .packet(let packet, let padding):
      append(.raw(marker: 0xE1, payload: Self.xmpPayload(packet, padding: padding)), to: &out)
    case .drone(let fields):
      append(
        .raw(marker: 0xE1, payload: Self.xmpPayload(fields.packet(), padding: fields.padding)),
        to: &out)
    case .extended(let main, let rest, let guid, let chunk):
      append(.raw(marker: 0xE1, payload: Self.xmpPayload(main, padding: 0)), to: &out)
      for payload in Self.extendedPayloads(rest, guid: guid, chunk: chunk) {
        append(.raw(marker: 0xE1, payload: payload), to: &out)
      }
    }
  }

  /// The payload of a standard XMP segment (XMP part 3 §1.1.3).
  package static func xmpPayload(_ packet: String, padding: Int) -> [UInt8] {
    var body = Array("http://ns.adobe.com/xap/1.0/\0".utf8)
    body += Array("<?xpacket begin=\"\u{FEFF}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n".utf8)
    body += Array(packet.utf8)
    body += [UInt8](repeating: 0x20, count: padding)
    return body + Array("<?xpacket end=\"w\"?>".utf8)
  }

  /// Payloads of extension segments (XMP part 3 §1.1.3.1): GUID, full length, offset, portion.
  package static func extendedPayloads(_ rest: String, guid: String, chunk: Int) -> [[UInt8]] {
    let bytes = Array(rest.utf8)
    func big(_ v: Int) -> [UInt8] {
      [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: v >> $0) }
    }
    return stride(from: 0, to: bytes.count, by: chunk).map { start in
      Array("http://ns.adobe.com/xmp/extension/\0".utf8) + Array(guid.utf8) + big(bytes.count)
        + big(start) + bytes[start..<min(start + chunk, bytes.count)]
    }
  }

  /// What the XMP segment holds.
  package enum Xmp: Sendable {
    case absent
    /// An `x:xmpmeta` element as text, with this many blanks of padding behind it.
    case packet(String, padding: Int = 2048)
    case drone(DroneXmp)
    /// A main packet, and a second document in extension segments of `chunk` bytes.
    case extended(main: String, rest: String, guid: String, chunk: Int)
  }

  /// `drone-dji` fields as DJI writes them. A nil field is left out.
  package struct DroneXmp: Sendable {
    package enum Form: Sendable { case attributes, elements }
    package var form = Form.attributes
    /// Written prefix: `drone-dji`, or `drone` for newer Autel firmware.
    package var prefix = "drone-dji"
    /// Degrees, 9 decimals.
    package var latitude: Double?
    package var longitude: Double?
    /// The misspelling `GpsLongtitude` of older firmware.
    package var misspeltLongitude = false
    package var absoluteAltitude: Double?
    package var relativeAltitude: Double?
    package var gimbalYaw: Double?
    package var gimbalPitch: Double?
    package var gimbalRoll: Double?
    package var flightYaw: Double?
    package var rtkFlag: Int?
    /// Longitude, latitude, height; metres.
    package var rtkStd: (Double, Double, Double)?
    package var more: [(key: String, value: String)] = []
    package var padding = 4096

    package init(
      latitude: Double? = nil, longitude: Double? = nil, absoluteAltitude: Double? = nil,
      relativeAltitude: Double? = 100, gimbalYaw: Double? = -175.8, gimbalPitch: Double? = -60,
      gimbalRoll: Double? = 0, flightYaw: Double? = -170.1, rtkFlag: Int? = nil
    ) {
      self.latitude = latitude
      self.longitude = longitude
      self.absoluteAltitude = absoluteAltitude
      self.relativeAltitude = relativeAltitude
      self.gimbalYaw = gimbalYaw
      self.gimbalPitch = gimbalPitch
      self.gimbalRoll = gimbalRoll
      self.flightYaw = flightYaw
      self.rtkFlag = rtkFlag
    }

    /// Keys without prefix, and values, in DJI's order.
    package var fields: [(key: String, value: String)] {
      var f: [(key: String, value: String)] = []
      func add(_ key: String, _ value: Double?, _ decimals: Int) {
        if let value { f.append((key, Self.signed(value, decimals: decimals))) }
      }
      add("AbsoluteAltitude", absoluteAltitude, 2)
      add("RelativeAltitude", relativeAltitude, 2)
      add("GpsLatitude", latitude, 9)
      add(misspeltLongitude ? "GpsLongtitude" : "GpsLongitude", longitude, 9)
      add("GimbalRollDegree", gimbalRoll, 2)
      add("GimbalYawDegree", gimbalYaw, 2)
      add("GimbalPitchDegree", gimbalPitch, 2)
      add("FlightYawDegree", flightYaw, 2)
      if let rtkFlag { f.append(("RtkFlag", String(rtkFlag))) }
      if let rtkStd {
        f.append(("RtkStdLon", Self.signed(rtkStd.0, decimals: 5, plus: "")))
        f.append(("RtkStdLat", Self.signed(rtkStd.1, decimals: 5, plus: "")))
        f.append(("RtkStdHgt", Self.signed(rtkStd.2, decimals: 5, plus: "")))
      }
      return f + more
    }

    package func packet() -> String {
      var out = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
      out += " <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
      out += "  <rdf:Description rdf:about=\"DJI Meta Data\"\n"
      out += "    xmlns:\(prefix)=\"http://www.dji.com/drone-dji/1.0/\""
      switch form {
      case .attributes:
        for f in fields { out += "\n   \(prefix):\(f.key)=\"\(f.value)\"" }
        out += ">\n"
      case .elements:
        out += ">\n"
        for f in fields { out += "   <\(prefix):\(f.key)>\(f.value)</\(prefix):\(f.key)>\n" }
      }
      return out + "  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n"
    }

    /// `+47.350000000`: a fixed number of decimals without a formatter.
    package static func signed(_ value: Double, decimals: Int, plus: String = "+") -> String {
      var scale = 1.0
      for _ in 0..<decimals { scale *= 10 }
      let units = UInt64(abs(value) * scale + 0.5)
      let digits = String(units % UInt64(scale))
      let padded = String(repeating: "0", count: max(0, decimals - digits.count)) + digits
      return (value < 0 ? "-" : plus) + "\(units / UInt64(scale)).\(padded)"
    }
  }
}
