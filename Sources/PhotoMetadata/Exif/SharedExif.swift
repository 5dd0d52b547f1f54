/// The values of an Exif block behind one reference. They are some eighty fields with many texts, which all decisions look
/// at; copying them for each one cost a tenth of a photo's parsing.
@dynamicMemberLookup
struct SharedExif: Sendable {
  private final class Storage: Sendable {
    let values: ExifValues
    init(_ values: ExifValues) { self.values = values }
  }

  private var storage: Storage

  init(_ values: ExifValues) { storage = Storage(values) }

  @inline(__always)
  subscript<Value>(dynamicMember path: KeyPath<ExifValues, Value>) -> Value {
    storage.values[keyPath: path]
  }

  /// See ``ExifValues/merge(_:)``. Others that hold the reference keep what they have.
  mutating func merge(_ other: SharedExif) {
    var values = storage.values
    values.merge(other.storage.values)
    storage = Storage(values)
  }
}
