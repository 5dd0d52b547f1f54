#pragma once
#include <libexif/exif-data.h>

/// ExifData.ifd is a C array, which Swift sees as a tuple without an index.
static inline ExifContent *gpsindex_exif_content(const ExifData *data, ExifIfd ifd) {
  return data->ifd[ifd];
}
