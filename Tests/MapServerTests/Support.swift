import Foundation
import PhotoIndex
import PhotoModel
import ShareLinks
import TestSupport
import TileFiles

@testable import MapServer

/// An index of a few photos, and the service over it, without a socket.
struct Place {
  static let token = AccessControl.newToken()

  let folder: TemporaryFolder
  let index: String
  let service: MapService
  private let settings: MapSettings

  /// Names that contain markup or control characters.
  static let hostileNames = [
    "<img src=x onerror=alert(1)>.jpg", "\"><script>alert(2)</script>.jpg", "'-alert(3)-'.jpg",
    "\u{202E}gpj.exe", "javascript:alert(4).jpg",
    "a\u{0}b\nc\r.jpg".replacing("\u{0}", with: "\u{1}"),
    "]]>&lt;svg onload=alert(5)&gt;.jpg", "\u{2028}line.jpg",
  ]
  /// Bytes that are not UTF-8.
  static let brokenName: [UInt8] = [0xFF, 0xFE, 0x3C, 0x62, 0x3E, 0xC3, 0x2E, 0x6A, 0x70, 0x67]

  init(
    isProtected: Bool = false, isSharing: Bool = false, tiles: String? = nil,
    program: String = "/bin/false",
    photos: Int = 0,
    basemap: TileFile? = nil
  ) throws {
    folder = try TemporaryFolder("gpsindex-map")
    index = folder.file("index.gpkg")
    try Self.fill(index, photos)
    let workers = Workers(threads: 2)
    let leaflet = folder.file("leaflet")
    try FileManager.default.createDirectory(atPath: leaflet, withIntermediateDirectories: true)
    try Data("// leaflet".utf8).write(to: URL(filePath: "\(leaflet)/leaflet.js"))
    try Data("/* leaflet */".utf8).write(to: URL(filePath: "\(leaflet)/leaflet.css"))
    guard let library = Leaflet(folders: [leaflet]) else { throw Missing() }
    var settings = MapSettings(index: index, leaflet: library, tiles: tiles)
    settings.basemap = basemap
    self.settings = settings
    service = MapService(
      settings: settings,
      access: Self.access(8470, isProtected, isSharing ? ShareBook(index: index) : nil),
      workers: workers, control: SyncControl(program: program, index: index, workers: workers),
      pictures: PictureReading(program: program, index: index))
  }

  private static func access(
    _ port: Int, _ isProtected: Bool, _ shares: ShareBook? = nil
  ) -> AccessControl {
    AccessControl(
      token: token, address: "127.0.0.1", port: port, isLoopback: true,
      protectsReading: isProtected, shares: shares)
  }

  /// For a listener on that port.
  func service(port: Int, workers: Workers) -> MapService {
    MapService(
      settings: settings, access: Self.access(port, false), workers: workers,
      control: SyncControl(program: "/bin/false", index: index, workers: workers),
      pictures: PictureReading(program: "/bin/false", index: index))
  }

  struct Missing: Error {}

