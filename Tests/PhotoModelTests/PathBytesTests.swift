import PhotoModel
import Testing

/// Names are bytes; their text form loses none and maps no two names to one text.
@Suite struct PathBytesTests {
  static let texts: [([UInt8], String)] = [
    (Array("DJI_0001.JPG".utf8), "DJI_0001.JPG"),
    (Array("é.jpg".utf8), "é.jpg"),
    ([0xFF, 0xFE], "\u{FFFD}FF\u{FFFD}FE"),
    // A genuine U+FFFD must not look like an escaped byte.
    (Array("\u{FFFD}FF".utf8), "\u{FFFD}EF\u{FFFD}BF\u{FFFD}BDFF"),
    // Cut and overlong sequences, surrogates: no valid UTF-8.
    ([0xE2, 0x82], "\u{FFFD}E2\u{FFFD}82"), ([0xC0, 0xAF], "\u{FFFD}C0\u{FFFD}AF"),
    ([0xED, 0xA0, 0x80], "\u{FFFD}ED\u{FFFD}A0\u{FFFD}80"),
    // Other characters whose first byte is that of U+FFFD.
    (Array("\u{F8FF}\u{FEFF}\u{FF0E}".utf8), "\u{F8FF}\u{FEFF}\u{FF0E}"),
    (Array("a\nb".utf8), "a\nb"), ([], ""),
  ]

  @Test(arguments: texts) func textForm(bytes: [UInt8], text: String) {
    #expect(PathBytes(bytes).text == text)
    #expect(PathBytes(text: text).bytes == bytes)
  }

  @Test func noTwoNamesShareAText() {
    // All names of up to three bytes over the bytes that make trouble.
    let alphabet: [UInt8] = [0x41, 0x46, 0x80, 0xBD, 0xBF, 0xC3, 0xEF, 0xFF]
    var names: [[UInt8]] = [[]]
    var previous: [[UInt8]] = [[]]
    for _ in 0..<4 {
      previous = previous.flatMap { name in alphabet.map { name + [$0] } }
      names += previous
    }
    // U+FFFD and what follows it.
    names += names.map { [0xEF, 0xBF, 0xBD] + $0 }
    var seen: [String: [UInt8]] = [:]
    for name in Set(names) {
      let text = PathBytes(name).text
      #expect(PathBytes(text: text).bytes == name)
      #expect(seen.updateValue(name, forKey: text) == nil)
    }
  }

  @Test func normalisationFormsAreTwoFiles() {
    let composed = PathBytes(text: "é")
    let decomposed = PathBytes(text: "e\u{301}")
    #expect(composed != decomposed)
    #expect((composed < decomposed) != (decomposed < composed))
  }

  @Test(arguments: [
    ("", "", ""), ("a.jpg", "", "a.jpg"), ("a/b.jpg", "a", "b.jpg"), ("a/b/c", "a/b", "c"),
  ])
  func parts(path: String, parent: String, last: String) {
    let bytes = PathBytes(text: path)
    #expect(bytes.parent.text == parent && bytes.lastComponent.text == last)
    #expect(bytes.parent.appending(bytes.lastComponent) == bytes)
  }
}
