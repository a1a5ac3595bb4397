/* SPDX-License-Identifier: Apache-2.0 */
/* Sums and samples of one scene. */
#include "score/tally.h"

#include "base/mem.h"
#include "base/text.h"
#include "base/vec.h"

#include <string.h>

void rv__tally_release(rv__tally *tally)
{
    for (size_t i = 0; i < tally->n; i++)
        rv__free(tally->v[i].sample);
    rv__free(tally->v);
    *tally = (rv__tally){ 0 };
}

rv__stat *rv__tally_add(rv__tally *t, const char *metric, const char *stratum, rv__form form)
{
    rv__stat stat = { .form = form };
    if (t->err < 0)
        return NULL;
    rv__text_format(stat.metric, sizeof stat.metric, "%s", metric);
    rv__text_format(stat.stratum, sizeof stat.stratum, "%s", stratum);
    t->err = RV__PUSH(t, stat);
    return t->err < 0 ? NULL : &t->v[t->n - 1];
}

static void add_parts(rv__tally *t, const char *metric, const char *stratum, rv__form form, const double part[2])
{
    rv__stat *s = rv__tally_add(t, metric, stratum, form);
    if (!s)
        return;
    s->c[0] = part[0];
    s->c[1] = s->n = part[1];
}

void rv__tally_ratio(rv__tally *t, const char *metric, const char *stratum, double part, double whole)
{
    add_parts(t, metric, stratum, RV__FORM_RATIO, (const double[]){ part, whole });
}

void rv__tally_band(rv__tally *t, const char *metric, const char *stratum, double part, double whole)
{
    add_parts(t, metric, stratum, RV__FORM_BAND, (const double[]){ part, whole });
}

void rv__tally_count(rv__tally *t, const char *metric, const char *stratum, double count)
{
    add_parts(t, metric, stratum, RV__FORM_COUNT, (const double[]){ count, count });
}

void rv__tally_mean(rv__tally *t, const char *metric, const char *stratum, const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    rv__tally_ratio(t, metric, stratum, sum, (double)n);
}

void rv__tally_rms(rv__tally *t, const char *metric, const char *stratum, const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    add_parts(t, metric, stratum, RV__FORM_ROOT, (const double[]){ sum, (double)n });
}

rv__stat *rv__tally_samples(rv__tally *t, const char *metric, const char *stratum, rv__form form, size_t n)
{
    rv__stat *s = rv__tally_add(t, metric, stratum, form);
    if (!s)
        return NULL;
    s->sample = rv__alloc(n, sizeof *s->sample);
    if (!s->sample) {
        t->err = RV_ERR_NOMEM;
        return NULL;
    }
    s->n_samples = n;
    s->n = (double)n;
    return s;
}

void rv__tally_quantile(rv__tally *t, const char *metric, const char *stratum, double q, const double *x, size_t n)
{
    rv__stat *s = rv__tally_samples(t, metric, stratum, RV__FORM_QUANTILE, n);
    if (!s)
        return;
    s->c[0] = q;
    for (size_t i = 0; i < n; i++)
        s->sample[i].x = x[i];
}

void rv__tally_n(rv__tally *t, double n)
{
    if (t->err == RV_OK && t->n > 0)
        t->v[t->n - 1].n = n;
}

void rv__tally_note(rv__tally *t, const char *note)
{
    if (t->err == RV_OK && t->n > 0)
        rv__text_format(t->v[t->n - 1].note, sizeof t->v->note, "%s", note);
}
