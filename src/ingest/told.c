/* SPDX-License-Identifier: Apache-2.0 */
/* What the provider says of its pixels: Planet's UDM2 (eight bands) and the older UDM (bits), Sentinel-2's scene
 * classification (SCL), Landsat's QA_PIXEL bits. The file is known by its name alone: that of the image with the ending
 * changed. An item's hrefs are never followed. Masks are decoded like images, in the worker. Usable data that no class
 * names stays 255, not told. */
#include "ingest/told.h"

#include <revisit/stack.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "model/told.h"
#include "raster/decode.h"
#include "raster/sniff.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { UDM2_BANDS = 6, PATH_SIZE = 4096 };

typedef enum told_kind { TOLD_UDM2, TOLD_UDM, TOLD_SCL, TOLD_QA } told_kind;

typedef struct ending {
    const char *text;
    told_kind kind;
} ending;

static const ending endings[] = {
    { "_udm2", TOLD_UDM2 }, { "_udm2_clip", TOLD_UDM2 }, { "_DN_udm", TOLD_UDM },  { "_DN_udm_clip", TOLD_UDM },
    { "_udm", TOLD_UDM },   { "_SCL", TOLD_SCL },        { "_QA_PIXEL", TOLD_QA },
};

enum { N_ENDINGS = sizeof endings / sizeof *endings };

typedef struct taking {
    const rv_scene_info *info;
    told_kind kind;
    const char *path;
    rv__cog *cog;
    int bands;
    rv__sample sample;
    uint8_t *codes; /* of the rows at hand */
} taking;

static bool ends_with(const char *text, const char *tail)
{
    const size_t n = strlen(text), k = strlen(tail);
    return n > k && strcasecmp(text + n - k, tail) == 0;
}

bool rv__told_is_mask(const char *path)
{
    char stem[PATH_SIZE];
    bool found = false;
    rv__path_stem(stem, sizeof stem, path);
    for (size_t i = 0; i < N_ENDINGS && !found; i++)
        found = ends_with(stem, endings[i].text);
    return found;
}

/* Bit-packed and class codes of one pixel, to ours. */
static uint8_t from_udm(int v)
{
    return v & 1 ? RV_MASK_OUTSIDE : v & 2 ? RV_MASK_CLOUD : RV_MASK_CLEAR;
}

static uint8_t from_scl(int v)
{
    static const uint8_t code[] = { RV_MASK_OUTSIDE, RV_MASK_OUTSIDE, RV_MASK_CLEAR, RV_MASK_SHADOW,
                                    RV_MASK_CLEAR,   RV_MASK_CLEAR,   RV_MASK_CLEAR, RV_MASK_OUTSIDE,
                                    RV_MASK_CLOUD,   RV_MASK_CLOUD,   RV_MASK_HAZE,  RV_MASK_SNOW };
    return v >= 0 && v < (int)sizeof code ? code[v] : RV_MASK_OUTSIDE;
}

static uint8_t from_qa(int v)
{
    if (v & 1)
        return RV_MASK_OUTSIDE;
    if (v & (1 << 3 | 1 << 1))
        return v & 1 << 4 ? RV_MASK_BOTH : RV_MASK_CLOUD;
    return v & 1 << 4 ? RV_MASK_SHADOW : v & 1 << 5 ? RV_MASK_SNOW : v & 1 << 2 ? RV_MASK_HAZE : RV_MASK_CLEAR;
}

/* Bands: clear, snow, shadow, light haze, heavy haze, cloud. */
static uint8_t from_udm2(const int *v)
{
    const int both = (v[5] ? RV_MASK_CLOUD : 0) | (v[2] ? RV_MASK_SHADOW : 0);
    return (uint8_t)(both           ? both
                     : v[3] || v[4] ? RV_MASK_HAZE
                     : v[1]         ? RV_MASK_SNOW
                     : v[0]         ? RV_MASK_CLEAR
                                    : RV_MASK_OUTSIDE);
}

