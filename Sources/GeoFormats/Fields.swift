/// One cell of a row, with what it means: the formats differ in how they write it.
package enum FieldValue: Sendable, Equatable {
  /// Absent: JSON `null`, an empty CSV cell.
  case null
  case text(String)
  case integer(Int64)
  /// Shortest round-trip form; NaN and ±∞ count as absent.
  case real(Double)
  /// Degrees with seven or more decimals.
  case degrees(Double)
  /// Milliseconds since 1970-01-01 UTC, written as ISO 8601 with Z.
  case time(Int64)
  case flag(Bool)

  package init(_ text: String?) { self = text.map { .text($0) } ?? .null }
  package init(_ number: Int64?) { self = number.map { .integer($0) } ?? .null }
  package init(_ number: Double?) { self = number.map { .real($0) } ?? .null }
}

/// A column of rows that all look alike.
package struct Column: Sendable {
  package let name: String
  /// Numbers stand to the right in tables.
  package let isNumber: Bool
  /// `"name":`, made once.
  let jsonKey: [UInt8]

  package init(_ name: String, isNumber: Bool = false) {
    self.name = name
    self.isNumber = isNumber
    var key = [UInt8]()
    key.appendJSONString(name)
    key.append(UInt8(ascii: ":"))
    jsonKey = key
  }
}

extension [UInt8] {
  mutating func appendJSON(_ field: FieldValue) {
    switch field {
    case .null: append("null")
    case .text(let text): appendJSONString(text)
    case .integer(let number): appendInteger(number)
    case .real(let number): if !appendReal(number) { append("null") }
    case .degrees(let number): if !appendDegrees(number) { append("null") }
    case .flag(let flag): append(flag ? "true" : "false")
    case .time(let milliseconds):
      append(UInt8(ascii: "\""))
      if appendTime(milliseconds) {
        append(UInt8(ascii: "\""))
      } else {
        removeLast()
        append("null")
      }
    }
  }

  /// The members of an object, without its braces.
  mutating func appendJSONMembers(_ columns: [Column], _ fields: [FieldValue]) {
    for index in columns.indices {
      if index > 0 { append(UInt8(ascii: ",")) }
      append(contentsOf: columns[index].jsonKey)
      appendJSON(fields[index])
    }
  }
}
