import PhotoModel
import SQLite

/// Values that repeat from row to row are made once: one cache per column that needs one.
struct ColumnCaches {
  var makes = CachedText()
  var models = CachedText()
  var serials = CachedText()
  var gpsStates = CachedText()
  var altitudeTypes = CachedText()
  var sources = CachedName<PositionSource>()
  var fixes = CachedName<FixQuality>()
  var days = CachedDay()
}

/// The last value of a column that holds one of few names; most rows repeat it.
struct CachedName<Value: RawRepresentable> where Value.RawValue == String {
  private var name = ""
  private var known: Value?

  mutating func value(_ s: Statement, _ column: Statement.Column) -> Value? {
    s.withBytes(column) { bytes in
      if !isSame(bytes, name) {
        name = String(decoding: bytes, as: UTF8.self)
        known = Value(rawValue: name)
      }
    }
    return known
  }
}

/// Times of a column; most rows repeat the day of the one before.
struct CachedDay {
  /// `YYYY-MM-DDT`.
  private var text: [UInt8] = []
  private var start: Int64 = 0

  /// Nil for NULL and for what is no time.
  mutating func milliseconds(_ bytes: UnsafeRawBufferPointer) -> Int64? {
    // `YYYY-MM-DDThh:mm:ss.fffZ`, as this program writes it.
    guard bytes.count == 24 else { return bytes.isEmpty ? nil : Timestamp.milliseconds(bytes) }
    if text.count == 11 {
      var isSame = true
      for index in 0..<11 { isSame = isSame && bytes[index] == text[index] }
      if isSame, let ofDay = Self.ofDay(bytes) { return start + ofDay }
    }
    guard let time = Timestamp.milliseconds(bytes), let ofDay = Self.ofDay(bytes) else {
      return Timestamp.milliseconds(bytes)
    }
    text = Array(bytes.prefix(11))
    start = time - ofDay
    return time
  }

  /// Nil unless the last 13 bytes are `hh:mm:ss.fffZ` with times that exist.
  private static func ofDay(_ bytes: UnsafeRawBufferPointer) -> Int64? {
    var isWhole = bytes[13] == 0x3A && bytes[16] == 0x3A && bytes[19] == 0x2E && bytes[23] == 0x5A
    func digit(_ at: Int) -> Int64 {
      isWhole = isWhole && bytes[at] &- 0x30 < 10
      return Int64(bytes[at]) - 0x30
    }
    let hours = digit(11) * 10 + digit(12)
    let minutes = digit(14) * 10 + digit(15)
    let seconds = digit(17) * 10 + digit(18)
    let rest = digit(20) * 100 + digit(21) * 10 + digit(22)
    guard isWhole, hours < 24, minutes < 60, seconds < 60 else { return nil }
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest
  }
}

func isSame(_ bytes: UnsafeRawBufferPointer, _ text: String) -> Bool {
  guard bytes.count == text.utf8.count else { return false }
  return text.utf8.withContiguousStorageIfAvailable { utf8 in
    for index in 0..<utf8.count where utf8[index] != bytes[index] { return false }
    return true
  } ?? bytes.elementsEqual(text.utf8)
}

/// The last text of a column; most rows repeat it.
struct CachedText {
  private var last = ""

  /// - Parameter text: that of the row before, set by this method only: an equal one is not assigned again.
  mutating func put(_ s: Statement, _ column: Statement.Column, into text: inout String?) {
    if s.isNull(column) {
      if text != nil { text = nil }
    } else if !s.withBytes(column, { isSame($0, last) }) {
      last = s.text(column)
      text = last
    } else if text == nil {
      text = last
    }
  }
}
