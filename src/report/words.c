/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences. A number is printed with no more digits than its uncertainty allows; a date is the interval between two
 * images, never a day; nothing found is said with what would have been seen. */
#include "report/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/time.h"

#define NBSP "\xC2\xA0"
#define DASH "\xE2\x80\x93"

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
    const double unit = pow(10.0, -decimals);
    const double rounded = decimals < 0 ? round(value / unit) * unit : value;
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

static const char *unit_text(const char *unit)
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

void rv__words_measured(rv__str *out, const rv_measurement *m)
{
    const int decimals = rv__words_decimals(m->sigma);
    rv__words_number(out, m->value, decimals);
    rv__str_addf(out, "%s (95" NBSP "%%: ", unit_text(m->unit));
    rv__words_number(out, m->lo, decimals);
    rv__str_add(out, DASH);
    rv__words_number(out, m->hi, decimals);
    rv__str_add(out, ")");
}

typedef enum precision { PRECISION_NONE, PRECISION_DAY, PRECISION_MONTH, PRECISION_YEAR } precision;

static precision precision_of(const rv_scene_info *scene)
{
    const double days = (scene->t_max - scene->t_min) / 86400.0;
    if (!isfinite(days))
        return PRECISION_NONE;
    return days < 1.5 ? PRECISION_DAY : days < 32 ? PRECISION_MONTH : PRECISION_YEAR;
}

static void add_date(rv__str *out, double t, precision p, bool with_year)
{
    int year, month, day;
    rv__date_of_time(t, &year, &month, &day);
    if (p == PRECISION_DAY)
        rv__str_addf(out, "%d" NBSP "%s", day, months[month - 1]);
    else if (p == PRECISION_MONTH)
        rv__str_add(out, months[month - 1]);
    if (p == PRECISION_YEAR)
        rv__str_addf(out, "%d", year);
    else if (with_year)
        rv__str_addf(out, NBSP "%d", year);
}

void rv__words_scene_date(rv__str *out, const rv_scene_info *scene)
{
    const precision p = precision_of(scene);
    if (p == PRECISION_NONE)
        rv__str_addf(out, "undated image %s", scene->id);
    else
        add_date(out, scene->t_min, p, true);
}

static int year_of(const rv_scene_info *scene)
{
    int year, month, day;
    rv__date_of_time(scene->t_min, &year, &month, &day);
    return year;
}

static void add_between(rv__str *out, const rv_scene_info *a, const rv_scene_info *b)
{
    const precision pa = precision_of(a), pb = precision_of(b);
    if (pa == PRECISION_NONE || pb == PRECISION_NONE) {
        rv__str_addf(out, "between the images %s and %s", a->id, b->id);
        return;
    }
    const bool same_year = pa != PRECISION_YEAR && pb != PRECISION_YEAR && year_of(a) == year_of(b);
    rv__str_add(out, "between ");
    add_date(out, a->t_min, pa, !same_year);
    rv__str_add(out, " and ");
    add_date(out, b->t_min, pb, true);
    rv__str_add(out, " (UTC)");
}

void rv__words_bracket(rv__str *out, const rv__facts *facts, const rv_structure *s)
{
    const rv_scene_info *absent = rv__facts_scene(facts, s->absent_id),
                        *present = rv__facts_scene(facts, s->present_id);
    const bool gone = s->event == RV_EVENT_DEMOLISHED;
    const rv_scene_info *first = gone ? present : absent, *second = gone ? absent : present;
    if (first && second) {
        add_between(out, first, second);
    } else if (second) {
        rv__str_add(out, "before ");
        rv__words_scene_date(out, second);
    } else if (first) {
        rv__str_add(out, "after ");
        rv__words_scene_date(out, first);
    } else
        rv__str_add(out, "at a time that the images do not bound");
}

const char *rv__words_kind(const rv_structure *s)
{
    if (s->likelihood < 0.55)
        return s->event == RV_EVENT_WORKS ? "ground works" : "structure";
    switch (s->kind) {
    case RV_KIND_HALL:
        return "hall";
    case RV_KIND_HOUSE:
        return "house";
    case RV_KIND_TANK:
        return "tank";
    case RV_KIND_HOUSING_CLUSTER:
        return "group of houses";
    case RV_KIND_ROAD:
        return "road";
    case RV_KIND_EARTHWORKS:
    case RV_KIND_PORTAL_WORKS:
        return "ground works";
    default:
        return "structure";
    }
}

