/* SPDX-License-Identifier: Apache-2.0 */
/* Planes of floats with their validity, tiles and windows. */
#include "raster/raster.h"

#include "base/error.h"
#include "base/mem.h"

#include <assert.h>

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int most(int a, int b)
{
    return a > b ? a : b;
}

static int tiles_across(int length, int size)
{
    return length / size + (length % size != 0);
}

int rv__raster_init(rv__raster *out, size_t width, size_t height, size_t bands)
{
    if (height && width > SIZE_MAX / height)
        return rv__fail(RV_ERR_NOMEM, "a raster of %zu x %zu pixels is larger than memory can be", width, height);
    float *data = NULL;
    const size_t pixels = width * height;
    uint8_t *valid = rv__alloc(pixels, 1);
    if (!valid)
        return RV_ERR_NOMEM;
    if (bands && pixels > SIZE_MAX / bands) {
        rv__free(valid);
        return rv__fail(RV_ERR_NOMEM, "a raster of %zu bands is larger than memory can be", bands);
    }
    data = rv__alloc(pixels * bands, sizeof *data);
    if (!data) {
        rv__free(valid);
        return RV_ERR_NOMEM;
    }
    *out = (rv__raster){ width, height, bands, data, valid };
    return RV_OK;
}

void rv__raster_release(rv__raster *raster)
{
    if (!raster)
        return;
    rv__free(raster->data);
    rv__free(raster->valid);
    *raster = (rv__raster){ 0 };
}

float *rv__raster_band(const rv__raster *raster, size_t band)
{
    assert(band < raster->bands);
    return raster->data + band * raster->width * raster->height;
}

size_t rv__tile_count(int width, int height, int size)
{
    assert(width >= 0 && height >= 0 && size > 0);
    return (size_t)tiles_across(width, size) * (size_t)tiles_across(height, size);
}

rv__window rv__tile_at(int width, int height, int size, size_t i)
{
    assert(i < rv__tile_count(width, height, size));
    const size_t across = (size_t)tiles_across(width, size);
    const int col0 = (int)(i % across) * size, row0 = (int)(i / across) * size;
    return (rv__window){ col0, row0, least(size, width - col0), least(size, height - row0) };
}

rv__window rv__window_grow(rv__window w, int halo, int width, int height)
{
    const int col0 = most(0, w.col0 - halo), row0 = most(0, w.row0 - halo);
    const int col1 = least(width, w.col0 + w.width + halo), row1 = least(height, w.row0 + w.height + halo);
    return (rv__window){ col0, row0, most(0, col1 - col0), most(0, row1 - row0) };
}
