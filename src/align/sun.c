/* SPDX-License-Identifier: Apache-2.0 */
/* The pull of shadows. Between two dates the shadows of trees and houses move with the sun, and what they cover moves with
 * them: in pixels of metres every match is pulled along the difference of the shadow directions, by a tenth of a px
 * where the sun stood at 60 degrees and at 20. Clipping edges halves it, no mask or weight takes it away.
 *
 * But shadows and crowns are blobs: their share of the texture falls with frequency, and so does the pull. A cross spectrum
 * C(f) therefore has the phase
 *     -2 pi f . (d + kappa g(|f|) ds),    g(f) = exp(-f / f0),    ds = shadow per unit of height, scene minus reference,
 * and d, the shift of the ground, and kappa, the strength of the pull, are told apart by how the phase bends. kappa is much
 * the same in all pairs of a site, as what stands there is: each pair's own estimate is pooled with the others'. Where
 * there is no pull (half a metre a px: shadows are long, sharp, and no longer correlate) the spectrum says so, and kappa
 * is 0. docs/methods/align.md has the measurements.
 */
#include "align/align_internal.h"

#include "base/linalg.h"
#include "geo/crs.h"
#include "geo/ellipsoid.h"

#include <math.h>
#include <string.h>

enum { STEPS = 12, K = 3, BLOCKS_MIN = K + 1 }; /* fewer blocks fit three numbers without any scatter */

static const double TAU = 6.28318530717958647692;
static const double F0 = .20;        /* cycles/px; fitted on drawn scenes of 3 to 3.7 m, style A */
static const double TAU_LEAST = .03; /* the least that the strength differs from pair to pair */
static const double ALIKE = 1e-3;    /* shadows of a unit of height that end so near to each other pull nothing */
static const double LOWEST_DEG = 5;  /* below, shadows are longer than anything and not to be reckoned with */

/** Shadow of a unit of height, px of the reference a px of height. @return false when the sun is not known */
static bool shadow(double out[2], const rv_scene *scene, const rv_grid *grid)
{
    const rv_scene_info *info = rv_scene_facts(scene);
    if (!isfinite(info->sun_azimuth_deg) || !(info->sun_elevation_deg > LOWEST_DEG) ||
        rv__ground_to_pixel(&out[0], &out[1], grid, info->sun_azimuth_deg + 180) < 0)
        return false;
    const double length = hypot(out[0], out[1]), cot = 1 / tan(info->sun_elevation_deg * TAU / 360);
    out[0] *= cot / length;
    out[1] *= cot / length;
    return length > 0;
}

bool rv__sun_difference(double ds[2], const rv_scene *scene, const rv_scene *reference)
{
    double a[2], b[2];
    ds[0] = ds[1] = 0;
    if (!shadow(a, scene, rv_scene_grid(reference)) || !shadow(b, reference, rv_scene_grid(reference)))
        return false;
    ds[0] = a[0] - b[0];
    ds[1] = a[1] - b[1];
    return true;
}

/** Cycles a px of element k of an axis of n. */
static double frequency(size_t k, size_t n)
{
    return ((double)k - (k <= n / 2 ? 0 : (double)n)) / (double)n;
}

/** Sums over the spectra of Q(theta) = sum Re C exp(i phase(theta)), theta = (d, kappa). */
typedef struct terms {
    double g[K], h[K * K]; /* slope, and minus the curvature */
    double meat[K * K];    /* sum of the outer products of the blocks' slopes */
    int filled;            /* blocks that hold anything */
} terms;

/** One frequency of all blocks: the phase is the same in each. */
static void add_frequency(double g[RV__BLOCKS][K], double h[RV__BLOCKS][K * K], const rv__spectra *s, size_t at,
                          const double row[K], const double phase[2])
{
    for (size_t b = 0; b < RV__BLOCKS; b++) {
        const float *z = s->v + b * s->block + 2 * at;
        const double re = (double)z[0], im = (double)z[1], twice = at % (s->width / 2 + 1) ? 2 : 1;
        if (re == 0 && im == 0)
            continue;
        const double c = twice * (re * phase[0] - im * phase[1]), d = -twice * (re * phase[1] + im * phase[0]);
        for (int i = 0; i < K; i++) {
            g[b][i] += d * row[i];
            for (int j = 0; j < K; j++)
                h[b][i * K + j] += c * row[i] * row[j];
        }
    }
}

static terms sum_terms(const rv__spectra *s, const double theta[K], const double ds[2])
{
    double g[RV__BLOCKS][K] = { { 0 } }, h[RV__BLOCKS][K * K] = { { 0 } };
    const size_t pairs = s->width / 2 + 1;
    terms t = { .filled = 0 };
    for (size_t at = 0; at < s->height * pairs; at++) {
        const double fx = (double)(at % pairs) / (double)s->width, fy = frequency(at / pairs, s->height);
        const double pull = exp(-hypot(fx, fy) / F0) * (fx * ds[0] + fy * ds[1]);
        const double row[K] = { TAU * fx, TAU * fy, TAU * pull };
        const double phase = row[0] * theta[0] + row[1] * theta[1] + row[2] * theta[2];
        add_frequency(g, h, s, at, row, (const double[2]){ cos(phase), sin(phase) });
    }
    for (int b = 0; b < RV__BLOCKS; b++) {
        t.filled += h[b][0] != 0;
        for (int i = 0; i < K; i++) {
            t.g[i] += g[b][i];
            for (int j = 0; j < K; j++) {
                t.h[i * K + j] += h[b][i * K + j];
                t.meat[i * K + j] += g[b][i] * g[b][j];
            }
        }
    }
    return t;
}

