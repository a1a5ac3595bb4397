/* SPDX-License-Identifier: Apache-2.0 */
/* Measure every structure, keep its refined outline, then hold each change against the old structure it is compared with:
 * the one the analyst named by a place of the role reference, else the largest that stood throughout and was seen whole;
 * in a tilted view without ground points the largest of those near enough for the size of a pixel to be about the same.
 * A structure that cannot be measured gets a row with the reason, because not knowing is a result. */
#include "steps/step.h"

#include "base/mem.h"
#include "base/parallel.h"
#include "base/sha256.h"
#include "geo/geos.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* sd of an area, relative to it, from which on nothing is compared with it. */
static const double VAGUE_SHARE = 0.1;
/* Change of a pixel's area on the ground from which on areas in pixels are not compared. */
static const double SCALE_CHANGE_MAX = 0.05;

/* What the ratio needs of one structure: its area in m2, or in px2 where the scale is unknown. */
typedef struct area {
    bool known, in_px;
    rv_quantity q;
    double scale[9]; /* parts of its sigma that all areas of a stack share */
    double epoch;
} area;

typedef struct measurer {
    const rv_measure_opts *opts;
    const rv_gcp_opts *gcp;
    const char *gcp_sha256;
    rv_case *c;
    int run_id;
    rv_case_stack **stack; /* one a worker: a stack's scenes are read by one thread at a time */
    size_t workers;
    rv_structures structures;
    area *areas;    /* of each structure */
    double rate_px; /* of the logarithm of a pixel's area, where its size rests on no CRS and no ground points */
} measurer;

static void take_area(area *out, const rv_measurements *found)
{
    static const char *const names[] = { "area_m2", "area_px2" };
    for (int k = 0; k < 2 && !out->known; k++)
        for (size_t i = 0; i < found->n; i++) {
            const rv_measurement *m = &found->v[i];
            if (strcmp(m->quantity, names[k]) != 0 || !(m->value > 0) || !isfinite(m->sigma))
                continue;
            *out = (area){ true, k == 1, { m->value, m->sigma, m->lo, m->hi }, { 0.0 }, m->epoch };
        }
    if (out->known && !out->in_px)
        memcpy(out->scale, found->scale, sizeof out->scale);
}

static int put_unmeasured(measurer *m, const char *structure_id, const char *why)
{
    rv_measurement row;
    rv_fields_init(rv_measurement_fields(), &row);
    memcpy(row.structure_id, structure_id, sizeof row.structure_id);
    strcpy(row.quantity, "area_m2");
    strcpy(row.unit, "m2");
    snprintf(row.why, sizeof row.why, "%s", why);
    return rv__measurement_put(m->c, m->run_id, &row);
}

static int put_found(measurer *m, const char *structure_id, const rv_measurements *found)
{
    int err = RV_OK;
    for (size_t i = 0; i < found->n && err == RV_OK; i++)
        err = rv__measurement_put(m->c, m->run_id, &found->v[i]);
    for (size_t i = 0; i < found->n_terms && err == RV_OK; i++)
        err = rv__budget_put(m->c, m->run_id, &found->term[i]);
    if (err == RV_OK && found->outline.n > 0)
        err = rv__outline_put(m->c, m->run_id, structure_id, &found->outline);
    return err;
}

/* Of the structure, not of this machine. */
static bool cannot_be_measured(int code)
{
    return code == RV_ERR_NODATA || code == RV_ERR_NOTFOUND || code == RV_ERR_RANGE || code == RV_ERR_MISMATCH;
}

/* What a worker found out about one structure, until it is stored in order. */
typedef struct outcome {
    int code;
    char why[RV_WHY_MAX]; /* where code says that it cannot be measured */
    rv_measurements found;
} outcome;

typedef struct batch {
    const measurer *m;
    outcome *outcome;
    size_t first;
} batch;

/* A reason why this structure has no area is kept; anything else ends the step. */
static int measure_in_worker(size_t i, size_t worker, void *user)
{
    batch *b = user;
    outcome *o = &b->outcome[i];
    const rv_structure *structure = &b->m->structures.v[b->first + i];
    if (rv__stopping() < 0)
        return RV_ERR_STOPPED;
    o->code = rv_measure(&o->found, structure, rv_case_stack_get(b->m->stack[worker]), b->m->opts);
    if (!cannot_be_measured(o->code))
        return o->code < 0 ? rv__subject(o->code, "structure %s: ", structure->id) : RV_OK;
    strncpy(o->why, rv_last_error(), sizeof o->why - 1);
    return RV_OK;
}

