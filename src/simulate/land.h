/* SPDX-License-Identifier: Apache-2.0 */
/* The land before anybody builds: spectra, heights, parcels, roads. */
#ifndef RV_SIMULATE_LAND_H
#define RV_SIMULATE_LAND_H

#include "simulate/site.h"

/** Spectra of the materials in the site's style. */
void rv__land_materials(rv__site *site);
/** Parcels and roads; needs the grid and the dates. */
int rv__land_make(rv__site *site);
/** Noise that bends the parcels' edges and, above RV__LAND_WILD, stands for woods of their own shape. */
int rv__land_wild(float *out, const rv__site *site, const rv__cells *cells);
#define RV__LAND_WILD 1.15f
/** The parcel at a place and the distance to its edge, metres; guess: a parcel near, or NULL. */
const rv__parcel *rv__land_parcel(double *edge_m, double uv[2], const rv__site *site, const rv__parcel *guess,
                                  const double xy[2], float wild);

/** Height of the ground on a net of cells, metres. */
int rv__land_heights(float *out, const rv__site *site, const rv__cells *cells);
/** Distance of a point from a road's centre line, metres; *along_m from the road's beginning. */
double rv__road_distance(double *along_m, const rv__road *road, double x, double y);

#endif
