/* SPDX-License-Identifier: Apache-2.0 */
/* Findings of a case: structures of the current detect run in pixels of the reference image, their measurements, the
 * transforms of the current align run, and where its masks lie. */
#include "steps/score_read.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/vec.h"
#include "case/case_internal.h"
#include "geo/ellipsoid.h"

#include <math.h>
#include <string.h>

typedef struct reader {
    rv_case *c;
    rv__score_file *out;
    const rv__frames *frames; /* of the truth */
    int align_run;
} reader;

static rv_quantity quantity_of(const rv_measurement *m)
{
    return (rv_quantity){ m->value, m->sigma, m->lo, m->hi };
}

static int take_measurement(const rv_measurement *m, void *user)
{
    const reader *r = user;
    for (size_t i = 0; i < r->out->things.n; i++) {
        rv__thing *thing = &r->out->things.v[i];
        if (strcmp(thing->id, m->structure_id) != 0)
            continue;
        if (strcmp(m->quantity, "area_m2") == 0)
            thing->area_m2 = quantity_of(m);
        if (strcmp(m->quantity, "height_m") == 0)
            thing->height_m = quantity_of(m);
        if (strcmp(m->quantity, "ratio") == 0) {
            thing->ratio = m->value;
            thing->ratio_lo = m->lo;
            thing->ratio_hi = m->hi;
            rv__text_format(thing->ratio_ref, sizeof thing->ratio_ref, "%s", m->other_id);
        }
    }
    return 0;
}

static int take_structure(const rv_structure *s, void *user)
{
    reader *r = user;
    rv__thing thing;
    int err;
    rv__thing_init(&thing);
    rv__text_format(thing.id, sizeof thing.id, "%s", s->id);
    thing.kind = s->kind;
    thing.event = s->event;
    thing.likelihood = s->likelihood;
    thing.score = s->score;
    thing.nfa = s->nfa;
    thing.works_first = s->works_first;
    thing.complete_last = s->complete_last;
    rv__score_dates(&thing, r->frames, s->date_set);
    thing.date_set_size = s->date_set_size;
    thing.lo = rv__score_bound(&thing.absent, r->frames, s->absent_id, false);
    thing.hi = rv__score_bound(&thing.present, r->frames, s->present_id, true);
    thing.lo = thing.absent < 0 ? s->last_absent : thing.lo;
    thing.hi = thing.present < 0 ? s->first_present : thing.hi;
    if ((err = rv__polygon_to_pixel(&thing.outline, &s->outline, &r->out->grid)) < 0 ||
        (err = RV__PUSH(&r->out->things, thing)) < 0)
        rv__thing_release(&thing);
    return err;
}

static int take_transform(const rv_transform *t, void *user)
{
    reader *r = user;
    rv__frame f = { .time = NAN, .has_map = t->trusted, .trusted = t->trusted, .sigma_px = t->sigma_px };
    char layer[RV_PATH_MAX];
    rv__text_format(f.id, sizeof f.id, "%s", t->scene_id);
    memcpy(f.m, t->m, sizeof f.m);
    memcpy(f.bend, t->bend, sizeof f.bend);
    f.sun_elevation_deg = NAN;
    if (strcmp(t->scene_id, t->reference_id) == 0)
        memcpy(r->out->frames.reference, f.id, sizeof f.id);
    if (t->trusted) {
        int err;
        if ((err = rv__case_mask_name(layer, sizeof layer, r->align_run, t->scene_id)) < 0 ||
            (err = rv__case_path(r->c, f.mask, sizeof f.mask, layer)) < 0)
            return err;
    }
    return RV__PUSH(&r->out->frames, f);
}

static int read_case(reader *r)
{
    int err;
    r->out->masked = true;
    if (rv_case_current_run(r->c, "detect") == 0)
        return rv__fail(RV_ERR_STATE, "nothing was detected yet");
    r->align_run = rv_case_current_run(r->c, "align");
    if ((err = rv__case_grid(r->c, &r->out->grid)) < 0 || (err = rv_case_each_transform(r->c, take_transform, r)) < 0 ||
        (err = rv_case_each_structure(r->c, take_structure, r)) < 0)
        return err;
    return rv_case_each_measurement(r->c, take_measurement, r);
}

int rv__score_case_read(rv__score_file *out, const char *path, const rv__frames *frames)
{
    rv__score_file file = { .path = path };
    reader r = { .out = &file, .frames = frames };
    int err = rv_case_open(&r.c, path);
    if (err < 0)
        return err;
    err = read_case(&r);
    rv_case_close(r.c);
    if (err < 0) {
        rv__score_file_release(&file);
        return rv__subject(err, "%s: ", rv__path_base(path));
    }
    *out = file;
    return RV_OK;
}
