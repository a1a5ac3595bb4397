/* SPDX-License-Identifier: Apache-2.0 */
/* Pixels by hand, and relaxed borders against the obvious search. */
#include "base/rng.h"
#include "hand.h"

enum { W = 5, H = 4 };

/*  truth        found        TP 3, FP 2, FN 1, TN 14
 *  . # # . .    . # # # .
 *  . # # . .    . # . . .
 *  . . . . .    . . . . .
 *  . . . . .    . . . . #                          */
static const uint8_t truth[W * H] = { 0, 1, 1, 0, 0, 0, 1, 1 }, found[W * H] = { 0, 1, 1, 1, 0, 0, 1, [19] = 1 };

static void score(rv__tally *t, const uint8_t *a, const uint8_t *b, const uint8_t *known)
{
    const rv__score_planes planes = { a, b, known, W, H };
    CHECK(rv__score_pixel(t, &planes) == RV_OK);
}

TEST(counts_and_ratios_are_those_computed_by_hand)
{
    rv__tally t = { 0 };
    score(&t, truth, found, NULL);
    CHECK_SCORE(&t, "pixel.precision", 3.0 / 5);
    CHECK_SCORE(&t, "pixel.recall", 3.0 / 4);
    CHECK_SCORE(&t, "pixel.f1", 6.0 / 9);
    CHECK_SCORE(&t, "pixel.iou", 3.0 / 6);
    CHECK_SCORE(&t, "pixel.oa", 17.0 / 20);
    const double po = .85, pe = (5.0 * 4 + 15 * 16) / 400;
    CHECK_SCORE(&t, "pixel.kappa", (po - pe) / (1 - pe));
    /* within 1 px: 4 of 5 found lie at a true one, 4 of 4 true at a found one; the corner stays wrong at 2 px */
    CHECK_SCORE(&t, "pixel.f1_relaxed1", 2 * .8 / 1.8);
    CHECK_SCORE(&t, "pixel.f1_relaxed2", 2 * .8 / 1.8);
    rv__tally_release(&t);
}

TEST(what_is_the_truth_scores_one)
{
    rv__tally t = { 0 };
    score(&t, truth, truth, NULL);
    static const char *const all[] = {
        "precision", "recall", "f1", "iou", "oa", "kappa", "f1_relaxed1", "f1_relaxed2"
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char name[48];
        snprintf(name, sizeof name, "pixel.%s", all[i]);
        CHECK_SCORE(&t, name, 1);
    }
    rv__tally_release(&t);
}

TEST(nothing_found_has_no_precision_and_nothing_at_all_no_f1)
{
    static const uint8_t none[W * H] = { 0 };
    rv__tally t = { 0 }, nothing = { 0 };
    score(&t, truth, none, NULL);
    CHECK_NO_SCORE(&t, "pixel.precision");
    CHECK_SCORE(&t, "pixel.recall", 0);
    CHECK_SCORE(&t, "pixel.f1", 0);
    CHECK_SCORE(&t, "pixel.f1_relaxed1", 0);
    score(&nothing, none, none, NULL);
    CHECK_NO_SCORE(&nothing, "pixel.f1");
    CHECK_NO_SCORE(&nothing, "pixel.kappa");
    CHECK_NO_SCORE(&nothing, "pixel.f1_relaxed2");
    CHECK_SCORE(&nothing, "pixel.oa", 1);
    rv__tally_release(&nothing);
    rv__tally_release(&t);
}

TEST(pixels_that_are_not_known_are_left_out)
{
    uint8_t known[W * H];
    rv__tally t = { 0 };
    memset(known, 1, sizeof known);
    known[19] = known[3] = 0; /* both false ones */
    score(&t, truth, found, known);
    CHECK_SCORE(&t, "pixel.precision", 1);
    CHECK_SCORE(&t, "pixel.oa", 17.0 / 18);
    rv__tally_release(&t);
}

static bool near_any(const uint8_t *plane, int i, int r)
{
    for (int j = 0; j < W * H; j++) {
        const int dx = j % W - i % W, dy = j / W - i / W;
        if (plane[j] && dx * dx + dy * dy <= r * r)
            return true;
    }
    return false;
}

TEST(relaxed_borders_agree_with_a_search_of_all_pixels)
{
    for (uint32_t seed = 0; seed < 30; seed++) {
        uint8_t a[W * H], b[W * H];
        rv__rng rng;
        rv__rng_init(&rng, seed, 0, 0, 0);
        for (int i = 0; i < W * H; i++) {
            a[i] = rv__rng_below(&rng, 4) == 0;
            b[i] = rv__rng_below(&rng, 4) == 0;
        }
        for (int r = 1; r <= 2; r++) {
            double hit = 0, n = 0, back = 0, m = 0;
            for (int i = 0; i < W * H; i++) {
                n += b[i];
                hit += b[i] && near_any(a, i, r);
                m += a[i];
                back += a[i] && near_any(b, i, r);
            }
            rv__tally t = { 0 };
            score(&t, a, b, NULL);
            const double p = n > 0 ? hit / n : 0, q = m > 0 ? back / m : 0;
            if (n > 0 && m > 0)
                CHECK_NEAR(value_of(&t, r == 1 ? "pixel.f1_relaxed1" : "pixel.f1_relaxed2"),
                           p + q > 0 ? 2 * p * q / (p + q) : 0, 1e-12);
            rv__tally_release(&t);
        }
    }
}

TEST(pooled_scenes_are_scored_by_all_their_pixels_and_their_mean_stands_beside)
{
    static const uint8_t none[W * H] = { 0 };
    rv__tally scenes[2] = { { 0 } };
    score(&scenes[0], truth, truth, NULL); /* TP 4 */
    score(&scenes[1], truth, none, NULL);  /* FN 4 */
    CHECK_NEAR(score_of(scenes, 2, "pixel.f1", "all").value, 8.0 / 12, 1e-12);
    CHECK_NEAR(score_of(scenes, 2, "pixel.f1", RV__SCENE_MEAN).value, .5, 1e-12);
    CHECK(score_of(scenes, 1, "pixel.f1", RV__SCENE_MEAN).value == -999); /* no such row of one scene */
    rv__tally_release(&scenes[1]);
    rv__tally_release(&scenes[0]);
}

TESTS(RUN(counts_and_ratios_are_those_computed_by_hand), RUN(what_is_the_truth_scores_one),
      RUN(nothing_found_has_no_precision_and_nothing_at_all_no_f1), RUN(pixels_that_are_not_known_are_left_out),
      RUN(relaxed_borders_agree_with_a_search_of_all_pixels),
      RUN(pooled_scenes_are_scored_by_all_their_pixels_and_their_mean_stands_beside))