static int store_outcome(measurer *m, size_t i, const outcome *o, int *state)
{
    const char *id = m->structures.v[i].id;
    if (o->code == RV_OK) {
        take_area(&m->areas[i], &o->found);
        return put_found(m, id, &o->found);
    }
    *state = RV_RUN_PART;
    return put_unmeasured(m, id, o->why);
}

static int measure_batch(measurer *m, size_t first, size_t n, int *state)
{
    batch b = { .m = m, .outcome = rv__alloc(n, sizeof *b.outcome), .first = first };
    int err = b.outcome ? rv__parallel_for(n, measure_in_worker, &b) : RV_ERR_NOMEM;
    for (size_t i = 0; i < n && err == RV_OK; i++)
        err = store_outcome(m, first + i, &b.outcome[i], state);
    for (size_t i = 0; i < n && b.outcome; i++)
        rv_measurements_release(&b.outcome[i].found);
    rv__free(b.outcome);
    return err;
}

static bool is_reference_kind(int kind)
{
    return kind == RV_KIND_EXISTING || kind == RV_KIND_HALL || kind == RV_KIND_HOUSE || kind == RV_KIND_BUILDING ||
           kind == RV_KIND_TANK || kind == RV_KIND_HOUSING_CLUSTER;
}

static bool stood_throughout(const measurer *m, size_t i)
{
    return m->structures.v[i].event == RV_EVENT_NONE && m->areas[i].known && is_reference_kind(m->structures.v[i].kind);
}

/* Whether at least half of a structure, or of the place, lies in a place of the role reference. */
static int is_named(bool *out, const rv_structure *structure, const rv__place_list *places)
{
    *out = false;
    for (size_t p = 0; p < places->n && !*out; p++) {
        const rv_place *place = &places->v[p];
        double shared = 0;
        if (place->role != RV_ROLE_REFERENCE || place->shape.n == 0 || place->shape.ring[0].n < 3)
            continue;
        const int err = rv__polygon_overlap(&shared, &structure->outline, &place->shape);
        if (err < 0)
            return err;
        *out = shared >= 0.5 * fmin(rv_polygon_area(&structure->outline), rv_polygon_area(&place->shape));
    }
    return RV_OK;
}

/* One that the image cuts off, or whose own area is vague, is no measure for others unless the analyst says so. */
static bool is_sound(const measurer *m, size_t i)
{
    const rv_quantity *q = &m->areas[i].q;
    return !(m->structures.v[i].flags & RV_FLAG_EDGE_OF_IMAGE) && q->sigma < VAGUE_SHARE * q->value;
}

/* What was built is compared; what vanished, and ground that changed, is not. */
static bool is_compared(const measurer *m, size_t i, size_t old)
{
    const rv_structure *s = &m->structures.v[i];
    const bool built = s->event == RV_EVENT_NEW || s->event == RV_EVENT_EXTENDED || s->event == RV_EVENT_REPLACED;
    return built && is_reference_kind(s->kind) && m->areas[i].known && m->areas[i].in_px == m->areas[old].in_px;
}

/* Index of the structure to compare with; n where there is none. named: by the analyst. */
static int choose_old(size_t *out, bool *was_named, const measurer *m, const rv__place_list *places)
{
    size_t best = m->structures.n;
    bool best_named = false;
    for (size_t i = 0; i < m->structures.n; i++) {
        bool named = false;
        if (!stood_throughout(m, i))
            continue;
        const int err = is_named(&named, &m->structures.v[i], places);
        if (err < 0)
            return err;
        if (!named && !is_sound(m, i))
            continue;
        const bool larger = best == m->structures.n || m->areas[i].q.value > m->areas[best].q.value;
        if ((named && !best_named) || (named == best_named && larger)) {
            best = i;
            best_named = named;
        }
    }
    *out = best;
    *was_named = best_named;
    return RV_OK;
}

/* By how much a pixel's area on the ground may change between two structures, relative. */
static double scale_change(const measurer *m, size_t i, size_t k)
{
    const rv_structure *a = &m->structures.v[i], *b = &m->structures.v[k];
    return m->rate_px * hypot(a->x - b->x, a->y - b->y);
}

/* Where the size of a pixel changes too much on the way to old: the largest one that is near enough, or old itself. */
static size_t near_old(const measurer *m, size_t i, size_t old)
{
    size_t best = old;
    for (size_t k = 0; k < m->structures.n && scale_change(m, i, old) > SCALE_CHANGE_MAX; k++)
        if (stood_throughout(m, k) && is_sound(m, k) && m->areas[k].in_px == m->areas[old].in_px &&
            scale_change(m, i, k) <= SCALE_CHANGE_MAX && (best == old || m->areas[k].q.value > m->areas[best].q.value))
            best = k;
    return best;
}

