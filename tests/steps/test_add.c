/* SPDX-License-Identifier: Apache-2.0 */
/* Images into the case: ids, refusals, duplicates, and nothing left behind. */
#include "drawn.h"

static rv_scene_info rows[16];
static int n_rows;

static int take_row(const rv_scene_info *row, void *user)
{
    (void)user;
    if (n_rows < 16)
        rows[n_rows] = *row;
    n_rows++;
    return 0;
}

static void read_rows(rv_case *c)
{
    n_rows = 0;
    CHECK_FAILS(RV_OK, rv_case_each_scene(c, take_row, NULL));
}

static const rv_scene_info *row_of(const char *id)
{
    for (int i = 0; i < n_rows && i < 16; i++)
        if (strcmp(rows[i].id, id) == 0)
            return &rows[i];
    return NULL;
}

static int take_run(const rv_run *row, void *user)
{
    *(rv_run *)user = *row;
    return 0;
}

TEST(an_image_is_taken_in_under_its_name_and_can_be_verified)
{
    rv_case *c = new_case("add.case");
    char id[RV_ID_MAX];
    int checked = 0;
    CHECK_FAILS(RV_OK, rv_step_add(c, draw("2022-05-16", &(drawn){ .block_px = 20 }), id, NULL));
    CHECK_TEXT(id, "2022-05-16");
    read_rows(c);
    CHECK(n_rows == 1 && rows[0].state == RV_SCENE_OK && rows[0].width == DRAWN_PX && rows[0].bands == 4);
    CHECK_TEXT(rows[0].working_copy, "scenes/2022-05-16.tif");
    CHECK(rv__file_exists(scratch("add.case/scenes/2022-05-16.tif")));
    CHECK_FAILS(RV_OK, rv_case_verify(c, &checked));
    CHECK(checked == 3); /* original, its header, working copy */
    rv_case_close(c);
}

TEST(a_second_image_of_the_same_name_gets_an_id_of_its_own)
{
    rv_case *c = new_case("names.case");
    char id[RV_ID_MAX];
    CHECK_FAILS(RV_OK, rv__folder_make(scratch("other")));
    CHECK_FAILS(RV_OK, rv_step_add(c, draw("2022-05-16", &(drawn){ .block_px = 20 }), id, NULL));
    CHECK_FAILS(RV_OK, rv_step_add(c, draw("other/2022-05-16", &(drawn){ .block_px = 24 }), id, NULL));
    CHECK_TEXT(id, "2022-05-16-2");
    read_rows(c);
    CHECK(n_rows == 2 && row_of("2022-05-16-2") != NULL);
    rv_case_close(c);
}

TEST(the_same_bytes_twice_are_refused_as_a_duplicate)
{
    rv_case *c = new_case("twice.case");
    const char *path = draw("2022-05-16", &(drawn){ .block_px = 20 });
    char id[RV_ID_MAX];
    CHECK_FAILS(RV_OK, rv_step_add(c, path, id, NULL));
    for (int i = 0; i < 2; i++) { /* the third time replaces the record of the second */
        CHECK_FAILS(RV_ERR_REFUSED, rv_step_add(c, path, id, NULL));
        CHECK_TEXT(rv_last_error(), "the same file as 2022-05-16");
        CHECK_TEXT(id, "2022-05-16-2");
        read_rows(c);
        CHECK(n_rows == 2);
    }
    CHECK(row_of("2022-05-16")->state == RV_SCENE_OK && row_of("2022-05-16-2")->state == RV_SCENE_REFUSED);
    CHECK_FAILS(RV_OK, rv_case_verify(c, NULL));
    rv_case_close(c);
}

TEST(a_refused_image_is_recorded_with_its_reason_and_leaves_no_file)
{
    rv_case *c = new_case("refused.case");
    char id[RV_ID_MAX];
    rv_run run = { 0 };
    const char *empty = scratch_write("empty.tif", "", 0), *noise = scratch_write("noise.tif", "not an image", 12);
    CHECK(rv_step_add(c, empty, id, NULL) == RV_ERR_FORMAT || rv_step_add(c, empty, id, NULL) == RV_ERR_REFUSED);
    CHECK_TEXT(id, "empty");
    CHECK(rv_step_add(c, noise, NULL, NULL) < 0);
    CHECK_FAILS(RV_ERR_NOTFOUND, rv_step_add(c, scratch("nowhere.tif"), NULL, NULL));
    read_rows(c);
    CHECK(n_rows == 3);
    for (int i = 0; i < 3; i++)
        CHECK(rows[i].state == RV_SCENE_REFUSED && rows[i].why[0] && !rows[i].working_copy[0]);
    CHECK(!rv__file_exists(scratch("refused.case/scenes/noise.tif")));
    CHECK_FAILS(RV_OK, rv_case_each_run(c, take_run, &run));
    CHECK(run.state == RV_RUN_PART);
    CHECK_FAILS(RV_ERR_NODATA, rv_step_align(c, NULL, NULL));
    rv_case_close(c);
}

TEST(an_image_refused_before_replaces_its_record_once_it_is_good)
{
    rv_case *c = new_case("better.case");
    char id[RV_ID_MAX];
    CHECK(rv_step_add(c, scratch_write("2022-05-16", "bad", 3), id, NULL) < 0);
    CHECK_FAILS(RV_OK, rv_step_add(c, draw("2022-05-16", &(drawn){ .block_px = 20 }), id, NULL));
    CHECK_TEXT(id, "2022-05-16");
    read_rows(c);
    CHECK(n_rows == 1 && rows[0].state == RV_SCENE_OK);
    rv_case_close(c);
}

TEST(a_wrong_option_is_an_error_and_not_a_refused_image)
{
    rv_case *c = new_case("option.case");
    const char *path = draw("2022-05-16", &(drawn){ .block_px = 20 });
    CHECK_FAILS(RV_ERR_RANGE, rv_step_add(c, path, NULL, &(rv_add_opts){ .gsd_m = -1 }));
    CHECK_FAILS(RV_ERR_RANGE, rv_step_add(c, path, NULL, &(rv_add_opts){ .mask_box = "1,2,three" }));
    read_rows(c);
    CHECK(n_rows == 0);
    rv_case_close(c);
}

TEST(a_name_that_cannot_be_a_file_name_is_mended)
{
    rv_case *c = new_case("odd.case");
    char id[RV_ID_MAX], path[300];
    /* 60 times e-acute is 120 bytes: cut between characters */
    snprintf(path, sizeof path, "%s", scratch(""));
    for (int i = 0; i < 60; i++)
        strcat(path, "\xc3\xa9");
    CHECK_FAILS(RV_ERR_NOTFOUND, rv_step_add(c, path, id, NULL));
    CHECK(strlen(id) % 2 == 0 && strlen(id) > 20 && strlen(id) < RV_ID_MAX);
    CHECK_FAILS(RV_ERR_NOTFOUND, rv_step_add(c, scratch("a\nb.tif"), id, NULL));
    CHECK_TEXT(id, "a_b");
    rv_case_close(c);
}

TESTS(RUN(an_image_is_taken_in_under_its_name_and_can_be_verified),
      RUN(a_second_image_of_the_same_name_gets_an_id_of_its_own), RUN(the_same_bytes_twice_are_refused_as_a_duplicate),
      RUN(a_refused_image_is_recorded_with_its_reason_and_leaves_no_file),
      RUN(an_image_refused_before_replaces_its_record_once_it_is_good),
      RUN(a_wrong_option_is_an_error_and_not_a_refused_image), RUN(a_name_that_cannot_be_a_file_name_is_mended))
