/* SPDX-License-Identifier: Apache-2.0 */
/* Ground control points to a projective map from the reference picture to a plane in metres. Flat ground seen through a
 * pinhole is exactly that [hartley2004]; four points fix it, more tell how well it holds. Points given as longitude and
 * latitude go to the plane that touches the ellipsoid at their mean. Points that cannot fix a map are refused with the
 * number that shows it, because the map itself would only be wildly uncertain. docs/methods/gcp.md. */
#include <revisit/ground.h>

#include "base/error.h"
#include "base/mem.h"
#include "geo/ellipsoid.h"
#include "geo/homography.h"
#include "geo/polygon.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Points whose strip is narrower than this share of its length lie on a line. */
static const double LINE_SHARE = 0.05;
/* Least share of the picture that the points must span. */
static const double SPAN_SHARE = 0.02;

enum { POINTS_MIN = 4 };

typedef enum plane { IN_PICTURE, ON_GROUND } plane;

static const rv_gcp gcp_defaults = { .col = NAN,
                                     .row = NAN,
                                     .lon = NAN,
                                     .lat = NAN,
                                     .x_m = NAN,
                                     .y_m = NAN,
                                     .ref_col = NAN,
                                     .ref_row = NAN,
                                     .sigma_m = NAN,
                                     .sigma_px = NAN,
                                     .total_m = NAN,
                                     .residual_x_m = NAN,
                                     .residual_y_m = NAN,
                                     .residual_m = NAN };

static const rv_field gcp_rows[] = {
    RV_TEXT(rv_gcp, image_id, "image in which the point was picked"),
    RV_TEXT(rv_gcp, name, "given by the analyst"),
    RV_DOUBLE(rv_gcp, col, -1e9, 1e9, "px", "in that image, pixel corners at integers"),
    RV_DOUBLE(rv_gcp, row, -1e9, 1e9, "px", "in that image, pixel corners at integers"),
    RV_DOUBLE(rv_gcp, lon, -360, 360, "deg", "longitude on WGS 84"),
    RV_DOUBLE(rv_gcp, lat, -90, 90, "deg", "latitude on WGS 84"),
    RV_DOUBLE(rv_gcp, x_m, -1e9, 1e9, "m", "east, as given or of the mean of all points"),
    RV_DOUBLE(rv_gcp, y_m, -1e9, 1e9, "m", "north, as given or of the mean of all points"),
    RV_DOUBLE(rv_gcp, ref_col, -1e9, 1e9, "px", "the same place in the reference image"),
    RV_DOUBLE(rv_gcp, ref_row, -1e9, 1e9, "px", "the same place in the reference image"),
    RV_DOUBLE(rv_gcp, sigma_m, 0, 1e9, "m", "standard uncertainty of each coordinate on the ground"),
    RV_DOUBLE(rv_gcp, sigma_px, 0, 1e9, "px", "standard uncertainty of each coordinate in the reference image"),
    RV_DOUBLE(rv_gcp, total_m, 0, 1e9, "m", "both together, on the ground"),
    RV_DOUBLE(rv_gcp, residual_x_m, -1e9, 1e9, "m", "where the map puts the point less where it is, east"),
    RV_DOUBLE(rv_gcp, residual_y_m, -1e9, 1e9, "m", "the same, north"),
    RV_DOUBLE(rv_gcp, residual_m, 0, 1e9, "m", "length of the two"),
};

const rv_fields *rv_gcp_fields(void)
{
    static const rv_fields fields = { "gcp", sizeof(rv_gcp), &gcp_defaults, gcp_rows,
                                      sizeof gcp_rows / sizeof *gcp_rows };
    return &fields;
}

/* "NE gate", or the point's number where it has no name. */
static const char *label_of(char out[RV_ID_MAX + 16], const rv_gcp *points, size_t i)
{
    if (points[i].name[0])
        snprintf(out, RV_ID_MAX + 16, "'%s'", points[i].name);
    else
        snprintf(out, RV_ID_MAX + 16, "no. %zu", i + 1);
    return out;
}

