/* SPDX-License-Identifier: Apache-2.0 */
/* What findings are to one another: parts of a building that stood, houses of one estate. */
#include "base/text.h"
#include "detect/estates.h"
#include "detect/extend.h"
#include "geo/geos.h"
#include "geo/polygon.h"
#include "lib/oom.h"
#include "lib/test.h"

static const double PX = 3;

/* A rectangle of half sides about a place, in a frame turned by an angle. */
typedef struct box {
    double x, y, half[2];
} box;

static void add(rv_structures *list, box b, double angle, int kind, int event)
{
    const double c = cos(angle), s = sin(angle);
    rv_structure one = { .kind = kind, .event = event, .likelihood = .8, .nfa = .1, .score = 5, .step_sd = NAN };
    rv_point p[4];
    for (int k = 0; k < 4; k++) {
        const double u = b.x + (k == 1 || k == 2 ? b.half[0] : -b.half[0]), v = b.y + (k > 1 ? b.half[1] : -b.half[1]);
        p[k] = (rv_point){ c * u - s * v, s * u + c * v };
    }
    CHECK_FAILS(RV_OK, rv__polygon_ring(&one.outline, p, 4));
    one.x = c * b.x - s * b.y;
    one.y = s * b.x + c * b.y;
    one.last_absent = (double)list->n * 1e6;
    one.first_present = one.last_absent + 1e6;
    one.works_first = -INFINITY;
    one.works_seen = one.complete_last = INFINITY;
    snprintf(one.absent_id, sizeof one.absent_id, "a%zu", list->n);
    snprintf(one.present_id, sizeof one.present_id, "b%zu", list->n);
    if (kind == RV_KIND_EXISTING)
        snprintf(one.alternatives, sizeof one.alternatives, "hall 0.71/building 0.12");
    CHECK_FAILS(RV_OK, rv_structures_add(list, &one));
    rv_polygon_release(&one.outline);
}

TEST(a_part_as_wide_as_the_hall_that_it_touches_extends_it)
{
    for (int turn = 0; turn < 8; turn++) {
        rv_structures list = { 0 };
        add(&list, (box){ 0, 0, { 40, 20 } }, .4 * turn, RV_KIND_EXISTING, RV_EVENT_NONE);
        add(&list, (box){ 55, 1, { 15, 19 } }, .4 * turn, RV_KIND_BUILDING, RV_EVENT_NEW);
        CHECK_FAILS(RV_OK, rv__extend(&list, PX));
        CHECK(list.n == 1 && list.v[0].event == RV_EVENT_EXTENDED && list.v[0].kind == RV_KIND_HALL);
        CHECK_NEAR(rv_polygon_area(&list.v[0].outline), 80 * 40 + 30 * 38 + 30, 40); /* the hull fills the step */
        CHECK(strcmp(list.v[0].absent_id, "a1") == 0 && list.v[0].first_present == 2e6);
        rv_structures_release(&list);
    }
}

TEST(what_stands_apart_is_wider_or_larger_or_touches_what_is_new_is_no_extension)
{
    static const box other[] = { { 65, 0, { 15, 20 } },  /* a lane of 10 m between them */
                                 { 55, 30, { 15, 20 } }, /* moved along the side */
                                 { 55, 0, { 15, 35 } },  /* wider */
                                 { 100, 0, { 60, 20 } } /* larger than the hall */ };
    for (size_t k = 0; k < sizeof other / sizeof *other; k++) {
        rv_structures list = { 0 };
        add(&list, (box){ 0, 0, { 40, 20 } }, .3, RV_KIND_EXISTING, RV_EVENT_NONE);
        add(&list, other[k], .3, RV_KIND_BUILDING, RV_EVENT_NEW);
        CHECK_FAILS(RV_OK, rv__extend(&list, PX));
        CHECK(list.n == 2 && list.v[0].event == RV_EVENT_NONE && list.v[1].event == RV_EVENT_NEW);
        rv_structures_release(&list);
    }
    rv_structures fresh = { 0 };
    add(&fresh, (box){ 0, 0, { 40, 20 } }, 0, RV_KIND_HALL, RV_EVENT_NEW);
    add(&fresh, (box){ 55, 0, { 15, 20 } }, 0, RV_KIND_BUILDING, RV_EVENT_NEW);
    add(&fresh, (box){ -55, 0, { 15, 20 } }, 0, RV_KIND_SPOIL, RV_EVENT_WORKS);
    CHECK_FAILS(RV_OK, rv__extend(&fresh, PX));
    CHECK(fresh.n == 3);
    rv_structures_release(&fresh);
}

/* Rows of houses 12 m wide, 22 m from middle to middle. */
static void add_row(rv_structures *list, double x, int n, int event)
{
    for (int k = 0; k < n; k++)
        add(list, (box){ x + 22 * k, 0, { 6, 6 } }, .2, RV_KIND_HOUSE, event);
}

TEST(four_new_houses_in_reach_of_one_another_are_a_cluster_from_the_first_to_the_last)
{
    rv_structures list = { 0 };
    add_row(&list, 0, 5, RV_EVENT_NEW);
    add_row(&list, 400, 3, RV_EVENT_NEW);
    add_row(&list, 800, 6, RV_EVENT_NONE);
    add(&list, (box){ -20, 0, { 6, 6 } }, .2, RV_KIND_TANK, RV_EVENT_NEW);
    const size_t n = list.n;
    CHECK_FAILS(RV_OK, rv__estates_add(&list, PX));
    CHECK(list.n == n + 1);
    const rv_structure *c = &list.v[n];
    CHECK(c->kind == RV_KIND_HOUSING_CLUSTER && c->event == RV_EVENT_NEW && !c->id[0]);
    CHECK_NEAR(rv_polygon_area(&c->outline), (4 * 22 + 12) * 12, 1e-6);
    CHECK_NEAR(c->likelihood, .8, 1e-9);
    CHECK(strcmp(c->absent_id, "a0") == 0 && strcmp(c->present_id, "b4") == 0);
    CHECK(c->last_absent == 0 && c->first_present == 5e6);
    rv_structures_release(&list);
}

static int copy_and_group(void *user)
{
    const rv_structures *from = user;
    rv_structures list = { 0 };
    int err = RV_OK;
    for (size_t i = 0; err == RV_OK && i < from->n; i++)
        err = rv_structures_add(&list, &from->v[i]);
    err = err ? err : rv__extend(&list, PX);
    err = err ? err : rv__estates_add(&list, PX);
    rv_structures_release(&list);
    return err;
}

TEST(joining_and_grouping_survive_any_failed_allocation)
{
    rv_structures list = { 0 };
    add_row(&list, 0, 5, RV_EVENT_NEW);
    add(&list, (box){ 400, 0, { 40, 20 } }, 0, RV_KIND_EXISTING, RV_EVENT_NONE);
    add(&list, (box){ 455, 0, { 15, 20 } }, 0, RV_KIND_BUILDING, RV_EVENT_NEW);
    CHECK_SURVIVES_OOM(copy_and_group, &list);
    rv_structures_release(&list);
}

TESTS(RUN(a_part_as_wide_as_the_hall_that_it_touches_extends_it),
      RUN(what_stands_apart_is_wider_or_larger_or_touches_what_is_new_is_no_extension),
      RUN(four_new_houses_in_reach_of_one_another_are_a_cluster_from_the_first_to_the_last),
      RUN(joining_and_grouping_survive_any_failed_allocation))
