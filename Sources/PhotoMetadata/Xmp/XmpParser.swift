internal import CExpat

/// expat's reading of an XMP packet; owns an `XML_Parser` (`XML_ParserCreate`, `XML_ParserFree`).
///
/// Names are known by their namespaces (``XmpScopes``). An undeclared prefix ends the parse, and so does a DOCTYPE,
/// before any entity could be declared.
@safe struct XmpParser: ~Copyable {
  private static let salt = UInt.random(in: 1...UInt.max)

  private let memory: CallMemory
  private let parser: XML_Parser

  /// - Parameter encoding: instead of what the packet says of itself.
  private init?(encoding: String?) {
    let memory = CallMemory()
    var suite = CallMemory.forExpat()
    guard let parser = unsafe XML_ParserCreate_MM(encoding, &suite, nil) else { return nil }
    self.memory = memory
    // Otherwise expat asks the kernel for random bytes once per packet.
    _ = unsafe XML_SetHashSalt(parser, Self.salt)
    unsafe self.parser = unsafe parser
  }

  deinit { unsafe XML_ParserFree(parser) }

  /// - Returns: nil when the packet is not well-formed, or declares a document type.
  static func values(_ packet: ArraySlice<UInt8>, isConverted: Bool = false) -> XmpValues? {
    guard let parser = XmpParser(encoding: isConverted ? "UTF-8" : nil) else { return nil }
    return parser.parse(packet)
  }

  private consuming func parse(_ packet: ArraySlice<UInt8>) -> XmpValues? {
    var collector = unsafe Collector(parser: parser)
    let parser = unsafe self.parser
    let accepted = unsafe withUnsafeMutablePointer(to: &collector) { collector -> Bool in
      unsafe XML_SetUserData(parser, collector)
      unsafe XML_SetElementHandler(
        parser,
        { data, name, attributes in
          unsafe Self.collector(data)?.pointee.start(name, attributes)
        },
        { data, name in unsafe Self.collector(data)?.pointee.end(name) })
      unsafe XML_SetCharacterDataHandler(parser) { data, text, count in
        unsafe Self.collector(data)?.pointee.characters(text, Int(count))
      }
      unsafe XML_SetStartDoctypeDeclHandler(parser) { data, _, _, _, _ in
        unsafe Self.collector(data)?.pointee.refuse()
      }
      let status = unsafe packet.withUnsafeBytes {
        unsafe XML_Parse(
          parser, $0.baseAddress?.assumingMemoryBound(to: CChar.self),
          Int32(truncatingIfNeeded: $0.count), 1)
      }
      // Bytes behind the closed root element (a packet without `x:xmpmeta`) do no harm.
      let closed = unsafe collector.pointee.isClosed && !collector.pointee.isRefused
      return status == XML_STATUS_OK || closed
    }
    return accepted ? unsafe collector.values : nil
  }

  private static func collector(
    _ data: UnsafeMutableRawPointer?
  ) -> UnsafeMutablePointer<Collector>? {
    unsafe data?.assumingMemoryBound(to: Collector.self)
  }

  /// What the callbacks gather.
  @unsafe private struct Collector {
    let parser: XML_Parser
    private var stated = XmpValues()
    /// What only a prefix tells.
    private var weak = XmpValues()
    var isRefused = false
    private var scopes = XmpScopes()
    private var depth = 0
    private var sawRoot = false
    /// The depth of rdf:RDF. Its children hold properties as attributes, their children are
    /// properties; what lies deeper belongs to a structure (the place shown in the picture, say).
    private var rdfDepth: Int?
    /// The depth of the open CameraOrientationNED element.
    private var nedDepth: Int?
    /// The property whose value is being gathered.
    private var open: (key: XmpKey, isWeak: Bool, depth: Int)?
    /// Where its text stands: in the element itself, or in rdf:value (XMP part 1 §7.8).
    private var textDepth = 0
    private var text: [UInt8] = []

    init(parser: XML_Parser) { unsafe self.parser = unsafe parser }

    /// The root element was there and has ended.
    var isClosed: Bool { unsafe sawRoot && depth == 0 }

    var values: XmpValues {
      var out = unsafe stated
      unsafe out.merge(weak)
      return out
    }

    mutating func refuse() {
      unsafe isRefused = true
      _ = unsafe XML_StopParser(parser, 0)
    }

    mutating func start(
      _ name: UnsafePointer<CChar>?, _ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>?
    ) {
      unsafe depth += 1
      unsafe sawRoot = true
      guard let name = unsafe name, let attributes = unsafe attributes else { return }
      guard unsafe declareSpaces(attributes),
        let element = unsafe Name(name, scopes, isElement: true)
      else { return unsafe refuse() }
      if element.text == XmpKey.nedParent, unsafe nedDepth == nil {
        unsafe nedDepth = unsafe depth
      }
      let level = unsafe rdfDepth.map { unsafe depth - $0 }
      if element.text == XmpKey.rdfRoot { unsafe rdfDepth = unsafe rdfDepth ?? depth }
      unsafe openProperty(element, level)
      unsafe readAttributes(
        attributes, areProperties: level == nil || level == 1 || nedDepth != nil)
    }

    private mutating func declareSpaces(
      _ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>
    ) -> Bool {
      var attribute = unsafe attributes
      while let start = unsafe attribute.pointee, let value = unsafe attribute[1] {
        if let prefix = unsafe Self.declaredPrefix(start) {
          guard unsafe scopes.declare(prefix, Self.whole(value), depth: depth) else { return false }
        }
        unsafe attribute += 2
      }
      return true
    }

