/* SPDX-License-Identifier: Apache-2.0 */
/* Join structures, measurements and ratios to findings. Nothing is computed here but words: the numbers are those of the
 * measure run, and what is unknown stays unknown with its reason. */
#include "exchange/findings.h"

#include "base/mem.h"
#include "base/vec.h"
#include "case/case_internal.h"
#include "geo/ellipsoid.h"
#include "geo/polygon.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef RV__VEC(rv_measurement) measurement_list;

static const rv__finding finding_defaults = {
    .likelihood = NAN,
    .score = NAN,
    .nfa = NAN,
    .area_m2 = NAN,
    .area_lo_m2 = NAN,
    .area_hi_m2 = NAN,
    .wall_area_m2 = NAN,
    .wall_area_lo_m2 = NAN,
    .wall_area_hi_m2 = NAN,
    .area_px2 = NAN,
    .area_lo_px2 = NAN,
    .area_hi_px2 = NAN,
    .length_m = NAN,
    .length_lo_m = NAN,
    .length_hi_m = NAN,
    .width_m = NAN,
    .width_lo_m = NAN,
    .width_hi_m = NAN,
    .perimeter_m = NAN,
    .orientation_deg = NAN,
    .height_m = NAN,
    .height_lo_m = NAN,
    .height_hi_m = NAN,
    .ratio = NAN,
    .ratio_lo = NAN,
    .ratio_hi = NAN,
};

#define AREA_MAX 1e15
#define LENGTH_MAX 1e9

static const rv_field finding_rows[] = {
    RV_TEXT(rv__finding, id, "stable name"),
    RV_TEXT(rv__finding, name, "given by the analyst"),
    RV_TEXT(rv__finding, kind, "what it is"),
    RV_TEXT(rv__finding, event, "what happened to it"),
    RV_DOUBLE(rv__finding, likelihood, 0, 1, "", "of kind"),
    RV_DOUBLE(rv__finding, score, -1e300, 1e300, "", "rank, larger is surer"),
    RV_DOUBLE(rv__finding, nfa, 0, 1e300, "", "expected number of false alarms"),
    RV_DOUBLE(rv__finding, area_m2, 0, AREA_MAX, "m2", "area of the roof outline"),
    RV_DOUBLE(rv__finding, area_lo_m2, 0, AREA_MAX, "m2", "lower end of its 95 % interval"),
    RV_DOUBLE(rv__finding, area_hi_m2, 0, AREA_MAX, "m2", "upper end of its 95 % interval"),
    RV_DOUBLE(rv__finding, wall_area_m2, 0, AREA_MAX, "m2", "area within the walls, where eaves are modelled"),
    RV_DOUBLE(rv__finding, wall_area_lo_m2, 0, AREA_MAX, "m2", "lower end of its 95 % interval"),
    RV_DOUBLE(rv__finding, wall_area_hi_m2, 0, AREA_MAX, "m2", "upper end of its 95 % interval"),
    RV_TEXT(rv__finding, why_no_area, "reason where there is no area"),
    RV_DOUBLE(rv__finding, area_px2, 0, AREA_MAX, "px2", "area in pixels of the reference image"),
    RV_DOUBLE(rv__finding, area_lo_px2, 0, AREA_MAX, "px2", "lower end of its 95 % interval"),
    RV_DOUBLE(rv__finding, area_hi_px2, 0, AREA_MAX, "px2", "upper end of its 95 % interval"),
    RV_DOUBLE(rv__finding, length_m, 0, LENGTH_MAX, "m", "long side"),
    RV_DOUBLE(rv__finding, length_lo_m, 0, LENGTH_MAX, "m", "lower end of its 95 % interval"),
    RV_DOUBLE(rv__finding, length_hi_m, 0, LENGTH_MAX, "m", "upper end of its 95 % interval"),
    RV_DOUBLE(rv__finding, width_m, 0, LENGTH_MAX, "m", "short side"),
    RV_DOUBLE(rv__finding, width_lo_m, 0, LENGTH_MAX, "m", "lower end of its 95 % interval"),
    RV_DOUBLE(rv__finding, width_hi_m, 0, LENGTH_MAX, "m", "upper end of its 95 % interval"),
    RV_DOUBLE(rv__finding, perimeter_m, 0, LENGTH_MAX, "m", "length of the outline"),
    RV_DOUBLE(rv__finding, orientation_deg, -360, 360, "deg", "of the long side, clockwise from north"),
    RV_DOUBLE(rv__finding, height_m, 0, LENGTH_MAX, "m", "height above the ground"),
    RV_DOUBLE(rv__finding, height_lo_m, 0, LENGTH_MAX, "m", "lower end of its 95 % interval"),
    RV_DOUBLE(rv__finding, height_hi_m, 0, LENGTH_MAX, "m", "upper end of its 95 % interval"),
    RV_TEXT(rv__finding, last_absent, "date, or image, up to which it was not there"),
    RV_TEXT(rv__finding, first_present, "date, or image, from which it is there"),
    RV_TEXT(rv__finding, works_first, "earliest start of the works"),
    RV_TEXT(rv__finding, works_seen, "the works had begun by then"),
    RV_TEXT(rv__finding, complete_last, "latest end of the works"),
    RV_TEXT(rv__finding, date_set, "intervals by images that together hold the event with 90 %"),
    RV_INT(rv__finding, date_set_size, 0, 256, "", "brackets in them"),
    RV_TEXT(rv__finding, ratio_ref, "structure it is compared with"),
    RV_DOUBLE(rv__finding, ratio, 0, 1e300, "", "its area over that one's"),
    RV_DOUBLE(rv__finding, ratio_lo, 0, 1e300, "", "lower end of the 95 % interval"),
    RV_DOUBLE(rv__finding, ratio_hi, 0, 1e300, "", "upper end of the 95 % interval"),
    RV_TEXT(rv__finding, ratio_verdict, "the comparison in words"),
};

