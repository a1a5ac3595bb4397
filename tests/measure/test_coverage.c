/* SPDX-License-Identifier: Apache-2.0 */
/* Do the intervals hold the truth as often as they say? Drawn sites with fixed seeds, outlines off as a detector's are.
 * Three sites run by default; RV_COVERAGE_SITES=20 measures the 240 buildings that docs/methods/area.md states.
 *
 * The drawn edges are perfectly sharp, so the edge-definition term is set to 0 here: what is tested is the part of the
 * interval that the fit itself promises. With the default term the interval is wider, by intent. */
#include "drawn_site.h"

enum { CLASSES = 3, MOST = 4000 };

typedef struct tally {
    double error[MOST], width[MOST];
    int n, held, held_default;
    double sum;
} tally;

static tally class_of[CLASSES];

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double edge_definition(const rv_measurements *m, double edge_px)
{
    for (size_t i = 0; i < m->n_terms; i++)
        if (strcmp(m->term[i].quantity, "area_m2") == 0 && strcmp(m->term[i].term, "edge_definition") == 0)
            return m->term[i].sigma * edge_px / .012; /* the model's own .012 px are in it already */
    return 0.0;
}

static void count(const drawn_site *d, int b, uint64_t seed)
{
    const double truth = 4.0 * d->site.building[b].half[0] * d->site.building[b].half[1];
    const double px2 = truth / (d->site.opts.gsd_m * d->site.opts.gsd_m);
    tally *t = &class_of[px2 < 64 ? 0 : px2 < 256 ? 1 : 2];
    rv_structure s;
    rv_measurements m = { 0 };
    rv_measure_opts o = RV_MEASURE_OPTS_INIT;
    o.edge_sigma_px = 0.0;
    CHECK(detected_outline(&s, d, b, 1.0, seed) == RV_OK);
    CHECK(rv_measure(&m, &s, d->stack, &o) == RV_OK);
    const rv_measurement *a = find_row(&m, "area_m2");
    if (a && t->n < MOST) {
        const double wide = 1.96 * hypot(a->sigma, edge_definition(&m, .08));
        t->error[t->n] = fabs(a->value / truth - 1.0);
        t->width[t->n++] = (a->hi - a->lo) / truth;
        t->sum += a->value / truth - 1.0;
        t->held += a->lo <= truth && truth <= a->hi;
        t->held_default += fabs(a->value - truth) <= wide;
    }
    rv_measurements_release(&m);
    rv_polygon_release(&s.outline);
}

static void measure_sites(int sites)
{
    for (int k = 0; k < sites; k++) {
        rv_simulate_opts o = RV_SIMULATE_OPTS_INIT;
        drawn_site d;
        o.seed = 100 + k;
        o.gsd_m = k % 2 ? 1.6 : 3.0; /* large objects and small ones */
        o.size_px = k % 2 ? 360 : 300;
        o.dates = 4;
        o.buildings_old = 5;
        o.buildings_new = 7;
        o.cloud_share = 0.0;
        CHECK(drawn_site_open(&d, &o, 0, 0) == RV_OK);
        for (int b = 0; d.stack && b < d.site.n_buildings; b++)
            count(&d, b, (uint64_t)o.seed);
        drawn_site_close(&d);
    }
}

TEST(the_intervals_hold_the_truth_as_often_as_they_say)
{
    static const char *const name[CLASSES] = { "16-64 px2", "64-256 px2", "> 256 px2" };
    const char *asked = getenv("RV_COVERAGE_SITES");
    int n = 0, held = 0, held_default = 0;
    measure_sites(asked ? atoi(asked) : 3);
    for (int k = 0; k < CLASSES; k++) {
        tally *t = &class_of[k];
        if (t->n == 0)
            continue;
        qsort(t->error, (size_t)t->n, sizeof *t->error, by_size);
        qsort(t->width, (size_t)t->n, sizeof *t->width, by_size);
        printf(
            "# %-10s n %3d bias %+.2f %% median |e| %.2f %% held %.3f (with the default edge term %.3f) median width "
            "%.1f %%\n",
            name[k], t->n, 100 * t->sum / t->n, 100 * t->error[t->n / 2], (double)t->held / t->n,
            (double)t->held_default / t->n, 100 * t->width[t->n / 2]);
        n += t->n;
        held += t->held;
        held_default += t->held_default;
    }
    printf("# all        n %3d held %.3f (with the default edge term %.3f)\n", n, (double)held / n,
           (double)held_default / n);
    CHECK(n >= 36);
    /* 99 % of draws from a true share of .95 lie above .86 at n = 36, and above .91 at n = 240. */
    CHECK((double)held / n >= (n < 150 ? .86 : .91));
    CHECK((double)held_default / n >= .93);
    CHECK(class_of[2].n > 0 && class_of[2].width[class_of[2].n - 1] < .30); /* never wider than +-15 % */
    CHECK(class_of[2].error[class_of[2].n / 2] < .01 && class_of[0].error[class_of[0].n / 2] < .045);
}

TESTS(RUN(the_intervals_hold_the_truth_as_often_as_they_say))
