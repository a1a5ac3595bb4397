/* SPDX-License-Identifier: Apache-2.0 */
/* Small images for the steps: smooth rolling ground with one bright block, in UTM or without a CRS. */
#ifndef RV_TEST_DRAWN_H
#define RV_TEST_DRAWN_H

#include <revisit/step.h>

#include "base/rng.h"
#include "lib/scratch.h"

enum { DRAWN_PX = 128, DRAWN_STEP = 8, DRAWN_NODES = DRAWN_PX / DRAWN_STEP + 1 };

typedef struct drawn {
    double east_m;  /* origin, relative to 500 km */
    int block_px;   /* side of the block in the middle; 0 = none */
    uint32_t noise; /* seed; one value for every band of every image would correlate them */
    bool crs_less;
} drawn;

/* Rolling ground: random heights every STEP px, smoothly joined. */
static inline double drawn_ground(const double *lattice, int c, int r)
{
    const int i = c / DRAWN_STEP, j = r / DRAWN_STEP;
    double u = (double)(c % DRAWN_STEP) / DRAWN_STEP, v = (double)(r % DRAWN_STEP) / DRAWN_STEP;
    u *= u * (3 - 2 * u);
    v *= v * (3 - 2 * v);
    const double *p = lattice + j * DRAWN_NODES + i;
    return (1 - v) * ((1 - u) * p[0] + u * p[1]) + v * ((1 - u) * p[DRAWN_NODES] + u * p[DRAWN_NODES + 1]);
}

/* A raw picture of four bands with an ENVI header; returns its path. */
static inline const char *draw(const char *name, const drawn *d)
{
    static uint16_t pixels[4 * DRAWN_PX * DRAWN_PX];
    char facts[256];
    double lattice[DRAWN_NODES * DRAWN_NODES];
    rv__rng ground_rng, noise;
    rv__rng_init(&ground_rng, 11, 0, 0, 0);
    rv__rng_init(&noise, 12, d->noise, 0, 0);
    for (int i = 0; i < DRAWN_NODES * DRAWN_NODES; i++)
        lattice[i] = 200 * rv__rng_normal(&ground_rng);
    const int lo = (DRAWN_PX - d->block_px) / 2, hi = lo + d->block_px;
    for (int b = 0; b < 4; b++)
        for (int r = 0; r < DRAWN_PX; r++)
            for (int c = 0; c < DRAWN_PX; c++) {
                const bool block = r >= lo && r < hi && c >= lo && c < hi;
                const double ground = 1200 + 150 * b + drawn_ground(lattice, c, r);
                const double value = block ? 4500 : ground;
                pixels[(b * DRAWN_PX + r) * DRAWN_PX + c] = (uint16_t)fmax(1, value + 8 * rv__rng_normal(&noise));
            }
    snprintf(facts, sizeof facts, "samples = %d\nlines = %d\nbands = 4\ndata type = 12\n%s", DRAWN_PX, DRAWN_PX,
             d->crs_less ? "" : "map info = {UTM, 1, 1, ");
    if (!d->crs_less)
        snprintf(facts + strlen(facts), sizeof facts - strlen(facts), "%.1f, 4500000, 3, 3, 36, North, WGS-84}\n",
                 500000 + d->east_m);
    return scratch_envi(name, pixels, sizeof pixels, facts);
}

static inline rv_case *new_case(const char *name)
{
    rv_case *c = NULL;
    CHECK_FAILS(RV_OK, rv_case_create(&c, scratch(name), NULL));
    return c;
}

#endif
