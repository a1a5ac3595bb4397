/* SPDX-License-Identifier: Apache-2.0 */
/* Where the sun stands. */
#ifndef RV_GEO_SUN_H
#define RV_GEO_SUN_H

/**
 * Azimuth (clockwise from true north) and elevation of the sun at a time and place, to about a tenth of a degree.
 *
 * @param t UTC seconds since 1970
 */
void rv__sun_at(double *azimuth_deg, double *elevation_deg, double t, double lon_deg, double lat_deg);

/** Day of the year, from 1. */
int rv__day_of_year(double t);

#endif
