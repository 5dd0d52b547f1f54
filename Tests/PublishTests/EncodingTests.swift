import Testing

@testable import Publish

/// The binary format of COPY, and hashes of rows.
@Suite struct EncodingTests {
  private static func encoded(_ fill: (CopyEncoder) throws -> Void) throws -> [UInt8] {
    var bytes: [UInt8] = []
    let out = CopyEncoder { piece in bytes.append(contentsOf: piece) }
    try fill(out)
    try out.finish()
    return bytes
  }

  @Test func rowsAreFramedAsTheDocumentationSays() throws {
    let bytes = try Self.encoded { out in
      try out.beginRow(fields: 3)
      out.key(7)
      out.text("é", 0)
      out.null()
    }
    let header: [UInt8] = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    let row: [UInt8] = [
      0, 3, 0, 0, 0, 4, 0, 0, 0, 7, 0, 0, 0, 2, 0xC3, 0xA9, 0xFF, 0xFF, 0xFF, 0xFF,
    ]
    #expect(bytes == header + row + [0xFF, 0xFF])
  }

  private func field(_ fill: (CopyEncoder) -> Void) throws -> [UInt8] {
    let bytes = try Self.encoded { out in
      try out.beginRow(fields: 1)
      fill(out)
    }
    return Array(bytes.dropFirst(19 + 2 + 4).dropLast(2))
  }

  @Test func timesAreMicrosecondsSince2000() throws {
    #expect(try field { $0.time(946_684_800_001, 0) } == [0, 0, 0, 0, 0, 0, 0x03, 0xE8])
    #expect(try field { $0.time(.max, 0) } == [])
    #expect(try field { $0.time(.min, 0) } == [])
  }

  @Test(
    arguments: [
      (.max, [0x7F, 0xFF, 0xFF, 0xFF]), (.min, [0x80, 0, 0, 0]), (-1, [0xFF, 0xFF, 0xFF, 0xFF]),
    ] as [(Int64, [UInt8])])
  func integersThatDoNotFitAreClamped(value: Int64, bytes: [UInt8]) throws {
    #expect(try field { $0.int32(value, 0) } == bytes)
  }

  /// The server refuses NUL and everything that is no UTF-8.
  @Test(arguments: [
    (Array("plain".utf8), "plain"), ([0x61, 0, 0x62], "a\u{FFFD}00b"), ([0xFF, 0x61], "\u{FFFD}a"),
    (Array("ä\u{0308}".utf8), "ä\u{0308}"),
  ])
  func textsBecomeWhatTheServerTakes(bytes: [UInt8], text: String) throws {
    let sent = try field { out in bytes.withUnsafeBytes { out.text($0, 0) } }
    #expect(sent == Array(text.utf8))
  }

  @Test func textsLongerThanAPieceTravelWhole() throws {
    let long = String(repeating: "x", count: 900_000)
    let bytes = try Self.encoded { out in
      for _ in 0..<3 {
        try out.beginRow(fields: 1)
        out.text(long, 0)
      }
    }
    #expect(bytes.count == 19 + 3 * (6 + 900_000) + 2)
  }

  @Test func geometriesCarryTheirReferenceSystem() throws {
    let point = try field { $0.point(longitude: 8, latitude: -0.0, z: 3, 0) }
    #expect(point.count == 33 && Array(point.prefix(9)) == [1, 1, 0, 0, 0xA0, 0xE6, 0x10, 0, 0])
    // 0 and −0 are one place.
    #expect(Array(point[17..<25]) == [UInt8](repeating: 0, count: 8))
    let line = try field { $0.geometry([1, 2, 0, 0, 0, 9, 9], 0) }
    #expect(line == [1, 2, 0, 0, 0x20, 0xE6, 0x10, 0, 0, 9, 9])
    #expect(try field { $0.geometry([1, 2], 0) } == [])
  }

  private func hash(_ fill: (CopyEncoder) -> Void) throws -> Int64 {
    var hash: Int64 = 0
    _ = try Self.encoded { out in
      try out.beginRow(fields: 1)
      fill(out)
      hash = out.endHash()
    }
    return hash
  }

  @Test func columnsThatAreNullDoNotCountForTheHash() throws {
    let (a, b) = (RowHash.seed("a"), RowHash.seed("b"))
    let one = try hash { $0.int64(5, a) }
    #expect(
      try hash {
        $0.int64(5, a); $0.int64(nil, b)
      } == one)
    #expect(try hash { $0.int64(5, b) } != one)
    #expect(try hash { $0.int64(6, a) } != one)
    #expect(
      try hash {
        $0.int64(5, a); $0.int64(0, b)
      } != one)
  }

  /// Databases store hashes: another one would send every row again.
  @Test func hashOfKnownRowIsStable() throws {
    let value = try hash {
      $0.int64(42, RowHash.seed("photo"))
      $0.text("DJI_0001.JPG", RowHash.seed("file"))
    }
    #expect(value == 1_765_606_858_884_018_881)
  }

  @Test func decoderAgreesWithTheEncoderAndFindsEveryChangedByte() throws {
    let names = ["site", "photo", "row_hash", "file"]
    let bytes = try Self.encoded { out in
      try out.beginRow(fields: 4)
      out.key(7)
      out.int64(42, RowHash.seed("photo"))
      out.hashPlace()
      out.text("DJI_0001.JPG", RowHash.seed("file"))
      out.endHash()
    }
    let row = Array(bytes.dropLast(2))
    func wrong(_ row: [UInt8]) -> Int {
      var decoder = CopyDecoder(fields: names)
      row.withUnsafeBytes { decoder.take($0) }
      return decoder.wrong
    }
    #expect(wrong(row) == 0)
    // Behind the number of the site, which the database gives.
    for index in (19 + 2 + 8)..<row.count {
      var changed = row
      changed[index] ^= 1
      #expect(wrong(changed) == 1, "byte \(index)")
      #expect(wrong(Array(row[..<index])) == 1, "cut at byte \(index)")
    }
  }

  @Test func publishedColumnsAreThoseOfTheIndex() {
    let names = PublishedColumn.all.map(\.name)
    #expect(Set(names).count == names.count)
    for name in ["rtk_std_h", "camera_model", "iso", "yaw", "target_lon", "flags", "taken_at"] {
      #expect(names.contains(name))
    }
    #expect(!names.contains("racy") && !names.contains("seq"))
  }
}
