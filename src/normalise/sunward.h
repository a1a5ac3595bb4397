/* SPDX-License-Identifier: Apache-2.0 */
/* Where the shadow of a cloud lies: one height for all clouds of a date, found by laying them on the dark places. */
#ifndef RV_NORMALISE_SUNWARD_H
#define RV_NORMALISE_SUNWARD_H

#include <stddef.h>
#include <stdint.h>

#include <revisit/scene.h>

/** One date: planes of w * h shares of 250. */
typedef struct rv__sky {
    size_t w, h;
    const uint8_t *cloud;  /* opacity of what is cloud, else 0 */
    const uint8_t *shade;  /* depth of shadow, also of what may be none */
    const uint8_t *hidden; /* not 0 where the ground is not seen */
    double away[2];        /* px a shadow moves from its cloud, as both are seen, for a metre of height */
    double height_m[2];    /* of clouds: searched between */
} rv__sky;

typedef struct rv__cast {
    double score; /* correlation of shadow foretold and shadow seen, less what few pixels give by chance; 0 = none */
    double met;   /* share of the shadow foretold on ground that is seen where it is dark */
    double px[2]; /* from cloud to shadow */
    double height_m;
} rv__cast;

/** Where the sun's place is known from. */
enum { RV__SUN_UNKNOWN, RV__SUN_TOLD, RV__SUN_BY_TIME };

/** Place of the sun over a scene: as told with it, or by the time of day and the middle of the grid. @return RV__SUN_... */
int rv__sun_of(double *azimuth_deg, double *elevation_deg, const rv_scene_info *info, const rv_grid *grid);

/** Away of a scene on a grid; false where its sun is not known. */
int rv__sun_away(double away[2], const rv_scene_info *info, const rv_grid *grid);

/** The height at which clouds and dark places agree best. */
int rv__cast_find(rv__cast *out, const rv__sky *sky);

/**
 * The same where the sun is not known: away is searched in all directions. The score is 0 where another direction agrees nearly as
 * well; the height is then in px of the shadow's way.
 */
int rv__cast_around(rv__cast *out, const rv__sky *sky);

#endif