    private mutating func openProperty(_ element: Name, _ level: Int?) {
      // `rdf:value` stands in the property, or in an rdf:Description in it; of an array (§7.7) the first item counts.
      if let open = unsafe open,
        element.text == XmpKey.rdfValue || element.text == XmpKey.rdfItem,
        unsafe (1...2).contains(depth - open.depth)
      {
        unsafe textDepth = unsafe depth
        unsafe text.removeAll(keepingCapacity: true)
        return
      }
      let isProperty = unsafe level == nil || level == 2 || nedDepth != nil
      guard isProperty, let key = unsafe key(element) else { return }
      unsafe open = unsafe (key, element.isWeak, depth)
      unsafe textDepth = unsafe depth
      unsafe text.removeAll(keepingCapacity: true)
    }

    private mutating func readAttributes(
      _ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>, areProperties: Bool
    ) {
      let holder = unsafe open.flatMap { unsafe depth - $0.depth <= 1 ? $0 : nil }
      guard areProperties || holder != nil else { return }
      var attribute = unsafe attributes
      while let start = unsafe attribute.pointee, let value = unsafe attribute[1] {
        guard let name = unsafe Name(start, scopes, isElement: false) else {
          return unsafe refuse()
        }
        if areProperties, let key = unsafe key(name) {
          unsafe set(key, name.isWeak, Self.bytes(value))
        } else if let holder, name.text == XmpKey.rdfValue {
          unsafe set(holder.key, holder.isWeak, Self.bytes(value))
        }
        unsafe attribute += 2
      }
    }

    private func key(_ name: Name) -> XmpKey? {
      name.text.flatMap { unsafe XmpKey.key($0, insideNED: nedDepth != nil) }
    }

    private mutating func set(_ key: XmpKey, _ isWeak: Bool, _ bytes: some Collection<UInt8>) {
      if isWeak { unsafe weak.set(key, bytes) } else { unsafe stated.set(key, bytes) }
    }

    mutating func end(_ name: UnsafePointer<CChar>?) {
      if let open = unsafe open, unsafe textDepth == depth {
        unsafe set(open.key, open.isWeak, text)
        unsafe textDepth = 0
      }
      if unsafe open?.depth == depth { unsafe open = nil }
      if unsafe nedDepth == depth { unsafe nedDepth = nil }
      unsafe scopes.leave(depth: depth)
      unsafe depth -= 1
    }

    mutating func characters(_ start: UnsafePointer<CChar>?, _ count: Int) {
      guard unsafe open != nil, unsafe textDepth == depth, let start = unsafe start,
        unsafe text.count < TiffTag.maxText
      else { return }
      let bytes = unsafe UnsafeRawBufferPointer(start: start, count: count)
      unsafe text += bytes.prefix(TiffTag.maxText)
    }

    /// The prefix that an attribute called `name` declares, empty for the default namespace; nil when it declares none.
    private static func declaredPrefix(
      _ name: UnsafePointer<CChar>
    ) -> UnsafeBufferPointer<UInt8>? {
      var i = 0
      for byte in "xmlns".utf8 {
        guard unsafe UInt8(bitPattern: name[i]) == byte else { return nil }
        i += 1
      }
      if unsafe name[i] == 0 { return unsafe whole(name + i) }
      return unsafe name[i] == 0x3A ? whole(name + i + 1) : nil
    }

    /// The text at `start` up to its NUL.
    private static func whole(_ start: UnsafePointer<CChar>) -> UnsafeBufferPointer<UInt8> {
      var count = 0
      while unsafe start[count] != 0 { count += 1 }
      return unsafe UnsafeBufferPointer(
        start: UnsafeRawPointer(start).assumingMemoryBound(to: UInt8.self), count: count)
    }

    /// The text at `start` up to its NUL, cut to what a column may hold.
    private static func bytes(_ start: UnsafePointer<CChar>) -> UnsafeBufferPointer<UInt8> {
      var count = 0
      while unsafe count < TiffTag.maxText && start[count] != 0 { count += 1 }
      return unsafe UnsafeBufferPointer(
        start: UnsafeRawPointer(start).assumingMemoryBound(to: UInt8.self), count: count)
    }
  }

  /// A qualified name (Namespaces in XML 1.0 §4).
  private struct Name {
    /// In the usual prefix; nil when no vocabulary has it.
    private(set) var text: XmpName?
    private(set) var isWeak = false

    /// - Parameter isElement: without a prefix it is in the default namespace (§6.2).
    /// - Returns: nil for an undeclared prefix.
    init?(_ start: UnsafePointer<CChar>, _ scopes: XmpScopes, isElement: Bool) {
      var prefix = XmpName()
      var p = unsafe start
      while unsafe p.pointee != 0 && p.pointee != 0x3A {
        unsafe prefix.add(UInt8(bitPattern: p.pointee))
        unsafe p += 1
      }
      let hasPrefix = unsafe p.pointee != 0
      if !hasPrefix && !isElement { return }
      switch scopes.meaning(hasPrefix ? prefix : XmpName()) {
      case .undeclared: if hasPrefix { return nil }
      case .unknown: break
      case .known(let space):
        var text = space.prefix
        unsafe p = unsafe hasPrefix ? p + 1 : start
        while unsafe p.pointee != 0 {
          unsafe text.add(UInt8(bitPattern: p.pointee))
          unsafe p += 1
        }
        self.text = text
        isWeak = space.isWeak
      }
    }
  }
}
