/* SPDX-License-Identifier: Apache-2.0 */
/* The terms of an area's uncertainty. */
#ifndef RV_MEASURE_BUDGET_H
#define RV_MEASURE_BUDGET_H

#include "measure/fit.h"

enum { RV__TERMS_MAX = 8 };

typedef struct rv__term {
    char name[32];
    double sigma_px2;
    char note[160];
} rv__term;

typedef struct rv__budget {
    rv__term term[RV__TERMS_MAX];
    int n;
    double statistical_px2, edge_px; /* root sum of what scatters from edge to edge; what moves all edges alike */
    bool poor;
} rv__budget;

/** What the budget needs to know besides the fit. */
typedef struct rv__evidence {
    double edge_sigma_px, registration_px;
    int bits;
    bool light_known; /* sun angles of the views */
    bool fit_refused; /* the outline is not an analyst's: it was found, and a fit of it was not believed */
} rv__evidence;

/** Edge definition in px: as asked (>= 0), else by number of views and bit depth. */
double rv__edge_sigma(double asked_px, int views, int bits);

void rv__budget_of_fit(rv__budget *out, const rv__fit *fit, const rv__evidence *evidence);
/** For an outline taken as it is. */
void rv__budget_of_drawing(rv__budget *out, double perimeter_px, const rv__evidence *evidence);

double rv__budget_sigma(const rv__budget *budget);

#endif
