import PhotoModel
import Testing

@testable import GeoFormats

/// The exact bytes that scripts rely on.
@Suite struct GoldenTests {
  @Test func geojson() throws {
    let text = try written(.geojson, [.full, .bare])
    #expect(
      text == """
        {"type":"FeatureCollection","name":"photos","features":[
        {"type":"Feature","id":42,"geometry":{"type":"Point","coordinates":[-122.5000000,37.774929482]},\
        "properties":{"site":"nas","folder":"flight 1","file":"DJI_0001.JPG","path":"flight 1/DJI_0001.JPG",\
        "alt_m":123.456,"rel_alt_m":-0.5,"taken_at":"2024-05-01T10:00:00.250Z","taken_local":"2024-05-01T12:00:00",\
        "camera_make":"DJI","camera_model":"FC6310 \\"Pro\\", 4","yaw":271.25,"pitch":-90.0,"fix":"fixed",\
        "source":"xmp-drone","flags":"degraded,conflict","size":5242880,"mtime":1714557600}},
        {"type":"Feature","id":2,"geometry":{"type":"Point","coordinates":[8.2500000,47.5000000]},\
        "properties":{"site":"nas","folder":"","file":"a.jpg","path":"a.jpg","alt_m":null,"rel_alt_m":null,\
        "taken_at":null,"taken_local":null,"camera_make":null,"camera_model":null,"yaw":null,"pitch":null,\
        "fix":null,"source":null,"flags":"","size":5242880,"mtime":1714557600}}
        ]}

        """)
  }

  @Test(arguments: [
    (
      OutputFormat.geojson, "{\"type\":\"FeatureCollection\",\"name\":\"photos\",\"features\":[]}\n"
    ),
    (.json, "[]\n"), (.jsonl, ""),
    (
      .csv,
      "site,folder,file,path,lon,lat,alt_m,rel_alt_m,taken_at,taken_local,camera_make,camera_model,"
        + "yaw,pitch,fix,source,flags,size,mtime\r\n"
    ),
    (.table, "site  path  lon  lat  alt_m  taken  fix  flags\n"),
  ])
  func withoutAnyRow(format: OutputFormat, expected: String) throws {
    #expect(try written(format, []) == expected)
  }

  @Test func heightsOnAllOrNone() throws {
    let collected = Collected()
    var options = FormatOptions()
    options.includesHeight = true
    options.includesReason = true
    var writer = makeWriter(.geojson, options: options, sink: collected.sink)
    try writer.begin()
    for row in [PhotoRow.full, .bare, .withoutPosition] { try writer.write(row) }
    try writer.end()
    #expect(writer.leftOut == 1)
    #expect(collected.text.contains("\"coordinates\":[-122.5000000,37.774929482,123.456]"))
    #expect(!collected.text.contains("\"a.jpg\""))
    #expect(collected.text.contains("\"geometry\":null"))
    #expect(collected.text.contains("\"reason\":\"no-gps\"}}"))
  }

  @Test func csv() throws {
    var options = FormatOptions()
    options.includesReason = true
    let lines = try written(.csv, [.full, .failed], options).split(separator: "\r\n")
    #expect(lines.count == 3)
    #expect(
      lines[0].hasSuffix(
        "path,lon,lat,alt_m,rel_alt_m,taken_at,taken_local,camera_make,"
          + "camera_model,yaw,pitch,fix,source,flags,size,mtime,reason"))
    #expect(
      lines[1]
        == "nas,flight 1,DJI_0001.JPG,flight 1/DJI_0001.JPG,-122.5000000,37.774929482,123.456,-0.5,"
        + "2024-05-01T10:00:00.250Z,2024-05-01T12:00:00,DJI,\"FC6310 \"\"Pro\"\", 4\",271.25,-90.0,"
        + "fixed,xmp-drone,\"degraded,conflict\",5242880,1714557600,")
    #expect(
      lines[2]
        == "nas,flight 1,c.jpg,flight 1/c.jpg,,,,,,,,,,,,,,5242880,1714557600,damaged")
  }

  @Test(arguments: [
    ("=1", "'=1", "=1"), ("+1", "'+1", "+1"), ("-1", "'-1", "-1"), ("@a", "'@a", "@a"),
    ("\ta", "\"'\ta\"", "\"\ta\""), ("\ra", "\"'\ra\"", "\"\ra\""), ("a=1", "a=1", "a=1"),
    (" =1", "\" =1\"", "\" =1\""), ("\0=1", "\"'=1\"", "\"=1\""),
    ("=a,\"b\"", "\"'=a,\"\"b\"\"\"", "\"=a,\"\"b\"\"\""),
  ])
  func csvFormulaGuard(cell: String, guarded: String, raw: String) throws {
    for (isRaw, expected) in [(false, guarded), (true, raw)] {
      let collected = Collected()
      var writer = makeRecordWriter(
        .csv, columns: [Column("a"), Column("n")], rawCSV: isRaw, sink: collected.sink)
      try writer.begin()
      try writer.write([.text(cell), .real(-1)])
      try writer.end()
      #expect(collected.text == "a,n\r\n" + expected + ",-1.0\r\n")
    }
  }

  @Test func table() throws {
    var options = FormatOptions()
    options.includesReason = true
    let odd = PhotoRow.sample(id: 5, folder: "日本", file: "\u{1b}[31m\n.jpg")
    let text = try written(.table, [.full, odd, .withoutPosition], options)
    #expect(
      text == """
        site  path                            lon         lat   alt_m  taken                     fix    flags              reason
        nas   flight 1/DJI_0001.JPG  -122.5000000  37.7749295  123.46  2024-05-01T10:00:00.250Z  fixed  degraded,conflict
        nas   日本/\\x1b[31m\\n.jpg       8.2500000  47.5000000
        nas   flight 1/b.jpg                                                                                               no-gps

        """)
  }

  @Test func folders() throws {
    let rows = [
      FolderRow(
        site: "nas", folder: "=f", photos: 4, located: 2, withoutPosition: 1, failed: 1,
        extent: BoundingBox(west: 8, south: 47, east: 8.5, north: 47.25)),
      FolderRow(
        site: "nas", folder: "", photos: 0, located: 0, withoutPosition: 0, failed: 0, extent: nil),
    ]
    let expected: [(RecordFormat, String)] = [
      (
        .json,
        """
        [
        {"site":"nas","folder":"=f","photos":4,"located":2,"without_position":1,"failed":1,\
        "west":8.0000000,"south":47.0000000,"east":8.5000000,"north":47.2500000},
        {"site":"nas","folder":"","photos":0,"located":0,"without_position":0,"failed":0,\
        "west":null,"south":null,"east":null,"north":null}
        ]

        """
      ),
      (
        .csv,
        "site,folder,photos,located,without_position,failed,west,south,east,north\r\n"
          + "nas,'=f,4,2,1,1,8.0000000,47.0000000,8.5000000,47.2500000\r\n"
          + "nas,,0,0,0,0,,,,\r\n"
      ),
      (
        .table,
        """
        site  folder  photos  located  without_position  failed       west       south       east       north
        nas   =f           4        2                 1       1  8.0000000  47.0000000  8.5000000  47.2500000
        nas                0        0                 0       0

        """
      ),
    ]
    for (format, text) in expected {
      let collected = Collected()
      var writer = FolderWriter(format, sink: collected.sink)
      try writer.begin()
      for row in rows { try writer.write(row) }
      try writer.end()
      #expect(collected.text == text)
    }
  }
}
