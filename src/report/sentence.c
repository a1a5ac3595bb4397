/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences. Few changes are told one by one; many are counted by event and bracket, and the largest are named, because a
 * list of eighty sentences informs nobody. Nothing found is said with what would have been looked for. */
#include "report/sentence.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/order.h"

#define NBSP RV__NBSP
#define DASH RV__DASH

enum { TOLD_ONE_BY_ONE = 8, LARGEST_NAMED = 5 };
static const double comparable = 0.5; /* a house is not held against a hall */

static const char *verb_of(const rv_structure *s, bool plural)
{
    static const char *const one[] = { "stood throughout", "appeared",    "was extended",
                                       "was replaced",     "disappeared", "appeared" };
    static const char *const many[] = { "stood throughout", "began",       "were extended",
                                        "were replaced",    "disappeared", "began" };
    static const char *const maybe[] = { "may have stood throughout", "may have appeared",    "may have been extended",
                                         "may have been replaced",    "may have disappeared", "may have begun" };
    if (rv__facts_doubtful(s))
        return maybe[plural && s->event == RV_EVENT_NEW      ? RV_EVENT_WORKS
                     : !plural && s->event == RV_EVENT_WORKS ? RV_EVENT_NEW
                                                             : s->event];
    return plural ? many[s->event] : one[s->event];
}

void rv__sentence_event(rv__str *out, const rv__facts *facts, const rv_structure *s, size_t number)
{
    const rv__noun noun = rv__words_noun(s);
    const rv_measurement *area = rv__facts_area(facts, s);
    rv__str when = { 0 };
    rv__words_bracket(&when, facts, s);
    rv__sentence_capital(out, &when);
    out->err = when.err < 0 ? when.err : out->err;
    rv__str_release(&when);
    rv__str_add(out, noun.plural ? " " : " a ");
    rv__words_kind(out, s);
    rv__str_add(out, *noun.maybe ? "," : "");
    if (area) {
        rv__str_add(out, " of ");
        rv__words_measured(out, area);
    }
    rv__str_addf(out, " %s", verb_of(s, noun.plural));
    if (number)
        rv__str_addf(out, " (no." NBSP "%zu)", number);
    rv__str_add(out, ".");
}

/* "55–67 % larger", "2.1–2.4 times as large", or that the two cannot be told apart. */
static void add_comparison(rv__str *out, const rv_measurement *m)
{
    if (m->lo >= 2) {
        const int decimals = rv__words_decimals(m->sigma);
        rv__words_number(out, m->lo, decimals);
        rv__str_add(out, DASH);
        rv__words_number(out, m->hi, decimals);
        rv__str_add(out, " times as large as ");
    } else if (m->lo > 1 || m->hi < 1) {
        const double a = 100 * fabs(m->lo - 1), b = 100 * fabs(m->hi - 1);
        const int decimals = rv__words_decimals(100 * m->sigma) < 0 ? rv__words_decimals(100 * m->sigma) : 0;
        rv__words_number(out, fmin(a, b), decimals);
        rv__str_add(out, DASH);
        rv__words_number(out, fmax(a, b), decimals);
        rv__str_addf(out, NBSP "%% %s than ", m->lo > 1 ? "larger" : "smaller");
    } else
        rv__str_add(out, "not measurably larger or smaller than ");
}

static const rv_structure *structure_of(const rv__facts *facts, const char *id)
{
    for (size_t i = 0; i < facts->structures.n; i++)
        if (strcmp(facts->structures.v[i].id, id) == 0)
            return &facts->structures.v[i];
    return NULL;
}

void rv__sentence_ratio(rv__str *out, const rv__facts *facts, const rv_structure *s)
{
    const rv_measurement *m = rv__facts_measured(facts, s->id, "ratio");
    if (!m || !isfinite(m->value) || !isfinite(m->lo) || !isfinite(m->hi) || rv__words_noun(s).plural ||
        m->hi < comparable)
        return;
    const rv_structure *other = structure_of(facts, m->other_id);
    rv__str_add(out, "It is ");
    add_comparison(out, m);
    const rv_measurement *its = other ? rv__facts_area(facts, other) : NULL;
    if (other && *other->name)
        rv__str_addf(out, "%s (%s)", other->name, other->id);
    else
        rv__str_add(out, m->other_id);
    if (its) {
        rv__str_add(out, " of ");
        rv__words_number(out, its->value, rv__words_decimals(its->sigma));
        rv__str_add(out, rv__words_unit(its->unit));
    }
    rv__str_add(out, other && other->event == RV_EVENT_NONE && !*other->name ? ", which stood throughout" : "");
    const int decimals = rv__words_decimals(m->sigma);
    rv__str_add(out, " (ratio ");
    rv__words_number(out, m->value, decimals);
    rv__str_add(out, ", 95" NBSP "%: ");
    rv__words_number(out, m->lo, decimals);
    rv__str_add(out, DASH);
    rv__words_number(out, m->hi, decimals);
    rv__str_add(out, ").");
}

