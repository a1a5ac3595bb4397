/* SPDX-License-Identifier: Apache-2.0 */
/* The STAC item beside an image: same folder, same stem, ".json". */
#ifndef RV_INGEST_STAC_H
#define RV_INGEST_STAC_H

#include <revisit/scene.h>

typedef struct rv__stac {
    bool found;
    char roles[RV_BANDS_MAX + 1]; /* "" when the item names no bands */
    bool has_time;
    rv_period time;
    double sun_azimuth_deg, sun_elevation_deg, view_azimuth_deg, view_off_nadir_deg; /* NAN = not told */
    char sensor[RV_ID_MAX];
    char credit[256];
    char licence[128];
} rv__stac;

/** Look for the item of an image. One that is absent, or that is no STAC item, is no error: out->found is false. */
int rv__stac_beside(rv__stac *out, const char *image_path);

/** The same from text. @return RV_OK; RV_ERR_FORMAT for what is no JSON; RV_ERR_NOMEM */
int rv__stac_parse(rv__stac *out, const char *text, size_t n, const char *image_name);

#endif
