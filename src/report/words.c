/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, dates and names. A number is printed with no more digits than its uncertainty allows; a date with no more than
 * the image's own period; a kind only as surely as its likelihood. */
#include "report/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/time.h"
#include "geo/ellipsoid.h"

#define NBSP RV__NBSP
#define DASH RV__DASH

static const char *const months[] = { "January", "February", "March",     "April",   "May",      "June",
                                      "July",    "August",   "September", "October", "November", "December" };

int rv__words_decimals(double sigma)
{
    if (!(sigma > 0) || !isfinite(sigma))
        return 0;
    const double power = floor(log10(sigma));
    const double lead = sigma / pow(10.0, power);
    const double decimals = -power + (lead < 2.95 ? 1 : 0);
    return (int)fmin(6, fmax(-9, decimals));
}

void rv__words_number(rv__str *out, double value, int decimals)
{
    char digits[64];
    const double unit = pow(10.0, decimals < 0 ? -decimals : decimals);
    const double rounded = decimals < 0 ? round(value / unit) * unit : round(value * unit) / unit;
    rv__str text = { 0 };
    rv__str_fixed(&text, fabs(rounded), decimals > 0 ? decimals : 0);
    snprintf(digits, sizeof digits, "%s", text.s ? text.s : "");
    rv__str_release(&text);
    if (rounded < 0)
        rv__str_add(out, "\xE2\x88\x92");
    const size_t whole = strcspn(digits, ".");
    for (size_t i = 0; digits[i]; i++) {
        if (i > 0 && i < whole && (whole - i) % 3 == 0)
            rv__str_add(out, NBSP);
        rv__str_add_bytes(out, &digits[i], 1);
    }
}

const char *rv__words_unit(const char *unit)
{
    if (strcmp(unit, "m2") == 0)
        return NBSP "m\xC2\xB2";
    if (strcmp(unit, "px2") == 0)
        return NBSP "px\xC2\xB2";
    if (strcmp(unit, "m") == 0)
        return NBSP "m";
    if (strcmp(unit, "px") == 0)
        return NBSP "px";
    return strcmp(unit, "deg") == 0 ? "\xC2\xB0" : "";
}

/* An interval that reaches zero bounds from above alone: "90 m² (0–200)" would say that there may be nothing. */
void rv__words_measured(rv__str *out, const rv_measurement *m)
{
    const int decimals = rv__words_decimals(m->sigma);
    const bool from_zero = m->lo < 0.5 * pow(10.0, -decimals) && strcmp(m->unit, "deg") != 0;
    rv__str_add(out, from_zero ? "up to " : "");
    rv__words_number(out, from_zero ? m->hi : m->value, decimals);
    rv__str_addf(out, "%s (95" NBSP "%%", rv__words_unit(m->unit));
    if (!from_zero) {
        rv__str_add(out, ": ");
        rv__words_number(out, m->lo, decimals);
        rv__str_add(out, DASH);
        rv__words_number(out, m->hi, decimals);
    }
    rv__str_add(out, ")");
}

typedef struct day {
    int y, m, d;
} day;

/* What a period knows, from the finest. */
typedef enum precision { NO_DATE, ONE_DAY, DAYS, ONE_MONTH, MONTHS, ONE_YEAR, YEARS } precision;

static day day_of(double t)
{
    day out;
    rv__date_of_time(t, &out.y, &out.m, &out.d);
    return out;
}

static precision precision_of(const rv_scene_info *scene)
{
    if (!isfinite(scene->t_min) || !isfinite(scene->t_max))
        return NO_DATE;
    const day a = day_of(scene->t_min), b = day_of(scene->t_max);
    if (a.y == b.y && a.m == b.m)
        return a.d == b.d ? ONE_DAY : a.d == 1 && b.d >= 28 ? ONE_MONTH : DAYS;
    if (a.y == b.y)
        return a.m == 1 && b.m == 12 ? ONE_YEAR : MONTHS;
    return a.m == 1 && b.m == 12 ? YEARS : MONTHS;
}

static void add_year(rv__str *out, int year, bool with_year)
{
    if (with_year)
        rv__str_addf(out, NBSP "%d", year);
}

