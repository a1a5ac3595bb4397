/* SPDX-License-Identifier: Apache-2.0 */
/* How a scene moves and is scaled to match the reference: the described rows of both, and the projective map itself.
 * A shift and an affine map are homographies whose last row is (0, 0, 1), so one 3 x 3 matrix serves all kinds and the
 * kind only says how many of its numbers were fitted. */
#include <revisit/transform.h>

#include "base/error.h"
#include "model/bend.h"

#include <math.h>
#include <string.h>

static const char *const kind_names[] = { "shift", "affine", "homography", NULL };

static const rv_transform transform_defaults = { .m = { 1, 0, 0, 0, 1, 0, 0, 0, 1 },
                                                 .sigma_px = NAN,
                                                 .cov_px2 = { NAN, NAN, NAN },
                                                 .residual_px = NAN,
                                                 .closure_px = NAN,
                                                 .trusted = 1 };

static const rv_field transform_rows[] = {
    RV_TEXT(rv_transform, scene_id, "scene that moves"),
    RV_TEXT(rv_transform, reference_id, "scene that it is moved to"),
    RV_ENUM(rv_transform, kind, kind_names, "how many numbers of the matrix were fitted"),
    RV_DOUBLE(rv_transform, m, -1e12, 1e12, "", "row-major matrix from the scene's pixels to the reference's"),
    RV_DOUBLE(rv_transform, sigma_px, 0, 1e6, "px", "standard uncertainty of a position in the reference"),
    RV_DOUBLE(rv_transform, cov_px2, -1e12, 1e12, "px2", "covariance of that position: xx, xy, yy"),
    RV_DOUBLE(rv_transform, residual_px, 0, 1e6, "px", "robust spread of the ties about the transform"),
    RV_DOUBLE(rv_transform, shift_px, -1e9, 1e9, "px", "error of the georeference at the centre of the common area"),
    RV_DOUBLE(rv_transform, pull_px, -1e6, 1e6, "px", "pull of shadows along with the sun, taken out of the match"),
    RV_DOUBLE(rv_transform, closure_px, 0, 1e6, "px", "what loops by way of neighbours in time miss, root mean square"),
    RV_INT(rv_transform, loops, 0, 1e9, "", "loops closed by way of neighbours in time"),
    RV_INT(rv_transform, ties, 0, 1e9, "", "places matched that agree"),
    RV_TEXT(rv_transform, bend, "smooth field beside the matrix: knots and coefficients; empty = none"),
    RV_INT(rv_transform, trusted, 0, 1, "", "0 where the scene cannot be used"),
    RV_TEXT(rv_transform, why, "reason for not trusting it, or a remark"),
};

static const rv_gain gain_defaults = { .gain = 1.0, .cov = { NAN, NAN, NAN } };

static const rv_field gain_rows[] = {
    RV_TEXT(rv_gain, scene_id, "scene that is scaled"),
    RV_INT(rv_gain, band, 0, RV_BANDS_MAX - 1, "", "band of the stack, from 0"),
    RV_DOUBLE(rv_gain, gain, -1e9, 1e9, "", "factor on the stored value"),
    RV_DOUBLE(rv_gain, offset, -1e12, 1e12, "", "added after the factor"),
    RV_DOUBLE(rv_gain, cov, -1e18, 1e18, "", "covariance: gain gain, gain offset, offset offset"),
    RV_INT(rv_gain, pixels, 0, 2147483647, "", "pixels that the fit rests on"),
    RV_TEXT(rv_gain, why, "remark on the fit"),
    RV_TEXT(rv_gain, field,
            "smooth field added: columns, rows, unit and values of its knots; empty where there is none"),
};

const rv_fields *rv_transform_fields(void)
{
    static const rv_fields fields = { "transform", sizeof(rv_transform), &transform_defaults, transform_rows,
                                      sizeof transform_rows / sizeof *transform_rows };
    return &fields;
}

const rv_fields *rv_gain_fields(void)
{
    static const rv_fields fields = { "gain", sizeof(rv_gain), &gain_defaults, gain_rows,
                                      sizeof gain_rows / sizeof *gain_rows };
    return &fields;
}

void rv_transform_identity(rv_transform *out)
{
    *out = transform_defaults;
    out->sigma_px = out->residual_px = 0.0; /* a scene lies on itself exactly */
    memset(out->cov_px2, 0, sizeof out->cov_px2);
}

/* x from y = x + b(x): b is small and smooth, so three steps leave nothing. A text that cannot be read bends nothing. */
static void unbend(double *col, double *row, const char *text)
{
    const double y[2] = { *col, *row };
    rv__bend bend;
    if (rv__bend_parse(&bend, text) < 0)
        return;
    for (int step = 0; step < 3; step++) {
        double b[2];
        rv__warpfield_eval(b, &bend.f, *col, *row);
        *col = y[0] - b[0];
        *row = y[1] - b[1];
    }
    rv__bend_release(&bend);
}

void rv_transform_apply(const rv_transform *transform, double col, double row, double *ref_col, double *ref_row)
{
    const double *m = transform->m;
    const double w = m[6] * col + m[7] * row + m[8];
    *ref_col = (m[0] * col + m[1] * row + m[2]) / w;
    *ref_row = (m[3] * col + m[4] * row + m[5]) / w;
    if (transform->bend[0])
        unbend(ref_col, ref_row, transform->bend);
}

int rv_transform_invert(double out[9], const double m[9])
{
    /* Adjugate over determinant; three by three needs no pivoting. */
    const double a[9] = { m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
                          m[5] * m[6] - m[3] * m[8], m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
                          m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3] };
    const double det = m[0] * a[0] + m[1] * a[3] + m[2] * a[6];
    double size = 0;
    for (int i = 0; i < 9; i++)
        size = fmax(size, fabs(m[i]));
    /* fabs(det) is not above the limit for NAN either. A translation of 1e6 px makes size large while the map is fine,
     * so the linear part alone is held against zero. */
    const double linear = fmax(fmax(fabs(m[0]), fabs(m[1])), fmax(fabs(m[3]), fabs(m[4])));
    if (!isfinite(size) || !isfinite(det) || !(fabs(det) > 1e-12 * linear * linear * fabs(m[8])) || !(fabs(a[8]) > 0))
        return rv__fail(RV_ERR_RANGE, "a transform must be invertible, and the determinant of this one is %g", det);
    /* Scaled so that the inverse ends in 1 too; a[8] is the determinant of the linear part. */
    for (int i = 0; i < 9; i++)
        out[i] = a[i] / a[8];
    return RV_OK;
}