static void add_largest(rv__str *out, const rv__facts *facts, const size_t *order)
{
    rv__str_add(out,
                rv__facts_doubtful(&facts->structures.v[order[0]]) ? "The largest, all doubtful:\n" : "The largest:\n");
    for (size_t i = 0; i < LARGEST_NAMED; i++) {
        rv__sentence_event(out, facts, &facts->structures.v[order[i]], i + 1);
        rv__str_add(out, "\n");
    }
}

/* What detect was asked to look for, from its run record. */
static void add_limits(rv__str *out, const rv__facts *facts)
{
    double m2 = NAN, px2 = NAN;
    for (size_t i = 0; i < facts->runs.n; i++) {
        const rv_run *run = &facts->runs.v[i];
        rv__json *options = NULL;
        if (strcmp(run->step, "detect") != 0 || run->stale || run->state > RV_RUN_PART ||
            rv__json_parse(&options, run->options, strlen(run->options)) < 0)
            continue;
        m2 = rv__json_number(rv__json_get(options, "min_area_m2"));
        px2 = rv__json_number(rv__json_get(options, "min_area_px2"));
        rv__json_free(options);
    }
    if (!isfinite(m2) || !isfinite(px2))
        return;
    rv__str_add(out, "Structures smaller than ");
    rv__words_number(out, m2 > 0 ? m2 : 25.0, 0);
    rv__str_add(out, NBSP "m\xC2\xB2 or ");
    rv__words_number(out, px2, 0);
    rv__str_add(out, " pixels were not looked for.\n");
}

static void add_opening(rv__str *out, const rv__facts *facts, size_t changes)
{
    size_t doubtful = 0;
    for (size_t i = 0; i < facts->structures.n; i++)
        doubtful += facts->structures.v[i].event != RV_EVENT_NONE && rv__facts_doubtful(&facts->structures.v[i]);
    rv__str span = { 0 };
    rv__words_span(&span, facts);
    rv__sentence_count(out, rv__facts_n_used(facts), "image", "images");
    if (span.s)
        rv__str_addf(out, " from %s", span.s);
    rv__str_release(&span);
    if (rv__facts_n_used(facts) == 1) {
        rv__str_add(out, " was examined: ");
        rv__sentence_count(out, facts->structures.n, "structure was", "structures were");
        rv__str_add(out, " found. A change needs a second image.\n");
        return;
    }
    rv__str_add(out, " were compared: ");
    if (facts->structures.n == changes)
        rv__str_add(out, "no structure was recognised that stood throughout");
    else
        rv__sentence_count(out, facts->structures.n - changes, "structure stood throughout",
                           "structures stood throughout");
    rv__str_add(out, changes ? " and " : ", and no change was found.\n");
    if (!changes)
        return;
    rv__sentence_count(out, changes, "change was found", "changes were found");
    if (doubtful == changes)
        rv__str_add(out, changes == 1 ? ", a doubtful one" : ", all doubtful");
    else if (doubtful)
        rv__str_addf(out, ", %zu of them doubtful", doubtful);
    rv__str_add(out, ".\n");
}

void rv__sentence_summary(rv__str *out, const rv__facts *facts)
{
    size_t *order = rv__alloc(facts->structures.n + 1, sizeof *order);
    if (!order) {
        out->err = RV_ERR_NOMEM;
        return;
    }
    const size_t changes = rv__facts_changes(facts, order);
    add_opening(out, facts, changes);
    if (changes > TOLD_ONE_BY_ONE) {
        if (rv__sentence_groups(out, facts, order, changes) < 0)
            out->err = RV_ERR_NOMEM;
        add_largest(out, facts, order);
    } else
        for (size_t i = 0; i < changes; i++) {
            rv__sentence_event(out, facts, &facts->structures.v[order[i]], i + 1);
            rv__str_add(out, "\n");
        }
    if (changes == 0)
        add_limits(out, facts);
    rv__free(order);
}

static void add_left_out(rv__str *out, const char *id, const char *why)
{
    rv__str_addf(out, "Image %s was not used: %s.\n", id, why);
}

static const char *why_no_area(const rv__facts *facts, size_t i)
{
    const rv_measurement *m = rv__facts_measured(facts, facts->structures.v[i].id, "area_m2");
    return m && !isfinite(m->value) ? m->why : "";
}

/* One line a reason. */
static void add_unmeasured(rv__str *out, const rv__facts *facts)
{
    for (size_t i = 0; i < facts->structures.n; i++) {
        const char *why = why_no_area(facts, i);
        size_t same = 0, before = 0;
        for (size_t k = 0; k < facts->structures.n; k++)
            if (strcmp(why_no_area(facts, k), why) == 0) {
                same++;
                before += k < i;
            }
        if (!*why || before)
            continue;
        if (same == 1)
            rv__str_addf(out, "%s has", facts->structures.v[i].id);
        else
            rv__sentence_count(out, same, "", "structures have");
        rv__str_addf(out, " no area in square metres: %s.\n", why);
    }
}

