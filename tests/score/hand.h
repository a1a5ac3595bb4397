/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes made by hand: boxes as structures, and a metric read off a tally. */
#ifndef RV_TEST_SCORE_HAND_H
#define RV_TEST_SCORE_HAND_H

#include "base/mem.h"
#include "base/vec.h"
#include "geo/polygon.h"
#include "lib/test.h"
#include "score/families.h"
#include "score/metrics.h"

typedef struct box {
    double x, y, w, h;
} box;

static inline void box_outline(rv_polygon *out, box b)
{
    const rv_point p[4] = { { b.x, b.y }, { b.x + b.w, b.y }, { b.x + b.w, b.y + b.h }, { b.x, b.y + b.h } };
    *out = (rv_polygon){ 0 };
    CHECK(rv__polygon_ring(out, p, 4) == RV_OK);
}

/* Append a box; the pointer is good until the next one. */
static inline rv__thing *add_box(rv__things *things, int event, box b)
{
    rv__thing thing;
    rv__thing_init(&thing);
    snprintf(thing.id, sizeof thing.id, "s%zu", things->n);
    thing.kind = RV_KIND_BUILDING;
    thing.event = event;
    thing.area_px2 = b.w * b.h;
    box_outline(&thing.outline, b);
    CHECK(RV__PUSH(things, thing) == RV_OK);
    return &things->v[things->n - 1];
}

static inline rv_score_row score_of(const rv__tally *scenes, size_t n, const char *metric, const char *stratum)
{
    rv_scores scores = { 0 };
    rv_score_row row = { .value = -999 };
    rv__bootstrap bootstrap;
    CHECK(rv__bootstrap_init(&bootstrap, 200, 1, n) == RV_OK);
    for (size_t i = 0; i < rv__n_metrics; i++)
        if (strcmp(rv__metrics[i].name, metric) == 0)
            CHECK(rv__score_rows(&scores, &rv__metrics[i], scenes, n, &bootstrap, "") == RV_OK);
    for (size_t i = 0; i < scores.n; i++)
        if (strcmp(scores.v[i].stratum, stratum) == 0)
            row = scores.v[i];
    rv_scores_release(&scores);
    rv__bootstrap_release(&bootstrap);
    return row;
}

static inline double value_of(const rv__tally *t, const char *metric)
{
    return score_of(t, 1, metric, "all").value;
}

/* The same with a tolerance, or NAN for none. */
#define CHECK_SCORE(tally, metric, expected) CHECK_NEAR(value_of(tally, metric), expected, 1e-12)
#define CHECK_NO_SCORE(tally, metric)                                       \
    do {                                                                    \
        const rv_score_row row_ = score_of(tally, 1, metric, "all");        \
        CHECK(isnan(row_.value) && isnan(row_.lo) && row_.note[0] != '\0'); \
    } while (0)

#endif
