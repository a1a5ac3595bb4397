/* SPDX-License-Identifier: Apache-2.0 */
/* One foreign image to a working copy and its facts. Knows no case. */
#ifndef RV_INGEST_INGEST_H
#define RV_INGEST_INGEST_H

#include <revisit/scene.h>

typedef struct rv__ingest_opts {
    const char *time;     /* NULL: from STAC item, TIFF tag or name */
    double gsd_m;         /* for images without a CRS; 0 = unknown: pixels only */
    const char *mask_box; /* see rv_add_opts */
    const char *credit, *licence;
} rv__ingest_opts;

/**
 * Decode path in a worker process, write the working copy, fill every fact except id and working_copy.
 * Time order of sources: option, STAC item beside the file (same stem, .json), file name, TIFF tag.
 *
 * @return RV_OK; RV_ERR_NOTFOUND, RV_ERR_FORMAT, RV_ERR_REFUSED, RV_ERR_RANGE, RV_ERR_IO; on failure no file is left and
 *         out->sha256 is set whenever the file could be read at all
 */
int rv__ingest(rv_scene_info *out, const char *path, const char *working_copy, const rv__ingest_opts *opts);

#endif
