/* SPDX-License-Identifier: Apache-2.0 */
/* The sun's place by the declination formula of [cooper1969] and a three-term equation of time. Half a degree is plenty:
 * the scene is lit with the very angles that its metadata state, so no error enters. */
#include "simulate/light.h"

#include <math.h>

#include "base/time.h"

static const double PI = 3.14159265358979323846;

int rv__day_of_year(double t)
{
    int year, month, day;
    rv__date_of_time(t, &year, &month, &day);
    return (int)floor((t - rv__time_of_date(year, 1, 1)) / 86400.0) + 1;
}

void rv__sun(double *azimuth_deg, double *elevation_deg, double t, double lon_deg, double lat_deg)
{
    const double rad = PI / 180.0, day = rv__day_of_year(t), b = 2.0 * PI * (day - 81.0) / 365.0;
    const double minutes = 9.87 * sin(2.0 * b) - 7.53 * cos(b) - 1.5 * sin(b); /* sun-dial time minus mean time */
    const double hour = (t - 86400.0 * floor(t / 86400.0)) / 3600.0 + lon_deg / 15.0 + minutes / 60.0;
    const double angle = 15.0 * (hour - 12.0) * rad, lat = lat_deg * rad;
    const double declination = 23.45 * rad * sin(2.0 * PI * (284.0 + day) / 365.0);
    const double east = -cos(declination) * sin(angle);
    const double north = sin(declination) * cos(lat) - cos(declination) * sin(lat) * cos(angle);
    const double up = sin(declination) * sin(lat) + cos(declination) * cos(lat) * cos(angle);
    *azimuth_deg = fmod(atan2(east, north) / rad + 360.0, 360.0);
    *elevation_deg = asin(up) / rad;
}
