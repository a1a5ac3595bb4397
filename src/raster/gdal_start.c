/* SPDX-License-Identifier: Apache-2.0 */
/* GDAL in this process: only the GeoTIFF drivers are registered, because it reads and writes our own files alone; the
 * other raster drivers exist in the decoding worker. The block cache is bounded here once: GDAL's default of 5 % of the
 * machine's memory knows nothing of --ram. Side files are switched off, so that nothing but the named file is read. */
#include "raster/gdal_start.h"

#include "base/error.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <gdal.h>
/* The header declares functions without prototypes. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include <gdal_frmts.h>
#pragma GCC diagnostic pop

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { CACHE_MB = 32, MESSAGE_MAX = 400 };

void rv__gdal_start(void)
{
    if (GDALGetDriverByName("COG"))
        return;
    GDALRegister_GTiff();
    CPLSetConfigOption("GDAL_PAM_ENABLED", "NO");
    CPLSetConfigOption("GDAL_DISABLE_READDIR_ON_OPEN", "EMPTY_DIR");
    CPLSetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES");
    CPLSetConfigOption("GDAL_NUM_THREADS", "1");
    GDALSetCacheMax64((GIntBig)CACHE_MB << 20);
    GDALRegister_COG(); /* last: its presence says that all of this is done */
}

void rv__gdal_hush(void)
{
    CPLPushErrorHandler(CPLQuietErrorHandler);
    CPLErrorReset();
}

void rv__gdal_unhush(void)
{
    CPLPopErrorHandler();
}

/* Length of the folder part if text starts with the folder of path, else 0. */
static size_t folder_at(const char *text, const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    const size_t n = slash ? (size_t)(slash - path) + 1 : 0;
    return n > 1 && strncmp(text, path, n) == 0 ? n : 0;
}

void rv__gdal_words(char *out, size_t size, const char *message, const char *path)
{
    size_t n = 0;
    bool space = true; /* drops leading blanks */
    while (*message && n + 1 < size) {
        const size_t skip = folder_at(message, path);
        if (skip) {
            message += skip;
            continue;
        }
        const bool blank = isspace((unsigned char)*message) != 0;
        if (!(blank && space))
            out[n++] = blank ? ' ' : *message;
        space = blank;
        message++;
    }
    while (n && (out[n - 1] == ' ' || out[n - 1] == '.' || out[n - 1] == '!'))
        n--;
    out[n] = '\0';
}

int rv__gdal_fail(int code, const char *what, const char *path)
{
    char words[MESSAGE_MAX];
    rv__gdal_words(words, sizeof words, CPLGetLastErrorMsg(), path);
    return words[0] ? rv__fail(code, "%s: %s", what, words) : rv__fail(code, "%s", what);
}