static void add_date(rv__str *out, const rv_scene_info *scene, bool with_year)
{
    const precision p = precision_of(scene);
    if (p == NO_DATE) {
        rv__str_add(out, "undated");
        return;
    }
    const day a = day_of(scene->t_min), b = day_of(scene->t_max);
    switch (p) {
    case NO_DATE:
        break;
    case ONE_DAY:
        rv__str_addf(out, "%d" NBSP "%s", a.d, months[a.m - 1]);
        add_year(out, a.y, with_year);
        break;
    case DAYS:
        rv__str_addf(out, "%d" DASH "%d" NBSP "%s", a.d, b.d, months[a.m - 1]);
        add_year(out, a.y, with_year);
        break;
    case ONE_MONTH:
        rv__str_add(out, months[a.m - 1]);
        add_year(out, a.y, with_year);
        break;
    case MONTHS:
        rv__str_add(out, months[a.m - 1]);
        add_year(out, a.y, a.y != b.y);
        rv__str_addf(out, DASH "%s", months[b.m - 1]);
        add_year(out, b.y, with_year || a.y != b.y);
        break;
    case ONE_YEAR:
        rv__str_addf(out, "%d", a.y);
        break;
    case YEARS:
        rv__str_addf(out, "%d" DASH "%d", a.y, b.y);
        break;
    }
}

void rv__words_scene_date(rv__str *out, const rv_scene_info *scene)
{
    add_date(out, scene, true);
}

/* Whether the year need not be said twice. */
static bool share_year(const rv_scene_info *a, const rv_scene_info *b)
{
    const precision pa = precision_of(a), pb = precision_of(b);
    return pa < ONE_YEAR && pb < ONE_YEAR && day_of(a->t_min).y == day_of(b->t_max).y &&
           day_of(a->t_max).y == day_of(b->t_min).y;
}

/* Only a day depends on the clock it is counted by. */
static const char *zone_of(const rv_scene_info *a, const rv_scene_info *b)
{
    return precision_of(a) == ONE_DAY || precision_of(b) == ONE_DAY ? " (UTC)" : "";
}

static bool same_period(const rv_scene_info *a, const rv_scene_info *b)
{
    return a->t_min == b->t_min && a->t_max == b->t_max;
}

static void add_between(rv__str *out, const rv_scene_info *a, const rv_scene_info *b)
{
    if (precision_of(a) == NO_DATE || precision_of(b) == NO_DATE) {
        rv__str_addf(out, "between the images %s and %s", a->id, b->id);
    } else if (same_period(a, b)) {
        rv__str_add(out, precision_of(a) == ONE_DAY ? "on " : "in ");
        add_date(out, a, true);
        rv__str_addf(out, "%s, between the images %s and %s", zone_of(a, b), a->id, b->id);
    } else {
        rv__str_add(out, "between ");
        add_date(out, a, !share_year(a, b));
        rv__str_add(out, " and ");
        add_date(out, b, true);
        rv__str_add(out, zone_of(a, b));
    }
}

static void add_one_side(rv__str *out, const char *word, const rv_scene_info *scene)
{
    if (precision_of(scene) == NO_DATE) {
        rv__str_addf(out, "%s the image %s", word, scene->id);
        return;
    }
    rv__str_addf(out, "%s ", word);
    add_date(out, scene, true);
    rv__str_add(out, zone_of(scene, scene));
}

void rv__words_bracket(rv__str *out, const rv__facts *facts, const rv_structure *s)
{
    const rv_scene_info *first, *second;
    rv__facts_bracket(facts, s, &first, &second);
    if (first && second)
        add_between(out, first, second);
    else if (second)
        add_one_side(out, "before", second);
    else if (first)
        add_one_side(out, "after", first);
    else
        rv__str_add(out, "at a time that the images do not bound");
}

void rv__words_span(rv__str *out, const rv__facts *facts)
{
    const rv_scene_info *first = NULL, *last = NULL;
    for (size_t i = 0; i < facts->scenes.n; i++) {
        const rv_scene_info *s = &facts->scenes.v[i];
        if (!rv__facts_used(facts, s->id) || precision_of(s) == NO_DATE)
            continue;
        first = !first || s->t_min < first->t_min ? s : first;
        last = !last || s->t_max > last->t_max ? s : last;
    }
    if (!first)
        return;
    if (same_period(first, last)) {
        add_date(out, first, true);
        return;
    }
    add_date(out, first, !share_year(first, last));
    rv__str_add(out, " to ");
    add_date(out, last, true);
}

