/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file measure.h
 * Named quantities of a structure, each with standard uncertainty, 95 % interval, method and budget.
 */
#ifndef REVISIT_MEASURE_H
#define REVISIT_MEASURE_H

#include <revisit/stack.h>
#include <revisit/structure.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rv_measurement {
    char structure_id[RV_ID_MAX];
    char quantity[32]; /* "area_m2" "length_m" "width_m" "perimeter_m" "orientation_deg" "area_px2" "ratio" ... */
    double epoch;      /* UTC seconds of the scene or composite it was measured on */
    double value, sigma, lo, hi; /* NAN where why says that it could not be measured */
    char unit[16];
    char method[64];
    char why[RV_WHY_MAX];
    char other_id[RV_ID_MAX]; /* "ratio": the structure compared with */
    int poor;                 /* bool: the fit was recognised as poor and the interval widened */
} rv_measurement;

RV_API const rv_fields *rv_measurement_fields(void);

/** One term of an uncertainty budget. */
typedef struct rv_budget_term {
    char structure_id[RV_ID_MAX];
    char quantity[32];
    char term[32]; /* "edge_noise" "texture" "edge_definition" "scale" "registration" "facade" "terrain" */
    double sigma;  /* in the unit of the quantity */
    char note[160];
} rv_budget_term;

RV_API const rv_fields *rv_budget_term_fields(void);

typedef struct rv_measurements {
    rv_measurement *v;
    size_t n, cap;
    rv_budget_term *term;
    size_t n_terms, cap_terms;
    rv_polygon outline; /* the refined outline, map coordinates; n = 0 when none; owned */
    double scale
        [9]; /* parts of the scale term of area_m2, with sign: [0] of the stated scale, then of each direction of the
                        stack's ground. All areas of a stack share these causes, and in a ratio they cancel */
} rv_measurements;

RV_API void rv_measurements_release(rv_measurements *measurements);

typedef struct rv_measure_opts {
    bool refine;    /* fit the outline to the pixels first; false measures the outline as drawn. Default true */
    int max_scenes; /* scenes of one epoch used by the fit. Default 6 */
    double
        edge_sigma_px; /* edge-definition term. Default -1: .08 px with 4 or more scenes, .15 px else, .3 px for 8-bit pictures */
    double scale_sigma; /* relative standard uncertainty of the ground scale. Default .002 */
} rv_measure_opts;
#define RV_MEASURE_OPTS_INIT \
    {                        \
        true, 6, -1.0, 0.002 \
    }

RV_API const rv_fields *rv_measure_fields(void);

/**
 * Measure the ground area and extent of one structure at the epoch in which it stands.
 *
 * @param out       one entry per quantity and its budget, owned by the caller; free with rv_measurements_release
 * @param structure outline in the stack's map coordinates
 * @param stack     the stack it came from
 * @param opts      NULL for the defaults
 * @return          RV_OK; RV_ERR_RANGE; RV_ERR_NODATA if no valid pixel touches the outline
 * Areas are on the ellipsoid, or of a stack with a ground (rv_stack_set_ground) on its plane; where the scale is unknown,
 * area_m2 is NAN with a reason and area_px2 is given. A stack without CRS and ground whose tilt shows has no scale either,
 * whatever its grid's gsd_m.
 * Sigma is the root of the sum of the budget's squared terms: docs/methods/area.md.
 */
RV_API int rv_measure(rv_measurements *out, const rv_structure *structure, const rv_stack *stack,
                      const rv_measure_opts *opts);

#ifdef __cplusplus
}
#endif
#endif