static void place_on_plane(rv_gcp *points, size_t n)
{
    rv_point mean = { 0, 0 };
    if (!isfinite(points[0].lon))
        return;
    for (size_t i = 0; i < n; i++) { /* about the first, so that the date line is no matter */
        mean.x += remainder(points[i].lon - points[0].lon, 360) / (double)n;
        mean.y += points[i].lat / (double)n;
    }
    mean.x += points[0].lon;
    for (size_t i = 0; i < n; i++)
        rv__local_plane(&points[i].x_m, &points[i].y_m, mean, (rv_point){ points[i].lon, points[i].lat });
}

/* Least rectangle around all points but one; skip = n for all. half: long, then short. */
static int box_of(double half[2], const rv_gcp *points, size_t n, size_t skip, plane where)
{
    double centre[2], angle;
    rv_ring ring = { rv__alloc(n, sizeof *ring.p), 0 };
    if (!ring.p)
        return RV_ERR_NOMEM;
    for (size_t i = 0; i < n; i++)
        if (i != skip)
            ring.p[ring.n++] = where == IN_PICTURE ? (rv_point){ points[i].ref_col, points[i].ref_row }
                                                   : (rv_point){ points[i].x_m, points[i].y_m };
    const int err = rv__min_area_rect(centre, half, &angle, &ring);
    rv__free(ring.p);
    return err;
}

/* A map is fixed unless all points, or all but one, lie on a line. */
static int check_lines(const rv_gcp *points, size_t n, plane where)
{
    char name[RV_ID_MAX + 16];
    for (size_t i = 0; i < n; i++) {
        double half[2];
        const int err = box_of(half, points, n, i, where);
        if (err < 0)
            return err;
        if (half[1] < LINE_SHARE * half[0] || !(half[0] > 0))
            return rv__fail(RV_ERR_RANGE,
                            "%zu of the %zu ground points, all but %s, lie on a line %s: in a strip of %.1f x %.1f %s, "
                            "narrower than %.0f %% of its length",
                            n - 1, n, label_of(name, points, i),
                            where == IN_PICTURE ? "in the picture" : "on the ground", 2 * half[1], 2 * half[0],
                            where == IN_PICTURE ? "px" : "m", 100 * LINE_SHARE);
    }
    return RV_OK;
}

static int check_span(const rv_gcp *points, size_t n, const rv_grid *reference)
{
    double half[2];
    const int err = box_of(half, points, n, n, IN_PICTURE);
    if (err < 0)
        return err;
    const double share = 4 * half[0] * half[1] / ((double)reference->width * reference->height);
    if (share < SPAN_SHARE)
        return rv__fail(
            RV_ERR_RANGE,
            "the ground points span %.0f x %.0f px, %.2f %% of the picture of %d x %d px, less than %.0f %%",
            2 * half[0], 2 * half[1], 100 * share, reference->width, reference->height, 100 * SPAN_SHARE);
    return RV_OK;
}

/* Both axes of a picture taken from above turn the same way on the ground, rows growing down and north growing up. */
static int check_map(const double m[9], const rv_gcp *points, size_t n)
{
    char name[RV_ID_MAX + 16];
    double mean[2] = { 0, 0 }, j[4];
    for (size_t i = 0; i < n; i++) {
        mean[0] += points[i].ref_col / (double)n;
        mean[1] += points[i].ref_row / (double)n;
        if (!(m[6] * points[i].ref_col + m[7] * points[i].ref_row + m[8] > 0))
            return rv__fail(RV_ERR_RANGE, "ground point %s lies beyond the horizon that the others imply",
                            label_of(name, points, i));
    }
    rv__homography_slope(j, m, mean);
    if (!(j[0] * j[3] - j[1] * j[2] < 0))
        return rv__fail(RV_ERR_RANGE,
                        "the ground points mirror the picture: x must grow to the east and y to the north");
    return RV_OK;
}