  /// `nas`: in Zürich 3 located, 1 without position and 1 failed; on Fiji one on each side of the antimeridian.
  /// `<b>odd`: one photo for each hostile name, and `photos` more.
  private static func fill(_ index: String, _ more: Int) throws {
    let writer = try IndexWriter(path: index)
    let nas = try writer.addSite(SiteRecord(name: "nas", location: "sftp://drone@nas/photos"))
    var zurich = FolderChanges(site: nas.id, folder: PathBytes(text: "zurich"))
    for number in 1...3 {
      var record = located(8.5 + Double(number) / 1000, 47.4)
      record.takenAt = 1_714_557_600_000 + Int64(number) * 2000
      record.gimbalYaw = Double(number) * 100
      record.altitude = 500 + Double(number)
      record.fix = number == 1 ? .fixed : .single
      if number == 2 { record.flags = [.conflict] }
      if number == 1 {
        record.takenLocal = "2024-05-01T12:00:02"
        record.serialNumber = "1581F5FKD"
        record.relativeAltitude = 80
        record.gimbalPitch = -90
        record.thumbnail = EmbeddedPicture(offset: 500, length: 9000)
      }
      if number == 3 { record.flags = [.fileGone] }
      zurich.inserts.append(change("DJI_000\(number).JPG", record))
    }
    zurich.inserts.append(change("x.jpg", PhotoRecord(outcome: .withoutPosition(.noGPS))))
    zurich.inserts.append(change("y.jpg", PhotoRecord(outcome: .failed(.damaged))))
    var fiji = FolderChanges(site: nas.id, folder: PathBytes(text: "fiji"))
    fiji.inserts.append(change("east.jpg", located(179.9, -17.5)))
    fiji.inserts.append(change("west.jpg", located(-179.9, -17.5)))
    let odd = try writer.addSite(SiteRecord(name: "<b>odd", location: "/odd"))
    var hostile = FolderChanges(site: odd.id, folder: PathBytes(text: "<i onclick=alert(9)>"))
    let names = hostileNames.map { PathBytes(Array($0.utf8)) } + [PathBytes(brokenName)]
    for (number, name) in names.enumerated() {
      let record = located(2.3 + Double(number) / 100, 48.8)
      let file = ListedFile(name: name, size: 1, mtime: 0)
      hostile.inserts.append(
        PhotoChange(file: file, record: record, racy: false, parserVersion: 1))
    }
    var many = FolderChanges(site: odd.id, folder: PathBytes(text: "many"))
    for number in 0..<more {
      many.inserts.append(change("\(10_000 + number).jpg", located(10, Double(number % 90))))
    }
    try writer.apply([zurich, fiji, hostile, many])
    try writer.checkpoint()
  }

  static let allLocated = 3 + 2 + hostileNames.count + 1
  /// Located, with a time.
  static let allTimed = 3

  private static func located(_ longitude: Double, _ latitude: Double) -> PhotoRecord {
    PhotoRecord(outcome: .located(Coordinate(latitude: latitude, longitude: longitude)))
  }

  private static func change(_ name: String, _ record: PhotoRecord) -> PhotoChange {
    PhotoChange(
      file: ListedFile(name: PathBytes(text: name), size: 5, mtime: 1_714_557_600), record: record,
      racy: false, parserVersion: 1)
  }

  // MARK: Requests

  struct Answer {
    var status: Int
    var type: String
    var headers: [(name: String, value: String)]
    var bytes: [UInt8]
    var text: String { String(decoding: bytes, as: UTF8.self) }
    func json() throws -> [String: Any] {
      guard let object = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
      else { throw Missing() }
      return object
    }
    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
  }

  func get(_ target: String, _ headers: [(String, String)] = []) async throws -> Answer {
    try await ask("GET", target, headers)
  }

  func post(_ target: String, _ headers: [(String, String)]? = nil) async throws -> Answer {
    let usual = [
      ("Authorization", "Bearer \(Self.token)"), ("Content-Type", "application/json"),
      ("Origin", "http://127.0.0.1:8470"),
    ]
    return try await ask("POST", target, headers ?? usual)
  }

  private func ask(
    _ method: String, _ target: String, _ headers: [(String, String)]
  ) async throws -> Answer {
    guard
      let request = MapRequest(
        method: method, target: target, headers: headers + [("Host", "127.0.0.1:8470")])
    else { throw Missing() }
    let response = await service.answer(request)
    var bytes: [UInt8] = []
    switch response.body {
    case .bytes(let all): bytes = all
    case .written(let produce): try produce({ bytes.append(contentsOf: $0) }, StopFlag())
    case .events(let events):
      for await event in events {
        bytes = event
        break
      }
    }
    return Answer(
      status: response.status,
      type: response.headers.first { $0.name == "Content-Type" }?.value ?? "",
      headers: response.headers, bytes: bytes)
  }
}
