/* SPDX-License-Identifier: Apache-2.0 */
/* Registration and masks by hand, exact bands against a table, pooling, and the bootstrap. */
#include "base/robust.h"
#include "base/rng.h"
#include "hand.h"
#include "score/binomial.h"
#include "score/pooled.h"

static const double identity[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };

TEST(registration_is_zero_where_the_map_is_true_and_nothing_without_places)
{
    const rv_point p[3] = { { 1, 1 }, { 5, 1 }, { 3, 9 } };
    const rv__score_ties right = { "a", identity, p, p, 3, .1 }, none = { "a", identity, p, p, 0, NAN };
    rv__tally t = { 0 }, empty = { 0 };
    CHECK(rv__score_registration(&t, &right, 1) == RV_OK);
    CHECK_SCORE(&t, "registration.rmse_px", 0);
    CHECK_SCORE(&t, "registration.ce90_px", 0);
    CHECK_SCORE(&t, "registration.p999_px", 0);
    CHECK_SCORE(&t, "registration.coverage95", 1);
    CHECK(rv__score_registration(&empty, &none, 1) == RV_OK);
    CHECK_NO_SCORE(&empty, "registration.rmse_px");
    CHECK_NO_SCORE(&empty, "registration.coverage95");
    rv__tally_release(&empty);
    rv__tally_release(&t);
}

/* A map that is off by (.3, .4) in one frame and by nothing in another. */
TEST(registration_errors_are_distances_by_frame_and_together)
{
    const double off[9] = { 1, 0, .3, 0, 1, .4, 0, 0, 1 };
    const rv_point p[2] = { { 1, 1 }, { 5, 5 } };
    const rv__score_ties frames[2] = { { "a", off, p, p, 2, .1 }, { "b", identity, p, p, 2, .1 } };
    rv__tally t = { 0 };
    CHECK(rv__score_registration(&t, frames, 2) == RV_OK);
    CHECK_SCORE(&t, "registration.rmse_px", sqrt(.125));
    CHECK_NEAR(score_of(&t, 1, "registration.rmse_px", "a").value, .5, 1e-12);
    CHECK_NEAR(score_of(&t, 1, "registration.p999_px", "b").value, 0, 1e-12);
    CHECK_SCORE(&t, "registration.ce90_px", .5);
    CHECK_SCORE(&t, "registration.coverage95", .5); /* .5 px is more than 2.45 * .1 */
    rv__tally_release(&t);
}

/*  truth  0 1 1 3 2 4 5 255      found  0 1 0 2 2 0 5 1 */
TEST(masks_are_counted_class_by_class)
{
    static const uint8_t truth[] = { 0, 1, 1, 3, 2, 4, 5, 255 }, found[] = { 0, 1, 0, 2, 2, 0, 5, 1 };
    static const float alpha[] = { 0, .9f, .8f, .7f, 0, 0, 0, 1 };
    static const uint8_t building[] = { 1, 1, 0, 0, 0, 0, 0, 1 };
    const rv__score_masks masks = { truth, found, alpha, building, 8 };
    rv__mask_counts counts = { 0 };
    rv__tally t = { 0 };
    rv__mask_count(&counts, &masks);
    rv__score_mask(&t, &counts);
    CHECK_SCORE(&t, "mask.cloud_oa", 5.0 / 7);
    CHECK_SCORE(&t, "mask.cloud_pa", 1.0 / 3);
    CHECK_SCORE(&t, "mask.cloud_ua", 1);
    CHECK_SCORE(&t, "mask.shadow_pa", 1);
    CHECK_SCORE(&t, "mask.shadow_ua", 1);
    CHECK_SCORE(&t, "mask.haze_pa", 0);
    CHECK_NO_SCORE(&t, "mask.haze_ua");
    CHECK_SCORE(&t, "mask.snow_oa", 1);
    CHECK_SCORE(&t, "mask.newbuilding_lost", 0);
    CHECK_SCORE(&t, "mask.missed_thick", 1.0 / 3);
    rv__tally_release(&t);
}

