/* SPDX-License-Identifier: Apache-2.0 */
/* The shape of a building: outlines of walls and roof, convex parts, roof facets. */
#ifndef RV_SIMULATE_BUILDING_H
#define RV_SIMULATE_BUILDING_H

#include "simulate/site.h"

/** A convex piece, counter-clockwise in site metres with y down as drawn; lit is its brightness against a flat roof, up_m how
 *  much higher than the eaves each of its points lies. */
typedef struct rv__piece {
    rv_point p[RV__SIM_OUTLINE];
    double up_m[RV__SIM_OUTLINE];
    int n;
    double lit;
} rv__piece;

enum { RV__PIECES = 32 };

/** Outline of the walls (grow_m 0) or of the roof (eaves_m) in site metres, the yard of a court as a hole. */
int rv__building_outline(rv_polygon *out, const rv__sim_building *b, double grow_m);
/** Convex parts whose union is the outline grown by grow_m; they may overlap. @return their number */
int rv__building_parts(rv__piece out[RV__SIM_PARTS], const rv__sim_building *b, double grow_m);
/** Disjoint facets whose union is the roof, with the light they catch. @return their number; 0: flat, draw the outline */
int rv__building_facets(rv__piece out[RV__PIECES], const rv__sim_building *b, const double to_sun[3]);

double rv__building_area(const rv__sim_building *b, double grow_m); /* m2, by the shoelace formula */
rv__stage rv__building_stage(const rv__sim_building *b, double t);

#endif
