/* SPDX-License-Identifier: Apache-2.0 */
/* Order statistics by selection: Hoare's quickselect with a three-way partition, because pixels hold many equal values,
 * and the median of three medians of three as pivot, so that no random number is needed. Linear on average; nothing in
 * the result depends on the order of the input. A NaN never leads out of the array, but has no place in it either.
 *
 * Quantiles are type 7 of [hyndman1996]: linear between order statistics at (n - 1) q. The MAD is scaled by 1.4826, the
 * reciprocal of the normal distribution's third quartile, to estimate a standard deviation. */
#include "base/robust.h"

#include <assert.h>
#include <math.h>

#define MAD_TO_SIGMA 1.4826

#define REAL float
#define NAMED(name) name##_f
#include "base/robust_of_real.h"
#undef REAL
#undef NAMED

#define REAL double
#define NAMED(name) name
#include "base/robust_of_real.h"
#undef REAL
#undef NAMED
