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
        "location":"sftp://nas/p/flight%201/DJI_0001.JPG",\
        "alt_m":123.456,"rel_alt_m":-0.5,"taken_at":"2024-05-01T10:00:00.250Z","taken_local":"2024-05-01T12:00:00",\
        "camera_make":"DJI","camera_model":"FC6310 \\"Pro\\", 4","yaw":271.25,"pitch":-90.0,"fix":"fixed",\
        "rtk_std_lon_m":0.011,"rtk_std_lat_m":0.012,"rtk_std_height_m":0.025,\
        "source":"xmp-drone","flags":"degraded,conflict","size":5242880,"mtime":1714557600}},
        {"type":"Feature","id":2,"geometry":{"type":"Point","coordinates":[8.2500000,47.5000000]},\
        "properties":{"site":"nas","folder":"","file":"a.jpg","path":"a.jpg","location":"sftp://nas/p/a.jpg","alt_m":null,"rel_alt_m":null,\
        "taken_at":null,"taken_local":null,"camera_make":null,"camera_model":null,"yaw":null,"pitch":null,\
        "fix":null,"rtk_std_lon_m":null,"rtk_std_lat_m":null,"rtk_std_height_m":null,"source":null,"flags":"","size":5242880,"mtime":1714557600}}
        ]}

        """)
  }

  @Test(arguments: [
    (
      OutputFormat.geojson, "{\"type\":\"FeatureCollection\",\"name\":\"photos\",\"features\":[]}\n"
    ),
    (.json, "[]\n"), (.jsonl, ""), (.geojsonseq, ""),
    (
      .gpx,
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <gpx version="1.1" creator="gpsindex" xmlns="http://www.topografix.com/GPX/1/1">
      </gpx>

      """
    ),
    (
      .csv,
      "site,folder,file,path,location,lon,lat,alt_m,rel_alt_m,taken_at,taken_local,camera_make,camera_model,"
        + "yaw,pitch,fix,rtk_std_lon_m,rtk_std_lat_m,rtk_std_height_m,source,flags,size,mtime\r\n"
    ),
    (.table, "site  path  lon  lat  alt_m  taken  fix  flags\n"),
  ])
  func withoutAnyRow(format: OutputFormat, expected: String) throws {
    #expect(try written(format, []) == expected)
  }

  @Test func geojsonSequence() throws {
    let lines = try written(.geojsonseq, [.full, .bare]).split(separator: "\n")
    let collection = try written(.geojson, [.full, .bare]).split(separator: "\n")
    // The same features, each after a record separator.
    #expect(lines.count == 2)
    #expect(lines.allSatisfy { $0.hasPrefix("\u{1E}{\"type\":\"Feature\"") })
    #expect(
      lines.map { $0.dropFirst() + "" } == [collection[1].dropLast() + "", collection[2] + ""])
  }

  /// Points of a track are in the order of their times, not of their names; a photo whose UTC is
  /// unknown takes its place by the camera's clock, and one without any time is no part of it.
  @Test func gpx() throws {
    let later = PhotoRow.sample(
      id: 7, file: "DJI_0002.JPG",
      outcome: .located(Coordinate(latitude: 1e-5, longitude: 180))
    ) { $0.takenLocal = "2024-05-01T09:00:00" }
    let untimed = PhotoRow.sample(id: 8, file: "a&b<c>\"d'.jpg")
    let text = try written(.gpx, [.full, later, untimed, .bare, .withoutPosition])
    #expect(
      text == """
        <?xml version="1.0" encoding="UTF-8"?>
        <gpx version="1.1" creator="gpsindex" xmlns="http://www.topografix.com/GPX/1/1">
        <wpt lat="37.774929482" lon="-122.5000000"><ele>123.456</ele><time>2024-05-01T10:00:00.250Z</time>\
        <name>DJI_0001.JPG</name><cmt>yaw 271.3°, pitch -90.0°; rtk_std 0.011 m, 0.012 m, 0.025 m; flags degraded,conflict</cmt><desc>nas/flight 1/DJI_0001.JPG</desc>\
        <src>DJI FC6310 &quot;Pro&quot;, 4</src><link href="sftp://nas/p/flight%201/DJI_0001.JPG"/><type>photo</type></wpt>
        <wpt lat="0.0000100" lon="-180.0000000"><name>DJI_0002.JPG</name>\
        <desc>nas/flight 1/DJI_0002.JPG</desc><link href="sftp://nas/p/flight%201/DJI_0002.JPG"/><type>photo</type></wpt>
        <wpt lat="47.5000000" lon="8.2500000"><name>a&amp;b&lt;c&gt;&quot;d&#39;.jpg</name>\
        <desc>nas/flight 1/a&amp;b&lt;c&gt;&quot;d&#39;.jpg</desc>\
        <link href="sftp://nas/p/flight%201/a&amp;b%3Cc%3E%22d&#39;.jpg"/><type>photo</type></wpt>
        <wpt lat="47.5000000" lon="8.2500000"><name>a.jpg</name><desc>nas/a.jpg</desc><link href="sftp://nas/p/a.jpg"/><type>photo</type></wpt>
        <trk><name>nas/flight 1</name><trkseg>
        <trkpt lat="0.0000100" lon="-180.0000000"><name>DJI_0002.JPG</name></trkpt>
        <trkpt lat="37.774929482" lon="-122.5000000"><ele>123.456</ele><time>2024-05-01T10:00:00.250Z</time>\
        <name>DJI_0001.JPG</name></trkpt>
        </trkseg></trk>
        </gpx>

        """)
  }

  @Test func kml() throws {
    var options = FormatOptions()
    options.includesHeight = true
    for (options, mode, height) in [
      (FormatOptions(), "", ""), (options, "<altitudeMode>absolute</altitudeMode>", ",123.456"),
    ] {
      let lines = try written(.kml, [.full], options).split(separator: "\n")
      #expect(
        lines[lines.count - 2] == """
          <Placemark id="photo-42"><name>DJI_0001.JPG</name><Camera><longitude>-122.5</longitude>\
          <latitude>37.774929482</latitude><altitude>123.456</altitude><heading>271.25</heading>\
          <tilt>0.0</tilt><altitudeMode>absolute</altitudeMode></Camera>\
          <TimeStamp><when>2024-05-01T10:00:00.250Z</when></TimeStamp><styleUrl>#arrow</styleUrl>\
          <Style><IconStyle><heading>271.25</heading></IconStyle></Style>\
          <ExtendedData><SchemaData schemaUrl="#photo"><SimpleData name="site">nas</SimpleData>\
          <SimpleData name="folder">flight 1</SimpleData><SimpleData name="file">DJI_0001.JPG</SimpleData>\
          <SimpleData name="path">flight 1/DJI_0001.JPG</SimpleData>\
          <SimpleData name="location">sftp://nas/p/flight%201/DJI_0001.JPG</SimpleData><SimpleData name="alt_m">123.456</SimpleData>\
          <SimpleData name="rel_alt_m">-0.5</SimpleData>\
          <SimpleData name="taken_at">2024-05-01T10:00:00.250Z</SimpleData>\
          <SimpleData name="taken_local">2024-05-01T12:00:00</SimpleData>\
          <SimpleData name="camera_make">DJI</SimpleData>\
          <SimpleData name="camera_model">FC6310 &quot;Pro&quot;, 4</SimpleData>\
          <SimpleData name="yaw">271.25</SimpleData><SimpleData name="pitch">-90.0</SimpleData>\
          <SimpleData name="fix">fixed</SimpleData><SimpleData name="rtk_std_lon_m">0.011</SimpleData>\
          <SimpleData name="rtk_std_lat_m">0.012</SimpleData><SimpleData name="rtk_std_height_m">0.025</SimpleData>\
          <SimpleData name="source">xmp-drone</SimpleData>\
          <SimpleData name="flags">degraded,conflict</SimpleData><SimpleData name="size">5242880</SimpleData>\
          <SimpleData name="mtime">1714557600</SimpleData></SchemaData></ExtendedData>\
          <Point>\(mode)<coordinates>-122.5000000,37.774929482\(height)</coordinates></Point></Placemark>
          """)
    }
    // Neither direction nor height: no camera, another icon.
    let bare = try written(.kml, [.bare, .withoutPosition])
    #expect(bare.contains("<styleUrl>#dot</styleUrl>") && !bare.contains("<Camera>"))
    #expect(bare.split(separator: "<Point>").count == 2)
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
        "path,location,lon,lat,alt_m,rel_alt_m,taken_at,taken_local,camera_make,"
          + "camera_model,yaw,pitch,fix,rtk_std_lon_m,rtk_std_lat_m,rtk_std_height_m,source,"
          + "flags,size,mtime,reason"))
    #expect(
      lines[1]
        == "nas,flight 1,DJI_0001.JPG,flight 1/DJI_0001.JPG,"
        + "sftp://nas/p/flight%201/DJI_0001.JPG,-122.5000000,37.774929482,123.456,-0.5,"
        + "2024-05-01T10:00:00.250Z,2024-05-01T12:00:00,DJI,\"FC6310 \"\"Pro\"\", 4\",271.25,-90.0,"
        + "fixed,0.011,0.012,0.025,xmp-drone,\"degraded,conflict\",5242880,1714557600,")
    #expect(
      lines[2]
        == "nas,flight 1,c.jpg,flight 1/c.jpg,sftp://nas/p/flight%201/c.jpg,"
        + ",,,,,,,,,,,,,,,,5242880,1714557600,damaged")
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
        .csv, columns: [Column("a"), Column("n")], csv: CSVStyle(isRaw: isRaw), sink: collected.sink
      )
      try writer.begin()
      try writer.write([.text(cell), .real(-1)])
      try writer.end()
      #expect(collected.text == "a,n\r\n" + expected + ",-1.0\r\n")
    }
  }

  /// A byte order mark before the header, once; decimal commas need other separators, and quotes where a text has them.
  @Test func csvForSpreadsheets() throws {
    var options = FormatOptions()
    options.csv.hasByteOrderMark = true
    let plain = try written(.csv, [.full, .bare])
    #expect(try written(.csv, [.full, .bare], options) == "\u{FEFF}" + plain)
    options.csv.hasDecimalCommas = true
    let odd = PhotoRow.sample(id: 9, folder: "a;b", file: "=1;2.jpg")
    let lines = try written(.csv, [.full, odd], options).split(separator: "\r\n")
    #expect(lines[0].hasPrefix("\u{FEFF}site;folder;file;path;location;lon;lat;alt_m;"))
    #expect(lines[1].contains(";-122,5000000;37,774929482;123,456;-0,5;2024-05-01T10:00:00.250Z;"))
    #expect(lines[1].contains(";degraded,conflict;5242880;"))
    #expect(lines[2].hasPrefix("nas;\"a;b\";\"'=1;2.jpg\";\"a;b/=1;2.jpg\";"))
  }

  /// Paths give way, in the middle; numbers and times stay whole.
  @Test(arguments: [40, 80, 100, 200]) func tablesFitTheTerminal(columns: Int) throws {
    var options = FormatOptions()
    options.terminalColumns = columns
    let long = PhotoRow.sample(
      id: 9, folder: String(repeating: "日本 long/", count: 20), file: "DJI_0009.JPG")
    let lines = try written(.table, [.full, long], options).split(separator: "\n")
    let whole = try written(.table, [.full, long]).split(separator: "\n")
    let path = try #require(long.path.split(separator: "/").last)
    #expect(whole[2].contains(long.path))
    #expect(lines[2].contains("…") && lines[1].contains("37.7749295"))
    // A path is never shorter than 12 columns.
    if columns >= 110 {
      #expect(lines.allSatisfy { terminalWidth(String($0)) <= columns })
      #expect(lines[2].contains(path))
    }
  }

  @Test func table() throws {
    var options = FormatOptions()
    options.includesReason = true
    let odd = PhotoRow.sample(id: 5, folder: "日本", file: "\u{1b}[31m\n.jpg")
    let text = try written(.table, [.full, odd, .withoutPosition], options)
    #expect(
      text == """
        site  path                            lon         lat   alt_m  taken                fix    flags              reason
        nas   flight 1/DJI_0001.JPG  -122.5000000  37.7749295  123.46  2024-05-01T12:00:00  fixed  degraded,conflict
        nas   日本/\\x1b[31m\\n.jpg       8.2500000  47.5000000
        nas   flight 1/b.jpg                                                                                          no-gps

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
    let expected: [(FolderFormat, String)] = [
      (
        .geojson,
        """
        {"type":"FeatureCollection","name":"folders","features":[
        {"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[8.0000000,47.0000000],\
        [8.5000000,47.0000000],[8.5000000,47.2500000],[8.0000000,47.2500000],[8.0000000,47.0000000]]]},\
        "properties":{"site":"nas","folder":"=f","photos":4,"located":2,"without_position":1,"failed":1}},
        {"type":"Feature","geometry":null,\
        "properties":{"site":"nas","folder":"","photos":0,"located":0,"without_position":0,"failed":0}}
        ]}

        """
      ),
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