/* Which measurement goes where: value, then the ends of its interval. */
typedef struct slot {
    const char *quantity;
    size_t value, lo, hi;
} slot;

#define SLOT(quantity, base, unit)                                                           \
    {                                                                                        \
        quantity, offsetof(rv__finding, base##unit), offsetof(rv__finding, base##_lo##unit), \
            offsetof(rv__finding, base##_hi##unit)                                           \
    }
static const slot slots[] = {
    SLOT("area_m2", area, _m2),
    SLOT("wall_area_m2", wall_area, _m2),
    SLOT("area_px2", area, _px2),
    SLOT("length_m", length, _m),
    SLOT("width_m", width, _m),
    SLOT("height_m", height, _m),
    { "perimeter_m", offsetof(rv__finding, perimeter_m), 0, 0 },
    { "orientation_deg", offsetof(rv__finding, orientation_deg), 0, 0 },
};
enum { N_SLOTS = sizeof slots / sizeof *slots };

typedef struct loader {
    rv__findings findings;
    measurement_list measured;
    bool measured_at_all;
    rv_grid grid;
} loader;

static const struct {
    int flag;
    const char *word;
} flag_words[] = { { RV_FLAG_DARK_ROOF, "dark_roof" },
                   { RV_FLAG_PARTLY_CLOUDED, "partly_clouded" },
                   { RV_FLAG_EDGE_OF_IMAGE, "edge_of_image" },
                   { RV_FLAG_LOW_CONTRAST, "low_contrast" },
                   { RV_FLAG_ANALYST, "analyst" },
                   { RV_FLAG_POOR_FIT, "poor_fit" } };

const char *rv__flag_next(int flags, size_t *i)
{
    for (; *i < sizeof flag_words / sizeof *flag_words; (*i)++)
        if (flags & flag_words[*i].flag)
            return flag_words[(*i)++].word;
    return NULL;
}

static void put_number(rv__finding *f, size_t offset, double value)
{
    memcpy((char *)f + offset, &value, sizeof value);
}

static void copy_text(char *out, size_t size, const char *text)
{
    const size_t n = strlen(text) < size ? strlen(text) : size - 1;
    memcpy(out, text, n);
    out[n] = '\0';
}

/* A date where the images have one, else the image that bounds the bracket. */
static void bound_text(char out[RV_ID_MAX], double t, const char *image_id)
{
    char date[RV_TIME_TEXT_MAX];
    rv_date_text(date, t);
    copy_text(out, RV_ID_MAX, date[0] ? date : image_id);
}

static void take_measurement(rv__finding *f, const rv_measurement *m)
{
    for (size_t i = 0; i < N_SLOTS; i++)
        if (strcmp(m->quantity, slots[i].quantity) == 0) {
            put_number(f, slots[i].value, m->value);
            if (slots[i].lo) {
                put_number(f, slots[i].lo, m->lo);
                put_number(f, slots[i].hi, m->hi);
            }
        }
    if (strcmp(m->quantity, "area_m2") == 0 && !isfinite(m->value))
        copy_text(f->why_no_area, sizeof f->why_no_area, m->why);
    if (strcmp(m->quantity, "ratio") == 0 && isnan(m->value))
        copy_text(f->ratio_verdict, sizeof f->ratio_verdict, "not observable");
    if (strcmp(m->quantity, "ratio") == 0 && isfinite(m->value)) {
        copy_text(f->ratio_ref, sizeof f->ratio_ref, m->other_id);
        f->ratio = m->value;
        f->ratio_lo = m->lo;
        f->ratio_hi = m->hi;
        rv__ratio_verdict(f->ratio_verdict, sizeof f->ratio_verdict, m->lo, m->hi);
    }
}

static void take_flags(rv__finding *f, int flags)
{
    size_t i = 0, n = 0;
    f->flags = flags;
    for (const char *word; (word = rv__flag_next(flags, &i)) && n < sizeof f->flag_text;)
        n += (size_t)snprintf(f->flag_text + n, sizeof f->flag_text - n, "%s%s", n ? "," : "", word);
}

static void take_structure(rv__finding *f, const rv_structure *s)
{
    *f = finding_defaults;
    copy_text(f->id, sizeof f->id, s->id);
    copy_text(f->name, sizeof f->name, s->name);
    copy_text(f->kind, sizeof f->kind, rv_kind_names()[s->kind]);
    copy_text(f->event, sizeof f->event, rv_event_names()[s->event]);
    f->likelihood = s->likelihood;
    copy_text(f->alternatives, sizeof f->alternatives, s->alternatives);
    f->score = s->score;
    f->nfa = s->nfa;
    bound_text(f->last_absent, s->last_absent, s->absent_id);
    bound_text(f->first_present, s->first_present, s->present_id);
    rv_date_text(f->works_first, s->works_first);
    rv_date_text(f->works_seen, s->works_seen);
    rv_date_text(f->complete_last, s->complete_last);
    copy_text(f->date_set, sizeof f->date_set, s->date_set);
    f->date_set_size = s->date_set_size;
    copy_text(f->absent_id, sizeof f->absent_id, s->absent_id);
    copy_text(f->present_id, sizeof f->present_id, s->present_id);
    take_flags(f, s->flags);
}

static int push_measurement(const rv_measurement *row, void *user)
{
    loader *l = user;
    return RV__PUSH(&l->measured, *row);
}

static int push_finding(const rv_structure *row, void *user)
{
    loader *l = user;
    rv__finding f;
    int err;
    take_structure(&f, row);
    for (size_t i = 0; i < l->measured.n; i++)
        if (strcmp(l->measured.v[i].structure_id, row->id) == 0)
            take_measurement(&f, &l->measured.v[i]);
    if (isnan(f.area_m2) && !f.why_no_area[0])
        copy_text(f.why_no_area, sizeof f.why_no_area,
                  l->measured_at_all ? "no area was measured" : "not measured yet");
    if ((err = rv__polygon_lonlat(&f.outline, &row->outline, &l->grid)) < 0)
        return rv__subject(err, "structure %s: ", row->id);
    rv__polygon_orient(&f.outline, true);
    if ((err = RV__PUSH(&l->findings, f)) < 0)
        rv_polygon_release(&f.outline);
    return err;
}

const rv_fields *rv__finding_fields(void)
{
    static const rv_fields fields = { "finding", sizeof(rv__finding), &finding_defaults, finding_rows,
                                      sizeof finding_rows / sizeof *finding_rows };
    return &fields;
}

int rv__findings_load(rv__findings *out, rv_case *c)
{
    loader l = { .measured_at_all = rv_case_current_run(c, "measure") > 0 };
    int err;
    if (rv_case_current_run(c, "detect") == 0)
        return rv__fail(RV_ERR_STATE, "nothing was detected yet");
    if ((err = rv__case_grid(c, &l.grid)) < 0 || (err = rv_case_each_measurement(c, push_measurement, &l)) < 0 ||
        (err = rv_case_each_structure(c, push_finding, &l)) < 0)
        rv__findings_release(&l.findings);
    rv__free(l.measured.v);
    if (err < 0)
        return err;
    l.findings.crs_less = !l.grid.crs[0];
    *out = l.findings;
    return RV_OK;
}

void rv__findings_release(rv__findings *findings)
{
    for (size_t i = 0; i < findings->n; i++)
        rv_polygon_release(&findings->v[i].outline);
    rv__free(findings->v);
    *findings = (rv__findings){ 0 };
}

/* Ends are rounded outwards, so that the words never claim more than the numbers; the slack takes back what 1.55 - 1 is
 * above .55 in binary. */
void rv__ratio_verdict(char *out, size_t size, double lo, double hi)
{
    const double slack = 1e-9;
    if (!(lo > 0) || !isfinite(hi))
        copy_text(out, size, "");
    else if (lo >= 2)
        snprintf(out, size, "between %d.%d and %d.%d times as large", (int)floor(lo + slack),
                 (int)floor(10 * lo + slack) % 10, (int)(ceil(10 * hi - slack) / 10), (int)ceil(10 * hi - slack) % 10);
    else if (lo >= 1)
        snprintf(out, size, "between %d and %d %% larger", (int)floor(100 * (lo - 1) + slack),
                 (int)ceil(100 * (hi - 1) - slack));
    else if (hi <= 1)
        snprintf(out, size, "between %d and %d %% smaller", (int)floor(100 * (1 - hi) + slack),
                 (int)ceil(100 * (1 - lo) - slack));
    else
        snprintf(out, size, "between %d %% smaller and %d %% larger", (int)ceil(100 * (1 - lo) - slack),
                 (int)ceil(100 * (hi - 1) - slack));
}