static void add_size(rv__str *out, const rv__facts *facts, const rv_structure *s)
{
    const rv_measurement *m = rv__facts_measured(facts, s->id, "area_m2");
    if (!m || !isfinite(m->value))
        m = rv__facts_measured(facts, s->id, "area_px2");
    if (!m || !isfinite(m->value))
        return;
    rv__str_add(out, " of ");
    rv__words_measured(out, m);
}

void rv__words_event(rv__str *out, const rv__facts *facts, const rv_structure *s, size_t number)
{
    static const char *const verbs[] = { "stood", "appeared", "was extended", "was replaced", "disappeared", "began" };
    rv__str when = { 0 };
    rv__words_bracket(&when, facts, s);
    if (when.s && when.s[0] >= 'a' && when.s[0] <= 'z')
        when.s[0] = (char)(when.s[0] - 'a' + 'A');
    const char *kind = rv__words_kind(s);
    const bool plural = strcmp(kind, "ground works") == 0;
    rv__str_addf(out, "%s %s%s", when.s ? when.s : "", plural ? "" : "a ", kind);
    add_size(out, facts, s);
    rv__str_addf(out, " %s (no." NBSP "%zu).", plural && s->event == RV_EVENT_NEW ? "began" : verbs[s->event], number);
    rv__str_release(&when);
}

static void add_count(rv__str *out, size_t n, const char *one, const char *many)
{
    rv__str_addf(out, "%zu %s", n, n == 1 ? one : many);
}

static size_t count_used(const rv__facts *facts)
{
    size_t n = 0;
    for (size_t i = 0; i < facts->transforms.n; i++)
        n += facts->transforms.v[i].trusted != 0;
    return n;
}

static void add_smallest(rv__str *out, const rv__facts *facts)
{
    double least = INFINITY;
    for (size_t i = 0; i < facts->measurements.n; i++) {
        const rv_measurement *m = &facts->measurements.v[i];
        if (strcmp(m->quantity, "area_m2") == 0 && m->value < least)
            least = m->value;
    }
    if (isfinite(least)) {
        rv__str_add(out, " The smallest structure told apart here measures ");
        rv__words_number(out, least, rv__words_decimals(least / 10));
        rv__str_add(out, NBSP "m\xC2\xB2.");
    }
}

void rv__words_summary(rv__str *out, const rv__facts *facts)
{
    size_t *order = rv__alloc(facts->structures.n, sizeof *order);
    if (!order) {
        out->err = RV_ERR_NOMEM;
        return;
    }
    const size_t changes = rv__facts_changes(facts, order), existing = facts->structures.n - changes;
    add_count(out, count_used(facts), "image was compared", "images were compared");
    rv__str_add(out, "; ");
    add_count(out, existing, "structure that stood", "structures that stood");
    rv__str_add(out, " throughout and ");
    add_count(out, changes, "change", "changes");
    rv__str_add(out, changes == 1 ? " was found.\n" : " were found.\n");
    for (size_t i = 0; i < changes; i++) {
        rv__words_event(out, facts, &facts->structures.v[order[i]], i + 1);
        rv__str_add(out, "\n");
    }
    if (changes == 0) {
        rv__str_add(out, "No change was found.");
        add_smallest(out, facts);
        rv__str_add(out, "\n");
    }
    rv__free(order);
}

void rv__words_unseen(rv__str *out, const rv__facts *facts)
{
    for (size_t i = 0; i < facts->scenes.n; i++)
        if (facts->scenes.v[i].state == RV_SCENE_REFUSED)
            rv__str_addf(out, "Image %s was not used: %s.\n", facts->scenes.v[i].id, facts->scenes.v[i].why);
    for (size_t i = 0; i < facts->transforms.n; i++)
        if (!facts->transforms.v[i].trusted)
            rv__str_addf(out, "Image %s was not used: %s.\n", facts->transforms.v[i].scene_id,
                         facts->transforms.v[i].why);
    for (size_t i = 0; i < facts->structures.n; i++) {
        const rv_measurement *m = rv__facts_measured(facts, facts->structures.v[i].id, "area_m2");
        if (m && !isfinite(m->value) && *m->why) {
            rv__str_addf(out, "Areas in square metres are missing: %s.\n", m->why);
            break;
        }
    }
    size_t clouded = 0;
    for (size_t i = 0; i < facts->structures.n; i++)
        clouded += (facts->structures.v[i].flags & RV_FLAG_PARTLY_CLOUDED) != 0;
    if (clouded) {
        add_count(out, clouded, "structure was", "structures were");
        rv__str_add(out, " under cloud or shadow in some images; those images do not bound its dates.\n");
    }
    rv__str_add(
        out,
        "Changes smaller than a few pixels, inside buildings, or undone between two images are not seen at all.\n");
}
