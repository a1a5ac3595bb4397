/* SPDX-License-Identifier: Apache-2.0 */
/* The first line of defence: our own look at a file's first bytes decides which single decoder may open it. Asking every
 * decoder in turn "is this yours?" would run a hundred parsers over hostile bytes, and some (VRT, WMS) open further files
 * and sockets. ENVI has no magic bytes; it is taken only where its header file lies beside the raw one. The files beside
 * a picture that may be looked at are listed by name: ENVI header, world file, mask. */
#include "raster/sniff.h"

#include "base/error.h"
#include "base/file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { HEAD = 512 };

typedef struct magic {
    const char *driver; /* NULL: known, and not read */
    const char *name;
    const char *bytes;
    size_t n, at;
} magic;

static const magic magics[] = {
    { "GTiff", "TIFF", "II*\0", 4, 0 },
    { "GTiff", "TIFF", "MM\0*", 4, 0 },
    { "GTiff", "BigTIFF", "II+\0", 4, 0 },
    { "GTiff", "BigTIFF", "MM\0+", 4, 0 },
    { "PNG", "PNG", "\x89PNG\r\n\x1a\n", 8, 0 },
    { "JPEG", "JPEG", "\xff\xd8\xff", 3, 0 },
    { "JP2OpenJPEG", "JPEG 2000", "\0\0\0\x0cjP  \r\n\x87\n", 12, 0 },
    { "JP2OpenJPEG", "JPEG 2000", "\xff\x4f\xff\x51", 4, 0 },
    { "NITF", "NITF", "NITF0", 5, 0 },
    { "NITF", "NITF", "NSIF0", 5, 0 },
    { "BMP", "BMP", "BM", 2, 0 },
    { NULL, "XML or HTML text", "<", 1, 0 },
    { NULL, "ENVI header (the picture is the file beside it)", "ENVI", 4, 0 },
    { NULL, "GIF", "GIF8", 4, 0 },
    { NULL, "WebP", "WEBP", 4, 8 },
    { NULL, "PDF", "%PDF", 4, 0 },
    { NULL, "HDF5 or netCDF", "\x89HDF\r\n\x1a\n", 8, 0 },
    { NULL, "netCDF", "CDF", 3, 0 },
    { NULL, "zip archive", "PK\x03\x04", 4, 0 },
    { NULL, "gzip archive", "\x1f\x8b", 2, 0 },
    { NULL, "SQLite or GeoPackage", "SQLite format 3", 15, 0 },
};

static const magic envi = { "ENVI", "ENVI", "", 0, 0 };

/* Texts that make a decoder open other files or addresses. */
static const char *const pointers[] = { "<VRTDataset", "<OGRVRTDataSource", "<GDAL_WMS", "<GDAL_WMTS",
                                        "<WMS_",       "<WMT_MS_",          "<MRF_META", "<WCS_GDAL" };

static uint32_t little(const unsigned char *p, int bytes)
{
    uint32_t v = 0;
    for (int i = bytes; i-- > 0;)
        v = v << 8 | p[i];
    return v;
}

/* Uncompressed bitmaps carry no check of their own: a cut one would read as black. */
static int64_t bmp_bytes(const unsigned char *head, size_t n)
{
    if (n < 34 || little(head + 14, 4) < 40 || little(head + 30, 4) != 0)
        return 0;
    const int64_t width = (int32_t)little(head + 18, 4), rows = (int32_t)little(head + 22, 4);
    const int64_t height = rows < 0 ? -rows : rows;
    const int64_t stride = (width * little(head + 28, 2) + 31) / 32 * 4;
    if (width <= 0 || width > 1 << 20 || height > 1 << 20)
        return 0; /* over the limits: refused from the header later, with figures */
    return little(head + 10, 4) + stride * height;
}

static const magic *match(const unsigned char *head, size_t n)
{
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        const magic *m = &magics[i];
        if (m->at + m->n <= n && memcmp(head + m->at, m->bytes, m->n) == 0)
            return m;
    }
    return NULL;
}

/* Tag of a text that points elsewhere, anywhere in the head of what begins like XML; else NULL. */
static const char *pointer_text(const unsigned char *head, size_t n)
{
    size_t at = n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < n && head[at] && strchr(" \t\r\n", head[at]))
        at++;
    if (at == n || head[at] != '<')
        return NULL;
    for (; at < n; at++)
        for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++) {
            const size_t length = strlen(pointers[i]);
            if (at + length <= n && memcmp(head + at, pointers[i], length) == 0)
                return pointers[i] + 1;
        }
    return NULL;
}