/* Nouns by kind; those of ground and water never fall back to "structure". */
rv__noun rv__words_noun(const rv_structure *s)
{
    static const rv__noun nouns[] = {
        [RV_KIND_EXISTING] = { "structure", "structures", "", false, false },
        [RV_KIND_HALL] = { "hall", "halls", "", false, false },
        [RV_KIND_HOUSE] = { "house", "houses", "", false, false },
        [RV_KIND_BUILDING] = { "building", "buildings", "", false, false },
        [RV_KIND_TANK] = { "tank", "tanks", "", false, false },
        [RV_KIND_HOUSING_CLUSTER] = { "group of houses", "groups of houses", "", false, false },
        [RV_KIND_ROAD] = { "road", "roads", "", false, false },
        [RV_KIND_EARTHWORKS] = { "ground works", "areas of ground works", "", true, false },
        [RV_KIND_PORTAL_WORKS] = { "works at a portal", "areas of works at portals", "", true, false },
        [RV_KIND_SPOIL] = { "spoil heap", "spoil heaps", "", false, false },
        [RV_KIND_VEGETATION] = { "patch of vegetation", "patches of vegetation", "", false, false },
        [RV_KIND_TEMPORARY] = { "temporary structure", "temporary structures", "", false, false },
        [RV_KIND_WATER] = { "water surface", "water surfaces", "", false, false },
        [RV_KIND_OTHER] = { "change of the ground", "changes of the ground", "", false, false },
    };
    rv__noun noun = nouns[s->kind];
    if (s->likelihood >= 0.8)
        return noun;
    const bool built = s->kind <= RV_KIND_HOUSING_CLUSTER || s->kind == RV_KIND_TEMPORARY;
    rv__noun unsure = built ? nouns[RV_KIND_EXISTING] : nouns[RV_KIND_OTHER];
    if (s->event == RV_EVENT_WORKS)
        unsure = nouns[RV_KIND_EARTHWORKS];
    unsure.maybe = s->likelihood >= 0.55 && strcmp(unsure.one, noun.one) != 0 ? noun.one : "";
    unsure.maybe_plural = noun.plural;
    return unsure;
}

void rv__words_kind(rv__str *out, const rv_structure *s)
{
    const rv__noun noun = rv__words_noun(s);
    rv__str_add(out, noun.one);
    if (*noun.maybe)
        rv__str_addf(out, ", probably %s%s", noun.maybe_plural ? "" : "a ", noun.maybe);
}

void rv__words_what(rv__str *out, const rv_structure *s)
{
    static const char *const events[] = { "", "new ", "extended ", "replaced ", "vanished ", "" };
    rv__str_add(out, rv__words_noun(s).plural ? "" : events[s->event]);
    rv__words_kind(out, s);
    if (s->event != RV_EVENT_NONE && rv__facts_doubtful(s))
        rv__str_add(out, " (doubtful)");
    if (*s->name)
        rv__str_addf(out, " (%s)", s->name);
}

void rv__words_place(rv__str *out, const rv__facts *facts, const rv_structure *s)
{
    const rv_grid *grid = rv_stack_grid(facts->stack);
    double lon, lat, col_m = 1.0, row_m = 1.0;
    if (!grid->crs[0]) {
        rv__words_number(out, s->x, 0);
        rv__str_add(out, ", ");
        rv__words_number(out, fabs(s->y), 0);
        rv__str_add(out, rv__words_unit("px"));
        return;
    }
    if (rv__point_lonlat(&lon, &lat, (rv_point){ s->x, s->y }, grid) < 0)
        return;
    /* 1e-5 degrees is a metre: a digit more than the pixels carry would be false. */
    const int decimals = rv_grid_pixel_size_m(grid, &col_m, &row_m) == RV_OK && row_m > 8 ? 4 : 5;
    rv__str_fixed(out, fabs(lat), decimals);
    rv__str_addf(out, "\xC2\xB0" NBSP "%c, ", lat < 0 ? 'S' : 'N');
    rv__str_fixed(out, fabs(lon), decimals);
    rv__str_addf(out, "\xC2\xB0" NBSP "%c", lon < 0 ? 'W' : 'E');
}
