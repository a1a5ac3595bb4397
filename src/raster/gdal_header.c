/* SPDX-License-Identifier: Apache-2.0 */
/* From a foreign file's header to checked facts. Every limit is tested here before a pixel is read, with the figure met
 * and the figure allowed in the sentence, because the decoders' own limits are many, and none of them knows what we can
 * hold. Ground control points and rational polynomials are no geotransform: such a picture is taken in its own pixels. */
#include "raster/gdal_header.h"

#include "base/error.h"
#include "base/str.h"
#include "geo/crs.h"
#include "raster/gdal_start.h"

#include <cpl_conv.h>
#include <cpl_string.h>
#include <gdal.h>
#include <ogr_srs_api.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One line of printable UTF-8, cut at a character. */
static void copy_text(char *out, size_t size, const char *text)
{
    size_t n = 0;
    const bool utf8 = text && CPLIsUTF8(text, -1);
    for (; text && *text && n + 1 < size; text++) {
        const unsigned char c = (unsigned char)*text;
        out[n++] = (char)(c < 32 || c == 127 ? ' ' : c >= 128 && !utf8 ? '?' : c);
    }
    while (text && *text && n && ((unsigned char)*text & 0xC0) == 0x80) /* not in the middle of a character */
        text--, n--;
    while (n && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
}

static char interp_letter(GDALRasterBandH band)
{
    switch (GDALGetRasterColorInterpretation(band)) {
    case GCI_RedBand:
        return 'R';
    case GCI_GreenBand:
        return 'G';
    case GCI_BlueBand:
        return 'B';
    case GCI_GrayIndex:
        return 'P';
    case GCI_AlphaBand:
        return 'A';
    default:
        return '?';
    }
}

static int sample_of(rv__sample *out, GDALDataType type)
{
    switch (type) {
    case GDT_Byte:
        *out = RV__SAMPLE_U8;
        return RV_OK;
    case GDT_UInt16:
        *out = RV__SAMPLE_U16;
        return RV_OK;
    case GDT_Int16:
        *out = RV__SAMPLE_I16;
        return RV_OK;
    case GDT_Int32:
    case GDT_UInt32:
    case GDT_Float32:
    case GDT_Float64:
        *out = RV__SAMPLE_F32;
        return RV_OK;
    default:
        return rv__fail(RV_ERR_REFUSED,
                        "samples of type %s are not read, only whole numbers of 8 to 32 bits and real numbers",
                        GDALGetDataTypeName(type));
    }
}

/* Wavelength of a band in nm from its metadata, or NAN. Without a unit small numbers are micrometres. */
static double wavelength_nm(GDALRasterBandH band)
{
    const char *text = GDALGetMetadataItem(band, "wavelength", NULL);
    const char *unit = GDALGetMetadataItem(band, "wavelength_units", NULL);
    double value;
    const char *end;
    if (!text || rv__number_scan(&value, text, &end) < 0 || !(value > 0))
        return NAN;
    const bool micro = unit ? strncmp(unit, "Micro", 5) == 0 || strncmp(unit, "um", 2) == 0 : value < 50;
    return micro ? value * 1000.0 : value;
}

static const char *first_item(GDALDatasetH dataset, const char *const *names)
{
    for (; *names; names++) {
        const char *text = GDALGetMetadataItem(dataset, *names, NULL);
        if (text && *text)
            return text;
    }
    return NULL;
}

static int read_size(rv__foreign *f, const rv__sniffed *file)
{
    const int bands = GDALGetRasterCount(f->dataset);
    const int64_t width = GDALGetRasterXSize(f->dataset), height = GDALGetRasterYSize(f->dataset);
    if (width < 1 || height < 1)
        return rv__fail(RV_ERR_REFUSED, "%" PRId64 " x %" PRId64 " px, at least 1 x 1 needed", width, height);
    if (width > RV__SIDE_MAX_PX || height > RV__SIDE_MAX_PX || width * height > RV__AREA_MAX_PX)
        return rv__fail(RV_ERR_REFUSED, "%" PRId64 " x %" PRId64 " px, limit %d a side and 2^31 in all", width, height,
                        RV__SIDE_MAX_PX);
    if (bands < 1)
        return rv__fail(RV_ERR_REFUSED, "no image in the file");
    if (bands > RV_BANDS_MAX + 1) /* one may be alpha */
        return rv__fail(RV_ERR_REFUSED, "%d bands, limit %d", bands, RV_BANDS_MAX);
    f->header.grid.width = (int)width;
    f->header.grid.height = (int)height;
    int64_t pixel_bytes = 0;
    for (int b = 1; b <= bands; b++)
        pixel_bytes += GDALGetDataTypeSizeBytes(GDALGetRasterDataType(GDALGetRasterBand(f->dataset, b)));
    const int64_t unpacked = width * height * pixel_bytes;
    if (unpacked > (int64_t)RV__BLOCK_MAX_MB << 20 && unpacked / RV__RATIO_MAX > file->bytes)
        return rv__fail(RV_ERR_REFUSED, "%" PRId64 " bytes would unpack to %" PRId64 " MB, limit 1 : %d", file->bytes,
                        unpacked >> 20, RV__RATIO_MAX);
    int64_t promised = file->bytes_promised;
    if (strcmp(file->driver, "ENVI") == 0) {
        const char *offset = GDALGetMetadataItem(f->dataset, "header_offset", "ENVI");
        promised = unpacked + (offset ? strtoll(offset, NULL, 10) : 0);
    }
    if (promised > file->bytes)
        return rv__fail(RV_ERR_FORMAT, "file is truncated: %" PRId64 " bytes, its header promises %" PRId64,
                        file->bytes, promised);
    return RV_OK;
}

/* Which bands are pixels, and of which common type. */
static int read_bands(rv__foreign *f)
{
    const int bands = GDALGetRasterCount(f->dataset);
    rv__decoded *h = &f->header;
    GDALDataType type = GDT_Unknown;
    for (int b = 1; b <= bands; b++) {
        const GDALRasterBandH band = GDALGetRasterBand(f->dataset, b);
        const char letter = interp_letter(band);
        const char *pixel_type = GDALGetMetadataItem(band, "PIXELTYPE", "IMAGE_STRUCTURE");
        if (pixel_type && strcmp(pixel_type, "SIGNEDBYTE") == 0)
            return rv__fail(RV_ERR_REFUSED, "signed samples of 8 bits are not read");
        if (letter == 'A' && !f->mask) {
            f->mask = band;
            f->mask_is_alpha = true;
            continue;
        }
        if (h->bands == RV_BANDS_MAX)
            return rv__fail(RV_ERR_REFUSED, "%d bands, limit %d", bands, RV_BANDS_MAX);
        const int i = h->bands++;
        const GDALDataType t = GDALGetRasterDataType(band);
        int has = 0;
        type = i ? GDALDataTypeUnion(type, t) : t;
        f->band[i] = b;
        f->nodata[i] = GDALGetRasterNoDataValue(band, &has);
        f->has_nodata[i] = has != 0;
        h->says_validity = h->says_validity || has;
        h->nodata = i > 0 ? h->nodata : has ? f->nodata[i] : NAN;
        h->interp[i] = letter;
        h->centre_wavelength_nm[i] = wavelength_nm(band);
        copy_text(h->descriptions[i], sizeof h->descriptions[i], GDALGetDescription(band));
    }
    if (h->bands == 0)
        return rv__fail(RV_ERR_REFUSED, "no band besides transparency");
    return sample_of(&h->sample, type);
}

/* A picture of palette indices is no measurement: colours are what was drawn. */
static void expand_palette(rv__foreign *f)
{
    rv__decoded *h = &f->header;
    const GDALRasterBandH band = GDALGetRasterBand(f->dataset, f->band[0]);
    f->palette = h->bands == 1 && h->sample == RV__SAMPLE_U8 && GDALGetRasterColorTable(band) &&
                 GDALGetRasterColorInterpretation(band) == GCI_PaletteIndex;
    if (!f->palette)
        return;
    h->bands = 3;
    memcpy(h->interp, "RGB", 4);
    for (int i = 1; i < 3; i++)
        h->centre_wavelength_nm[i] = NAN;
}

static void find_mask(rv__foreign *f)
{
    const GDALRasterBandH band = GDALGetRasterBand(f->dataset, f->band[0]);
    const int flags = GDALGetMaskFlags(band);
    if (!f->mask && !(flags & (GMF_ALL_VALID | GMF_NODATA | GMF_ALPHA)))
        f->mask = GDALGetMaskBand(band);
    f->header.says_validity = f->header.says_validity || f->mask;
}

static int check_blocks(rv__foreign *f)
{
    int width = 0, rows = 0;
    const GDALRasterBandH band = GDALGetRasterBand(f->dataset, f->band[0]);
    GDALGetBlockSize(band, &width, &rows);
    const char *interleave = GDALGetMetadataItem(f->dataset, "INTERLEAVE", "IMAGE_STRUCTURE");
    const int together = interleave && strcmp(interleave, "PIXEL") == 0 ? GDALGetRasterCount(f->dataset) : 1;
    const int64_t bytes = (int64_t)width * rows * GDALGetDataTypeSizeBytes(GDALGetRasterDataType(band)) * together;
    if (width < 1 || rows < 1 || bytes > (int64_t)RV__BLOCK_MAX_MB << 20)
        return rv__fail(RV_ERR_REFUSED, "blocks of %d x %d px (%" PRId64 " MB), limit %d MB", width, rows, bytes >> 20,
                        RV__BLOCK_MAX_MB);
    f->block_rows = rows;
    return RV_OK;
}

static int read_crs(rv__foreign *f)
{
    const char *const options[] = { "FORMAT=WKT2_2019", NULL };
    rv_grid *grid = &f->header.grid;
    const OGRSpatialReferenceH srs = GDALGetSpatialRef(f->dataset);
    const bool placed = GDALGetGeoTransform(f->dataset, grid->gt) == CE_None;
    const int points = GDALGetGCPCount(f->dataset);
    if (!placed && points > 0 && points < 3)
        return rv__fail(RV_ERR_REFUSED,
                        "georeference has no usable pixel size and %d control points, at least 3 needed", points);
    if (!srs || !placed) {
        const double frame[6] = { 0, 1, 0, 0, 0, 1 };
        memcpy(grid->gt, frame, sizeof frame);
        return RV_OK;
    }
    if (!OSRIsProjected(srs) && !OSRIsGeographic(srs))
        return rv__fail(RV_ERR_REFUSED, "coordinate reference system \"%s\" is neither projected nor geographic",
                        OSRGetName(srs) ? OSRGetName(srs) : "");
    char *wkt = NULL;
    int err = RV_OK;
    if (OSRExportToWktEx(srs, &wkt, options) != OGRERR_NONE)
        err = rv__gdal_fail(RV_ERR_FORMAT, "coordinate reference system cannot be read", NULL);
    else
        err = rv__crs_short(grid->crs, wkt);
    CPLFree(wkt);
    return err;
}

/* Scale and offset count when all bands agree; mixed ones have no meaning for one scene. */
static void read_scale(rv__foreign *f)
{
    rv__decoded *h = &f->header;
    h->scale = 1.0;
    h->offset = 0.0;
    for (int i = 0; i < h->bands && !f->palette; i++) {
        const GDALRasterBandH band = GDALGetRasterBand(f->dataset, f->band[i]);
        const double scale = GDALGetRasterScale(band, NULL), offset = GDALGetRasterOffset(band, NULL);
        const bool usable = isfinite(scale) && isfinite(offset) && scale > 0;
        if (!usable || (i && (scale < h->scale || scale > h->scale || offset < h->offset || offset > h->offset))) {
            h->scale = 1.0;
            h->offset = 0.0;
            return;
        }
        h->scale = scale;
        h->offset = offset;
    }
}

/* The place where the geotransform puts the picture must be real, and there and back must agree. */
static int check_place(const rv_grid *g)
{
    const double det = g->gt[1] * g->gt[5] - g->gt[2] * g->gt[4];
    double lo = INFINITY, hi = -INFINITY, far = 0;
    for (int i = 0; i < 6; i++)
        if (!isfinite(g->gt[i]) || fabs(g->gt[i]) > 1e12)
            return rv__fail(RV_ERR_REFUSED, "geotransform holds %g, limit 1e+12", g->gt[i]);
    if (!(fabs(det) > 0) || !isnormal(det))
        return rv__fail(RV_ERR_REFUSED, "geotransform cannot be inverted: its pixels have no area");
    for (int corner = 0; corner < 4; corner++) {
        const double col = corner & 1 ? g->width : 0, row = corner & 2 ? g->height : 0;
        const double x = g->gt[0] + col * g->gt[1] + row * g->gt[2], y = g->gt[3] + col * g->gt[4] + row * g->gt[5];
        const double back_col = (g->gt[5] * (x - g->gt[0]) - g->gt[2] * (y - g->gt[3])) / det;
        const double back_row = (g->gt[1] * (y - g->gt[3]) - g->gt[4] * (x - g->gt[0])) / det;
        lo = fmin(lo, y);
        hi = fmax(hi, y);
        far = fmax(far, fabs(x));
        if (!(fabs(back_col - col) < 0.01 && fabs(back_row - row) < 0.01))
            return rv__fail(RV_ERR_REFUSED, "geotransform loses more than .01 px there and back");
    }
    if (rv__crs_is_geographic(g->crs) && (lo < -90.001 || hi > 90.001 || far > 540.0))
        return rv__fail(RV_ERR_REFUSED, "latitudes from %g to %g and longitudes up to %g degrees, limits 90 and 540",
                        lo, hi, far);
    return RV_OK;
}

int rv__header_check(const rv__decoded *h)
{
    const rv_grid *g = &h->grid;
    if (g->width < 1 || g->height < 1 || g->width > RV__SIDE_MAX_PX || g->height > RV__SIDE_MAX_PX ||
        (int64_t)g->width * g->height > RV__AREA_MAX_PX)
        return rv__fail(RV_ERR_REFUSED, "%d x %d px, limit %d a side and 2^31 in all", g->width, g->height,
                        RV__SIDE_MAX_PX);
    if (h->bands < 1 || h->bands > RV_BANDS_MAX)
        return rv__fail(RV_ERR_REFUSED, "%d bands, limit %d", h->bands, RV_BANDS_MAX);
    if (h->sample < RV__SAMPLE_U8 || h->sample > RV__SAMPLE_F32)
        return rv__fail(RV_ERR_REFUSED, "sample type %d is unknown", (int)h->sample);
    if (!isfinite(h->scale) || !isfinite(h->offset))
        return rv__fail(RV_ERR_REFUSED, "scale or offset is not finite");
    return check_place(g);
}

int rv__foreign_open(rv__foreign *out, const rv__sniffed *file)
{
    static const char *const dates[] = { "TIFFTAG_DATETIME", "EXIF_DateTimeOriginal", "EXIF_DateTime", NULL };
    static const char *const rights[] = { "TIFFTAG_COPYRIGHT", "EXIF_Copyright", "TIFFTAG_ARTIST", "EXIF_Artist",
                                          NULL };
    const char *const drivers[] = { file->driver, NULL };
    const char *siblings[RV__SIBLINGS_MAX + 1] = { NULL };
    for (int i = 0; i < file->n_siblings; i++)
        siblings[i] = file->sibling[i];
    rv__foreign f = { 0 };
    int err;
    f.dataset =
        GDALOpenEx(file->path, GDAL_OF_RASTER | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR, drivers, NULL, siblings);
    if (!f.dataset)
        return rv__gdal_fail(RV_ERR_FORMAT, "cannot be decoded", file->path);
    if ((err = read_size(&f, file)) < 0 || (err = read_bands(&f)) < 0)
        goto fail;
    expand_palette(&f);
    find_mask(&f);
    if ((err = check_blocks(&f)) < 0 || (err = read_crs(&f)) < 0)
        goto fail;
    read_scale(&f);
    snprintf(f.header.driver, sizeof f.header.driver, "%s", file->driver);
    copy_text(f.header.datetime, sizeof f.header.datetime, first_item(f.dataset, dates));
    copy_text(f.header.copyright, sizeof f.header.copyright, first_item(f.dataset, rights));
    if ((err = rv__header_check(&f.header)) < 0)
        goto fail;
    *out = f;
    return RV_OK;
fail:
    GDALClose(f.dataset);
    return err;
}

void rv__foreign_close(rv__foreign *foreign)
{
    GDALClose(foreign->dataset);
    foreign->dataset = NULL;
}
