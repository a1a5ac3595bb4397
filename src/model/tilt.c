/* SPDX-License-Identifier: Apache-2.0 */
/* How much of a tilt the frames of a stack show against each other. A frame's homography carries the ratio of two scales,
 * its own and the reference's, so frames that were tilted unlike each other betray it, and a tilt that all share does not. */
#include <revisit/stack.h>

#include "geo/homography.h"

#include <math.h>

enum { NET = 9 };
static const double TILTED_SHARE = 0.02;

/* Singular values of a 2 x 2 matrix, the larger first. */
static void singular_values(double out[2], const double j[4])
{
    const double e = (j[0] + j[3]) / 2, f = (j[0] - j[3]) / 2, g = (j[2] + j[1]) / 2, h = (j[2] - j[1]) / 2;
    const double q = hypot(e, h), r = hypot(f, g);
    out[0] = q + r;
    out[1] = fabs(q - r);
}

static bool inside(const double p[2], int width, int height)
{
    return p[0] >= 0 && p[1] >= 0 && p[0] <= width && p[1] <= height;
}

/* Of one frame: back is the map from the reference to its pixels. |J| of a homography is its determinant over w^3, so the
 * logarithm of the area of a pixel grows by -3 grad w / w. */
static rv_tilt tilt_of(const double back[9], const rv_grid *grid, const rv_scene_info *frame)
{
    double least = INFINITY, most = 0, rate = 0;
    for (int i = 0; i < NET * NET; i++) {
        const double p[2] = { grid->gt[0] + grid->width * (i % NET) / (NET - 1.0),
                              grid->gt[3] + grid->height * (i / NET) / (NET - 1.0) };
        const double w = back[6] * p[0] + back[7] * p[1] + back[8];
        double q[2], j[4], s[2];
        rv__homography_apply(q, back, p);
        if (!(w > 0) || !inside(q, frame->width, frame->height))
            continue;
        rv__homography_slope(j, back, p);
        singular_values(s, j);
        most = fmax(most, s[0]);
        least = fmin(least, s[1]);
        rate = fmax(rate, 3 * hypot(back[6], back[7]) / w);
    }
    return most > 0 && least > 0 ? (rv_tilt){ .spread = most / least - 1, .rate_px = rate } : (rv_tilt){ .spread = 0 };
}

void rv_stack_tilt(rv_tilt *out, const rv_stack *stack)
{
    rv_tilt worst = { .spread = 0 };
    for (size_t t = 0; t < rv_stack_size(stack); t++) {
        double back[9];
        if (rv_transform_invert(back, rv_stack_transform(stack, t)->m) < 0)
            continue; /* the stack would not have been built */
        const rv_tilt one = tilt_of(back, rv_stack_grid(stack), rv_stack_facts(stack, t));
        worst.spread = fmax(worst.spread, one.spread);
        worst.rate_px = fmax(worst.rate_px, one.rate_px);
    }
    worst.tilted = !rv_stack_grid(stack)->crs[0] && worst.spread >= TILTED_SHARE;
    *out = worst;
}
