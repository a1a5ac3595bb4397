/* SPDX-License-Identifier: Apache-2.0 */
/* The worker's use of GDAL: a handful of drivers, everything else deregistered (a GeoTIFF's metadata can name a VRT as its
 * overview, and a nested open asks every registered driver), rows in order, and validity from whatever the format offers:
 * transparency, mask, no-data values, samples that are no finite number. A message of a decoder counts as damage when it
 * says that data ended early, even where the decoder itself goes on with grey pixels, as libjpeg does. */
#include "raster/gdal_decode.h"

#include "base/error.h"
#include "base/mem.h"
#include "raster/gdal_header.h"
#include "raster/gdal_start.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <gdal.h>
/* The header declares functions without prototypes. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include <gdal_frmts.h>
#pragma GCC diagnostic pop

#include <float.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MALLOC_KEEP = 1 << 30 };

static const char *const wanted[] = { "GTiff", "PNG", "JPEG", "JP2OpenJPEG", "NITF", "BMP", "ENVI" };

/* Warnings that mean missing or broken pixels. Extraneous bytes between JPEG markers are common and harmless. */
static const char *const damage[] = { "Premature end",
                                      "Corrupt JPEG data: premature",
                                      "Corrupt JPEG data: bad Huffman",
                                      "Unexpected end",
                                      "IDAT: ",
                                      "Inconsistent progression",
                                      "Stream too short" };

/* First thing that a decoder complained about. The worker reads one file and ends, so this needs no owner. */
typedef struct complaint {
    char text[400];
    bool damaged;
} complaint;

typedef struct chunk {
    void *samples;
    uint8_t *valid, *scratch; /* valid follows the samples */
    int rows;
    size_t bytes; /* of samples and valid */
    void *own;    /* where the caller has no room */
} chunk;

static void on_message(CPLErr class, CPLErrorNum number, const char *text)
{
    complaint *c = CPLGetErrorHandlerUserData();
    if (number == CPLE_OutOfMemory || class == CE_Fatal)
        _exit(RV__EXIT_NOMEM);
    bool bad = false;
    for (size_t i = 0; class == CE_Warning && i < sizeof damage / sizeof *damage; i++)
        bad = bad || strstr(text, damage[i]) != NULL;
    if (class == CE_Failure || bad) {
        if (!c->text[0] || (bad && !c->damaged))
            snprintf(c->text, sizeof c->text, "%s", text);
        c->damaged = c->damaged || bad;
    }
}

static bool is_wanted(const char *name)
{
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (strcmp(name, wanted[i]) == 0)
            return true;
    return false;
}

static int fail_with(const complaint *c, int code, const char *what, const char *path)
{
    char words[sizeof c->text];
    rv__gdal_words(words, sizeof words, c->text, path);
    char *advice = strstr(words, " (this warning can be"); /* to programmers, not to our reader */
    if (advice)
        *advice = '\0';
    return words[0] ? rv__fail(code, "%s: %s", what, words) : rv__fail(code, "%s", what);
}

static void zero_sample(void *samples, rv__sample type, size_t i)
{
    const size_t item = rv__sample_size(type);
    memset((char *)samples + i * item, 0, item);
}

/* 0 and the type's largest value are also what a dark or a saturated band measures: as no-data values they count only
 * where all bands show them. Any other value (-9999) says it in one band alone. */
static bool could_be_measured(double nodata, rv__sample type)
{
    const double top = type == RV__SAMPLE_U8 ? 255 : type == RV__SAMPLE_U16 ? 65535 : INFINITY;
    return fabs(nodata) < DBL_MIN || (nodata >= top && nodata <= top);
}

static bool is_nodata(double value, double nodata, rv__sample type)
{
    const double wanted_value = type == RV__SAMPLE_F32 ? (double)(float)nodata : nodata;
    return value >= wanted_value && value <= wanted_value;
}

/* Validity of n pixels from no-data values, band after band; valid holds the mask's answer on entry. */
static void apply_nodata(chunk *ch, const rv__foreign *f, size_t n)
{
    const rv__decoded *h = &f->header;
    int weak = 0; /* bands whose no-data value could be a measurement */
    memset(ch->scratch, 0, n);
    for (int b = 0; b < h->bands && !f->palette; b++) {
        if (!f->has_nodata[b])
            continue;
        const bool measurable = could_be_measured(f->nodata[b], h->sample);
        weak += measurable;
        for (size_t i = 0; i < n; i++)
            if (is_nodata(rv__sample_value(ch->samples, h->sample, (size_t)b * n + i), f->nodata[b], h->sample))
                ch->scratch[i] = measurable ? (uint8_t)(ch->scratch[i] + 1) : (uint8_t)(RV_BANDS_MAX + 1);
    }
    for (size_t i = 0; i < n; i++)
        if (ch->scratch[i] > RV_BANDS_MAX || (weak == h->bands && ch->scratch[i] == weak))
            ch->valid[i] = 0;
}

