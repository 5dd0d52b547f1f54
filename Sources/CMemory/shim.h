#pragma once
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

// glibc keeps the memory of large blocks that come and go on many threads: it raises the size from which a block is the
// system's own to that of the largest freed so far, and has a heap for each thread (mallopt(3)).
static inline void cmemory_give_back(void) {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 128 << 10);
  mallopt(M_TRIM_THRESHOLD, 128 << 10);
  mallopt(M_ARENA_MAX, 2);
#endif
}
