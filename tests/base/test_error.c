/* SPDX-License-Identifier: Apache-2.0 */
/* The last sentence, the hooks and the settings. */
#include "base/error.h"

#include "base/parallel.h"
#include "lib/test.h"

TEST(every_code_has_a_name)
{
    CHECK_TEXT(rv_status_name(RV_OK), "OK");
    CHECK_TEXT(rv_status_name(RV_ERR_NOMEM), "NOMEM");
    CHECK_TEXT(rv_status_name(RV_ERR_RANGE), "RANGE");
    CHECK_TEXT(rv_status_name(RV_ERR_NET), "NET");
    CHECK_TEXT(rv_status_name(RV_ERR_NET - 1), "UNKNOWN");
    CHECK_TEXT(rv_status_name(1), "UNKNOWN");
    CHECK(rv_version()[0] != '\0');
}

TEST(the_sentence_is_what_was_said_last)
{
    CHECK(rv__fail(RV_ERR_IO, "disk %d is full", 3) == RV_ERR_IO);
    CHECK_TEXT(rv_last_error(), "disk 3 is full");
    CHECK(rv__subject(RV_ERR_IO, "scene %s: ", "a.tif") == RV_ERR_IO);
    CHECK_TEXT(rv_last_error(), "scene a.tif: disk 3 is full");
    rv__fail(RV_ERR_IO, "again: %s", rv_last_error());
    CHECK_TEXT(rv_last_error(), "again: scene a.tif: disk 3 is full");
}

TEST(control_bytes_of_a_file_name_cannot_reach_the_terminal)
{
    rv__fail(RV_ERR_IO, "cannot open '%s'", "a\x1b[2J\nb\x7f\xc3\xa9.tif");
    CHECK_TEXT(rv_last_error(), "cannot open 'a\\x1b[2J\\x0ab\\x7f\xc3\xa9.tif'");
}

/* 3,000 bytes of two-byte characters cannot all be kept; no half of one may remain. */
TEST(a_long_sentence_is_cut_between_characters)
{
    for (int shift = 0; shift < 4; shift++) {
        char text[3001] = "abc";
        for (int i = shift; i + 1 < 3000; i += 2)
            memcpy(text + i, "\xc3\xa9", 2);
        rv__fail(RV_ERR_IO, "%s", text);
        const char *got = rv_last_error();
        const size_t n = strlen(got);
        CHECK(n > 1000 && n < 1024);
        CHECK(strncmp(got, text, n) == 0);
        CHECK((unsigned char)got[n - 1] == 0xa9 && (n - (size_t)shift) % 2 == 0);
        rv__subject(RV_ERR_IO, "a subject in front: ");
        CHECK(strncmp(rv_last_error(), "a subject in front: ", 20) == 0);
        CHECK(strlen(rv_last_error()) < 1024);
    }
}

static int say_index(size_t index, size_t worker, void *user)
{
    (void)worker;
    (void)user;
    char mine[32];
    snprintf(mine, sizeof mine, "item %zu", index);
    rv__fail(RV_ERR_IO, "%s", mine);
    return strcmp(rv_last_error(), mine) == 0 ? RV_OK : RV_ERR_STATE;
}

TEST(each_thread_has_a_sentence_of_its_own)
{
    CHECK(rv_threads_set(4) == RV_OK);
    CHECK(rv__parallel_for(1000, say_index, NULL) == RV_OK);
    CHECK(rv_threads_set(0) == RV_OK);
}

typedef struct heard {
    char text[128];
    double share;
    int level, calls;
} heard;

static void hear_progress(const char *what, double share, void *user)
{
    heard *h = user;
    snprintf(h->text, sizeof h->text, "%s", what);
    h->share = share;
    h->calls++;
}

static void hear_note(int level, const char *text, void *user)
{
    heard *h = user;
    snprintf(h->text, sizeof h->text, "%s", text);
    h->level = level;
    h->calls++;
}

TEST(progress_is_heard_within_0_and_1_and_tells_the_wish_to_stop)
{
    heard h = { 0 };
    rv_progress_set(hear_progress, &h);
    CHECK(rv__progress("aligning", 1.5) == RV_OK);
    CHECK_TEXT(h.text, "aligning");
    CHECK_NEAR(h.share, 1, 0);
    rv_stop_request();
    CHECK_FAILS(RV_ERR_STOPPED, rv__progress("aligning", -1));
    CHECK_NEAR(h.share, 0, 0);
    CHECK_FAILS(RV_ERR_STOPPED, rv__stopping());
    CHECK(rv_last_error()[0] != '\0');
    rv_stop_clear();
    CHECK(rv__stopping() == RV_OK);
    rv_progress_set(NULL, NULL);
    CHECK(rv__progress("aligning", 0.5) == RV_OK);
    CHECK(h.calls == 2);
}

TEST(notes_are_heard_until_the_hook_is_removed)
{
    heard h = { 0 };
    rv_log_set(hear_note, &h);
    rv__log(1, "%d scenes", 12);
    CHECK_TEXT(h.text, "12 scenes");
    CHECK(h.level == 1);
    rv_log_set(NULL, NULL);
    rv__log(0, "unheard");
    CHECK(h.calls == 1);
}

TEST(settings_out_of_range_are_refused_and_change_nothing)
{
    CHECK(rv__ram() == (uint64_t)1 << 30);
    CHECK_FAILS(RV_ERR_RANGE, rv_ram_set(((uint64_t)64 << 20) - 1));
    CHECK_TEXT(rv_last_error(), "ram must be at least 64 MiB, not 67108863 bytes");
    CHECK(rv__ram() == (uint64_t)1 << 30);
    CHECK(rv_ram_set((uint64_t)64 << 20) == RV_OK);
    CHECK(rv__ram() == (uint64_t)64 << 20);
    CHECK(rv_ram_set((uint64_t)1 << 30) == RV_OK);

    CHECK(rv_threads_set(3) == RV_OK);
    CHECK_FAILS(RV_ERR_RANGE, rv_threads_set(-1));
    CHECK_TEXT(rv_last_error(), "threads must lie in [0, 256], not -1");
    CHECK_FAILS(RV_ERR_RANGE, rv_threads_set(257));
    CHECK(rv__workers() == 3);
    CHECK(rv_threads_set(0) == RV_OK);
    CHECK(rv__workers() >= 1);
}

TESTS(RUN(every_code_has_a_name), RUN(the_sentence_is_what_was_said_last),
      RUN(control_bytes_of_a_file_name_cannot_reach_the_terminal), RUN(a_long_sentence_is_cut_between_characters),
      RUN(each_thread_has_a_sentence_of_its_own), RUN(progress_is_heard_within_0_and_1_and_tells_the_wish_to_stop),
      RUN(notes_are_heard_until_the_hook_is_removed), RUN(settings_out_of_range_are_refused_and_change_nothing))
