/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a window's shift that whole images put together anew. */
#ifndef RV_ALIGN_WINDOW_INTERNAL_H
#define RV_ALIGN_WINDOW_INTERNAL_H

#include "align/band.h"
#include "align/window.h"
#include "raster/fft.h"

struct rv__window {
    rv__window_opts opts;
    rv__fft *fft;
    rv__texture *texture;
    rv__band *band;
    float *plane;    /* texture, all channels; later the surface */
    float *spectrum; /* scratch of one channel */
    float *cross;
};

/** Weighted normalised cross spectrum of a plane and a prepared reference. */
int rv__window_correlate(float *out, rv__window *window, const float *reference, const rv__plane *plane);
/** Peak of such a spectrum, without covariance, and the slopes of S there (band.h). */
int rv__window_peak(rv__shift *out, double slopes[6], rv__window *window, const float *spectrum);
/** Covariance of a maximum: slopes of S there and the covariance (xx, xy, yy) of its slope. */
void rv__shift_sandwich(double cov[3], const double slopes[6], const double b[3]);

#endif
