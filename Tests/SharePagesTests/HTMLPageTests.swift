import Foundation
import PhotoModel
import Platform
import Testing

@testable import SharePages

@Suite struct HTMLPageTests {
  private func options(_ change: (inout ShareOptions) -> Void = { _ in }) -> ShareOptions {
    var options = ShareOptions()
    options.title = "flight"
    options.hasThumbnails = true
    change(&options)
    return options
  }

  private func html(_ rows: [PhotoRow], _ options: ShareOptions) throws -> (String, ShareSummary) {
    let (bytes, summary) = try page(.html, rows, options)
    return (String(decoding: bytes, as: UTF8.self), summary)
  }

  /// The contents of the elements of a class or with an id.
  private func elements(_ name: String, in html: String) -> [String] {
    html.components(separatedBy: "<script type=\"").dropFirst().compactMap { part in
      guard let end = part.firstIndex(of: ">"), part[..<end].contains("\"\(name)\"") else {
        return nil
      }
      return part[part.index(after: end)...].components(separatedBy: "</script>")[0]
    }
  }

  private func photos(_ html: String) throws -> [[Any]] {
    try elements("photos", in: html).flatMap {
      try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [[Any]])
    }
  }

  @Test func everyPhotoIsInItOnceWithItsPicture() throws {
    let rows =
      (0..<600).map { row(Int64($0), "\($0).JPG", thumbnail: $0 % 3 == 0 ? nil : 500 + Int64($0)) }
      + [row(600, "lost.JPG", folder: "other", at: nil)]
    let (text, summary) = try html(rows, options())
    let found = try photos(text)
    #expect(found.map { $0[0] as? String } == (0..<600).map { "\($0).JPG" })
    let pictures = elements("thumb64", in: text).map { Data(base64Encoded: $0) }
    let expected = rows.filter { $0.record.thumbnail != nil && $0.record.position != nil }.map {
      row -> Data? in
      guard case .jpeg(let bytes) = picture(row) else { return nil }
      return Data(bytes)
    }
    #expect(pictures == expected)
    #expect(found.filter { $0[25] as? Int == 1 }.count == expected.count)
    #expect((summary.located, summary.withoutPosition, summary.pictures) == (600, 1, 400))
    #expect(text.contains("600 photos on the map · 1 without position · 2024-04-02 09:00"))
    #expect(elements("nowhere", in: text).joined().contains("lost.JPG"))
    #expect(
      elements("about-pictures", in: text) == [
        "Pictures for 400 of 600 photos (200 without a thumbnail)."
      ])
  }

  @Test(arguments: [
    "<script>alert(1)</script>.jpg", "</script><img src=x onerror=alert(2)>.jpg", "<!--.jpg",
    "a\u{2028}\u{202E}b.jpg", "\"'&{title}{when}.jpg", "\u{0}\u{1B}[31m.jpg",
    "</noscript></table>.jpg",
  ])
  func namesNeverBecomeMarkup(name: String) throws {
    let rows = [
      row(1, name, folder: "\(name)/\(name)") {
        $0.cameraModel = name
        $0.takenLocal = name
      }, row(2, name, folder: name, site: name, at: nil),
    ]
    let plain = try html(
      [row(1, "a.jpg", folder: "b/c"), row(2, "a.jpg", folder: "d", at: nil)], options())
    for paths in [false, true] {
      let (text, _) = try html(
        rows,
        options {
          $0.title = name
          $0.hasPaths = paths
        })
      // As many elements as in a page of harmless names.
      for mark in ["<script", "</script", "<img", "<!--", "<noscript", "<table", "<h1"] {
        #expect(
          text.components(separatedBy: mark).count == plain.0.components(separatedBy: mark).count,
          "\(mark) of \(name.debugDescription)")
      }
      #expect(try photos(text)[0][0] as? String == name)
      let odd = text.unicodeScalars.first {
        "\u{2028}\u{202E}\u{0}\u{1B}".unicodeScalars.contains($0)
      }
      #expect(odd == nil)
    }
  }

  @Test func thePolicyAllowsThisScriptAlone() throws {
    let (text, _) = try html([row(1, "a.jpg")], options())
    let script = try #require(
      text.components(separatedBy: "<script>").last?.components(separatedBy: "</script>")[0])
    let hash = Base64.encode(SHA256.digest(Array(script.utf8)))
    #expect(
      text.contains(
        "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'sha256-\(hash)'"
      ))
    for address in ["http://", "https://", "url("] {
      #expect(!text.contains(address), "\(address)")
    }
  }

  @Test func pathsAndSerialNumbersNeedTheirOption() throws {
    let rows = [
      row(1, "a.jpg", folder: "clients/smith/2024_pit/100MEDIA"),
      row(2, "b.jpg", folder: "clients/smith/x/y", at: nil),
    ]
    let secrets = ["secret.example.com", "SERIAL42", "clients/smith", "nas"]
    let closed = try html(rows, options()).0.components(separatedBy: "class=\"flights\"")[1]
    let head = closed.components(separatedBy: "id=\"world\"")[0]
    for secret in secrets { #expect(!head.contains(secret), "\(secret)") }
    let open = try html(rows, options { $0.hasPaths = true }).0
    for secret in secrets { #expect(open.contains(secret), "\(secret)") }
  }

  /// Evenly along the path, and never larger.
  @Test(arguments: [500_000, 600_000, 1_000_000] as [Int64])
  func picturesGiveWayToTheSize(largest: Int64) throws {
    let rows = (0..<200).map { row(Int64($0), "\($0).jpg", thumbnail: 6000) }
    let (text, summary) = try html(rows, options { $0.largest = largest })
    #expect(text.utf8.count <= largest, "\(text.utf8.count)")
    #expect(summary.located == 200 && summary.pictures + summary.leftOut == 200)
    let has = try photos(text).map { $0[25] as? Int == 1 }
    #expect(has.filter { $0 }.count == summary.pictures)
    for part in 0..<4 where summary.pictures > 8 {
      let quarter = has[(part * 50)..<(part * 50 + 50)].filter { $0 }.count
      #expect(abs(quarter - summary.pictures / 4) <= 1)
    }
    if largest == 600_000 { #expect((1..<200).contains(summary.pictures), "\(summary)") }
  }

  @Test func longerPicturesThanStatedAreCounted() throws {
    let rows = (0..<50).map { row(Int64($0), "\($0).jpg", thumbnail: 10) }
    let options = options { $0.largest = 600_000 }
    let (bytes, summary) = try page(.html, rows, options) { _ in
      .jpeg([0xFF, 0xD8, 0xFF] + [UInt8](repeating: 0, count: 50_000))
    }
    #expect(bytes.count <= 600_000 && summary.leftOut > 0 && summary.pictures > 0, "\(summary)")
  }

  @Test func refusesMorePhotosThanBrowsersBear() throws {
    var plan = SharePlan()
    for id in 0..<SharePlan.most { try plan.add(row(Int64(id), "a")) }
    #expect(throws: TooManyPhotos.self) { try plan.add(row(0, "b")) }
  }
}
