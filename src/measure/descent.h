/* SPDX-License-Identifier: Apache-2.0 */
/* The unknowns of a fit and the way down. */
#ifndef RV_MEASURE_DESCENT_H
#define RV_MEASURE_DESCENT_H

#include "measure/equation.h"

enum { RV__GEOMETRY_MAX = RV__EDGES_MAX + 2, RV__UNKNOWNS_MAX = RV__GEOMETRY_MAX + 3 * RV__VIEWS_MAX };

#define RV__HEIGHT_MIN_M 2.0
#define RV__HEIGHT_MAX_M 30.0

/** Unknowns: edge offsets (px), rotation (rad), height (m); then psf, dx, dy (px) of each equation. */
typedef struct rv__problem {
    const rv__patch *patch;
    const rv__shape *shape;
    rv__equation *eq[RV__VIEWS_MAX];
    int n_eq, n; /* equations in use; unknowns: geometry, then psf, dx, dy of each */
    bool has_height;
    double mean[RV__UNKNOWNS_MAX], precision[RV__UNKNOWNS_MAX];
    const double *at; /* of the running task */
    double h[RV__UNKNOWNS_MAX * RV__UNKNOWNS_MAX], g[RV__UNKNOWNS_MAX];
} rv__problem;

/** Local unknowns of a view, as equation.h orders them. */
void rv__problem_local(double *out, const rv__problem *p, const double *at, int view);
/**
 * Go down from at, in place.
 *
 * @return steps taken (>= 0), or the error
 */
int rv__problem_iterate(rv__problem *p, double *at, int steps, double *cost);
/** Slopes at the point reached, then h and g of all unknowns. */
int rv__problem_normal(rv__problem *p, const double *at);
/** Cost that can be compared between points with different spreads. */
double rv__problem_rank(const rv__problem *p, double cost);

#endif