/* By code: cloud, shadow, both, haze, snow, and one that is clear. */
TEST(a_roof_is_lost_to_cloud_or_shaded_by_shadow_and_neither_by_haze_or_snow)
{
    static const uint8_t truth[6] = { 0 }, found[] = { 1, 2, 3, 4, 5, 0 }, building[] = { 1, 1, 1, 1, 1, 1 };
    const rv__score_masks masks = { truth, found, NULL, building, 6 };
    rv__mask_counts counts = { 0 };
    rv__tally t = { 0 };
    rv__mask_count(&counts, &masks);
    rv__score_mask(&t, &counts);
    CHECK_SCORE(&t, "mask.newbuilding_lost", 2.0 / 6);
    CHECK_SCORE(&t, "mask.newbuilding_shaded", 1.0 / 6);
    rv__tally_release(&t);
}

TEST(masks_that_are_the_truth_score_one_and_masked_buildings_are_lost)
{
    static const uint8_t truth[] = { 0, 1, 2, 4, 5, 0 }, found[] = { 1, 1, 2, 4, 5, 0 },
                         building[] = { 1, 0, 0, 0, 0, 1 };
    const rv__score_masks same = { truth, truth, NULL, NULL, 6 }, lost = { truth, found, NULL, building, 6 };
    rv__mask_counts a = { 0 }, b = { 0 };
    rv__tally t = { 0 }, u = { 0 };
    rv__mask_count(&a, &same);
    rv__score_mask(&t, &a);
    CHECK_SCORE(&t, "mask.cloud_oa", 1);
    CHECK_SCORE(&t, "mask.haze_ua", 1);
    CHECK_NO_SCORE(&t, "mask.missed_thick");
    rv__mask_count(&b, &lost);
    rv__score_mask(&u, &b);
    CHECK_SCORE(&u, "mask.newbuilding_lost", .5);
    CHECK_SCORE(&u, "mask.newbuilding_shaded", 0);
    rv__tally_release(&u);
    rv__tally_release(&t);
}

/* Clopper and Pearson's own example, 10 of 10 at 95 %, and values of their closed ends: (a/2)^(1/n). */
TEST(exact_bands_hold_at_the_ends_and_in_the_middle)
{
    double lo, hi;
    rv__binomial_band(&lo, &hi, 10, 10);
    CHECK_NEAR(lo, pow(.025, .1), 1e-9);
    CHECK(hi == 1);
    rv__binomial_band(&lo, &hi, 0, 20);
    CHECK(lo == 0);
    CHECK_NEAR(hi, 1 - pow(.025, 1.0 / 20), 1e-9);
    rv__binomial_band(&lo, &hi, 95, 100); /* published tables: .8872 to .9836 */
    CHECK_NEAR(lo, .8872, 5e-5);
    CHECK_NEAR(hi, .9836, 5e-5);
    rv__binomial_band(&lo, &hi, 0, 0);
    CHECK(lo == 0 && hi == 1);
}

TEST(pooled_quantiles_are_those_of_all_samples_together)
{
    enum { N = 3 };
    rv__tally scenes[N] = { { 0 } };
    double all[60];
    size_t n = 0;
    rv__rng rng;
    rv__rng_init(&rng, 4, 0, 0, 0);
    for (int s = 0; s < N; s++) {
        double x[20];
        for (int i = 0; i < 20; i++)
            x[i] = all[n++] = rv__rng_uniform(&rng);
        rv__tally_quantile(&scenes[s], "registration.ce90_px", "all", .9, x, 20);
    }
    const rv_score_row row = score_of(scenes, N, "registration.ce90_px", "all");
    CHECK_NEAR(row.value, rv__quantile(all, n, .9), 1e-12);
    CHECK(row.n == 60 && row.lo <= row.value && row.value <= row.hi);
    for (int s = 0; s < N; s++)
        rv__tally_release(&scenes[s]);
}