/** Newton's steps from theta uphill. @return false when Q has no maximum there */
static bool climb(double theta[K], const rv__spectra *s, const double ds[2])
{
    for (int step = 0; step < STEPS; step++) {
        double move[K], longest = 0;
        const terms t = sum_terms(s, theta, ds);
        if (rv__solve_spd(move, NULL, t.h, t.g, K) < 0)
            return false;
        for (int i = 0; i < K; i++) {
            theta[i] += fmax(-.3, fmin(.3, move[i]));
            longest = fmax(longest, fabs(move[i]));
        }
        if (longest < 1e-6)
            break;
    }
    return true;
}

/** What the terms at the maximum say of kappa. @return false when that is nothing */
static bool conclude(rv__sun *sun, const terms *t, double kappa)
{
    double x[K], inverse[K * K], var = 0;
    const double *h = t->h;
    if (t->filled < BLOCKS_MIN || rv__solve_spd(x, inverse, h, t->g, K) < 0)
        return false;
    for (int i = 0; i < K; i++)
        for (int j = 0; j < K; j++)
            var += inverse[K * (K - 1) + i] * t->meat[i * K + j] * inverse[K * (K - 1) + j];
    /* How the best d moves with kappa: -H_dd^-1 H_dk. */
    const double det = h[0] * h[4] - h[1] * h[3];
    if (!(det > 0) || !(var > 0))
        return false;
    sun->kappa = kappa;
    sun->sigma = sqrt(var * t->filled / (t->filled - 1.0));
    sun->per_kappa[0] = -(h[4] * h[2] - h[1] * h[5]) / det;
    sun->per_kappa[1] = -(h[0] * h[5] - h[3] * h[2]) / det;
    return true;
}

bool rv__suns_alike(const double ds[2])
{
    return hypot(ds[0], ds[1]) < ALIKE;
}

bool rv__sun_estimate(rv__sun *sun, const rv__spectra *s, const double ds[2])
{
    double theta[K] = { 0, 0, 0 };
    memset(sun, 0, sizeof *sun);
    sun->sigma = INFINITY;
    if (!s->v || rv__suns_alike(ds) || !climb(theta, s, ds))
        return false;
    const terms t = sum_terms(s, theta, ds);
    return !(hypot(theta[0], theta[1]) > 1) && conclude(sun, &t, theta[2]);
}

/** Mean of the pairs' strengths for a scatter tau between them, with the prior. @return the sum of the weights */
static double mean_of(double *mean, rv__sun *const *sun, size_t n, double tau)
{
    /* Prior: no pull, give or take that of a wood. */
    const double prior = .25;
    double weight = 1 / (prior * prior), sum = 0;
    for (size_t i = 0; i < n; i++)
        if (isfinite(sun[i]->sigma) && sun[i]->sigma > 0) {
            const double w = 1 / (sun[i]->sigma * sun[i]->sigma + tau * tau);
            weight += w;
            sum += w * sun[i]->kappa;
        }
    *mean = fmax(0, sum / weight); /* never a pull against the sun */
    return weight;
}

/** Scatter between the pairs beyond what each states, by moments [dersimonian1986]. */
static double scatter_of(rv__sun *const *sun, size_t n)
{
    double mean, w1 = 0, w2 = 0, q = 0;
    size_t used = 0;
    mean_of(&mean, sun, n, 0);
    for (size_t i = 0; i < n; i++)
        if (isfinite(sun[i]->sigma) && sun[i]->sigma > 0) {
            const double w = 1 / (sun[i]->sigma * sun[i]->sigma);
            w1 += w;
            w2 += w * w;
            q += w * (sun[i]->kappa - mean) * (sun[i]->kappa - mean);
            used++;
        }
    const double spare = used > 1 ? w1 - w2 / w1 : 0;
    return spare > 0 ? sqrt(fmax(0, (q - (double)used + 1) / spare)) : 0;
}

void rv__sun_pool(rv__sun *const *sun, size_t n)
{
    double mean;
    const double tau = fmax(TAU_LEAST, scatter_of(sun, n)), weight = mean_of(&mean, sun, n, tau);
    for (size_t i = 0; i < n; i++) {
        const bool says = isfinite(sun[i]->sigma) && sun[i]->sigma > 0;
        const double own = says ? 1 / (sun[i]->sigma * sun[i]->sigma) : 0, of_site = 1 / (tau * tau + 1 / weight);
        sun[i]->kappa = fmax(0, (own * (says ? sun[i]->kappa : 0) + of_site * mean) / (own + of_site));
        sun[i]->sigma = 1 / sqrt(own + of_site);
    }
}
