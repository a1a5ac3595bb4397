/* SPDX-License-Identifier: Apache-2.0 */
/* Fractal noise on a net of ground cells. */
#ifndef RV_SIMULATE_NOISE_H
#define RV_SIMULATE_NOISE_H

#include <stddef.h>
#include <stdint.h>

/** Cell (i, j) has its centre at x = (col0 + j + .5) * step_m, y = (row0 + i + .5) * step_m: metres east and south of the
 *  site's corner. Whole col0 and row0 make a cell's place the same to the bit in whichever net it is asked for. */
typedef struct rv__cells {
    double col0, row0, step_m;
    size_t w, h;
} rv__cells;

typedef struct rv__fbm {
    uint32_t seed, date, purpose;
    double wavelength_m; /* of the coarsest octave */
    int octaves;
    double gain; /* amplitude of an octave relative to the one before */
} rv__fbm;

/** A net of one cell around a place. */
rv__cells rv__cell_at(double x_m, double y_m);

/** Mean 0 and sd 1 over the plane; a value depends on its place alone, never on the net it is asked for. */
int rv__fbm_fill(float *out, const rv__fbm *fbm, const rv__cells *cells);

#endif