/* Both areas rest on one scale, or one map through ground points, which cancels in the ratio as far as it moves both
 * alike: what they share of both sigmas is their correlation. */
static double correlation(const area *a, const area *b)
{
    double shared = 0.0;
    for (int i = 0; i < 9; i++)
        shared += a->scale[i] * b->scale[i];
    const double total = a->q.sigma * b->q.sigma;
    return total > 0 ? fmax(-1.0, fmin(1.0, shared / total)) : 0.0;
}

static int put_ratio_term(measurer *m, const rv_measurement *row, const char *name, double sigma, const char *note)
{
    rv_budget_term term = { .quantity = "ratio", .sigma = sigma };
    memcpy(term.structure_id, row->structure_id, sizeof term.structure_id);
    snprintf(term.term, sizeof term.term, "%s", name);
    snprintf(term.note, sizeof term.note, "%s", note);
    return rv__budget_put(m->c, m->run_id, &term);
}

static int put_ratio_terms(measurer *m, const rv_measurement *row, const area *a, const area *b, double change)
{
    char note[160];
    int err;
    snprintf(note, sizeof note, "of the area of this structure; correlation with the other is %.3f", correlation(a, b));
    if ((err = put_ratio_term(m, row, "area", row->value * a->q.sigma / a->q.value, note)) < 0)
        return err;
    snprintf(note, sizeof note, "of the area of %s", row->other_id);
    if ((err = put_ratio_term(m, row, "other_area", row->value * b->q.sigma / b->q.value, note)) < 0 || !(change > 0))
        return err;
    return put_ratio_term(m, row, "tilt", row->value * change,
                          "change of a pixel's ground area from one to the other, as the frames' tilts differ");
}

static void set_ratio(rv_measurement *row, const area *a, const area *b, double change)
{
    rv_quantity wider = a->q;
    const double rho = correlation(a, b);
    wider.sigma = hypot(a->q.sigma, change * a->q.value);
    const rv_quantity ratio = rv_quantity_ratio(wider, b->q, change > 0 ? rho * a->q.sigma / wider.sigma : rho);
    strcpy(row->method, a->in_px ? "ratio of areas in px2" : "ratio of areas on the ground");
    row->epoch = a->epoch;
    row->value = ratio.value;
    row->sigma = ratio.sigma;
    row->lo = ratio.lo;
    row->hi = ratio.hi;
}

static int put_ratio(measurer *m, size_t i, size_t old)
{
    const rv_structure *s = &m->structures.v[i], *other = &m->structures.v[old];
    const double change = scale_change(m, i, old);
    rv_measurement row;
    rv_fields_init(rv_measurement_fields(), &row);
    memcpy(row.structure_id, s->id, sizeof row.structure_id);
    memcpy(row.other_id, other->id, sizeof row.other_id);
    strcpy(row.quantity, "ratio");
    if (change > SCALE_CHANGE_MAX) {
        snprintf(
            row.why, sizeof row.why,
            "not observable: the view is tilted, a pixel's ground may change by %.0f %% over the %.0f px to %s, more "
            "than %.0f %%; ground points (--gcp) would tell",
            100 * change, hypot(s->x - other->x, s->y - other->y), other->id, 100 * SCALE_CHANGE_MAX);
        return rv__measurement_put(m->c, m->run_id, &row);
    }
    set_ratio(&row, &m->areas[i], &m->areas[old], change);
    const int err = rv__measurement_put(m->c, m->run_id, &row);
    return err < 0 ? err : put_ratio_terms(m, &row, &m->areas[i], &m->areas[old], change);
}

static int put_ratios(measurer *m)
{
    rv__place_list places = { 0 };
    size_t old = 0;
    int err;
    if ((err = rv__load_places(&places, m->c, rv_stack_grid(rv_case_stack_get(m->stack[0])))) < 0)
        return err;
    bool named = false;
    err = choose_old(&old, &named, m, &places);
    for (size_t i = 0; i < m->structures.n && err == RV_OK && old < m->structures.n; i++)
        if (is_compared(m, i, old))
            err = put_ratio(m, i, named ? old : near_old(m, i, old));
    rv__place_list_release(&places);
    return err;
}