static uint8_t code_at(const taking *k, const void *samples, size_t i, size_t n)
{
    int v[UDM2_BANDS] = { 0 };
    for (int b = 0; b < k->bands && b < UDM2_BANDS; b++)
        v[b] = (int)rv__sample_value(samples, k->sample, (size_t)b * n + i);
    switch (k->kind) {
    case TOLD_UDM2:
        return from_udm2(v);
    case TOLD_UDM:
        return from_udm(v[0]);
    case TOLD_SCL:
        return from_scl(v[0]);
    case TOLD_QA:
        break;
    }
    return from_qa(v[0]);
}

static int begin(const rv__decoded *h, void *user)
{
    taking *k = user;
    rv_grid grid;
    const int least = k->kind == TOLD_UDM2 ? UDM2_BANDS : 1;
    if (h->grid.width != k->info->width || h->grid.height != k->info->height)
        return rv__fail(RV_ERR_MISMATCH, "%d x %d px, the image has %d x %d", h->grid.width, h->grid.height,
                        k->info->width, k->info->height);
    if (h->bands < least || h->sample == RV__SAMPLE_F32)
        return rv__fail(RV_ERR_FORMAT, "%d bands, at least %d of whole numbers are needed", h->bands, least);
    k->bands = h->bands;
    k->sample = h->sample;
    rv_scene_info_grid(k->info, &grid);
    return rv__cog_begin(&k->cog, k->path, &grid, 1, RV__SAMPLE_U8);
}

static int take_rows(const void *samples, const uint8_t *valid, int row0, int n_rows, void *user)
{
    taking *k = user;
    const size_t n = (size_t)k->info->width * (size_t)n_rows;
    uint8_t *codes = rv__alloc(2 * n, 1), *all = codes + n;
    if (!codes)
        return RV_ERR_NOMEM;
    (void)valid; /* zero is a class here, not a hole */
    for (size_t i = 0; i < n; i++)
        codes[i] = code_at(k, samples, i, n);
    memset(all, 1, n);
    const int err = rv__cog_rows(k->cog, codes, all, row0, n_rows);
    rv__free(codes);
    return err;
}

/* The image's path with another ending; Planet's name ends before its product, as in <id>_3B_udm2. */
static bool beside(char *out, size_t size, const char *path, const ending *e)
{
    const char *base = rv__path_base(path), *dot = strrchr(base, '.'), *product = strstr(base, "_3B_");
    const char *ext = dot ? dot : "";
    const bool planet = product && (e->kind == TOLD_UDM2);
    const size_t keep = planet ? (size_t)(product + 3 - path) : dot ? (size_t)(dot - path) : strlen(path);
    const int n = snprintf(out, size, "%.*s%s%s", (int)keep, path, e->text, ext);
    return n > 0 && (size_t)n < size && rv__file_exists(out);
}

static int decode(taking *k, const char *file)
{
    rv__sniffed sniffed;
    const rv__decode_sink sink = { begin, take_rows, k };
    int err;
    if ((err = rv__sniff(&sniffed, file)) < 0 || (err = rv__decode(file, &sink)) < 0) {
        rv__cog_abandon(k->cog);
        return err;
    }
    return rv__cog_finish(k->cog);
}

int rv__told_take(const rv_scene_info *info, const char *working_copy)
{
    char file[PATH_SIZE], to[PATH_SIZE];
    size_t i = 0;
    while (i < N_ENDINGS && !beside(file, sizeof file, info->path, &endings[i]))
        i++;
    if (i == N_ENDINGS)
        return 0;
    rv__scene_told_path(to, sizeof to, working_copy);
    taking k = { .info = info, .kind = endings[i].kind, .path = to };
    const int err = decode(&k, file);
    if (err == RV_OK)
        return 1;
    if (err == RV_ERR_NOMEM || err == RV_ERR_STOPPED || err == RV_ERR_IO)
        return err;
    rv__log(0, "%s: mask left out: %s", rv__path_base(file), rv_last_error());
    return 0;
}
