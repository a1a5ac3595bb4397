/* SPDX-License-Identifier: Apache-2.0 */
/* Rows from the tallies of scenes. The interval is the percentile bootstrap over scenes [efron1993]: objects of one scene
 * share its light, season and errors, so drawing objects would promise too much. One scene has no interval, except for
 * shares that come with the exact binomial band. A draw depends on seed and number alone. */
#include "score/metrics.h"

#include "base/mem.h"
#include "base/rng.h"
#include "base/robust.h"
#include "base/text.h"
#include "base/vec.h"
#include "score/binomial.h"
#include "score/pooled.h"

#include <math.h>
#include <string.h>

enum { PURPOSE = 0x5C0E };

typedef struct rows_job {
    rv_scores *out;
    const rv__metric *metric;
    const rv__tally *scenes;
    size_t n;
    const rv__bootstrap *bootstrap;
    const rv__stat **stats; /* of one stratum */
    double *weight;         /* n */
    double *value;          /* draws */
} rows_job;

static const rv__stat *find_stat(const rv__tally *t, const char *metric, const char *stratum)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->v[i].metric, metric) == 0 && strcmp(t->v[i].stratum, stratum) == 0)
            return &t->v[i];
    return NULL;
}

static void draw_scenes(const rows_job *job, int draw)
{
    rv__rng rng;
    rv__rng_init(&rng, (uint64_t)job->bootstrap->seed, (uint32_t)draw, 0, PURPOSE);
    for (size_t s = 0; s < job->n; s++)
        job->weight[s] = 0;
    for (size_t s = 0; s < job->n; s++)
        job->weight[rv__rng_below(&rng, (uint32_t)job->n)]++;
}

/* Draws without a value are left out; an interval from the smaller half of the draws would be none. */
static void add_interval(rv_score_row *row, const rows_job *job, const rv__pool *pool)
{
    size_t n = 0;
    for (int d = 0; d < job->bootstrap->draws; d++) {
        draw_scenes(job, d);
        const double value = rv__pool_value(pool, job->weight);
        if (isfinite(value))
            job->value[n++] = value;
    }
    if (n == 0 || 2 * n < (size_t)job->bootstrap->draws)
        return;
    row->lo = rv__quantile(job->value, n, .025);
    row->hi = rv__quantile(job->value, n, .975);
}

static void add_band(rv_score_row *row, const rows_job *job)
{
    double part = 0, whole = 0;
    for (size_t s = 0; s < job->n; s++) {
        part += job->stats[s] ? job->stats[s]->c[0] : 0;
        whole += job->stats[s] ? job->stats[s]->c[1] : 0;
    }
    rv__binomial_band(&row->lo, &row->hi, part, whole);
    rv__text_format(row->note, sizeof row->note, "lo and hi are the exact binomial band");
}

static void copy_note(rv_score_row *row, const rows_job *job)
{
    for (size_t s = 0; s < job->n && !row->note[0]; s++)
        if (job->stats[s])
            memcpy(row->note, job->stats[s]->note, sizeof row->note);
}

static void begin_row(rv_score_row *row, const rv__metric *metric, const char *stratum)
{
    *row = (rv_score_row){ .value = NAN, .lo = NAN, .hi = NAN };
    rv__text_format(row->metric, sizeof row->metric, "%s", metric->name);
    rv__text_format(row->stratum, sizeof row->stratum, "%s", stratum);
    rv__text_format(row->unit, sizeof row->unit, "%s", metric->unit);
}

static int add_row(const rows_job *job, const char *stratum)
{
    rv_score_row row;
    rv__pool pool;
    begin_row(&row, job->metric, stratum);
    for (size_t s = 0; s < job->n; s++) {
        job->stats[s] = find_stat(&job->scenes[s], job->metric->name, stratum);
        job->weight[s] = 1;
        row.n += job->stats[s] ? job->stats[s]->n : 0;
    }
    const int err = rv__pool_init(&pool, job->stats, job->n);
    if (err < 0)
        return err;
    row.value = rv__pool_value(&pool, job->weight);
    copy_note(&row, job);
    if (!isfinite(row.value)) {
        row.value = NAN;
        rv__text_format(row.note, sizeof row.note, "%s", job->metric->undefined);
    } else if (pool.form == RV__FORM_BAND) {
        add_band(&row, job);
    } else if (job->n > 1) {
        add_interval(&row, job, &pool);
    }
    rv__pool_release(&pool);
    return RV__PUSH(job->out, row);
}

/* Every stratum once, in the order in which the scenes bring them up. */
static int add_strata(const rows_job *job, size_t *added)
{
    for (size_t s = 0; s < job->n; s++)
        for (size_t i = 0; i < job->scenes[s].n; i++) {
            const rv__stat *stat = &job->scenes[s].v[i];
            bool seen = strcmp(stat->metric, job->metric->name) != 0 ||
                        (job->n == 1 && strcmp(stat->stratum, RV__SCENE_MEAN) == 0);
            for (size_t k = job->out->n - *added; !seen && k < job->out->n; k++)
                seen = strcmp(job->out->v[k].stratum, stat->stratum) == 0;
            if (seen)
                continue;
            const int err = add_row(job, stat->stratum);
            if (err < 0)
                return err;
            ++*added;
        }
    return RV_OK;
}

int rv__score_rows(rv_scores *out, const rv__metric *metric, const rv__tally *scenes, size_t n,
                   const rv__bootstrap *bootstrap, const char *why)
{
    rows_job job = { .out = out, .metric = metric, .scenes = scenes, .n = n, .bootstrap = bootstrap };
    size_t added = 0;
    job.stats = rv__alloc(n, sizeof(void *));
    job.weight = rv__alloc(n, sizeof *job.weight);
    job.value = rv__alloc((size_t)bootstrap->draws, sizeof *job.value);
    int err = job.stats && job.weight && job.value ? add_strata(&job, &added) : RV_ERR_NOMEM;
    if (err == RV_OK && added == 0) {
        rv_score_row row;
        begin_row(&row, metric, "all");
        rv__text_format(row.note, sizeof row.note, "%s", why && *why ? why : metric->undefined);
        err = RV__PUSH(out, row);
    }
    rv__free(job.value);
    rv__free(job.weight);
    rv__free(job.stats);
    return err;
}