static void add_sibling(rv__sniffed *s, const char *name)
{
    char path[RV__REAL_PATH_MAX + RV__NAME_MAX];
    if (s->n_siblings == RV__SIBLINGS_MAX || strlen(name) >= RV__NAME_MAX)
        return;
    snprintf(path, sizeof path, "%.*s%s", (int)(rv__path_base(s->path) - s->path), s->path, name);
    struct stat st;
    if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
        snprintf(s->sibling[s->n_siblings++], RV__NAME_MAX, "%s", name);
}

/* "a.jpg" to "a.jgw": first and last letter of the extension, then w. */
static void add_world_files(rv__sniffed *s, const char *name)
{
    char other[RV__NAME_MAX + 8];
    const char *dot = strrchr(name, '.');
    const int stem = dot ? (int)(dot - name) : (int)strlen(name);
    if (dot && strlen(dot) >= 4) {
        snprintf(other, sizeof other, "%.*s.%c%cw", stem, name, dot[1], dot[strlen(dot) - 1]);
        add_sibling(s, other);
    }
    snprintf(other, sizeof other, "%.*s.wld", stem, name);
    add_sibling(s, other);
}

/* True when an ENVI header lies beside: name.hdr or stem.hdr, in either case. */
static bool add_envi_header(rv__sniffed *s, const char *name)
{
    char other[RV__NAME_MAX + 8];
    const int before = s->n_siblings;
    const char *dot = strrchr(name, '.');
    const int stem[2] = { (int)strlen(name), dot ? (int)(dot - name) : 0 };
    for (int i = 0; i < 2; i++)
        for (int upper = 0; stem[i] && upper < 2; upper++) {
            snprintf(other, sizeof other, "%.*s.%s", stem[i], name, upper ? "HDR" : "hdr");
            if (strcmp(other, name) != 0)
                add_sibling(s, other);
        }
    return s->n_siblings > before;
}

static int read_head(unsigned char head[HEAD], size_t *n, int64_t *bytes, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return errno == ENOENT || errno == ENOTDIR ? rv__fail(RV_ERR_NOTFOUND, "no such file")
                                                   : rv__fail(RV_ERR_IO, "cannot be read: %s", strerror(errno));
    if (S_ISDIR(st.st_mode))
        return rv__fail(RV_ERR_FORMAT, "is a folder, not an image file");
    if (!S_ISREG(st.st_mode))
        return rv__fail(RV_ERR_REFUSED, "is not a regular file");
    if (st.st_size == 0)
        return rv__fail(RV_ERR_FORMAT, "file is empty");
    FILE *f = fopen(path, "rb");
    if (!f)
        return rv__fail(RV_ERR_IO, "cannot be read: %s", strerror(errno));
    *n = fread(head, 1, HEAD, f);
    const bool failed = ferror(f) != 0;
    fclose(f);
    if (failed || *n == 0)
        return rv__fail(RV_ERR_IO, "cannot be read");
    *bytes = st.st_size;
    return RV_OK;
}

int rv__sniff(rv__sniffed *out, const char *path)
{
    unsigned char head[HEAD];
    char mask[RV__NAME_MAX + 8];
    rv__sniffed s = { 0 };
    size_t n = 0;
    int err;
    if ((err = read_head(head, &n, &s.bytes, path)) < 0)
        return err;
    char *real = realpath(path, NULL);
    if (!real || strlen(real) >= sizeof s.path) {
        free(real);
        return rv__fail(RV_ERR_IO, "cannot be read: path cannot be resolved");
    }
    snprintf(s.path, sizeof s.path, "%s", real);
    free(real);
    if (strncmp(s.path, "/vsi", 4) == 0)
        return rv__fail(RV_ERR_REFUSED, "a path that starts with /vsi would name a virtual file");
    const char *name = rv__path_base(s.path);
    add_sibling(&s, name);
    const char *pointer = pointer_text(head, n);
    if (pointer)
        return rv__fail(RV_ERR_REFUSED, "is a text that points at other files or servers (%s), not an image", pointer);
    const magic *m = match(head, n);
    if ((!m || m->n <= 3) && add_envi_header(&s, name)) /* three bytes of a raw picture may look like anything */
        m = &envi;
    if (!m)
        return rv__fail(RV_ERR_FORMAT, "not a raster format that is read here");
    if (!m->driver)
        return rv__fail(RV_ERR_FORMAT, "%s is not a raster format that is read here", m->name);
    s.driver = m->driver;
    if (strcmp(s.driver, "BMP") == 0)
        s.bytes_promised = bmp_bytes(head, n);
    snprintf(mask, sizeof mask, "%s.msk", name);
    add_sibling(&s, mask);
    add_world_files(&s, name);
    *out = s;
    return RV_OK;
}
