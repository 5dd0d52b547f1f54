import GeoFormats
import PhotoModel

extension JSONText {
  typealias Link = (rel: String, href: String, type: String, title: String)

  mutating func links(_ links: [Link]) {
    key("links")
    beginArray()
    for link in links {
      beginObject()
      member("rel", .text(link.rel))
      member("href", .text(link.href))
      member("type", .text(link.type))
      member("title", .text(link.title))
      endObject()
    }
    endArray()
  }

  mutating func counts(_ photos: Int, _ located: Int, _ withoutPosition: Int, _ failed: Int) {
    member("photos", .integer(Int64(photos)))
    member("located", .integer(Int64(located)))
    member("without_position", .integer(Int64(withoutPosition)))
    member("failed", .integer(Int64(failed)))
  }

  /// `[west,south,east,north]`.
  mutating func box(_ box: BoundingBox) {
    beginArray()
    for side in [box.west, box.south, box.east, box.north] { value(.degrees(side)) }
    endArray()
  }
}

/// Percent-encodes text for a query string, except unreserved characters (RFC 3986 §2.3).
func escaped(_ text: String) -> String {
  var out = ""
  for byte in text.utf8 {
    let character = Character(UnicodeScalar(byte))
    if byte < 0x80, character.isLetter || character.isNumber || "-._~,/:".contains(character) {
      out.append(character)
    } else {
      out += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
  }
  return out
}
