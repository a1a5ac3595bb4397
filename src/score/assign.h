/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RV_SCORE_ASSIGN_H
#define RV_SCORE_ASSIGN_H

#include <stddef.h>

/** A row and a column that may be joined, and what that is worth (> 0). */
typedef struct rv__pair {
    int row, col;
    double reward;
} rv__pair;

typedef struct rv__pairs {
    rv__pair *v;
    size_t n, cap;
} rv__pairs;

/**
 * The one-to-one assignment of largest total reward; what is in no pair stays alone.
 *
 * @param partner column of each row, -1 = alone; n_rows entries
 */
int rv__assign(int *partner, const rv__pairs *pairs, size_t n_rows, size_t n_cols);

#endif
