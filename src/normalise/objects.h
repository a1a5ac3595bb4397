/* SPDX-License-Identifier: Apache-2.0 */
/* Candidate pixels of one date to its mask: what is too small or too sharply cut to be a cloud is cleared. */
#ifndef RV_NORMALISE_OBJECTS_H
#define RV_NORMALISE_OBJECTS_H

#include <stddef.h>
#include <stdint.h>

/**
 * @param mask    w * h codes RV_MASK_CLEAR, CLOUD, SHADOW, BOTH or OUTSIDE; may be bits itself
 * @param bits    w * h candidate bits of departure.h
 * @param min_px  smallest object that may be cloud or shadow where only one side in time exists
 */
int rv__mask_from_bits(uint8_t *mask, const uint8_t *bits, size_t w, size_t h, size_t min_px);

#endif
