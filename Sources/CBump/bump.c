#include "bump.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

/// A photo's Exif takes 5 KiB, a drone's packet 15.
enum { block_size = 32768 };

/// Before each piece: its length, which realloc needs.
struct head {
  size_t size;
  size_t padding;
};

static _Thread_local unsigned char *block;
static _Thread_local size_t next;

static pthread_key_t key;
static int has_key;
static void make_key(void) { has_key = pthread_key_create(&key, free) == 0; }

size_t gpsindex_bump_begin(void) {
#ifndef SANITIZED
  if (!block) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_key);
    unsigned char *fresh = has_key ? malloc(block_size) : NULL;
    // The key gives the block back when the thread ends.
    if (fresh && pthread_setspecific(key, fresh) != 0) {
      free(fresh);
      fresh = NULL;
    }
    block = fresh;
  }
#endif
  return next;
}

void gpsindex_bump_end(size_t mark) { next = mark; }

static int is_piece(const unsigned char *piece) {
  return block && piece >= block && piece < block + block_size;
}

static size_t rounded(size_t size) { return (size + 15) & ~(size_t)15; }

void *gpsindex_bump_take(size_t size) {
  if (!block || size > block_size || sizeof(struct head) + rounded(size) > block_size - next)
    return calloc(1, size);
  struct head *head = (struct head *)(block + next);
  head->size = size;
  next += sizeof(struct head) + rounded(size);
  return memset(head + 1, 0, size);
}

void *gpsindex_bump_resize(void *piece, size_t size) {
  if (!piece) return gpsindex_bump_take(size);
  if (!is_piece(piece)) return realloc(piece, size);
  struct head *head = (struct head *)piece - 1;
  if (size <= head->size) return piece;
  // The last piece grows where it is.
  size_t start = (size_t)((unsigned char *)piece - block);
  if (start + rounded(head->size) == next && size <= block_size &&
      rounded(size) <= block_size - start) {
    head->size = size;
    next = start + rounded(size);
    return piece;
  }
  void *other = gpsindex_bump_take(size);
  if (other) memcpy(other, piece, head->size);
  return other;
}

void gpsindex_bump_give(void *piece) {
  if (piece && !is_piece(piece)) free(piece);
}

void *gpsindex_bump_take32(uint32_t size) { return gpsindex_bump_take(size); }
void *gpsindex_bump_resize32(void *piece, uint32_t size) {
  return gpsindex_bump_resize(piece, size);
}
