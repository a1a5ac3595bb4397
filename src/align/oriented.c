/* SPDX-License-Identifier: Apache-2.0 */
/* A second look at a pair that is found: by the direction of gradients instead of their size [ye2019]. Directions over half a
 * turn do not care whether contrast has turned over, and a faint edge counts as much as a strong one, so what they say
 * scatters a third to a half as much. But shadows count as well, and pull three to five times as far as they pull clipped
 * magnitudes. So both are taken as two measurements of one field: directions with a doubt along the difference of the
 * shadows (sun.c), which leaves them turn, stretch and the shift across it, and the shift along it where the suns are
 * alike. Where the two contradict one another the first one stands alone. docs/methods/align.md has the measurements. */
#include "align/align_internal.h"

#include "base/linalg.h"

#include <string.h>

enum { P = RV__PARAMS_MAX };

/* What shadows pull directions, px a unit of difference; drawn scenes of 3 to 3.7 m, style A: .2 to .3, or more. */
static const double PULL_PX = .4;
/* What all windows share and their scatter does not show (series.c): it is not the same in both looks. */
static const double SHARED_PX = .03;
/* The same where a sun is not known, an axis. */
static const double UNKNOWN_PX = .2;
/* .999 quantiles of chi squared, by parameters; and how they grow where few windows estimated the covariance (fit.c). */
static const double CHI2[P + 1] = { [2] = 13.8, [4] = 18.5, [6] = 22.5 };
static const double FEW = 10;

static void add_doubt(double *cov, size_t k, const double *ds)
{
    const double each = ds ? SHARED_PX : UNKNOWN_PX;
    for (size_t i = 0; i < 2; i++) {
        cov[i * k + i] += each * each;
        for (size_t j = 0; ds && j < 2; j++)
            cov[i * k + j] += PULL_PX * PULL_PX * ds[i] * ds[j];
    }
}

/** Gain G = A (A + B)^-1 of a second measurement: p = a + G (b - a). @return chi squared of b - a, negative if singular */
static double gain_of(double *gain, const rv__fit *a, const rv__fit *b, size_t k)
{
    double sum[P * P], inverse[P * P], diff[P], x[P], chi2 = 0;
    for (size_t i = 0; i < k * k; i++)
        sum[i] = a->cov[i] + b->cov[i];
    for (size_t i = 0; i < k; i++)
        diff[i] = b->field.p[i] - a->field.p[i];
    if (rv__solve_spd(x, inverse, sum, diff, k) < 0)
        return -1;
    memset(gain, 0, k * k * sizeof *gain);
    for (size_t i = 0; i < k; i++) {
        chi2 += diff[i] * x[i];
        for (size_t j = 0; j < k; j++)
            for (size_t r = 0; r < k; r++)
                gain[i * k + j] += a->cov[i * k + r] * inverse[r * k + j];
    }
    return chi2;
}

/** Field and covariance (I - G) A of both together. */
static void join(rv__fit *a, const rv__fit *b, const double *gain, size_t k)
{
    double p[P], cov[P * P];
    memcpy(p, a->field.p, sizeof p);
    memcpy(cov, a->cov, sizeof cov);
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++) {
            a->field.p[i] += gain[i * k + j] * (b->field.p[j] - p[j]);
            for (size_t r = 0; r < k; r++)
                a->cov[i * k + j] -= gain[i * k + r] * cov[r * k + j];
        }
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < i; j++)
            a->cov[i * k + j] = a->cov[j * k + i] = .5 * (a->cov[i * k + j] + a->cov[j * k + i]);
}

/** The pull that will be taken out is that of the first look: only its share of the shift has it. */
static void share_pull(double per_kappa[2], const double *gain, size_t k)
{
    const double own[2] = { per_kappa[0], per_kappa[1] };
    for (size_t i = 0; i < 2; i++)
        per_kappa[i] -= gain[i * k] * own[0] + gain[i * k + 1] * own[1];
}

int rv__oriented_join(rv__fit *fit, rv__sun *sun, const rv__pair *pair, const double map[9], const double *ds)
{
    const size_t k = (size_t)rv__model_params(fit->field.model);
    double gain[P * P];
    rv__pair by_direction = *pair;
    rv__ties ties;
    rv__fit second;
    by_direction.texture = RV__TEXTURE_ORIENTATION;
    int err = rv__ties_new(&ties, &by_direction, map, 1, true);
    if (err < 0)
        return err;
    if (ties.used > 0 && (err = rv__fit_surfaces(&second, &fit->field, &ties)) == RV_OK) {
        add_doubt(second.cov, k, ds);
        const double chi2 = gain_of(gain, fit, &second, k);
        if (chi2 >= 0 && chi2 < CHI2[k] * (1 + FEW / rv__ties_apart(&ties))) {
            join(fit, &second, gain, k);
            share_pull(sun->per_kappa, gain, k);
        }
    }
    rv__ties_release(&ties);
    return err;
}
