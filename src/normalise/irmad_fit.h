/* SPDX-License-Identifier: Apache-2.0 */
/* IR-MAD on stored pixels. */
#ifndef RV_NORMALISE_IRMAD_FIT_H
#define RV_NORMALISE_IRMAD_FIT_H

#include <revisit/irmad.h>

#include "normalise/irmad_store.h"

int rv__irmad_fit(rv_irmad *out, const rv__irmad_store *store, const rv_irmad_opts *opts);

/** Values of rv_irmad_apply for a block: (bands + 2) planes, step apart; room as for rv__irmad_store_block. */
int rv__irmad_block(float *out, size_t step, const rv_irmad *fit, const rv__irmad_store *store, size_t block,
                    float *room);

#endif
