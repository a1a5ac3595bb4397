/* SPDX-License-Identifier: Apache-2.0 */
/* Equations of one view: levels solved for linearly, slopes of the picture in the unknowns of shape and pose. */
#ifndef RV_MEASURE_EQUATION_H
#define RV_MEASURE_EQUATION_H

#include "measure/render.h"

enum { RV__POSE = 4, RV__LOCAL_MAX = RV__EDGES_MAX + 1 + RV__POSE };

/** Degrees of freedom of the Student t that weighs pixels. */
#define RV__NU 4.0
/** Light left in shadow that the model holds fixed; a free level per view and band corrects it. */
#define RV__SHADE 0.25

/** What follows from one set of unknowns. */
typedef struct rv__levels {
    float *field[RV__FIELDS];
    float *x;        /* k columns of n */
    double *beta;    /* bands * k */
    double *inverse; /* bands * k * k: of the weighted normal matrix with its priors */
    float *r;        /* bands * n residuals */
    float *z2;       /* n: mean over bands of squared residuals in units of their spread */
    double cost;
} rv__levels;

/** Local unknowns: edges, rotation, height, psf, dx, dy. */
typedef struct rv__equation {
    const rv__patch *patch;
    const rv__view *view;
    const rv__shape *shape;
    int k, p;
    double s[RV_BANDS_MAX]; /* spread of residuals, levels' units */
    float *weight;          /* n */
    float *gram;            /* n, scratch column */
    rv__levels now, trial;
    float *slope; /* bands * p * n, divided by s */
    double h[RV__LOCAL_MAX * RV__LOCAL_MAX], g[RV__LOCAL_MAX];
} rv__equation;

int rv__equation_init(rv__equation *out, const rv__patch *patch, const rv__view *view, const rv__shape *shape);
void rv__equation_release(rv__equation *eq);

/** Render local unknowns into levels and solve; cost is the robust misfit with the levels' priors. */
int rv__levels_find(rv__equation *eq, rv__levels *levels, const double *local);
/** Spread and weights anew from the residuals of eq->now; its levels are solved again. */
int rv__equation_rescale(rv__equation *eq);
/** Weights anew, spread kept. */
int rv__equation_reweigh(rv__equation *eq);
/** h = J'WJ and g = J'Wr with the levels eliminated, at the local unknowns of eq->now. */
int rv__equation_slopes(rv__equation *eq, const double *local);
/** d(unknowns . v) / d(pixel in units of its spread): bands planes of the window, v in local order. */
int rv__equation_influence(float *out, const rv__equation *eq, const double *v);

/** Sum of products in a fixed order. */
double rv__dot(const float *a, const float *b, size_t n);
/** Fields at local unknowns. */
int rv__equation_render(const rv__equation *eq, float *const field[RV__FIELDS], const double *local);

#endif