/* Drawing a scene twice is the same as having its samples twice. */
TEST(weighted_quantiles_are_those_of_repeated_samples)
{
    rv__rng rng;
    rv__rng_init(&rng, 11, 0, 0, 0);
    for (int round = 0; round < 200; round++) {
        rv__tally scenes[3] = { { 0 } };
        const rv__stat *stats[3];
        double all[64], weight[3], q = rv__rng_uniform(&rng);
        size_t n = 0;
        for (int s = 0; s < 3; s++) {
            double x[5];
            weight[s] = rv__rng_below(&rng, 4);
            for (int i = 0; i < 5; i++) {
                x[i] = rv__rng_below(&rng, 6);
                for (int k = 0; k < (int)weight[s]; k++)
                    all[n++] = x[i];
            }
            rv__tally_quantile(&scenes[s], "registration.ce90_px", "all", q, x, 5);
            stats[s] = &scenes[s].v[0];
        }
        rv__pool pool;
        CHECK(rv__pool_init(&pool, stats, 3) == RV_OK);
        if (n > 0)
            CHECK_NEAR(rv__pool_value(&pool, weight), rv__quantile(all, n, q), 1e-12);
        rv__pool_release(&pool);
        for (int s = 0; s < 3; s++)
            rv__tally_release(&scenes[s]);
    }
}

/* Two scenes, F1 0 and 1 of equal weight: a draw of two gives 0, 1/2 or 1, so the interval is [0, 1]; twenty scenes that
 * are alike have none to speak of. */
TEST(the_bootstrap_draws_scenes_and_is_the_same_every_time)
{
    rv__tally two[2] = { { 0 } }, alike[20] = { { 0 } };
    rv__tally_ratio(&two[0], "object.f1", "all", 0, 10);
    rv__tally_ratio(&two[1], "object.f1", "all", 10, 10);
    const rv_score_row a = score_of(two, 2, "object.f1", "all"), b = score_of(two, 2, "object.f1", "all");
    CHECK(a.value == .5 && a.lo == 0 && a.hi == 1);
    CHECK(a.lo == b.lo && a.hi == b.hi);
    for (int s = 0; s < 20; s++)
        rv__tally_ratio(&alike[s], "object.f1", "all", 3, 4);
    const rv_score_row c = score_of(alike, 20, "object.f1", "all");
    CHECK(c.value == .75 && c.lo == .75 && c.hi == .75);
    CHECK(isnan(score_of(two, 1, "object.f1", "all").lo)); /* one scene tells no spread */
    for (int s = 0; s < 20; s++)
        rv__tally_release(&alike[s]);
    rv__tally_release(&two[0]);
    rv__tally_release(&two[1]);
}

/* Every draw of a stratum that one scene of three fills says the same, which is no knowledge of its spread. */
TEST(what_one_scene_alone_fills_has_no_interval)
{
    rv__tally scenes[3] = { { 0 } };
    rv__tally_ratio(&scenes[0], "object.recall", ">256", 3, 4);
    rv__tally_ratio(&scenes[1], "object.recall", ">256", 0, 0);
    const rv_score_row alone = score_of(scenes, 3, "object.recall", ">256");
    CHECK(alone.value == .75 && isnan(alone.lo) && isnan(alone.hi));
    CHECK(strcmp(alone.note, "one scene alone fills it") == 0);
    rv__tally_ratio(&scenes[2], "object.recall", ">256", 1, 4);
    const rv_score_row two = score_of(scenes, 3, "object.recall", ">256");
    CHECK(two.value == .5 && two.lo == .25 && two.hi == .75 && two.note[0] == '\0');
    for (int s = 0; s < 3; s++)
        rv__tally_release(&scenes[s]);
}

