internal import CBump
internal import CExif
internal import CExpat

/// What libexif and expat allocate while they read one block or packet: pieces of one allocation of the thread, given
/// back together. To be made before the library is called, and to go after all that it made is given back, on the
/// same thread; may be made inside of another one.
struct CallMemory: ~Copyable {
  private let mark = gpsindex_bump_begin()

  deinit { gpsindex_bump_end(mark) }

  /// `exif_mem_new`; nil when memory is short.
  static func forLibexif() -> OpaquePointer? {
    unsafe exif_mem_new(
      gpsindex_bump_take32, gpsindex_bump_resize32, gpsindex_bump_give)
  }

  /// For `XML_ParserCreate_MM`.
  static func forExpat() -> XML_Memory_Handling_Suite {
    unsafe XML_Memory_Handling_Suite(
      malloc_fcn: gpsindex_bump_take, realloc_fcn: gpsindex_bump_resize,
      free_fcn: gpsindex_bump_give)
  }
}
