#include "allocations.h"
#include <errno.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#if defined(__GLIBC__) && !defined(SANITIZED)
#include <malloc.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

// The initial-exec model needs no allocation of its own at the first use.
static __thread long held __attribute__((tls_model("initial-exec")));
static __thread long peak __attribute__((tls_model("initial-exec")));

static void *took(void *memory) {
  if (memory) held += (long)malloc_usable_size(memory);
  if (held > peak) peak = held;
  return memory;
}

void *malloc(size_t size) { return took(__libc_malloc(size)); }
void *calloc(size_t count, size_t size) { return took(__libc_calloc(count, size)); }
void *memalign(size_t alignment, size_t size) { return took(__libc_memalign(alignment, size)); }
void *aligned_alloc(size_t alignment, size_t size) { return took(__libc_memalign(alignment, size)); }

int posix_memalign(void **out, size_t alignment, size_t size) {
  void *memory = took(__libc_memalign(alignment, size));
  if (!memory) return ENOMEM;
  *out = memory;
  return 0;
}

void free(void *memory) {
  if (memory) held -= (long)malloc_usable_size(memory);
  __libc_free(memory);
}

// The old block counts until the new one is there, as if it had been copied.
void *realloc(void *memory, size_t size) {
  long before = memory ? (long)malloc_usable_size(memory) : 0;
  void *fresh = took(__libc_realloc(memory, size));
  if (fresh || size == 0) held -= before;
  return fresh;
}

void gpsindex_allocations_begin(void) { held = peak = 0; }
long gpsindex_allocations_peak(void) { return peak; }
int gpsindex_allocations_counted(void) { return 1; }
#else
void gpsindex_allocations_begin(void) {}
long gpsindex_allocations_peak(void) { return 0; }
int gpsindex_allocations_counted(void) { return 0; }
#endif