TEST(single_frames_are_rows_of_one_scene_only)
{
    const rv_point p[1] = { { 1, 1 } };
    const rv__score_ties frame = { "a", identity, p, p, 1, NAN };
    rv__tally scenes[2] = { { 0 } };
    for (int s = 0; s < 2; s++)
        CHECK(rv__score_registration(&scenes[s], &frame, 1) == RV_OK);
    CHECK(score_of(scenes, 1, "registration.rmse_px", "a").value == 0);
    CHECK(score_of(scenes, 2, "registration.rmse_px", "all").value == 0);
    CHECK(score_of(scenes, 2, "registration.rmse_px", "a").value == -999); /* no such row */
    for (int s = 0; s < 2; s++)
        rv__tally_release(&scenes[s]);
}

/* Means of n scenes with sd 1: the interval must be near 2 * 1.96 / sqrt(n). */
TEST(the_bootstrap_interval_has_the_width_of_the_standard_error)
{
    enum { N = 100 };
    static rv__tally scenes[N];
    rv__rng rng;
    rv__rng_init(&rng, 9, 0, 0, 0);
    for (int s = 0; s < N; s++)
        rv__tally_ratio(&scenes[s], "scot.score", "all", rv__rng_normal(&rng), 1);
    const rv_score_row row = score_of(scenes, N, "scot.score", "all");
    CHECK_NEAR(row.hi - row.lo, 2 * 1.96 / 10, .12);
    for (int s = 0; s < N; s++)
        rv__tally_release(&scenes[s]);
}

TEST(metrics_are_asked_for_by_family_or_name_and_a_wrong_one_is_named)
{
    bool wanted[128];
    size_t n = 0;
    CHECK(rv__n_metrics <= 128);
    CHECK(rv__metrics_wanted(wanted, "scot,object.f1") == RV_OK);
    for (size_t i = 0; i < rv__n_metrics; i++)
        n += wanted[i];
    CHECK(n == 4);
    CHECK(rv__metrics_wanted(wanted, NULL) == RV_OK && wanted[0] && wanted[rv__n_metrics - 1]);
    n = 0;
    CHECK(rv__metrics_wanted(wanted, "existing") == RV_OK);
    for (size_t i = 0; i < rv__n_metrics; i++)
        n += wanted[i];
    CHECK(n == 2);
    CHECK_FAILS(RV_ERR_RANGE, rv__metrics_wanted(wanted, ""));
    CHECK_FAILS(RV_ERR_RANGE, rv__metrics_wanted(wanted, "obj"));
    CHECK_FAILS(RV_ERR_RANGE, rv__metrics_wanted(wanted, "object,elegance"));
    CHECK(strstr(rv_last_error(), "elegance") != NULL);
}

TEST(the_rows_agree_with_their_struct)
{
    rv_score_row row;
    rv_fields_init(rv_score_row_fields(), &row);
    CHECK(isnan(row.value) && isnan(row.lo) && row.metric[0] == '\0');
    int families = 0;
    while (rv_score_families()[families])
        families++;
    CHECK(families == RV__FAMILIES);
}

TESTS(RUN(registration_is_zero_where_the_map_is_true_and_nothing_without_places),
      RUN(registration_errors_are_distances_by_frame_and_together), RUN(masks_are_counted_class_by_class),
      RUN(a_roof_is_lost_to_cloud_or_shaded_by_shadow_and_neither_by_haze_or_snow),
      RUN(masks_that_are_the_truth_score_one_and_masked_buildings_are_lost),
      RUN(exact_bands_hold_at_the_ends_and_in_the_middle), RUN(pooled_quantiles_are_those_of_all_samples_together),
      RUN(weighted_quantiles_are_those_of_repeated_samples), RUN(the_bootstrap_draws_scenes_and_is_the_same_every_time),
      RUN(what_one_scene_alone_fills_has_no_interval), RUN(single_frames_are_rows_of_one_scene_only),
      RUN(the_bootstrap_interval_has_the_width_of_the_standard_error),
      RUN(metrics_are_asked_for_by_family_or_name_and_a_wrong_one_is_named), RUN(the_rows_agree_with_their_struct))
