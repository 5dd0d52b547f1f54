// How much memory this thread holds, by its own malloc in front of glibc's.
#ifndef GPSINDEX_ALLOCATIONS_H
#define GPSINDEX_ALLOCATIONS_H
#include <stddef.h>

/// Counts from now on.
void gpsindex_allocations_begin(void);
/// The most bytes held at once since then, beyond those held before.
long gpsindex_allocations_peak(void);
/// 0 where nothing is counted: not on glibc, or with a sanitizer that has a malloc of its own.
int gpsindex_allocations_counted(void);
#endif
