import FuzzSupport
import PhotoMetadata
import PhotoModel
import TestSupport
import Testing

/// XMP properties are found by namespace URI (Namespaces in XML 1.0 §3; XMP part 1 §6.2).
@Suite struct SpaceRuleTests {
  static let dji = "http://www.dji.com/drone-dji/1.0/"
  static let exif = "http://ns.adobe.com/exif/1.0/"
  static let rdfURI = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

  static func packet(_ inner: String, rdf: String = "rdf") -> String {
    "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><\(rdf):RDF xmlns:\(rdf)=\"\(rdfURI)\">\(inner)"
      + "</\(rdf):RDF></x:xmpmeta>"
  }

  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var packet: String
    var source = PositionSource.xmpDrone
  }

  static func attributes(_ prefix: String, _ uri: String) -> String {
    "<rdf:Description rdf:about=\"\" xmlns:\(prefix)=\"\(uri)\" \(prefix):GpsLatitude=\"47.25\" "
      + "\(prefix):GpsLongitude=\"-8.5\"/>"
  }

  static func elements(_ lat: String, _ lon: String) -> String {
    "<rdf:Description rdf:about=\"\" xmlns:e=\"\(exif)\">"
      + "<e:GPSLatitude\(lat)</e:GPSLatitude><e:GPSLongitude\(lon)</e:GPSLongitude></rdf:Description>"
  }

  static let rows: [Row] = [
    Row(testDescription: "another prefix", packet: packet(attributes("ns1", dji))),
    Row(
      testDescription: "no slash at the end",
      packet: packet(attributes("ns1", "http://www.dji.com/drone-dji/1.0"))),
    Row(testDescription: "Zenmuse XT S", packet: packet(attributes("DJI", "http://www.dji.com"))),
    Row(
      testDescription: "Zenmuse XT S, prefix bound twice",
      packet: packet(
        attributes("DJI", "http://www.dji.com")
          .replacing("rdf:about", with: "xmlns:DJI=\"http://www.dji.com\" rdf:about"))),
    Row(
      testDescription: "a prefix of two makers",
      packet: packet(attributes("drone", dji))),
    Row(
      testDescription: "an unknown URI of a maker's prefix",
      packet: packet(attributes("drone-dji", "http://example.org/other/"))),
    Row(
      testDescription: "… which gives way to the right one",
      packet: packet(
        attributes("drone-dji", "http://example.org/other/").replacing("47.25", with: "1")
          + attributes("ns1", dji))),
    Row(
      testDescription: "rdf renamed",
      packet: packet(
        attributes("ns1", dji).replacing("rdf:", with: "r:"), rdf: "r")),
    Row(
      testDescription: "default namespace",
      packet: packet(
        "<rdf:Description rdf:about=\"\"><GPSLatitude xmlns=\"\(exif)\">47,15N</GPSLatitude>"
          + "<GPSLongitude xmlns=\"\(exif)\">8,30W</GPSLongitude></rdf:Description>"),
      source: .xmpExif),
    Row(
      testDescription: "rdf:value in a resource",
      packet: packet(
        elements(
          " rdf:parseType=\"Resource\"> <rdf:value>47,15N</rdf:value>",
          " rdf:parseType=\"Resource\"><rdf:value>8,30W</rdf:value>")), source: .xmpExif),
    Row(
      testDescription: "rdf:value in a description",
      packet: packet(
        elements(
          "><rdf:Description><rdf:value>47,15N</rdf:value><e:x>1</e:x></rdf:Description>",
          "><rdf:Description><rdf:value>8,30W</rdf:value></rdf:Description>")), source: .xmpExif),
    Row(
      testDescription: "rdf:value as an attribute",
      packet: packet(
        "<rdf:Description xmlns:e=\"\(exif)\"><e:GPSLatitude rdf:value=\"47,15N\" e:q=\"1\"/>"
          + "<e:GPSLongitude><rdf:Description rdf:value=\"8,30W\"/></e:GPSLongitude>"
          + "</rdf:Description>"), source: .xmpExif),
    Row(
      testDescription: "another prefix in a broken packet",
      packet: packet(attributes("ns1", dji)).replacing("</rdf:RDF>", with: "")),
    Row(
      testDescription: "a declaration ends with its element",
      packet: packet(
        "<rdf:Description xmlns:p=\"\(dji)\" p:GpsLatitude=\"47.25\" p:GpsLongitude=\"-8.5\">"
          + "<rdf:li xmlns:p=\"http://example.org/\" p:GpsLatitude=\"1\"/></rdf:Description>"
          + "<rdf:Description xmlns:q=\"http://example.org/\" q:GpsLatitude=\"2\"/>")),
    Row(
      testDescription: "an inner declaration hides an outer one",
      packet: packet(
        "<rdf:Description xmlns:p=\"http://example.org/\" p:GpsLatitude=\"1\"/>"
          + attributes("p", dji)
      ).replacing("<x:xmpmeta ", with: "<x:xmpmeta xmlns:p=\"http://example.org/\" ")),
    Row(
      testDescription: "an undeclared prefix leaves the packet to the tolerant scan",
      packet: packet("<q:thing/>" + attributes("ns1", dji))),
    Row(
      testDescription: "xml:lang needs no declaration",
      packet: packet(
        attributes("ns1", dji).replacing("rdf:about", with: "xml:lang=\"en\" rdf:about"))),
    Row(
      testDescription: "an element without a namespace",
      packet: packet("<GpsLatitude>1</GpsLatitude>" + attributes("ns1", dji))),
    Row(
      testDescription: "a thousand declarations",
      packet: packet(
        attributes("ns1", dji)
          + (0..<1000).map { "<a xmlns:p\($0)=\"u:\($0)\">" }.joined()
          + String(repeating: "</a>", count: 1000))),
    Row(
      testDescription: "a typed node",
      packet: packet(attributes("ns1", dji).replacing("rdf:Description", with: "ns1:Shot"))),
  ]

  @Test(arguments: rows) func thePrefixIsArbitrary(row: Row) {
    let record = XmpTests.record(row.packet, exif: false)
    #expect(record.position == Coordinate(latitude: 47.25, longitude: -8.5))
    #expect(record.source == row.source)
    let beside = SidecarTests.read(.xmp, row.packet)
    #expect(beside.position == Coordinate(latitude: 47.25, longitude: -8.5))
  }

  /// What has the standard's prefix and another URI is something else.
  @Test func aPrefixOfAnotherNamespaceIsNoneOfXmp() {
    let other = Self.packet(
      "<rdf:Description xmlns:exif=\"http://example.org/x/\" exif:GPSLatitude=\"47,15N\" "
        + "exif:GPSLongitude=\"8,30W\"/>")
    #expect(XmpTests.record(other, exif: false).verdict == "no-gps")
  }
}
