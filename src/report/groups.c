/* SPDX-License-Identifier: Apache-2.0 */
/* Many changes in few lines: counted by event and bracket, one line a bracket, in order of time. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "report/sentence.h"

enum { BRACKETS_MAX = 16 };

void rv__sentence_capital(rv__str *out, const rv__str *text)
{
    const size_t at = out->len;
    rv__str_add(out, text->s ? text->s : "");
    if (out->s && out->s[at] >= 'a' && out->s[at] <= 'z')
        out->s[at] = (char)(out->s[at] - 'a' + 'A');
}

void rv__sentence_count(rv__str *out, size_t n, const char *one, const char *many)
{
    rv__str_addf(out, "%zu %s", n, n == 1 ? one : many);
}

/* Changes of one event and one bracket, the doubtful apart: their areas would swell a sum that is read as built. */
typedef struct group {
    const rv_structure *first;
    size_t n, measured;
    double area, sigma; /* sums over the measured; sigmas added as if fully correlated, which is the careful side */
    const char *unit;
    bool one_noun, doubtful;
} group;

static bool same_group(const rv_structure *a, const rv_structure *b)
{
    return a->event == b->event && rv__facts_doubtful(a) == rv__facts_doubtful(b) &&
           (a->kind == RV_KIND_HOUSING_CLUSTER) == (b->kind == RV_KIND_HOUSING_CLUSTER) && /* it repeats its houses */
           strcmp(a->absent_id, b->absent_id) == 0 && strcmp(a->present_id, b->present_id) == 0;
}

static void group_add(group *g, const rv__facts *facts, const rv_structure *s)
{
    const rv_measurement *m = rv__facts_area(facts, s);
    if (!g->n)
        *g = (group){ .first = s, .unit = "", .one_noun = true, .doubtful = rv__facts_doubtful(s) };
    g->one_noun = g->one_noun && strcmp(rv__words_noun(s).one, rv__words_noun(g->first).one) == 0;
    g->n++;
    if (m && (!g->measured || strcmp(m->unit, g->unit) == 0)) {
        g->measured++;
        g->area += m->value;
        g->sigma += m->sigma;
        g->unit = m->unit;
    }
}

static double group_time(const group *g)
{
    return fmax(g->first->last_absent, g->first->first_present);
}

static bool same_bracket(const group *a, const group *b)
{
    return group_time(a) == group_time(b) &&
           fmin(a->first->last_absent, a->first->first_present) == fmin(b->first->last_absent, b->first->first_present);
}

/* By the end of the bracket, then its beginning, the doubtful last, then the event. */
static bool goes_before(const group *a, const group *b)
{
    if (same_bracket(a, b))
        return a->doubtful != b->doubtful ? b->doubtful : a->first->event < b->first->event;
    if (group_time(a) != group_time(b))
        return group_time(a) < group_time(b);
    return fmin(a->first->last_absent, a->first->first_present) < fmin(b->first->last_absent, b->first->first_present);
}

/* Insertion: groups are few, and equal ones keep their order. */
static void sort_groups(group *groups, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const group g = groups[i];
        size_t k = i;
        for (; k > 0 && goes_before(&g, &groups[k - 1]); k--)
            groups[k] = groups[k - 1];
        groups[k] = g;
    }
}

/* "12 new houses (together about 3 400 m²)", "3 doubtful new structures" */
static void add_group(rv__str *out, const group *g)
{
    static const char *const events[] = { "unchanged ", "new ", "extended ", "replaced ", "vanished ", "" };
    static const rv_structure thing = { .kind = RV_KIND_EXISTING, .likelihood = 1 };
    static const rv_structure ground = { .kind = RV_KIND_EARTHWORKS, .event = RV_EVENT_WORKS, .likelihood = 1 };
    const bool works = g->first->event == RV_EVENT_WORKS;
    const rv__noun noun = rv__words_noun(g->one_noun ? g->first : works ? &ground : &thing);
    rv__str_addf(out, "%zu %s%s%s", g->n, g->doubtful ? "doubtful " : "", events[g->first->event],
                 g->n > 1      ? noun.many
                 : noun.plural ? "area of ground works"
                               : noun.one);
    if (g->measured == g->n && !g->doubtful) {
        rv__str_add(out, g->n > 1 ? " (together about " : " (about ");
        rv__words_number(out, g->area, rv__words_decimals(g->sigma));
        rv__str_addf(out, "%s)", rv__words_unit(g->unit));
    }
}

/* One line a bracket, with all that happened in it. Returns how many groups it took. */
static size_t add_bracket(rv__str *out, const rv__facts *facts, const group *groups, size_t n)
{
    rv__str when = { 0 };
    size_t k = 0;
    rv__words_bracket(&when, facts, groups[0].first);
    rv__sentence_capital(out, &when);
    rv__str_release(&when);
    for (; k < n && same_bracket(&groups[0], &groups[k]); k++) {
        rv__str_add(out, k == 0 ? ": " : ", ");
        add_group(out, &groups[k]);
    }
    rv__str_add(out, ".\n");
    return k;
}

int rv__sentence_groups(rv__str *out, const rv__facts *facts, const size_t *order, size_t n)
{
    group *groups = rv__alloc(n + 1, sizeof *groups);
    size_t used = 0, rest = 0;
    if (!groups)
        return RV_ERR_NOMEM;
    for (size_t i = 0; i < n; i++) {
        const rv_structure *s = &facts->structures.v[order[i]];
        size_t k = 0;
        while (k < used && !same_group(groups[k].first, s))
            k++;
        used += k == used;
        group_add(&groups[k], facts, s);
    }
    sort_groups(groups, used);
    for (size_t k = 0, lines = 0; k < used; lines++)
        if (lines < BRACKETS_MAX)
            k += add_bracket(out, facts, &groups[k], used - k);
        else
            rest += groups[k++].n;
    if (rest) {
        rv__str_add(out, "Later: ");
        rv__sentence_count(out, rest, "change more.\n", "changes more.\n");
    }
    rv__free(groups);
    return RV_OK;
}
