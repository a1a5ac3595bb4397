/* SPDX-License-Identifier: Apache-2.0 */
/* A zoomed correlation surface as a smooth function: cubic convolution between its samples [keys1981]. The surface is
 * band-limited to .45 cycles/px and sampled four times a pixel, so the interpolation is exact to a few 1e-4 of its height.
 */
#include "align/align_internal.h"

#include <math.h>

/** Keys' weights for the four samples around t in [0, 1), and their derivatives. */
static void weights(double w[4], double dw[4], double t)
{
    const double t2 = t * t, t3 = t2 * t;
    w[0] = .5 * (-t3 + 2 * t2 - t);
    w[1] = .5 * (3 * t3 - 5 * t2 + 2);
    w[2] = .5 * (-3 * t3 + 4 * t2 + t);
    w[3] = .5 * (t3 - t2);
    dw[0] = .5 * (-3 * t2 + 4 * t - 1);
    dw[1] = .5 * (9 * t2 - 10 * t);
    dw[2] = .5 * (-9 * t2 + 8 * t + 1);
    dw[3] = .5 * (3 * t2 - 2 * t);
}

double rv__surface_at(const float *surface, double dx, double dy, double gradient[2])
{
    const double x = dx * RV__ZOOM_RATE + RV__ZOOM / 2, y = dy * RV__ZOOM_RATE + RV__ZOOM / 2;
    if (gradient)
        gradient[0] = gradient[1] = 0;
    if (!(x >= 1 && y >= 1 && x < RV__ZOOM - 2 && y < RV__ZOOM - 2))
        return 0;
    const int c = (int)x, r = (int)y;
    double wx[4], wy[4], dwx[4], dwy[4], v = 0;
    weights(wx, dwx, x - c);
    weights(wy, dwy, y - r);
    for (int j = 0; j < 4; j++) {
        const float *s = surface + (r - 1 + j) * RV__ZOOM + c - 1;
        const double line = wx[0] * s[0] + wx[1] * s[1] + wx[2] * s[2] + wx[3] * s[3];
        v += wy[j] * line;
        if (gradient) {
            const double slope = dwx[0] * s[0] + dwx[1] * s[1] + dwx[2] * s[2] + dwx[3] * s[3];
            gradient[0] += wy[j] * slope * RV__ZOOM_RATE;
            gradient[1] += dwy[j] * line * RV__ZOOM_RATE;
        }
    }
    return v;
}

void rv__surface_peak(const float *surface, double d[2], double *height)
{
    int best = (RV__ZOOM + 1) * (RV__ZOOM / 2);
    for (int r = 2; r < RV__ZOOM - 2; r++)
        for (int c = 2; c < RV__ZOOM - 2; c++)
            if (surface[r * RV__ZOOM + c] > surface[best])
                best = r * RV__ZOOM + c;
    const float *s = surface + best;
    const double cx = s[1] - 2.0 * s[0] + s[-1], cy = s[RV__ZOOM] - 2.0 * s[0] + s[-RV__ZOOM];
    const double sx = .5 * ((double)s[1] - s[-1]), sy = .5 * ((double)s[RV__ZOOM] - s[-RV__ZOOM]);
    /* A parabola over a quarter of a pixel: the peak is wide against that, so its bias is below .002 px. */
    const double ox = cx < 0 ? fmax(-.5, fmin(.5, -sx / cx)) : 0, oy = cy < 0 ? fmax(-.5, fmin(.5, -sy / cy)) : 0;
    d[0] = (best % RV__ZOOM - RV__ZOOM / 2 + ox) / RV__ZOOM_RATE;
    d[1] = (best / RV__ZOOM - RV__ZOOM / 2 + oy) / RV__ZOOM_RATE;
    *height = s[0];
}
