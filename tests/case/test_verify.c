/* SPDX-License-Identifier: Apache-2.0 */
/* One changed byte anywhere is found and named. */
#include "hand.h"

#include "base/sha256.h"

#include <sys/stat.h>

static void flip_byte(const char *path, long at)
{
    chmod(path, 0600);
    FILE *f = fopen(path, "r+b");
    if (!f || fseek(f, at, SEEK_SET) != 0)
        abort();
    const int byte = fgetc(f);
    fseek(f, at, SEEK_SET);
    fputc(byte ^ 1, f);
    fclose(f);
}

/* A case with an original, a working copy and a layer. */
static rv_case *case_with_files(const char *name, bool keep_references, char sha256[RV_HASH_MAX])
{
    rv_case *c = NULL;
    char path[128];
    int run = 0;
    CHECK_FAILS(RV_OK, rv_case_create(&c, scratch(name),
                                      &(rv_case_opts){ .keep_references = keep_references, .overwrite = true }));
    const char *image = scratch_write("2023-05-18.tif", "an image's bytes", 16);
    scratch_write("2023-05-18.json", "{}", 2);
    snprintf(path, sizeof path, "%s/scenes/2023-05-18.tif", name);
    scratch_write(path, "a working copy", 14);
    snprintf(path, sizeof path, "%s/layers/2023-05-18.align-1.tif", name);
    scratch_write(path, "a mask", 6);
    CHECK_FAILS(RV_OK, rv__sha256_file(sha256, image));
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "add", NULL, NULL, 0));
    CHECK_FAILS(RV_OK, rv__original_keep(c, run, image, sha256));
    CHECK_FAILS(RV_OK, rv__file_put_hashed(c, run, "scenes/2023-05-18.tif"));
    CHECK_FAILS(RV_OK, rv__file_put_hashed(c, run, "layers/2023-05-18.align-1.tif"));
    CHECK_FAILS(RV_OK, rv__run_end(c, run, RV_RUN_DONE));
    return c;
}

TEST(an_untouched_case_passes_and_every_file_was_looked_at)
{
    char sha256[RV_HASH_MAX];
    int checked = 0;
    rv_case *c = case_with_files("good.case", false, sha256);
    CHECK_FAILS(RV_OK, rv_case_verify(c, &checked));
    CHECK(checked == 4); /* image, its STAC item, working copy, mask */
    rv_case_close(c);
}

TEST(a_changed_byte_is_found_in_each_kind_of_file_and_the_file_is_named)
{
    char sha256[RV_HASH_MAX], original[128];
    int checked = -1;
    rv_case *c = case_with_files("bad.case", false, sha256);
    snprintf(original, sizeof original, "originals/%s.tif", sha256);
    const char *const names[] = { "scenes/2023-05-18.tif", "layers/2023-05-18.align-1.tif", original };
    for (size_t i = 0; i < 3; i++) {
        char path[256];
        snprintf(path, sizeof path, "bad.case/%s", names[i]);
        flip_byte(scratch(path), 3);
        CHECK_FAILS(RV_ERR_INTEGRITY, rv_case_verify(c, &checked));
        CHECK(strncmp(rv_last_error(), names[i], strlen(names[i])) == 0);
        CHECK(strstr(rv_last_error(), ": sha-256 is ") && strstr(rv_last_error(), ", not "));
        flip_byte(scratch(path), 3);
        CHECK_FAILS(RV_OK, rv_case_verify(c, NULL));
    }
    CHECK(checked == -1); /* left alone on failure */
    rv_case_close(c);
}

TEST(a_missing_file_is_named)
{
    char sha256[RV_HASH_MAX];
    rv_case *c = case_with_files("gone.case", false, sha256);
    remove(scratch("gone.case/scenes/2023-05-18.tif"));
    CHECK_FAILS(RV_ERR_INTEGRITY, rv_case_verify(c, NULL));
    CHECK_TEXT(rv_last_error(), "scenes/2023-05-18.tif: the file is missing");
    rv_case_close(c);
}

TEST(an_original_that_stayed_where_it_is_is_checked_there)
{
    char sha256[RV_HASH_MAX];
    rv_case *c = case_with_files("far.case", true, sha256);
    CHECK_FAILS(RV_OK, rv_case_verify(c, NULL));
    flip_byte(scratch("2023-05-18.tif"), 0);
    CHECK_FAILS(RV_ERR_INTEGRITY, rv_case_verify(c, NULL));
    CHECK(strstr(rv_last_error(), "/2023-05-18.tif: sha-256 is") != NULL);
    rv_case_close(c);
}

TEST(a_record_changed_to_fit_a_changed_file_is_given_away_by_the_journal)
{
    char sha256[RV_HASH_MAX];
    rv_case *c = case_with_files("record.case", false, sha256);
    CHECK_FAILS(RV_OK, rv__db_exec(c->db, "UPDATE file SET sha256 = 'f00' WHERE path LIKE 'scenes/%'"));
    CHECK_FAILS(RV_ERR_INTEGRITY, rv_case_verify(c, NULL));
    CHECK(strstr(rv_last_error(), "the journal") != NULL);
    rv_case_close(c);
}

TEST(a_journal_entry_changed_dropped_or_slipped_in_breaks_the_chain)
{
    static const char *const crimes[] = {
        "UPDATE journal SET text = 'nothing happened' WHERE seq = 2", "UPDATE journal SET t = t + 1 WHERE seq = 1",
        "DELETE FROM journal WHERE seq = 2",
        "INSERT INTO journal SELECT seq + 9, t, what, subject, text, hash FROM journal WHERE seq = 3"
    };
    for (size_t i = 0; i < sizeof crimes / sizeof *crimes; i++) {
        char sha256[RV_HASH_MAX];
        rv_case *c = case_with_files("journal.case", false, sha256);
        CHECK_FAILS(RV_OK, rv__db_exec(c->db, crimes[i]));
        CHECK_FAILS(RV_ERR_INTEGRITY, rv_case_verify(c, NULL));
        CHECK(strncmp(rv_last_error(), "journal: entry ", 15) == 0);
        rv_case_close(c);
    }
}

TEST(a_file_that_changes_while_it_is_taken_in_is_refused)
{
    rv_case *c = hand_case("moving.case");
    char sha256[RV_HASH_MAX];
    int run = 0;
    CHECK_FAILS(RV_OK, rv__sha256_file(sha256, scratch_write("moving.tif", "before", 6)));
    const char *image = scratch_write("moving.tif", "after.", 6);
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "add", NULL, NULL, 0));
    CHECK_FAILS(RV_ERR_INTEGRITY, rv__original_keep(c, run, image, sha256));
    CHECK_FAILS(RV_ERR_INTEGRITY, rv__run_fail(c, run, RV_ERR_INTEGRITY));
    rv_case_close(c);
}

TESTS(RUN(an_untouched_case_passes_and_every_file_was_looked_at),
      RUN(a_changed_byte_is_found_in_each_kind_of_file_and_the_file_is_named), RUN(a_missing_file_is_named),
      RUN(an_original_that_stayed_where_it_is_is_checked_there),
      RUN(a_record_changed_to_fit_a_changed_file_is_given_away_by_the_journal),
      RUN(a_journal_entry_changed_dropped_or_slipped_in_breaks_the_chain),
      RUN(a_file_that_changes_while_it_is_taken_in_is_refused))