/* Numbers that are none, and those at the very end of the float range, which stand for "none" in many files. */
static void drop_non_finite(chunk *ch, const rv__foreign *f, size_t n)
{
    if (f->header.sample != RV__SAMPLE_F32)
        return;
    for (int b = 0; b < f->header.bands; b++) {
        const float *v = (const float *)ch->samples + (size_t)b * n;
        int bad = 0;
        for (size_t i = 0; i < n; i++) /* nearly always none: a loop that vectorises, before the one that does not */
            bad |= !(fabsf(v[i]) < 3.3e38F);
        for (size_t i = 0; bad && i < n; i++)
            if (!(fabsf(v[i]) < 3.3e38F))
                ch->valid[i] = 0;
    }
}

static void clear_invalid(chunk *ch, const rv__foreign *f, size_t n)
{
    if (!memchr(ch->valid, 0, n))
        return;
    for (int b = 0; b < f->header.bands; b++)
        for (size_t i = 0; i < n; i++)
            if (!ch->valid[i])
                zero_sample(ch->samples, f->header.sample, (size_t)b * n + i);
}

/* Indices lie in the first plane; from the last pixel back each becomes three planes. */
static void colour_rows(chunk *ch, const rv__foreign *f, size_t n)
{
    uint8_t *v = ch->samples;
    const GDALColorTableH table = GDALGetRasterColorTable(GDALGetRasterBand(f->dataset, f->band[0]));
    const int entries = GDALGetColorEntryCount(table);
    for (size_t i = 0; i < n; i++) {
        const GDALColorEntry *e = v[i] < entries ? GDALGetColorEntry(table, v[i]) : NULL;
        ch->valid[i] =
            ch->valid[i] && e && e->c4 >= 128 && !(f->has_nodata[0] && is_nodata(v[i], f->nodata[0], RV__SAMPLE_U8));
        v[2 * n + i] = e ? (uint8_t)e->c3 : 0;
        v[n + i] = e ? (uint8_t)e->c2 : 0;
        v[i] = e ? (uint8_t)e->c1 : 0;
    }
}

static int read_mask(chunk *ch, const rv__foreign *f, int row0, int rows)
{
    const int width = f->header.grid.width;
    const size_t n = (size_t)width * (size_t)rows;
    if (!f->mask) {
        memset(ch->valid, 1, n);
        return RV_OK;
    }
    /* Transparency of 16 bits is read through the mask band, which scales it to 8. */
    const GDALRasterBandH mask =
        f->mask_is_alpha ? GDALGetMaskBand(GDALGetRasterBand(f->dataset, f->band[0])) : f->mask;
    const bool direct = f->mask_is_alpha && GDALGetRasterDataType(f->mask) == GDT_Byte;
    if (GDALRasterIO(direct ? f->mask : mask, GF_Read, 0, row0, width, rows, ch->valid, width, rows, GDT_Byte, 0, 0) !=
        CE_None)
        return RV_ERR_FORMAT;
    for (size_t i = 0; i < n; i++)
        ch->valid[i] = ch->valid[i] >= (f->mask_is_alpha ? 128 : 1);
    return RV_OK;
}

static int read_rows(chunk *ch, rv__foreign *f, int row0, int rows)
{
    static const GDALDataType types[] = { GDT_Byte, GDT_UInt16, GDT_Int16, GDT_Float32 };
    const rv__decoded *h = &f->header;
    const int width = h->grid.width, bands = f->palette ? 1 : h->bands;
    const size_t n = (size_t)width * (size_t)rows;
    ch->valid = (uint8_t *)ch->samples + n * (size_t)h->bands * rv__sample_size(h->sample);
    if (GDALDatasetRasterIO(f->dataset, GF_Read, 0, row0, width, rows, ch->samples, width, rows, types[h->sample],
                            bands, f->band, 0, 0, 0) != CE_None ||
        read_mask(ch, f, row0, rows) < 0)
        return RV_ERR_FORMAT;
    if (f->palette)
        colour_rows(ch, f, n);
    apply_nodata(ch, f, n);
    drop_non_finite(ch, f, n);
    clear_invalid(ch, f, n);
    return RV_OK;
}

/* Rows a chunk: whole rows of blocks where they are small, so that no block is decoded twice; else a few megabytes, with
 * a cache that holds one row of blocks. */