/* Changes whose ratio a tilted view does not show. */
static void add_uncompared(rv__str *out, const rv__facts *facts)
{
    size_t n = 0;
    for (size_t i = 0; i < facts->measurements.n; i++)
        n += strcmp(facts->measurements.v[i].quantity, "ratio") == 0 && isnan(facts->measurements.v[i].value);
    if (!n)
        return;
    rv__sentence_count(out, n, "change was", "changes were");
    rv__str_add(out,
                " not compared with an older structure: the view is tilted, and over the distance between them the "
                "size of a pixel may change too much.\n");
}

/* A clause about the images that were used, as a sentence. */
static void add_clause(rv__str *out, const rv__facts *facts,
                       void (*words)(rv__str *out, const rv_scene_info *const *scene, size_t n))
{
    const rv_scene_info **scene = rv__alloc(facts->scenes.n + 1, sizeof *scene);
    rv__str text = { 0 };
    size_t n = 0;
    for (size_t i = 0; scene && i < facts->scenes.n; i++)
        if (rv__facts_used(facts, facts->scenes.v[i].id))
            scene[n++] = &facts->scenes.v[i];
    if (scene)
        words(&text, scene, n);
    if (text.len && !text.err) {
        text.s[0] = (char)(text.s[0] - (text.s[0] >= 'a' ? 'a' - 'A' : 0));
        rv__str_addf(out, "%s.\n", text.s);
    }
    if (!scene || text.err)
        out->err = RV_ERR_NOMEM;
    rv__str_release(&text);
    rv__free(scene);
}

/* One line a kind and pair of images, where detect was asked. */
static int add_smallest(const rv_smallest *row, void *user)
{
    rv__str *out = user;
    const char *kind = rv_kind_names()[row->kind];
    rv__str_addf(out, "Between the images %s and %s ", row->absent_id, row->present_id);
    if (isnan(row->area_m2)) {
        rv__str_addf(
            out,
            "a new %s is not observable in nine cases of ten, whatever its size: %d of %d made-up roofs were found.\n",
            kind, row->seen, row->planted);
        return out->err;
    }
    rv__str_addf(out, "a new %s of ", kind);
    rv__words_number(out, row->area_m2, 0);
    rv__str_add(out, NBSP "m\xC2\xB2 or more (95" NBSP "%: ");
    rv__words_number(out, row->lo_m2, 0);
    rv__str_add(out, "\xE2\x80\x93");
    rv__words_number(out, row->hi_m2, 0);
    rv__str_add(out, ") would have been found in nine cases of ten; smaller ones are not observable.\n");
    return out->err;
}

void rv__sentence_unseen(rv__str *out, const rv__facts *facts)
{
    size_t clouded = 0, edge = 0;
    for (size_t i = 0; i < facts->scenes.n; i++)
        if (facts->scenes.v[i].state == RV_SCENE_REFUSED)
            add_left_out(out, facts->scenes.v[i].id, facts->scenes.v[i].why);
    for (size_t i = 0; i < facts->transforms.n; i++)
        if (!facts->transforms.v[i].trusted)
            add_left_out(out, facts->transforms.v[i].scene_id, facts->transforms.v[i].why);
    for (size_t i = 0; i < facts->structures.n; i++) {
        const rv_structure *s = &facts->structures.v[i];
        clouded += (s->flags & RV_FLAG_PARTLY_CLOUDED) != 0;
        edge += (s->flags & RV_FLAG_EDGE_OF_IMAGE) != 0;
    }
    add_unmeasured(out, facts);
    add_uncompared(out, facts);
    if (clouded) {
        rv__sentence_count(out, clouded, "structure was", "structures were");
        rv__str_addf(out, " under cloud or shadow in some images; those images do not bound %s dates.\n",
                     clouded == 1 ? "its" : "their");
    }
    if (edge) {
        rv__sentence_count(out, edge, "structure reaches", "structures reach");
        rv__str_add(out, " the edge of the images; only the part inside was seen and measured.\n");
    }
    if (rv__facts_n_used(facts) < 3)
        rv__str_add(out, "Clouds and their shadows cannot be told from changes with fewer than three images.\n");
    add_clause(out, facts, rv__order_words);
    add_clause(out, facts, rv__sun_words);
    if (rv_case_each_smallest(facts->c, add_smallest, out) < 0)
        out->err = RV_ERR_NOMEM;
    add_limits(out, facts);
    rv__str_add(out, "Changes inside buildings, or undone between two images, are not seen at all.\n");
}
