/* SPDX-License-Identifier: Apache-2.0 */
/* What lies under thick cloud, by what lies beside it. */
#ifndef RV_NORMALISE_BENEATH_H
#define RV_NORMALISE_BENEATH_H

#include <stddef.h>
#include <stdint.h>

/** What is known of a pixel. What is outside tells nothing of others. */
enum { RV__BENEATH_LIT, RV__BENEATH_SHADOW, RV__BENEATH_UNKNOWN, RV__BENEATH_OUTSIDE };

/**
 * Unknown pixels become what the nearest known one is, lit where none lies within reach.
 *
 * @param state  w * h of the values above; unknown ones are replaced, all others stay
 * @param reach_px farthest way a state is carried
 */
int rv__beneath_fill(uint8_t *state, size_t w, size_t h, size_t reach_px);

#endif
