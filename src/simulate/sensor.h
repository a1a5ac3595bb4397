/* SPDX-License-Identifier: Apache-2.0 */
/* From light on cells to numbers in pixels. */
#ifndef RV_SIMULATE_SENSOR_H
#define RV_SIMULATE_SENSOR_H

#include <stdint.h>

#include "raster/raster.h"
#include "simulate/noise.h"
#include "simulate/sight.h"

/** What a sensor records. */
typedef struct rv__sensor {
    const char *name;
    int band[RV__SIM_BANDS]; /* which of the site's bands, in the order of the file */
    int n_bands;
    int bits;         /* 8 or 16 in the file */
    double scale;     /* stored value of reflectance 1; 8 bits go through a tone curve instead */
    bool coarse_last; /* the last band has pixels twice as large */
    bool pan;         /* colour a quarter as sharp, detail from all bands together */
} rv__sensor;

const rv__sensor *rv__sensor_of(const rv_simulate_opts *opts);

/** Response of a pixel to cells along one axis, for each of RV__PHASES places of its centre inside a cell. */
enum { RV__PHASES = 256, RV__TAPS_MAX = 192 };
typedef struct rv__psf {
    int taps;      /* cells; a whole multiple of 4 */
    int reach;     /* of them before the cell that holds the centre */
    float *weight; /* RV__PHASES rows of taps; each adds to 1 */
} rv__psf;

/** sigma_px: of the optics, Gaussian in style A, with a wider skirt and smear in style B. */
int rv__psf_make(rv__psf *out, const rv_simulate_opts *opts, double sigma_px);
void rv__psf_release(rv__psf *psf);

/** What a sampling needs besides light and places. */
typedef struct rv__sampling {
    rv__window window;
    const rv__psf *psf;
    int oversample;
    double shift_px; /* rough displacement of the frame along x, to find which pixel a column of cells belongs to */
    double move[2];  /* of the band, px */
} rv__sampling;

/**
 * Pixels of a window of the frame, each looking at its own place.
 *
 * @param out     window.height * window.width
 * @param plane   light on the cells, of one band
 * @param sights  of the same rows and of more columns to either side, as wide as the cells
 * @param band    of the site: bands of a view lie a little apart
 */
int rv__psf_sample(float *out, const float *plane, const rv__cells *cells, const rv__sights *sights,
                   const rv__sampling *how);

/** Quantiles of the normal distribution at k / RV__NORMALS, the outer ones at a quarter of a step from the ends. */
enum { RV__NORMALS = 4096 };
void rv__normal_table(float out[RV__NORMALS + 1]);

/** Noise of variance a + b L, keyed by the pixel's place; n_bands planes of the window. */
void rv__sensor_noise(float *const *plane, int n_bands, rv__window w, const rv_simulate_opts *opts, int date,
                      const float *normal);

/** Unsharp mask, weight times the difference to a 3 x 3 binomial mean; the outermost ring is left. */
int rv__sensor_sharpen(float *plane, rv__window w, double weight);

/** Reflectance to stored values: rounding, or for 8 bits gain, tone curve and colour balance of a date. */
typedef struct rv__tone {
    double scale; /* stored value of reflectance 1; 0: 8 bits through the curve */
    double gain, black;
    bool shoulder; /* style B */
} rv__tone;

rv__tone rv__tone_of(const rv__sensor *sensor, const rv_simulate_opts *opts, int date, int band);
float rv__tone_value(const rv__tone *tone, float reflectance);

#endif
