/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file normalise.h
 * One radiometric scale for the series, and which pixels of each scene show clear ground.
 */
#ifndef REVISIT_NORMALISE_H
#define REVISIT_NORMALISE_H

#include <revisit/stack.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rv_normalise_opts {
    double gain_min, gain_max; /* a fitted gain is kept within. Defaults .4, 2.5 */
    int rounds;                /* fits against the temporal median. Default 2 */
    double cloud_mad;          /* departures below as many robust sd of the ground in time are noise. Default 4 */
    double haze_px; /* least distance of the knots of a smooth field; 0 or a smaller scene: none. Default 200 */
    bool masks;     /* look for clouds and shadows. Default true; pointless below 3 scenes */
} rv_normalise_opts;
#define RV_NORMALISE_OPTS_INIT        \
    {                                 \
        0.4, 2.5, 2, 4.0, 200.0, true \
    }

RV_API const rv_fields *rv_normalise_fields(void);

/**
 * Gain and offset of each scene and band against the temporal median of the stack.
 *
 * @param gains size * bands rows, scene after scene, filled here
 * @param stack built without gains
 */
RV_API int rv_normalise(rv_gain *gains, const rv_stack *stack, const rv_normalise_opts *opts);

/**
 * Mask of each scene on the stack's grid, written as GeoTIFF of two bands of bytes: codes RV_MASK_..., and the weight of
 * the pixel in percent (rv_stack_read_weight); 255 outside in both.
 *
 * @param paths size file names to write
 * @param clear size shares of clear pixels among those inside, filled here
 * @param stack built with gains, without masks
 */
RV_API int rv_masks_write(double *clear, const char *const *paths, const rv_stack *stack,
                          const rv_normalise_opts *opts);

#ifdef __cplusplus
}
#endif
#endif
