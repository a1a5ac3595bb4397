/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of scenes whose order is a guess, and of those that do not tell the sun's place. */
#include "model/order.h"

#include "lib/test.h"

#include <math.h>

static rv_scene_info at(const char *id, double t_min, double t_max, double azimuth_deg)
{
    rv_scene_info s = { .t_min = t_min, .t_max = t_max, .sun_azimuth_deg = azimuth_deg, .sun_elevation_deg = 40 };
    snprintf(s.id, sizeof s.id, "%s", id);
    return s;
}

static bool says(void (*words)(rv__str *, const rv_scene_info *const *, size_t), const rv_scene_info *s, size_t n,
                 const char *what)
{
    const rv_scene_info *scene[4];
    rv__str text = { 0 };
    for (size_t i = 0; i < n; i++)
        scene[i] = &s[i];
    words(&text, scene, n);
    const bool same = *what ? text.s && strstr(text.s, what) : text.len == 0;
    if (!same)
        printf("# \"%s\" does not say \"%s\"\n", text.s ? text.s : "", what);
    rv__str_release(&text);
    return same;
}

TEST(an_order_that_times_do_not_give_is_said_to_be_that_of_names)
{
    const rv_scene_info clear[3] = { at("a", 0, 10, 1), at("b", 10, 20, 1), at("c", 30, 30, 1) };
    const rv_scene_info same[3] = { at("a", 5, 5, 1), at("b", 5, 5, 1), at("c", 5, 5, 1) };
    const rv_scene_info overlap[3] = { at("a", 0, 10, 1), at("b", 8, 20, 1), at("c", 30, 40, 1) };
    const rv_scene_info late[3] = { at("a", 0, 0, 1), at("b", 8, 8, 1), at("c", -INFINITY, INFINITY, 1) };
    const rv_scene_info none[2] = { at("a", -INFINITY, INFINITY, 1), at("b", -INFINITY, INFINITY, 1) };
    CHECK(says(rv__order_words, clear, 3, "") && says(rv__order_words, clear, 1, "") &&
          says(rv__order_words, none, 1, ""));
    CHECK(says(rv__order_words, same, 3, "the times of the 3 images do not tell which was first: "));
    CHECK(says(rv__order_words, overlap, 3,
               "1 of 3 images are not surely later than the one before (the first are a and b): "));
    CHECK(says(rv__order_words, late, 3, "and 1 without a date is taken for the last: "));
    CHECK(says(rv__order_words, none, 2, "none of the 2 images tells its date: "));
}

TEST(an_unknown_place_of_the_sun_is_said)
{
    const rv_scene_info mixed[3] = { at("a", 0, 0, 150), at("b", 1, 1, NAN), at("c", 2, 2, 160) };
    CHECK(says(rv__sun_words, mixed, 1, ""));
    CHECK(says(rv__sun_words, mixed, 3, "1 of 3 images do not tell where the sun stood"));
    CHECK(says(rv__sun_words, mixed + 1, 1, "no image tells where the sun stood"));
}

TESTS(RUN(an_order_that_times_do_not_give_is_said_to_be_that_of_names), RUN(an_unknown_place_of_the_sun_is_said))
