internal import CExpat

/// expat's reading of an XMP packet; owns an `XML_Parser` (`XML_ParserCreate`, `XML_ParserFree`).
///
/// Names are matched as written, so namespaces are not processed. A DOCTYPE ends the parse before
/// any entity could be declared.
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
    var values = XmpValues()
    var isRefused = false
    private var depth = 0
    private var sawRoot = false
    /// The depth of rdf:RDF. Its children hold properties as attributes, their children are
    /// properties; what lies deeper belongs to a structure (the place shown in the picture, say).
    private var rdfDepth: Int?
    /// The depth of the open CameraOrientationNED element.
    private var nedDepth: Int?
    /// The element whose text is being gathered.
    private var open: (key: XmpKey, depth: Int)?
    private var text: [UInt8] = []

    init(parser: XML_Parser) { unsafe self.parser = unsafe parser }

    /// The root element was there and has ended.
    var isClosed: Bool { unsafe sawRoot && depth == 0 }

    mutating func refuse() {
      unsafe isRefused = true
      _ = unsafe XML_StopParser(parser, 0)
    }

    mutating func start(
      _ name: UnsafePointer<CChar>?, _ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>?
    ) {
      unsafe depth += 1
      unsafe sawRoot = true
      guard let name = unsafe name, var attribute = unsafe attributes else { return }
      let element = unsafe Self.name(name)
      if unsafe element == XmpKey.nedParent && nedDepth == nil { unsafe nedDepth = unsafe depth }
      let level = unsafe rdfDepth.map { unsafe depth - $0 }
      if element == XmpKey.rdfRoot { unsafe rdfDepth = unsafe rdfDepth ?? depth }
      let holdsAttributes = unsafe level == nil || level == 1 || nedDepth != nil
      while holdsAttributes, let key = unsafe attribute.pointee, let value = unsafe attribute[1] {
        if let key = unsafe XmpKey.key(Self.name(key), insideNED: nedDepth != nil) {
          unsafe values.set(key, Self.bytes(value))
        }
        unsafe attribute += 2
      }
      let isProperty = unsafe level == nil || level == 2 || nedDepth != nil
      if isProperty, let key = unsafe XmpKey.key(element, insideNED: nedDepth != nil) {
        unsafe open = unsafe (key, depth)
        unsafe text.removeAll(keepingCapacity: true)
      }
    }

    mutating func end(_ name: UnsafePointer<CChar>?) {
      if let open = unsafe open, unsafe open.depth == depth {
        unsafe values.set(open.key, text)
        unsafe self.open = nil
      }
      if unsafe nedDepth == depth { unsafe nedDepth = nil }
      unsafe depth -= 1
    }

    mutating func characters(_ start: UnsafePointer<CChar>?, _ count: Int) {
      guard let open = unsafe open, unsafe open.depth == depth, let start = unsafe start,
        unsafe text.count < TiffTag.maxText
      else { return }
      let bytes = unsafe UnsafeRawBufferPointer(start: start, count: count)
      unsafe text += bytes.prefix(TiffTag.maxText)
    }

    /// The hash of a NUL-terminated name.
    private static func name(_ start: UnsafePointer<CChar>) -> XmpName {
      var out = XmpName()
      var p = unsafe start
      while unsafe p.pointee != 0 {
        unsafe out.add(UInt8(bitPattern: p.pointee))
        unsafe p += 1
      }
      return out
    }

    /// The text at `start` up to its NUL, cut to what a column may hold.
    private static func bytes(_ start: UnsafePointer<CChar>) -> UnsafeBufferPointer<UInt8> {
      var count = 0
      while unsafe count < TiffTag.maxText && start[count] != 0 { count += 1 }
      return unsafe UnsafeBufferPointer(
        start: UnsafeRawPointer(start).assumingMemoryBound(to: UInt8.self), count: count)
    }
  }
}
