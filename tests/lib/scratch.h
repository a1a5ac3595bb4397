/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of its own for each test program, and small files to put there.
 *
 *   const char *path = scratch("a.tif");       // the same buffer is reused after eight calls
 *   scratch_write("empty.tif", "", 0);
 *   scratch_envi("raw", pixels, sizeof pixels, "samples = 4\nlines = 2\nbands = 1\ndata type = 1\n");
 */
#ifndef RV_TEST_SCRATCH_H
#define RV_TEST_SCRATCH_H

#include "base/file.h"
#include "lib/test.h"

static char scratch_root[256];

static inline void scratch_clear(void)
{
    if (scratch_root[0])
        rv__folder_remove(scratch_root);
}

/* Path of a name in the folder, which is made at the first call and removed at exit. */
static inline const char *scratch(const char *name)
{
    static char path[8][512];
    static int next;
    char *p = path[next++ % 8];
    if (!scratch_root[0]) {
        const char *tmp = getenv("TMPDIR");
        snprintf(scratch_root, sizeof scratch_root, "%s/rv-test-XXXXXX", tmp && *tmp ? tmp : "/tmp");
        if (!mkdtemp(scratch_root))
            abort();
        atexit(scratch_clear);
    }
    snprintf(p, sizeof path[0], "%s/%s", scratch_root, name);
    return p;
}

static inline const char *scratch_write(const char *name, const void *bytes, size_t n)
{
    const char *path = scratch(name);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, n, f) != n || fclose(f) != 0)
        abort();
    return path;
}

/* A raw picture and its ENVI header beside it: any size, type and georeference without a library. */
static inline const char *scratch_envi(const char *name, const void *pixels, size_t n, const char *facts)
{
    char header[1024], header_name[128];
    snprintf(header_name, sizeof header_name, "%s.hdr", name);
    const int length =
        snprintf(header, sizeof header,
                 "ENVI\nheader offset = 0\nfile type = ENVI Standard\ninterleave = bsq\nbyte order = 0\n%s", facts);
    scratch_write(header_name, header, (size_t)length);
    return scratch_write(name, pixels, n);
}

#endif