/* What is uncertain in the picture counts on the ground by the local length of a pixel, all directions alike. */
static void weigh(rv__tie_point *ties, const double m[9], rv_gcp *points, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double j[4];
        rv__homography_slope(j, m, ties[i].from);
        const double pixel_m = sqrt((j[0] * j[0] + j[1] * j[1] + j[2] * j[2] + j[3] * j[3]) / 2);
        ties[i].sigma = points[i].total_m = hypot(points[i].sigma_m, points[i].sigma_px * pixel_m);
    }
}

/* Residuals larger than was stated widen the spread; smaller ones, which chance may bring about, do not narrow it. */
static void judge_residuals(rv_ground *g, rv_gcp *points, const rv__tie_point *ties, size_t n)
{
    double chi2 = 0, sum = 0;
    g->rms_m = g->misfit = NAN;
    for (size_t i = 0; i < n && n > POINTS_MIN; i++) {
        rv_gcp *p = &points[i];
        double got[2];
        rv__homography_apply(got, g->m, ties[i].from);
        p->residual_x_m = got[0] - p->x_m;
        p->residual_y_m = got[1] - p->y_m;
        p->residual_m = hypot(p->residual_x_m, p->residual_y_m);
        sum += p->residual_m * p->residual_m;
        chi2 += p->residual_m * p->residual_m / (ties[i].sigma * ties[i].sigma);
    }
    if (n == POINTS_MIN)
        return;
    g->rms_m = sqrt(sum / (double)n);
    g->misfit = sqrt(chi2 / (2 * (double)n - RV__HOMOGRAPHY_FREE));
    for (int k = 0; k < RV__HOMOGRAPHY_FREE; k++)
        for (int i = 0; i < 9; i++)
            g->spread[k][i] *= fmax(1, g->misfit);
}

static int fit(rv_ground *g, rv__tie_point *ties, rv_gcp *points, size_t n)
{
    int err;
    for (size_t i = 0; i < n; i++)
        ties[i] = (rv__tie_point){ { points[i].ref_col, points[i].ref_row }, { points[i].x_m, points[i].y_m }, 1 };
    if ((err = rv__homography_fit(g->m, ties, n)) < 0 || (err = check_map(g->m, points, n)) < 0)
        return err;
    weigh(ties, g->m, points, n);
    if ((err = rv__homography_refine(g->m, g->spread, ties, n)) < 0 || (err = check_map(g->m, points, n)) < 0)
        return err;
    judge_residuals(g, points, ties, n);
    return RV_OK;
}

int rv_ground_fit(rv_ground *out, rv_gcp *points, size_t n, const rv_grid *reference)
{
    rv_ground g = { .points = (int)n };
    int err;
    if (n < POINTS_MIN)
        return rv__fail(RV_ERR_RANGE, "%zu ground point%s, fewer than the %d that fix a tilted view", n,
                        n == 1 ? "" : "s", POINTS_MIN);
    place_on_plane(points, n);
    if ((err = check_lines(points, n, IN_PICTURE)) < 0 || (err = check_lines(points, n, ON_GROUND)) < 0 ||
        (err = check_span(points, n, reference)) < 0)
        return err;
    rv__tie_point *ties = rv__alloc(n, sizeof *ties);
    err = ties ? fit(&g, ties, points, n) : RV_ERR_NOMEM;
    rv__free(ties);
    if (err == RV_OK)
        *out = g;
    return err;
}

int rv_ground_apply(const rv_ground *ground, double col, double row, double *x_m, double *y_m)
{
    const double *m = ground->m, p[2] = { col, row };
    double q[2];
    if (!(m[6] * col + m[7] * row + m[8] > 0))
        return rv__fail(RV_ERR_RANGE, "pixel %.1f, %.1f lies on or beyond the horizon", col, row);
    rv__homography_apply(q, m, p);
    *x_m = q[0];
    *y_m = q[1];
    return RV_OK;
}
