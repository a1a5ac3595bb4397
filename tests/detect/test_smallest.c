/* SPDX-License-Identifier: Apache-2.0 */
/* How small a thing would have been seen, on drawn series. */
#include <revisit/detect.h>

#include "detect/noisy.h"

enum { SIDE = 180, SCENES = 8 };

/* A meadow with a hall from scene 4 on. */
static double light_at(int t, int col, int row, const void *user)
{
    (void)user;
    return t >= 4 && col >= 90 && col < 104 && row >= 88 && row < 98 ? 1500 : 1000;
}

static void draw(drawn *d, int n)
{
    noisy_draw(d, &(noisy){ SIDE, n, 21, 30, light_at, NULL });
}

static rv_smallest *rows_of(size_t *n, const rv_stack *stack)
{
    rv_smallest *rows = NULL;
    rv_structures found = { 0 };
    CHECK_FAILS(RV_OK, rv_detect(&found, stack, NULL, 0, NULL));
    CHECK_FAILS(RV_OK, rv_detect_smallest(&rows, n, stack, &found, NULL));
    rv_structures_release(&found);
    return rows;
}

TEST(each_kind_and_pair_of_scenes_has_its_smallest_thing_whatever_the_threads)
{
    drawn d;
    size_t n = 0, again = 0;
    int finite = 0, planted = 0;
    draw(&d, SCENES);
    rv_stack *stack = drawn_stack(&d, NULL);
    CHECK_FAILS(RV_OK, rv_threads_set(1));
    rv_smallest *a = rows_of(&n, stack);
    CHECK_FAILS(RV_OK, rv_threads_set(3));
    rv_smallest *b = rows_of(&again, stack);
    CHECK_FAILS(RV_OK, rv_threads_set(0));
    CHECK(n == 2 * (SCENES - 1) && again == n);
    for (size_t i = 0; i < n && i < again; i++) {
        printf("# %s-%s %s: %.0f m2 (%.0f to %.0f), %d of %d\n", a[i].absent_id, a[i].present_id,
               rv_kind_names()[a[i].kind], a[i].area_m2, a[i].lo_m2, a[i].hi_m2, a[i].seen, a[i].planted);
        CHECK(memcmp(&a[i].area_m2, &b[i].area_m2, sizeof a[i].area_m2) == 0 && a[i].seen == b[i].seen);
        CHECK(a[i].seen <= a[i].planted &&
              (isnan(a[i].area_m2) || (a[i].lo_m2 <= a[i].area_m2 && a[i].area_m2 <= a[i].hi_m2)));
        CHECK(isnan(a[i].area_m2) || (a[i].area_m2 >= 54 && a[i].area_m2 <= 64 * 54)); /* 6 px to 64 times that */
        finite += isfinite(a[i].area_m2);
        planted += a[i].planted;
    }
    CHECK(planted > 60 && finite >= 4);
    rv_smallest_free(a);
    rv_smallest_free(b);
    rv_stack_free(stack);
    drawn_end(&d);
}

TEST(one_scene_or_no_scale_has_nothing_to_say)
{
    drawn d;
    size_t n = 7;
    draw(&d, 1);
    rv_stack *stack = drawn_stack(&d, NULL);
    rv_smallest *rows = rows_of(&n, stack);
    CHECK(n == 0 && rows == NULL);
    rv_stack_free(stack);
    drawn_end(&d);
    draw(&d, 2);
    d.grid.gsd_m = 0;
    stack = drawn_stack(&d, NULL);
    n = 7;
    rows = rows_of(&n, stack);
    CHECK(n == 0 && rows == NULL);
    rv_stack_free(stack);
    drawn_end(&d);
}

TESTS(RUN(each_kind_and_pair_of_scenes_has_its_smallest_thing_whatever_the_threads),
      RUN(one_scene_or_no_scale_has_nothing_to_say))
