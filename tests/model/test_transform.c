/* SPDX-License-Identifier: Apache-2.0 */
/* Maps between scenes, and the described rows of the model. */
#include <revisit/measure.h>
#include <revisit/stack.h>
#include <revisit/structure.h>

#include "base/mem.h"
#include "base/rng.h"
#include "lib/oom.h"

TEST(the_identity_moves_nothing_and_is_trusted)
{
    rv_transform t;
    double col, row;
    rv_transform_identity(&t);
    rv_transform_apply(&t, 12.5, -3.25, &col, &row);
    CHECK_NEAR(col, 12.5, 0);
    CHECK_NEAR(row, -3.25, 0);
    CHECK(t.trusted == 1 && !(fabs(t.sigma_px) > 0));
}

TEST(a_homography_divides_by_its_third_row)
{
    rv_transform t;
    double col, row;
    const double m[9] = { 2, 0, 1, 0, 3, 2, .1, .2, 1 };
    rv_transform_identity(&t);
    memcpy(t.m, m, sizeof m);
    rv_transform_apply(&t, 10, 20, &col, &row); /* w = 1 + 4 + 1 */
    CHECK_NEAR(col, 21.0 / 6, 1e-15);
    CHECK_NEAR(row, 62.0 / 6, 1e-15);
}

TEST(inverse_after_map_is_where_one_started)
{
    rv__rng rng;
    rv__rng_init(&rng, 5, 0, 0, 0);
    for (int n = 0; n < 500; n++) {
        rv_transform t, back;
        double col, row, u, v;
        rv_transform_identity(&t);
        for (int i = 0; i < 6; i++)
            t.m[i] += rv__rng_between(&rng, i % 3 == 2 ? -500 : -.3, i % 3 == 2 ? 500 : .3);
        t.m[6] = rv__rng_between(&rng, -1e-4, 1e-4);
        t.m[7] = rv__rng_between(&rng, -1e-4, 1e-4);
        back = t;
        CHECK(rv_transform_invert(back.m, t.m) == RV_OK);
        const double x = rv__rng_between(&rng, 0, 2000), y = rv__rng_between(&rng, 0, 2000);
        rv_transform_apply(&t, x, y, &col, &row);
        rv_transform_apply(&back, col, row, &u, &v);
        CHECK_NEAR(u, x, 1e-7);
        CHECK_NEAR(v, y, 1e-7);
        CHECK_NEAR(back.m[8], 1, 0);
    }
}

TEST(the_inverse_of_a_shift_is_exact)
{
    const double m[9] = { 1, 0, 123456.25, 0, 1, -7.5, 0, 0, 1 };
    double out[9];
    CHECK(rv_transform_invert(out, m) == RV_OK);
    CHECK_NEAR(out[2], -123456.25, 0);
    CHECK_NEAR(out[5], 7.5, 0);
    CHECK(!(fabs(out[0] - 1) > 0) && !(fabs(out[1]) > 0) && !(fabs(out[6]) > 0));
}

TEST(a_matrix_without_inverse_is_refused_and_nothing_written)
{
    const double flat[9] = { 1, 2, 0, 2, 4, 0, 0, 0, 1 }, bad[9] = { NAN, 0, 0, 0, 1, 0, 0, 0, 1 };
    double out[9] = { 7 };
    CHECK_FAILS(RV_ERR_RANGE, rv_transform_invert(out, flat));
    CHECK_FAILS(RV_ERR_RANGE, rv_transform_invert(out, bad));
    CHECK_NEAR(out[0], 7, 0);
}

/* Every table: defaults lie within the limits, names are unique, members do not overlap. */
static void check_table(const rv_fields *f)
{
    for (size_t i = 0; i < f->n; i++) {
        const rv_field *a = &f->field[i];
        CHECK(a->help && a->help[0] && a->help[strlen(a->help) - 1] != '.');
        CHECK(a->offset + a->size <= f->size);
        for (size_t j = 0; j < i; j++) {
            const rv_field *b = &f->field[j];
            CHECK(strcmp(a->name, b->name) != 0);
            CHECK(a->offset >= b->offset + b->size || b->offset >= a->offset + a->size);
        }
    }
    CHECK(rv_fields_check(f, f->defaults) == RV_OK);
}

