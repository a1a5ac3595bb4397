/* SPDX-License-Identifier: Apache-2.0 */
/* Registration: at places of clear ground, where the found map puts a frame's pixel against where it belongs. */
#include "score/families.h"

#include "base/mem.h"

#include <math.h>
#include <string.h>

/* 95 % of a circular normal error lies within this many sigmas of one axis. */
static const double Z95_PLANE = 2.447746830680816;

static double error_px(const double m[9], rv_point from, rv_point to)
{
    const double w = m[6] * from.x + m[7] * from.y + m[8];
    return hypot((m[0] * from.x + m[1] * from.y + m[2]) / w - to.x, (m[3] * from.x + m[4] * from.y + m[5]) / w - to.y);
}

static void add_errors(rv__tally *t, const char *stratum, const double *error, size_t n)
{
    rv__tally_rms(t, "registration.rmse_px", stratum, error, n);
    rv__tally_quantile(t, "registration.ce90_px", stratum, .9, error, n);
    rv__tally_quantile(t, "registration.p999_px", stratum, .999, error, n);
}

/* Sigma is stated for the middle of the frame, so the place nearest to the mean of all stands for it. */
static double middle_error(const rv__score_ties *f, const double *error)
{
    double x = 0, y = 0, least = INFINITY, at = NAN;
    for (size_t i = 0; i < f->n; i++) {
        x += f->in_reference[i].x / (double)f->n;
        y += f->in_reference[i].y / (double)f->n;
    }
    for (size_t i = 0; i < f->n; i++) {
        const double d = hypot(f->in_reference[i].x - x, f->in_reference[i].y - y);
        if (d < least) {
            least = d;
            at = error[i];
        }
    }
    return at;
}

int rv__score_registration(rv__tally *t, const rv__score_ties *frames, size_t n_frames)
{
    size_t total = 0, done = 0;
    double held = 0, stated = 0;
    for (size_t k = 0; k < n_frames; k++)
        total += frames[k].n;
    double *error = rv__alloc(total, sizeof *error);
    if (!error)
        return RV_ERR_NOMEM;
    for (size_t k = 0; k < n_frames; k++) {
        const rv__score_ties *f = &frames[k];
        for (size_t i = 0; i < f->n; i++)
            error[done + i] = error_px(f->m, f->in_frame[i], f->in_reference[i]);
        if (isfinite(f->sigma_px) && f->sigma_px > 0 && f->n > 0) {
            stated++;
            held += middle_error(f, error + done) <= Z95_PLANE * f->sigma_px;
        }
        done += f->n;
    }
    add_errors(t, "all", error, total);
    rv__tally_band(t, "registration.coverage95", "all", held, stated);
    for (size_t k = 0, from = 0; k < n_frames; from += frames[k++].n)
        add_errors(t, frames[k].frame, error + from, frames[k].n);
    rv__free(error);
    return t->err;
}
