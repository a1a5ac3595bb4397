/* SPDX-License-Identifier: Apache-2.0 */
/* Gains of a series from its samples: the arithmetic of rv_normalise without the stack. */
#ifndef RV_NORMALISE_SERIES_H
#define RV_NORMALISE_SERIES_H

#include "normalise/samples.h"

#include <revisit/normalise.h>

/**
 * Gain and offset of every date and band: two dates to the reference, more to their temporal median.
 *
 * @param gains     dates * bands rows; gain, offset, cov, pixels and why are set
 * @param samples   values of the scenes as they are
 * @param level     dates factors that bring scenes of different units to one order of size; 1 where they share it
 * @param reference index of the date that two dates are brought to
 */
int rv__gains_from_samples(rv_gain *gains, const rv__samples *samples, const double *level, size_t reference,
                           const rv_normalise_opts *opts);

#endif
