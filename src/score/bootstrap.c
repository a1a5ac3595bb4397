/* SPDX-License-Identifier: Apache-2.0 */
/* Rows from the tallies of scenes. The interval is the percentile bootstrap over scenes [efron1993]: objects of one scene
 * share its light, season and errors, so drawing objects would promise too much. One scene has no interval, nor has what one scene of many
 * fills alone: each draw would say the same. Shares that come with the exact binomial band always have one. */
#include "score/metrics.h"

#include "base/mem.h"
#include "base/rng.h"
#include "base/robust.h"
#include "base/text.h"
#include "base/vec.h"
#include "score/binomial.h"
#include "score/pooled.h"

#include <assert.h>
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

void rv__bootstrap_release(rv__bootstrap *bootstrap)
{
    rv__free(bootstrap->times);
    *bootstrap = (rv__bootstrap){ 0 };
}

/* A scene counts once on average: 255 times in one draw has a chance below 1e-500. */
int rv__bootstrap_init(rv__bootstrap *bootstrap, int draws, int seed, size_t n)
{
    *bootstrap = (rv__bootstrap){ .draws = draws, .n = n };
    if (n < 2)
        return RV_OK;
    if (n > SIZE_MAX / (size_t)draws || !(bootstrap->times = rv__alloc((size_t)draws * n, 1)))
        return RV_ERR_NOMEM;
    for (size_t d = 0; d < (size_t)draws; d++) {
        rv__rng rng;
        rv__rng_init(&rng, (uint64_t)seed, (uint32_t)d, 0, PURPOSE);
        for (size_t s = 0; s < n; s++) {
            uint8_t *times = &bootstrap->times[d * n + rv__rng_below(&rng, (uint32_t)n)];
            *times = (uint8_t)(*times + (*times < UINT8_MAX));
        }
    }
    return RV_OK;
}

/* Scenes that have a value when they stand alone. */
static size_t count_filled(const rows_job *job, const rv__pool *pool)
{
    size_t n = 0;
    for (size_t s = 0; s < job->n; s++)
        job->weight[s] = 0;
    for (size_t s = 0; n < 2 && s < job->n; s++) {
        job->weight[s] = 1;
        n += isfinite(rv__pool_value(pool, job->weight)) ? 1 : 0;
        job->weight[s] = 0;
    }
    return n;
}

/* Draws without a value are left out; an interval from the smaller half of the draws would be none. */
static void add_interval(rv_score_row *row, const rows_job *job, const rv__pool *pool)
{
    size_t n = 0;
    if (count_filled(job, pool) < 2) {
        const size_t at = strlen(row->note);
        rv__text_format(row->note + at, sizeof row->note - at, "%sone scene alone fills it", at ? "; " : "");
        return;
    }
    for (int d = 0; d < job->bootstrap->draws; d++) {
        for (size_t s = 0; s < job->n; s++)
            job->weight[s] = job->bootstrap->times[(size_t)d * job->n + s];
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

/* The means of scenes say nothing of one, single frames nothing of many: one of the same name in another scene is
 * another image. */
static bool left_out(const rows_job *job, const char *stratum)
{
    if (job->n == 1)
        return strcmp(stratum, RV__SCENE_MEAN) == 0;
    return strncmp(job->metric->name, "registration.", 13) == 0 && strcmp(stratum, "all") != 0;
}

/* Every stratum once, in the order in which the scenes bring them up. */
static int add_strata(const rows_job *job, size_t *added)
{
    for (size_t s = 0; s < job->n; s++)
        for (size_t i = 0; i < job->scenes[s].n; i++) {
            const rv__stat *stat = &job->scenes[s].v[i];
            bool seen = strcmp(stat->metric, job->metric->name) != 0 || left_out(job, stat->stratum);
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
    assert(n < 2 || (bootstrap->n == n && bootstrap->times));
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
