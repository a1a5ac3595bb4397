/* SPDX-License-Identifier: Apache-2.0 */
/* Runs: what becomes stale, what a failure leaves, what a kill leaves, who may write. */
#include "hand.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int count_run(const rv_run *row, void *user)
{
    (void)row;
    ++*(int *)user;
    return 0;
}

static int take_last(const rv_run *row, void *user)
{
    *(rv_run *)user = *row;
    return 0;
}

static int count_scene(const rv_scene_info *row, void *user)
{
    (void)row;
    ++*(int *)user;
    return 0;
}

TEST(running_a_step_again_makes_what_was_built_on_it_stale)
{
    rv_case *c = hand_case("stale.case");
    const int add = hand_run(c, "add", 0), align = hand_run(c, "align", add), detect = hand_run(c, "detect", align);
    const int measure = hand_run(c, "measure", detect), judge = hand_run(c, "judge", measure);
    CHECK(rv_case_current_run(c, "judge") == judge);
    const int detect_again = hand_run(c, "detect", align);
    CHECK(rv_case_current_run(c, "add") == add);
    CHECK(rv_case_current_run(c, "align") == align);
    CHECK(rv_case_current_run(c, "detect") == detect_again);
    CHECK(rv_case_current_run(c, "measure") == 0);
    CHECK(rv_case_current_run(c, "judge") == 0);
    const int measure_again = hand_run(c, "measure", detect_again);
    hand_run(c, "site", 0); /* read by detect, not by align */
    CHECK(rv_case_current_run(c, "align") == align);
    CHECK(rv_case_current_run(c, "detect") == 0);
    CHECK(rv_case_current_run(c, "measure") == 0 && measure_again > 0);
    hand_run(c, "add", 0);
    CHECK(rv_case_current_run(c, "align") == 0);
    CHECK(rv_case_current_run(c, "site") > 0);
    rv_case_close(c);
}

TEST(a_refused_image_makes_nothing_stale)
{
    rv_case *c = hand_case("refused.case");
    int run = 0;
    const int align = hand_run(c, "align", hand_run(c, "add", 0));
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "add", NULL, NULL, 0));
    CHECK_FAILS(RV_OK, rv__run_end(c, run, RV_RUN_PART));
    CHECK(rv_case_current_run(c, "align") == align);
    rv_case_close(c);
}

TEST(a_failed_run_leaves_its_sentence_and_nothing_else)
{
    rv_case *c = hand_case("failed.case");
    const rv_scene_info row = hand_scene("a", "", 0, 1);
    rv_run last = { 0 };
    int run = 0, scenes = 0;
    const int align = hand_run(c, "align", 0);
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "add", NULL, NULL, 0));
    CHECK_FAILS(RV_OK, rv__scene_put(c, run, &row));
    CHECK_FAILS(RV_ERR_IO, rv__run_fail(c, run, rv__fail(RV_ERR_IO, "the disk went away")));
    CHECK_TEXT(rv_last_error(), "the disk went away");
    CHECK_FAILS(RV_OK, rv_case_each_scene(c, count_scene, &scenes));
    CHECK_FAILS(RV_OK, rv_case_each_run(c, take_last, &last));
    CHECK(scenes == 0 && last.id == run && last.state == RV_RUN_FAILED);
    CHECK_TEXT(last.error, "the disk went away");
    CHECK(rv_case_current_run(c, "align") == align);
    CHECK(rv_case_current_run(c, "add") == 0);
    rv_case_close(c);
}

TEST(a_run_keeps_its_options_versions_inputs_and_cost)
{
    rv_case *c = hand_case("record.case");
    rv_run first = { 0 };
    CHECK_FAILS(RV_OK, rv_case_each_run(c, take_last, &first));
    CHECK_TEXT(first.step, "init");
    CHECK(first.state == RV_RUN_DONE);
    CHECK(strstr(first.options, "\"keep_references\": false") != NULL);
    CHECK(strstr(first.versions, "GDAL") != NULL && strstr(first.versions, rv_version()) != NULL);
    CHECK(strlen(first.inputs) == 64);
    CHECK(first.started > 1.6e9 && first.duration_s >= 0 && first.peak_rss_mb > 0 && first.threads >= 1);
    rv_case_close(c);
}

/* Opens the case, begins a run, writes rows, tells the parent, and never ends. */
static void write_and_hang(const char *folder, int tell)
{
    rv_case *c = NULL;
    int run = 0;
    if (rv_case_open(&c, folder) < 0 || rv__run_begin(c, &run, "add", NULL, NULL, 0) < 0)
        _exit(1);
    for (int i = 0; i < 200; i++) {
        char id[32];
        snprintf(id, sizeof id, "half %d", i);
        const rv_scene_info row = hand_scene(id, "", i, i);
        if (rv__scene_put(c, run, &row) < 0)
            _exit(2);
    }
    if (write(tell, "x", 1) != 1)
        _exit(3);
    for (;;)
        pause();
}

static pid_t start_writer(const char *folder)
{
    int ends[2];
    char told = 0;
    if (pipe(ends) != 0)
        abort();
    const pid_t child = fork();
    if (child == 0)
        write_and_hang(folder, ends[1]);
    close(ends[1]);
    CHECK(child > 0 && read(ends[0], &told, 1) == 1);
    close(ends[0]);
    return child;
}

static void end_writer(pid_t child)
{
    int status = 0;
    kill(child, SIGKILL);
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
}

