/* SPDX-License-Identifier: Apache-2.0 */
/* Three by three matrices of projective maps, row-major. */
#include "align/align_internal.h"

#include "geo/homography.h"

#include <math.h>

void rv__mat_identity(double m[9])
{
    for (int i = 0; i < 9; i++)
        m[i] = i % 4 == 0;
}

void rv__mat_multiply(double out[9], const double a[9], const double b[9])
{
    rv__homography_multiply(out, a, b);
    /* Homogeneous: kept at m[8] = 1 where that is possible, as transforms are stored. */
    const double scale = fabs(out[8]) > 1e-300 ? 1.0 / out[8] : 1.0;
    for (int i = 0; i < 9; i++)
        out[i] *= scale;
}

void rv__mat_point(double out[2], const double m[9], double x, double y)
{
    rv__homography_apply(out, m, (const double[2]){ x, y });
}

void rv__mat_jacobian(double out[4], const double m[9], double x, double y)
{
    rv__homography_slope(out, m, (const double[2]){ x, y });
}

void rv__mat_prescale(double out[9], const double a[9], double sx, double sy)
{
    const double s[9] = { sx, 0, 0, 0, sy, 0, 0, 0, 1 };
    rv__mat_multiply(out, a, s);
}
