/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures of one place to flip between: the reference, and each other frame before and after it was aligned. */
#ifndef RV_EXCHANGE_FLICKER_H
#define RV_EXCHANGE_FLICKER_H

#include <revisit/export.h>

/** @param centre of the site in px of the grid, near which a place of much texture is looked for unless opts tell one */
int rv__flicker(const rv_stack *stack, const char *folder, const rv_flicker_opts *opts, const double centre[2]);

#endif
