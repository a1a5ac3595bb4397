/* SPDX-License-Identifier: Apache-2.0 */
/* Structures, events and the site's places: the words of the interchange format, described rows, growing and freeing
 * lists. Outlines are owned by their struct and are no described fields: tables store them as WKB beside the row. */
#include <revisit/structure.h>

#include "base/mem.h"
#include "base/vec.h"
#include "model/structure_list.h"

#include <math.h>
#include <string.h>

static const char *const kind_names[] = { "existing",        "hall",      "house",      "building",     "tank",
                                          "housing_cluster", "road",      "earthworks", "portal_works", "spoil",
                                          "vegetation",      "temporary", "water",      "other",        NULL };
static const char *const event_names[] = { "none", "new", "extended", "replaced", "demolished", "works", NULL };
static const char *const role_names[] = { "aoi", "poi", "reference", "exclude", NULL };

static const rv_structure structure_defaults = { .kind = RV_KIND_OTHER,
                                                 .likelihood = NAN,
                                                 .score = NAN,
                                                 .nfa = NAN,
                                                 .last_absent = -INFINITY,
                                                 .first_present = INFINITY,
                                                 .works_first = -INFINITY,
                                                 .complete_last = INFINITY,
                                                 .works_seen = INFINITY,
                                                 .step_sd = NAN };

static const rv_field structure_rows[] = {
    RV_TEXT(rv_structure, id, "stable name, from north to south, then west to east"),
    RV_ENUM(rv_structure, kind, kind_names, "what it is"),
    RV_ENUM(rv_structure, event, event_names, "what happened to it"),
    RV_DOUBLE(rv_structure, likelihood, 0, 1, "", "of kind"),
    RV_TEXT(rv_structure, alternatives, "other kinds it may be and their likelihoods, joined by /"),
    RV_DOUBLE(rv_structure, score, -1e300, 1e300, "", "rank within the run, larger is surer"),
    RV_DOUBLE(rv_structure, nfa, 0, 1e300, "", "expected number of false alarms at this score or above"),
    RV_TIME(rv_structure, last_absent, "not there yet, or still there for a demolition, at this time"),
    RV_TIME(rv_structure, first_present, "the change is complete at this time"),
    RV_TIME(rv_structure, works_first, "start of the works phase"),
    RV_TIME(rv_structure, complete_last, "end of the works phase"),
    RV_TIME(rv_structure, works_seen, "the works had begun by this time"),
    RV_TEXT(rv_structure, absent_id, "scene that bounds the bracket from below"),
    RV_TEXT(rv_structure, present_id, "scene that bounds the bracket from above"),
    RV_INT(rv_structure, date_set_size, 0, 256, "brackets", "that hold the event with 90 %"),
    RV_TEXT(rv_structure, date_set, "their intervals, first and last scene of each, joined by /"),
    RV_DOUBLE(rv_structure, step_sd, -1e300, 1e300, "sd", "size of the step in time"),
    RV_DOUBLE(rv_structure, x, -1e300, 1e300, "", "representative point inside, map coordinate"),
    RV_DOUBLE(rv_structure, y, -1e300, 1e300, "", "representative point inside, map coordinate"),
    RV_INT(rv_structure, flags, 0, 65535, "", "sum of RV_FLAG values"),
    RV_TEXT(rv_structure, name, "given by the analyst"),
};

static const rv_smallest smallest_defaults = {
    .kind = RV_KIND_HOUSE, .area_m2 = NAN, .lo_m2 = NAN, .hi_m2 = NAN, .share = NAN
};

static const rv_field smallest_rows[] = {
    RV_ENUM(rv_smallest, kind, kind_names, "house: compact; hall: up to three times as long as wide"),
    RV_TEXT(rv_smallest, absent_id, "the earlier image"),
    RV_TEXT(rv_smallest, present_id, "the later image"),
    RV_DOUBLE(rv_smallest, area_m2, 0, 1e9, "m2", "smallest area that would have been seen; unknown: not observable"),
    RV_DOUBLE(rv_smallest, lo_m2, 0, 1e9, "m2", "lower end of its 95 % interval"),
    RV_DOUBLE(rv_smallest, hi_m2, 0, 1e9, "m2", "upper end of its 95 % interval"),
    RV_DOUBLE(rv_smallest, share, 0, 1, "", "share of such things that would have been seen"),
    RV_INT(rv_smallest, planted, 0, 2147483647, "", "made-up roofs laid into these images"),
    RV_INT(rv_smallest, seen, 0, 2147483647, "", "how many of them were found"),
};

static const rv_place place_defaults = { .radius_m = NAN };

static const rv_field place_rows[] = {
    RV_ENUM(rv_place, role, role_names, "what the feature is for"),
    RV_TEXT(rv_place, id, "id that the analyst gave it"),
    RV_TEXT(rv_place, name, "name of the place"),
    RV_TEXT(rv_place, kind, "what stands there"),
    RV_TEXT(rv_place, note, "remark of the analyst"),
    RV_DOUBLE(rv_place, radius_m, 0, 1e6, "m", "reach of a point of interest"),
};

const char *const *rv_kind_names(void)
{
    return kind_names;
}

const char *const *rv_event_names(void)
{
    return event_names;
}

const rv_fields *rv_structure_fields(void)
{
    static const rv_fields fields = { "structure", sizeof(rv_structure), &structure_defaults, structure_rows,
                                      sizeof structure_rows / sizeof *structure_rows };
    return &fields;
}

const rv_fields *rv_smallest_fields(void)
{
    static const rv_fields fields = { "smallest", sizeof(rv_smallest), &smallest_defaults, smallest_rows,
                                      sizeof smallest_rows / sizeof *smallest_rows };
    return &fields;
}

const rv_fields *rv_place_fields(void)
{
    static const rv_fields fields = { "place", sizeof(rv_place), &place_defaults, place_rows,
                                      sizeof place_rows / sizeof *place_rows };
    return &fields;
}

void rv_structures_release(rv_structures *structures)
{
    for (size_t i = 0; i < structures->n; i++)
        rv_polygon_release(&structures->v[i].outline);
    rv__free(structures->v);
    *structures = (rv_structures){ 0 };
}

void rv__structures_drop(rv_structures *structures, size_t i)
{
    rv_polygon_release(&structures->v[i].outline);
    memmove(&structures->v[i], &structures->v[i + 1], (structures->n - i - 1) * sizeof *structures->v);
    structures->n--;
}

int rv_structures_add(rv_structures *structures, const rv_structure *structure)
{
    /* Copied before the list grows: structure may be an element of the very list. */
    rv_structure copy = *structure;
    copy.outline = (rv_polygon){ 0 };
    int err;
    if ((err = rv_polygon_copy(&copy.outline, &structure->outline)) < 0)
        return err;
    if ((err = RV__PUSH(structures, copy)) < 0)
        rv_polygon_release(&copy.outline);
    return err;
}
