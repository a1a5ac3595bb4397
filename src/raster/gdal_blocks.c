/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of a GeoTIFF in memory that is taken once. GDAL's own cache takes memory for each block and gives it back when
 * the file is closed; on 16 images of 4 bands those pages were an eighth of all time. */
#include "raster/gdal_blocks.h"

#include "base/error.h"
#include "base/mem.h"
#include "raster/gdal_start.h"

#include <gdal.h>

#include <string.h>

enum { DEPTH = 3 }; /* rows of blocks: a window as high as one, and its halo, touches so many */

struct rv__blocks {
    GDALDatasetH dataset;
    int width, height, bands, cols; /* of the file, px; columns of blocks */
    int block_w, block_h;
    size_t item, bytes; /* of a sample, of a block */
    char *memory;       /* DEPTH * cols * bands blocks */
    int *held;          /* row of blocks in each, or -1 */
};

int rv__blocks_new(rv__blocks **out, rv__gtiff *file, size_t bytes_max)
{
    rv__blocks b = { .dataset = rv__gtiff_dataset(file), .item = rv__sample_size(rv__gtiff_sample(file)) };
    *out = NULL;
    rv__gtiff_size(file, &b.width, &b.height, &b.bands);
    for (int i = 0; i < b.bands; i++) /* pixels that lie side by side would be decoded once a band */
        if (GDALGetRasterDataType(GDALGetRasterBand(b.dataset, i + 1)) !=
            GDALGetRasterDataType(GDALGetRasterBand(b.dataset, 1)))
            return RV_OK;
    const char *order = GDALGetMetadataItem(b.dataset, "INTERLEAVE", "IMAGE_STRUCTURE");
    if (b.bands > 1 && (!order || strcmp(order, "BAND") != 0))
        return RV_OK;
    GDALGetBlockSize(GDALGetRasterBand(b.dataset, 1), &b.block_w, &b.block_h);
    b.cols = (b.width + b.block_w - 1) / b.block_w;
    b.bytes = (size_t)b.block_w * (size_t)b.block_h * b.item;
    const size_t n = (size_t)DEPTH * (size_t)b.cols * (size_t)b.bands;
    if (b.block_h < 64 || n > bytes_max / b.bytes)
        return RV_OK;
    rv__blocks *made = rv__alloc(1, sizeof *made);
    b.memory = rv__alloc(n, b.bytes);
    b.held = rv__alloc(n, sizeof *b.held);
    if (!made || !b.memory || !b.held) {
        rv__free(b.held);
        rv__free(b.memory);
        rv__free(made);
        return RV_ERR_NOMEM;
    }
    for (size_t i = 0; i < n; i++)
        b.held[i] = -1;
    *made = b;
    *out = made;
    return RV_OK;
}

void rv__blocks_free(rv__blocks *b)
{
    if (!b)
        return;
    rv__free(b->held);
    rv__free(b->memory);
    rv__free(b);
}

static int hold(const char **out, rv__blocks *b, int band, int col, int row)
{
    const size_t place = ((size_t)(row % DEPTH) * (size_t)b->bands + (size_t)band) * (size_t)b->cols + (size_t)col;
    char *block = b->memory + place * b->bytes;
    *out = block;
    if (b->held[place] == row)
        return RV_OK;
    b->held[place] = -1;
    if (GDALReadBlock(GDALGetRasterBand(b->dataset, band + 1), col, row, block) != CE_None)
        return rv__gdal_fail(RV_ERR_IO, "cannot read pixels", NULL);
    b->held[place] = row;
    return RV_OK;
}

/* The part of one block that lies in the window. */
static void copy_part(char *out, const rv__blocks *b, const char *block, const int at[2], const int window[4])
{
    const int col0 = at[0] * b->block_w, row0 = at[1] * b->block_h;
    const int left = window[0] > col0 ? window[0] : col0, top = window[1] > row0 ? window[1] : row0;
    const int right = window[0] + window[2] < col0 + b->block_w ? window[0] + window[2] : col0 + b->block_w;
    const int below = window[1] + window[3] < row0 + b->block_h ? window[1] + window[3] : row0 + b->block_h;
    for (int r = top; r < below; r++)
        memcpy(out + ((size_t)(r - window[1]) * (size_t)window[2] + (size_t)(left - window[0])) * b->item,
               block + ((size_t)(r - row0) * (size_t)b->block_w + (size_t)(left - col0)) * b->item,
               (size_t)(right - left) * b->item);
}

int rv__blocks_read(rv__blocks *b, void *out, int band, const int window[4])
{
    const int col1 = (window[0] + window[2] - 1) / b->block_w, row1 = (window[1] + window[3] - 1) / b->block_h;
    int err = RV_OK;
    rv__gdal_hush();
    for (int row = window[1] / b->block_h; row <= row1 && err == RV_OK; row++)
        for (int col = window[0] / b->block_w; col <= col1 && err == RV_OK; col++) {
            const char *block;
            if ((err = hold(&block, b, band, col, row)) == RV_OK)
                copy_part(out, b, block, (const int[2]){ col, row }, window);
        }
    rv__gdal_unhush();
    return err;
}
