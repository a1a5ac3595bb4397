/* SPDX-License-Identifier: Apache-2.0 */
/* Outlines somebody gave: each is listed under its id with what its own series shows. */
#include <revisit/detect.h>

#include "geo/polygon.h"
#include "detect/noisy.h"

enum { SIDE = 80 };

/* A block [col0, col1) x [row0, row1) that stands in scenes [from, to). */
typedef struct block {
    int col0, row0, col1, row1, from, to, light;
} block;

static const block blocks[] = {
    { 10, 10, 22, 18, 0, 99, 2000 }, /* stands */
    { 40, 12, 54, 22, 4, 99, 2200 }, /* comes */
    { 12, 44, 24, 56, 0, 5, 1900 },  /* goes */
    { 44, 46, 56, 56, 0, 4, 2000 },  /* is painted: dark from scene 4 on, see draw */
};
enum { STANDS, COMES, GOES, PAINTED, EMPTY, OUTSIDE, PLACES };

static double light_at(int t, int col, int row, const void *user)
{
    double light = 1000;
    (void)user;
    for (int b = 0; b < 4; b++)
        if (col >= blocks[b].col0 && col < blocks[b].col1 && row >= blocks[b].row0 && row < blocks[b].row1)
            light = t >= blocks[b].from && t < blocks[b].to ? blocks[b].light : b == PAINTED ? 500 : light;
    return light;
}

static void draw(drawn *d, int n)
{
    noisy_draw(d, &(noisy){ SIDE, n, 15, 25, light_at, NULL });
}

/* box: col0, row0, col1, row1 */
static void give(rv_place *p, const char *id, const char *name, const double box[4])
{
    const rv_point ring[4] = { { box[0], box[1] }, { box[2], box[1] }, { box[2], box[3] }, { box[0], box[3] } };
    *p = (rv_place){ .role = RV_ROLE_REFERENCE, .radius_m = NAN };
    snprintf(p->id, sizeof p->id, "%s", id);
    snprintf(p->name, sizeof p->name, "%s", name);
    snprintf(p->kind, sizeof p->kind, "hall");
    CHECK_FAILS(RV_OK, rv__polygon_ring(&p->shape, ring, 4));
}

static void give_all(rv_place places[PLACES])
{
    static const char *const ids[] = { "A7", "B", "", "s001", "B", "far" };
    for (int i = 0; i < PLACES; i++) {
        const block *b = &blocks[i % 4];
        const double dx = i == OUTSIDE ? 500 : i == EMPTY ? 18 : 0;
        const double box[4] = { b->col0 + dx, b->row0, b->col1 + dx, b->row1 };
        give(&places[i], ids[i], i ? "" : "old hall", box);
    }
}

static void release_all(rv_place places[PLACES])
{
    for (int i = 0; i < PLACES; i++)
        rv_polygon_release(&places[i].shape);
}

static const rv_structure *named(const rv_structures *list, const char *id)
{
    const rv_structure *got = NULL;
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->v[i].id, id) == 0) {
            CHECK(got == NULL);
            got = &list->v[i];
        }
    return got;
}

static bool is(const rv_structures *list, const char *id, int kind, int event)
{
    const rv_structure *s = named(list, id);
    return s && s->kind == kind && s->event == event && (s->flags & RV_FLAG_ANALYST);
}

TEST(each_outline_is_listed_under_its_id_with_what_its_series_shows)
{
    drawn d;
    rv_place places[PLACES];
    rv_structures found = { 0 };
    draw(&d, 9);
    give_all(places);
    rv_stack *stack = drawn_stack(&d, NULL);
    CHECK_FAILS(RV_OK, rv_detect(&found, stack, places, PLACES, NULL));
    CHECK(is(&found, "A7", RV_KIND_EXISTING, RV_EVENT_NONE) && is(&found, "B", RV_KIND_HALL, RV_EVENT_NEW));
    CHECK(is(&found, "r003", RV_KIND_EXISTING, RV_EVENT_DEMOLISHED));
    CHECK(is(&found, "s001", RV_KIND_EXISTING, RV_EVENT_NONE)); /* painted: nothing came, nothing went */
    CHECK(is(&found, "B.2", RV_KIND_EXISTING, RV_EVENT_NONE) && is(&found, "far", RV_KIND_EXISTING, RV_EVENT_NONE));
    const rv_structure *came = named(&found, "B"), *went = named(&found, "r003"), *stood = named(&found, "A7");
    if (came && went && stood) {
        CHECK_TEXT(came->absent_id, "s03");
        CHECK_TEXT(came->present_id, "s04");
        CHECK_TEXT(went->absent_id, "s04");
        CHECK_TEXT(went->present_id, "s05");
        CHECK(came->step_sd > 5 && isnan(stood->step_sd) && stood->last_absent == -INFINITY);
        CHECK_TEXT(stood->name, "old hall");
    }
    CHECK(found.n == PLACES); /* no finding of its own beside them */
    rv_structures_release(&found);
    release_all(places);
    rv_stack_free(stack);
    drawn_end(&d);
}

TEST(in_a_pair_the_finding_over_an_outline_tells)
{
    drawn d;
    rv_place places[2];
    rv_structures found = { 0 };
    draw(&d, 9);
    d.n = 9;
    give(&places[0], "new", "", (const double[]){ 40, 12, 54, 22 });
    give(&places[1], "old", "",
         (const double[]){ 36, 10, 46, 24 }); /* stood where a part of the new one is now: its successor stays apart */
    rv_stack *stack = NULL;
    rv_scene *two[2] = { d.scene[0], d.scene[8] };
    const rv_transform moves[2] = { d.transform[0], d.transform[8] };
    const rv_stack_parts parts = { .scenes = two, .transforms = moves, .n = 2 };
    CHECK_FAILS(RV_OK, rv_stack_build(&stack, &parts, &d.grid));
    CHECK_FAILS(RV_OK, rv_detect(&found, stack, &places[0], 1, NULL));
    CHECK(is(&found, "new", RV_KIND_HALL, RV_EVENT_NEW));
    rv_structures_release(&found);
    CHECK_FAILS(RV_OK, rv_detect(&found, stack, &places[1], 1, NULL));
    CHECK(is(&found, "old", RV_KIND_EXISTING, RV_EVENT_NONE));
    int news = 0;
    for (size_t i = 0; i < found.n; i++)
        news += found.v[i].event == RV_EVENT_NEW;
    CHECK(news >= 1);
    rv_structures_release(&found);
    for (int i = 0; i < 2; i++)
        rv_polygon_release(&places[i].shape);
    rv_stack_free(stack);
    drawn_end(&d);
}

TESTS(RUN(each_outline_is_listed_under_its_id_with_what_its_series_shows),
      RUN(in_a_pair_the_finding_over_an_outline_tells))