static int chunk_rows(const rv__foreign *f)
{
    const rv__decoded *h = &f->header;
    const int64_t row = (int64_t)h->grid.width * h->bands * (int64_t)rv__sample_size(h->sample);
    const int64_t block_row = row * f->block_rows;
    int64_t rows = RV__ROWS_BYTES / row;
    if (block_row <= RV__ROWS_BYTES)
        rows = rows / f->block_rows * f->block_rows;
    else if (block_row <= 4 * RV__ROWS_BYTES)
        rows = f->block_rows;
    if (2 * block_row > GDALGetCacheMax64())
        GDALSetCacheMax64(2 * block_row < (int64_t)512 << 20 ? 2 * block_row : (int64_t)512 << 20);
    return rows < 1 ? 1 : rows > h->grid.height ? h->grid.height : (int)rows;
}

static int find_room(chunk *ch, rv__room_fn room, void *user)
{
    ch->samples = room(ch->bytes, user);
    if (!ch->samples && !ch->own && !(ch->own = rv__alloc(ch->bytes, 1)))
        return RV_ERR_NOMEM;
    if (!ch->samples)
        ch->samples = ch->own;
    return RV_OK;
}

static int decode_rows(rv__foreign *f, const rv__decode_sink *sink, rv__room_fn room, const complaint *c,
                       const char *path)
{
    const rv__decoded *h = &f->header;
    chunk ch = { .rows = chunk_rows(f) };
    const size_t n = (size_t)h->grid.width * (size_t)ch.rows;
    int err = RV_ERR_NOMEM;
    ch.bytes = n * ((size_t)h->bands * rv__sample_size(h->sample) + 1);
    if (!(ch.scratch = rv__alloc(n, 1)))
        goto done;
    for (int row = 0; row < h->grid.height; row += ch.rows) {
        const int rows = h->grid.height - row < ch.rows ? h->grid.height - row : ch.rows;
        if ((err = find_room(&ch, room, sink->user)) < 0)
            goto done;
        if (read_rows(&ch, f, row, rows) < 0 || c->damaged) {
            char what[96];
            snprintf(what, sizeof what, "file is damaged or truncated, rows %d to %d of %d cannot be read", row,
                     row + rows - 1, h->grid.height);
            err = fail_with(c, RV_ERR_FORMAT, what, path);
            goto done;
        }
        if ((err = sink->rows(ch.samples, ch.valid, row, rows, sink->user)) < 0)
            goto done;
    }
done:
    rv__free(ch.scratch);
    rv__free(ch.own);
    return err;
}

void rv__worker_gdal(void)
{
    static const char *const options[][2] = {
        { "GDAL_DISABLE_READDIR_ON_OPEN", "EMPTY_DIR" }, /* the list of siblings we pass takes precedence */
        { "GDAL_PAM_ENABLED", "NO" },
        { "CPL_VSIL_CURL_ALLOWED_EXTENSIONS", "{noext}" },
        { "GDAL_HTTP_PROXY", "127.0.0.1:9" },
        { "GDAL_HTTPS_PROXY", "127.0.0.1:9" },
        { "GDAL_NUM_THREADS", "1" },
        { "GDAL_ERROR_ON_LIBJPEG_WARNING", "FALSE" }, /* warnings are judged one by one in on_message */
        { "USE_RRD", "NO" },
        { "ESRI_XML_PAM", "NO" },
        { "GTIFF_VIRTUAL_MEM_IO", "YES" }, /* samples as they lie in the file are copied once; a third of the time */
    };
    /* The block cache gives and takes megabytes: they are to stay with the process, which ends soon. */
    mallopt(M_MMAP_THRESHOLD, MALLOC_KEEP);
    mallopt(M_TRIM_THRESHOLD, MALLOC_KEEP);
    GDALRegister_GTiff();
    GDALRegister_PNG();
    GDALRegister_JPEG();
    GDALRegister_JP2OpenJPEG();
    GDALRegister_NITF();
    GDALRegister_BMP();
    GDALRegister_ENVI();
    for (int i = GDALGetDriverCount() - 1; i >= 0; i--) {
        const GDALDriverH driver = GDALGetDriver(i);
        if (!is_wanted(GDALGetDriverShortName(driver)))
            GDALDeregisterDriver(driver);
    }
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        CPLSetConfigOption(options[i][0], options[i][1]);
    GDALSetCacheMax64((GIntBig)64 << 20);
}

int rv__worker_decode(const rv__sniffed *file, const rv__decode_sink *sink, rv__room_fn room)
{
    complaint c = { .text = "" };
    rv__foreign f;
    int err;
    CPLSetErrorHandlerEx(on_message, &c);
    if ((err = rv__foreign_open(&f, file)) < 0)
        return err;
    if ((err = sink->begin(&f.header, sink->user)) == RV_OK)
        err = decode_rows(&f, sink, room, &c, file->path);
    rv__foreign_close(&f);
    return err;
}