static int open_stacks(measurer *m, rv_case *c)
{
    const size_t workers = rv__workers();
    int err = RV_OK;
    if (!(m->stack = rv__alloc(workers, sizeof *m->stack)))
        return RV_ERR_NOMEM;
    for (; m->workers < workers && err == RV_OK; m->workers += err == RV_OK)
        err = rv_case_stack_open(&m->stack[m->workers], c);
    return err;
}

static void close_stacks(measurer *m)
{
    for (size_t i = 0; i < m->workers; i++)
        rv_case_stack_free(m->stack[i]);
    rv__free(m->stack);
}

/* Structures are measured side by side and stored in their order, so that any number of workers gives the same rows. */
static int measure_all(measurer *m, int *state)
{
    const size_t step = 4 * m->workers;
    int err = RV_OK;
    for (size_t i = 0; i < m->structures.n && err == RV_OK; i += step) {
        const size_t left = m->structures.n - i;
        if ((err = rv__progress("measure", (double)i / (double)m->structures.n)) == RV_OK)
            err = measure_batch(m, i, left < step ? left : step, state);
    }
    return err < 0 ? err : put_ratios(m);
}

/* Points that an older run was given count no more, unless they are given again. */
static int set_ground(measurer *m)
{
    const rv_stack *stack = rv_case_stack_get(m->stack[0]);
    const rv_grid *grid = rv_stack_grid(stack);
    rv_ground ground;
    rv_tilt tilt;
    int err;
    if (m->gcp->gcp &&
        (err = rv__gcps_fit(&ground, m->c, &(rv__gcp_job){ m->run_id, m->gcp, m->gcp_sha256 }, grid)) < 0)
        return err;
    for (size_t i = 0; i < m->workers; i++)
        rv__case_stack_set_ground(m->stack[i], m->gcp->gcp ? &ground : NULL);
    rv_stack_tilt(&tilt, stack);
    m->rate_px = grid->crs[0] || m->gcp->gcp ? 0.0 : tilt.rate_px;
    return RV_OK;
}

static int measure_step(rv_case *c, int run_id, int *state, void *user)
{
    measurer *m = user;
    int err;
    m->c = c;
    m->run_id = run_id;
    if ((err = rv__load_structures(&m->structures, c)) < 0 || (err = open_stacks(m, c)) < 0 ||
        (err = set_ground(m)) < 0)
        goto done;
    m->areas = rv__alloc(m->structures.n, sizeof *m->areas);
    err = m->areas ? measure_all(m, state) : RV_ERR_NOMEM;
    if (err == RV_OK)
        err = rv__progress("measure", 1.0);
done:
    rv__free(m->areas);
    close_stacks(m);
    rv_structures_release(&m->structures);
    return err;
}

/* What the run record holds. */
typedef struct recorded {
    rv_measure_opts measure;
    rv_gcp_opts gcp;
    char gcp_sha256[RV_HASH_MAX];
} recorded;

enum { ROWS_MAX = 16 };

int rv_step_measure(rv_case *c, const rv_measure_opts *opts, const rv_gcp_opts *gcp)
{
    static const recorded defaults = { RV_MEASURE_OPTS_INIT, RV_GCP_OPTS_INIT, "" };
    static const rv_field hash = RV_TEXT(recorded, gcp_sha256, "SHA-256 of the file of ground points");
    recorded o = { opts ? *opts : defaults.measure, gcp ? *gcp : defaults.gcp, "" };
    const int detect_run = rv_case_current_run(c, "detect");
    rv_field rows[ROWS_MAX];
    size_t n = rv__fields_append(rows, 0, rv_measure_fields(), offsetof(recorded, measure));
    n = rv__fields_append(rows, n, rv_gcp_opts_fields(), offsetof(recorded, gcp));
    assert(n < ROWS_MAX);
    rows[n++] = hash;
    const rv_fields fields = { "measure_opts", sizeof o, &defaults, rows, n };
    measurer m = { .opts = &o.measure, .gcp = &o.gcp, .gcp_sha256 = o.gcp_sha256 };
    int err;
    if ((err = rv_fields_check(&fields, &o)) < 0)
        return err;
    if (detect_run == 0)
        return rv__fail(RV_ERR_STATE, "nothing was detected yet");
    if (o.gcp.gcp && (err = rv__sha256_file(o.gcp_sha256, o.gcp.gcp)) < 0)
        return err;
    return rv__step_run(c, &(rv__step){ .name = "measure",
                                        .fields = &fields,
                                        .options = &o,
                                        .based_on = detect_run,
                                        .work = measure_step,
                                        .user = &m });
}
