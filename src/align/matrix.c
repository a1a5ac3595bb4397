/* SPDX-License-Identifier: Apache-2.0 */
/* Three by three matrices of projective maps, row-major. */
#include "align/align_internal.h"

#include <math.h>
#include <string.h>

void rv__mat_identity(double m[9])
{
    for (int i = 0; i < 9; i++)
        m[i] = i % 4 == 0;
}

void rv__mat_multiply(double out[9], const double a[9], const double b[9])
{
    double c[9];
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            c[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
    /* Homogeneous: kept at m[8] = 1 where that is possible, as transforms are stored. */
    const double scale = fabs(c[8]) > 1e-300 ? 1.0 / c[8] : 1.0;
    for (int i = 0; i < 9; i++)
        out[i] = c[i] * scale;
}

void rv__mat_point(double out[2], const double m[9], double x, double y)
{
    const double w = m[6] * x + m[7] * y + m[8];
    out[0] = (m[0] * x + m[1] * y + m[2]) / w;
    out[1] = (m[3] * x + m[4] * y + m[5]) / w;
}

void rv__mat_jacobian(double out[4], const double m[9], double x, double y)
{
    const double w = m[6] * x + m[7] * y + m[8];
    double p[2];
    rv__mat_point(p, m, x, y);
    out[0] = (m[0] - p[0] * m[6]) / w;
    out[1] = (m[1] - p[0] * m[7]) / w;
    out[2] = (m[3] - p[1] * m[6]) / w;
    out[3] = (m[4] - p[1] * m[7]) / w;
}

void rv__mat_prescale(double out[9], const double a[9], double sx, double sy)
{
    const double s[9] = { sx, 0, 0, 0, sy, 0, 0, 0, 1 };
    rv__mat_multiply(out, a, s);
}