TEST(a_run_killed_in_mid_transaction_leaves_a_case_that_opens_and_goes_on)
{
    rv_case *c = hand_case("killed.case");
    rv_case_close(c);
    end_writer(start_writer(scratch("killed.case")));
    rv_run last = { 0 };
    int scenes = 0, runs = 0, run = 0, checked = 0;
    CHECK_FAILS(RV_OK, rv_case_open(&c, scratch("killed.case")));
    CHECK_FAILS(RV_OK, rv_case_each_scene(c, count_scene, &scenes));
    CHECK_FAILS(RV_OK, rv_case_each_run(c, take_last, &last));
    CHECK_FAILS(RV_OK, rv_case_each_run(c, count_run, &runs));
    CHECK(scenes == 0 && runs == 2);
    CHECK(last.state == RV_RUN_FAILED);
    CHECK_TEXT(last.error, "stopped");
    const rv_scene_info row = hand_scene("after", "", 0, 1);
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "add", NULL, NULL, 0));
    CHECK_FAILS(RV_OK, rv__scene_put(c, run, &row));
    CHECK_FAILS(RV_OK, rv__run_end(c, run, RV_RUN_DONE));
    CHECK_FAILS(RV_OK, rv_case_each_scene(c, count_scene, &scenes));
    CHECK(scenes == 1);
    CHECK_FAILS(RV_OK, rv_case_verify(c, &checked));
    rv_case_close(c);
}

TEST(while_one_process_writes_another_reads_but_may_not_write)
{
    rv_case *c = hand_case("locked.case");
    rv_run last = { 0 };
    int run = 0, scenes = 0;
    rv_case_close(c);
    const pid_t writer = start_writer(scratch("locked.case"));
    CHECK_FAILS(RV_OK, rv_case_open(&c, scratch("locked.case")));
    CHECK_FAILS(RV_OK, rv_case_each_run(c, take_last, &last));
    CHECK(last.state == RV_RUN_RUNNING); /* it lives, so it is not called stopped */
    CHECK_FAILS(RV_OK, rv_case_each_scene(c, count_scene, &scenes));
    CHECK(scenes == 0);
    c->lock_wait_s = 0.1;
    CHECK_FAILS(RV_ERR_LOCKED, rv__run_begin(c, &run, "add", NULL, NULL, 0));
    end_writer(writer);
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "add", NULL, NULL, 0));
    CHECK_FAILS(RV_OK, rv__run_end(c, run, RV_RUN_DONE));
    rv_case_close(c);
}

TEST(two_handles_of_one_process_exclude_each_other_too)
{
    rv_case *a = hand_case("pair.case"), *b = NULL;
    int run = 0, other = 0;
    CHECK_FAILS(RV_OK, rv_case_open(&b, scratch("pair.case")));
    b->lock_wait_s = 0;
    CHECK_FAILS(RV_OK, rv__run_begin(a, &run, "add", NULL, NULL, 0));
    CHECK_FAILS(RV_ERR_LOCKED, rv__run_begin(b, &other, "add", NULL, NULL, 0));
    CHECK_FAILS(RV_OK, rv__run_end(a, run, RV_RUN_DONE));
    CHECK_FAILS(RV_OK, rv__run_begin(b, &other, "add", NULL, NULL, 0));
    CHECK_FAILS(RV_OK, rv__run_end(b, other, RV_RUN_DONE));
    CHECK(other == run + 1);
    rv_case_close(a);
    rv_case_close(b);
}

TEST(facts_are_those_of_the_newest_run_that_is_not_stale)
{
    rv_case *c = hand_case("facts.case");
    char text[16];
    int run = 0;
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "align", NULL, NULL, 0));
    CHECK_FAILS(RV_OK, rv__fact_put(c, run, "reference_id", "one"));
    CHECK_FAILS(RV_OK, rv__fact_get(c, text, sizeof text, "reference_id"));
    CHECK_TEXT(text, "one");
    CHECK_FAILS(RV_OK, rv__run_end(c, run, RV_RUN_DONE));
    CHECK_FAILS(RV_OK, rv__run_begin(c, &run, "align", NULL, NULL, 0));
    CHECK_FAILS(RV_OK, rv__fact_put(c, run, "reference_id", "two"));
    CHECK_FAILS(RV_ERR_NODATA, rv__run_fail(c, run, rv__fail(RV_ERR_NODATA, "nothing")));
    CHECK_FAILS(RV_OK, rv__fact_get(c, text, sizeof text, "reference_id"));
    CHECK_TEXT(text, "one");
    hand_run(c, "add", 0);
    CHECK_FAILS(RV_OK, rv__fact_get(c, text, sizeof text, "reference_id"));
    CHECK_TEXT(text, "");
    rv_grid grid;
    CHECK_FAILS(RV_ERR_STATE, rv__case_grid(c, &grid));
    rv_case_close(c);
}

TESTS(RUN(running_a_step_again_makes_what_was_built_on_it_stale), RUN(a_refused_image_makes_nothing_stale),
      RUN(a_failed_run_leaves_its_sentence_and_nothing_else), RUN(a_run_keeps_its_options_versions_inputs_and_cost),
      RUN(a_run_killed_in_mid_transaction_leaves_a_case_that_opens_and_goes_on),
      RUN(while_one_process_writes_another_reads_but_may_not_write),
      RUN(two_handles_of_one_process_exclude_each_other_too), RUN(facts_are_those_of_the_newest_run_that_is_not_stale))