TEST(the_described_rows_of_the_model_are_sound)
{
    check_table(rv_transform_fields());
    check_table(rv_gain_fields());
    check_table(rv_scene_info_fields());
    check_table(rv_structure_fields());
    check_table(rv_place_fields());
    check_table(rv_measurement_fields());
    check_table(rv_budget_term_fields());
}

static size_t described(const rv_fields *f)
{
    size_t bytes = 0;
    for (size_t i = 0; i < f->n; i++)
        bytes += f->field[i].size;
    return bytes;
}

/* A member that was added and not described would be lost in the case; padding is at most 8 bytes a change of type. */
TEST(no_member_is_left_out_of_its_table)
{
    CHECK(sizeof(rv_transform) - described(rv_transform_fields()) < 16);
    CHECK(sizeof(rv_gain) - described(rv_gain_fields()) < 16);
    CHECK(sizeof(rv_scene_info) - described(rv_scene_info_fields()) < 32);
    CHECK(sizeof(rv_structure) - sizeof(rv_polygon) - described(rv_structure_fields()) < 16);
    CHECK(sizeof(rv_place) - sizeof(rv_polygon) - described(rv_place_fields()) < 16);
    CHECK(sizeof(rv_measurement) - described(rv_measurement_fields()) < 16);
    CHECK(sizeof(rv_budget_term) - described(rv_budget_term_fields()) < 16);
}

TEST(kinds_and_events_are_spelled_as_the_interchange_format_does)
{
    static const char *const kinds[] = { "existing",        "hall",      "house",      "building",     "tank",
                                         "housing_cluster", "road",      "earthworks", "portal_works", "spoil",
                                         "vegetation",      "temporary", "water",      "other" };
    static const char *const events[] = { "none", "new", "extended", "replaced", "demolished", "works" };
    for (int i = 0; i <= RV_KIND_OTHER; i++)
        CHECK_TEXT(rv_kind_names()[i], kinds[i]);
    for (int i = 0; i <= RV_EVENT_WORKS; i++)
        CHECK_TEXT(rv_event_names()[i], events[i]);
    CHECK(rv_kind_names()[RV_KIND_OTHER + 1] == NULL && rv_event_names()[RV_EVENT_WORKS + 1] == NULL);
}

static int grow_list(void *user)
{
    rv_point p[3] = { { 0, 0 }, { 1, 0 }, { 0, 1 } };
    rv_ring ring = { p, 3 };
    rv_structure s = { .id = "s001", .outline = { &ring, 1 } };
    rv_structures list = { 0 };
    int err = RV_OK;
    for (int i = 0; err == RV_OK && i < 20; i++)
        err = rv_structures_add(&list, i % 3 ? &s : list.n ? &list.v[list.n - 1] : &s);
    if (err == RV_OK && user) {
        p[0].x = 9; /* the copies must not notice */
        CHECK(list.n == 20);
        CHECK_NEAR(list.v[19].outline.ring[0].p[0].x, 0, 0);
        CHECK(list.v[0].outline.ring != list.v[1].outline.ring);
    }
    rv_structures_release(&list);
    return err;
}

TEST(a_list_of_structures_owns_deep_copies)
{
    int yes = 1;
    CHECK(grow_list(&yes) == RV_OK);
}

TEST(a_list_of_structures_survives_any_failed_allocation)
{
    CHECK_SURVIVES_OOM(grow_list, NULL);
}

TESTS(RUN(the_identity_moves_nothing_and_is_trusted), RUN(a_homography_divides_by_its_third_row),
      RUN(inverse_after_map_is_where_one_started), RUN(the_inverse_of_a_shift_is_exact),
      RUN(a_matrix_without_inverse_is_refused_and_nothing_written), RUN(the_described_rows_of_the_model_are_sound),
      RUN(no_member_is_left_out_of_its_table), RUN(kinds_and_events_are_spelled_as_the_interchange_format_does),
      RUN(a_list_of_structures_owns_deep_copies), RUN(a_list_of_structures_survives_any_failed_allocation))
