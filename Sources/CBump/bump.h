#pragma once
#include <stddef.h>
#include <stdint.h>

/// Memory for what a C library makes and gives back within one call from Swift: pieces of one block
/// that its thread keeps. A parser makes a hundred small things per photo, and malloc and free were a
/// quarter of its time.
///
/// What the block has no room for comes from malloc. With the AddressSanitizer everything does, so
/// that it sees each piece.

/// From here on the thread's pieces come from its block.
/// - Returns: what gpsindex_bump_end wants to know.
size_t gpsindex_bump_begin(void);
/// Takes all pieces back that were made since the call that returned `mark`, the last one without an
/// end, on this thread; they are never used again.
void gpsindex_bump_end(size_t mark);

/// As calloc, realloc and free, between the two.
void *gpsindex_bump_take(size_t size);
void *gpsindex_bump_resize(void *piece, size_t size);
void gpsindex_bump_give(void *piece);

/// The same for libexif, which counts in 32 bits.
void *gpsindex_bump_take32(uint32_t size);
void *gpsindex_bump_resize32(void *piece, uint32_t size);
