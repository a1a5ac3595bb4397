/* SPDX-License-Identifier: Apache-2.0 */
/* The folder: made, opened, refused, private. */
#include "hand.h"

#include "base/sha256.h"

#include <sys/stat.h>

static int mode_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (int)(st.st_mode & 0777) : -1;
}

TEST(a_case_keeps_its_name_and_scale_when_opened_again)
{
    rv_case *c = NULL;
    CHECK_FAILS(RV_OK,
                rv_case_create(&c, scratch("keep.case"), &(rv_case_opts){ .name = "Feb\xc3\xa9", .gsd_m = 0.3 }));
    rv_case_close(c);
    CHECK_FAILS(RV_OK, rv_case_open(&c, scratch("keep.case")));
    CHECK_TEXT(rv_case_name(c), "Feb\xc3\xa9");
    CHECK(rv_case_gsd_m(c) == 0.3);
    rv_case_close(c);
}

TEST(without_a_name_the_folders_is_taken_without_its_extension)
{
    rv_case *c = NULL;
    CHECK_FAILS(RV_OK, rv_case_create(&c, scratch("Garching.case/"), NULL));
    CHECK_TEXT(rv_case_name(c), "Garching");
    rv_case_close(c);
}

TEST(what_is_no_case_is_told_apart_from_what_is_not_there)
{
    rv_case *c = NULL;
    CHECK_FAILS(RV_ERR_NOTFOUND, rv_case_open(&c, scratch("nowhere.case")));
    CHECK(rv__folder_make(scratch("plain")) == RV_OK);
    CHECK_FAILS(RV_ERR_REFUSED, rv_case_open(&c, scratch("plain")));
    CHECK(strstr(rv_last_error(), "is not a case (no case.db)") != NULL);
    scratch_write("plain/case.db", "this is no database, whatever it is called....................", 60);
    CHECK_FAILS(RV_ERR_FORMAT, rv_case_open(&c, scratch("plain")));
    scratch_write("plain/case.db", "", 0);
    CHECK_FAILS(RV_ERR_FORMAT, rv_case_open(&c, scratch("plain")));
    CHECK(c == NULL);
}

TEST(a_case_of_a_newer_release_is_refused_and_not_changed)
{
    rv_case *c = hand_case("newer.case");
    CHECK_FAILS(RV_OK, rv__db_schema_set(c->db, RV__SCHEMA_VERSION + 1));
    rv_case_close(c);
    CHECK_FAILS(RV_ERR_REFUSED, rv_case_open(&c, scratch("newer.case")));
    CHECK(strstr(rv_last_error(), "newer release") != NULL);
}

TEST(a_case_of_an_older_build_gets_the_columns_it_lacks)
{
    rv_case *c = hand_case("older.case");
    rv_scene_info row = hand_scene("a", "", 0, 1);
    int run = 0;
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "add", NULL, NULL, 0));
    CHECK_FAILS(RV_OK, rv__scene_put(c, run, &row));
    CHECK_FAILS(RV_OK, rv__run_end(c, run, RV_RUN_DONE));
    CHECK_FAILS(RV_OK, rv__db_exec(c->db, "ALTER TABLE scene DROP COLUMN sun_azimuth_deg"));
    CHECK_FAILS(RV_OK, rv__db_exec(c->db, "ALTER TABLE gain DROP COLUMN field"));
    rv_case_close(c);
    CHECK_FAILS(RV_OK, rv_case_open(&c, scratch("older.case")));
    bool there = false;
    CHECK_FAILS(RV_OK, rv__db_has_column(&there, c->db, "scene", "sun_azimuth_deg"));
    CHECK(there);
    CHECK_FAILS(RV_OK, rv__db_has_column(&there, c->db, "gain", "field"));
    CHECK(there);
    rv_case_close(c);
}

TEST(a_folder_that_is_not_empty_is_left_alone)
{
    rv_case *c = NULL;
    CHECK(rv__folder_make(scratch("full")) == RV_OK);
    scratch_write("full/letter.txt", "dear", 4);
    CHECK_FAILS(RV_ERR_REFUSED, rv_case_create(&c, scratch("full"), NULL));
    CHECK_FAILS(RV_ERR_REFUSED, rv_case_create(&c, scratch("full"), &(rv_case_opts){ .overwrite = true }));
    CHECK(rv__file_exists(scratch("full/letter.txt")));
    rv_case_close(hand_case("twice.case"));
    CHECK_FAILS(RV_ERR_REFUSED, rv_case_create(&c, scratch("twice.case"), NULL));
    CHECK_FAILS(RV_OK, rv_case_create(&c, scratch("twice.case"), &(rv_case_opts){ .overwrite = true }));
    rv_case_close(c);
}

TEST(a_creation_that_was_cut_off_can_be_repeated)
{
    rv_case *c = NULL;
    CHECK(rv__folder_make(scratch("cut.case/originals")) == RV_OK);
    scratch_write("cut.case/case.db.new", "half", 4);
    CHECK_FAILS(RV_OK, rv_case_create(&c, scratch("cut.case"), NULL));
    rv_case_close(c);
}

TEST(a_case_is_its_owners_business)
{
    rv_case *c = hand_case("private.case");
    char sha256[RV_HASH_MAX];
    int run = 0;
    const char *image = scratch_write("image.tif", "pixels", 6);
    scratch_write("private.case/scenes/image.tif", "copy", 4);
    CHECK_FAILS(RV_OK, rv__sha256_file(sha256, image));
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "add", NULL, NULL, 0));
    CHECK_FAILS(RV_OK, rv__original_keep(c, run, image, sha256));
    CHECK_FAILS(RV_OK, rv__file_put_hashed(c, run, "scenes/image.tif"));
    CHECK_FAILS(RV_OK, rv__run_end(c, run, RV_RUN_DONE));
    char original[128];
    snprintf(original, sizeof original, "private.case/originals/%s.tif", sha256);
    CHECK(mode_of(scratch("private.case")) == 0700);
    CHECK(mode_of(scratch("private.case/originals")) == 0700);
    CHECK(mode_of(scratch("private.case/case.db")) == 0600);
    CHECK(mode_of(scratch("private.case/case.db-wal")) == 0600);
    CHECK(mode_of(scratch("private.case/scenes/image.tif")) == 0600);
    CHECK(mode_of(scratch(original)) == 0400);
    rv_case_close(c);
}

TESTS(RUN(a_case_keeps_its_name_and_scale_when_opened_again),
      RUN(without_a_name_the_folders_is_taken_without_its_extension),
      RUN(what_is_no_case_is_told_apart_from_what_is_not_there),
      RUN(a_case_of_a_newer_release_is_refused_and_not_changed),
      RUN(a_case_of_an_older_build_gets_the_columns_it_lacks), RUN(a_folder_that_is_not_empty_is_left_alone),
      RUN(a_creation_that_was_cut_off_can_be_repeated), RUN(a_case_is_its_owners_business))
