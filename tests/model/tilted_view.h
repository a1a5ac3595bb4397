/* SPDX-License-Identifier: Apache-2.0 */
/* A pinhole that looks aslant at flat ground, and places on it. */
#ifndef RV_TEST_TILTED_VIEW_H
#define RV_TEST_TILTED_VIEW_H

#include <revisit/ground.h>

#include "base/rng.h"
#include "geo/homography.h"

enum { VIEW_W = 1600, VIEW_H = 1000 };

/* From metres (east, north) to pixels: 900 m above (0, -700), pitched by 38 degrees from straight down, headed by `turn`. */
static inline void tilted_view(double out[9], double turn)
{
    const double f = 1400, pitch = 38 * acos(-1.0) / 180, s = sin(pitch), c = cos(pitch), h = 900;
    const double look[9] = { f,
                             VIEW_W / 2.0 * s,
                             VIEW_W / 2.0 * (c * h + s * 700), /* u = f x / z + w/2 */
                             0,
                             -f * c + VIEW_H / 2.0 * s,
                             f * (s * h - c * 700) + VIEW_H / 2.0 * (c * h + s * 700),
                             0,
                             s,
                             c * h + s * 700 };
    const double head[9] = { cos(turn), sin(turn), 0, -sin(turn), cos(turn), 0, 0, 0, 1 };
    rv__homography_multiply(out, look, head);
}

/* A point at a place of the picture, exact but for the noise that it states. */
static inline rv_gcp gcp_at(const double to_ground[9], double col, double row, rv__rng *noise)
{
    double q[2];
    rv_gcp p;
    rv_fields_init(rv_gcp_fields(), &p);
    rv__homography_apply(q, to_ground, (const double[2]){ col, row });
    p.ref_col = p.col = col;
    p.ref_row = p.row = row;
    p.x_m = q[0];
    p.y_m = q[1];
    p.sigma_m = 1;
    p.sigma_px = .5;
    if (noise) {
        p.x_m += p.sigma_m * rv__rng_normal(noise);
        p.y_m += p.sigma_m * rv__rng_normal(noise);
        p.ref_col += p.sigma_px * rv__rng_normal(noise);
        p.ref_row += p.sigma_px * rv__rng_normal(noise);
    }
    return p;
}

static const double view_places[8][2] = { { 120, 130 }, { 1500, 160 }, { 1450, 900 }, { 90, 880 },
                                          { 800, 500 }, { 400, 700 },  { 1200, 300 }, { 700, 120 } };

#endif
