/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file scene.h
 * One acquisition on its own grid, as it stands in the case: a described row of facts, and a handle on its working copy.
 */
#ifndef REVISIT_SCENE_H
#define REVISIT_SCENE_H

#include <revisit/grid.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { RV_ID_MAX = 64, RV_PATH_MAX = 1024, RV_WHY_MAX = 320, RV_HASH_MAX = 65, RV_BANDS_MAX = 16 };

typedef enum rv_scene_state { RV_SCENE_OK, RV_SCENE_REFUSED } rv_scene_state;

typedef struct rv_scene_info {
    char id[RV_ID_MAX];     /* file name without extension, made unique within the case */
    char path[RV_PATH_MAX]; /* original, as given */
    char sha256[RV_HASH_MAX];
    int state;                      /* rv_scene_state */
    char why[RV_WHY_MAX];           /* reason of a refusal, else "" */
    char working_copy[RV_PATH_MAX]; /* relative to the case folder: "scenes/<id>.tif" */
    char working_sha256[RV_HASH_MAX];
    int width, height, bands;
    char roles[RV_BANDS_MAX + 1]; /* one letter a band: B G R N(ir) S(wir 1) T(swir 2) P(an) X(other) */
    int bits;                     /* of the original's samples: 8, 16, 32 */
    double scale; /* physical value = stored value * scale + offset; 1 and 0 unless the file states them */
    double offset;
    double valid_share; /* of pixels, in [0, 1] */
    char crs[RV_CRS_MAX];
    double gt[6];
    double gsd_m;
    double t_min, t_max;  /* acquisition, UTC seconds */
    char time_source[16]; /* "option" "stac" "tag" "name" "none" */
    char sensor[RV_ID_MAX];
    double sun_azimuth_deg; /* clockwise from north; NAN = unknown, like the following */
    double sun_elevation_deg;
    double view_azimuth_deg; /* clockwise from north, towards the satellite */
    double view_off_nadir_deg;
    char credit[256];
    char licence[128];
} rv_scene_info;

RV_API const rv_fields *rv_scene_info_fields(void);
RV_API void rv_scene_info_grid(const rv_scene_info *info, rv_grid *out);

/** A scene's working copy, opened for reading. One thread at a time may use a handle. */
typedef struct rv_scene rv_scene;

/**
 * Open a working copy (a GeoTIFF written by this library; never a foreign file).
 *
 * @param path  of the working copy itself
 * @param info  copied
 * @return      RV_OK; RV_ERR_IO, RV_ERR_FORMAT, RV_ERR_MISMATCH when size or bands differ from info
 */
RV_API int rv_scene_open(rv_scene **out, const char *path, const rv_scene_info *info);
RV_API void rv_scene_free(rv_scene *scene);
RV_API const rv_scene_info *rv_scene_facts(const rv_scene *scene); /* borrowed */
RV_API const rv_grid *rv_scene_grid(const rv_scene *scene);        /* borrowed */

/**
 * Read a window of some bands in the scene's own pixels.
 *
 * @param data   n_bands * height * width floats, band after band; invalid pixels are 0
 * @param valid  height * width bytes: 1 where all bands are valid, else 0; pixels outside the scene are 0
 * @param band   n_bands indices from 0
 * @param window col0, row0, width, height in px; may reach outside the scene
 */
RV_API int rv_scene_read(const rv_scene *scene, float *data, uint8_t *valid, const int *band, int n_bands,
                         const int window[4]);

#ifdef __cplusplus
}
#endif
#endif
