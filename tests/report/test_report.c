/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a small drawn site, from the images on: same bytes each time, all parts there, nothing left behind. */
#include "base/file.h"
#include "base/mem.h"
#include "lib/test.h"
#include "report/facts.h"

#include <revisit/report.h>
#include <revisit/simulate.h>

#include <unistd.h>

static char place[] = "/tmp/revisit-report-XXXXXX";

static const char *at(const char *name)
{
    static char path[4][RV_PATH_MAX];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", place, name);
    return path[turn];
}

static int add_image(const char *name, void *c)
{
    char path[RV_PATH_MAX];
    const size_t n = strlen(name);
    if (n < 4 || strcmp(name + n - 4, ".tif") != 0)
        return RV_OK;
    snprintf(path, sizeof path, "%s/%s", at("images"), name);
    return rv_step_add(c, path, NULL, NULL);
}

/* The site is drawn and worked on once for all tests. */
static rv_case *site(void)
{
    static rv_case *c;
    if (c)
        return c;
    CHECK(mkdtemp(place) != NULL);
    rv_simulate_opts o = RV_SIMULATE_OPTS_INIT;
    o.seed = 3;
    o.size_px = 128;
    o.dates = 4;
    o.buildings_old = 1;
    o.buildings_new = 2;
    o.shift_px = .4;
    o.haze = .02;
    o.noise = .003;
    o.cloud_share = 0.0;
    CHECK_FAILS(RV_OK, rv_simulate(at("images"), &o));
    CHECK_FAILS(RV_OK, rv_case_create(&c, at("yard.case"), NULL));
    CHECK_FAILS(RV_OK, rv__folder_each(at("images"), add_image, c));
    CHECK_FAILS(RV_ERR_STATE, rv_report_write(c, NULL));
    CHECK_FAILS(RV_OK, rv_step_align(c, NULL, NULL));
    CHECK_FAILS(RV_OK, rv_step_detect(c, NULL));
    CHECK_FAILS(RV_OK, rv_step_measure(c, NULL, NULL));
    return c;
}

static size_t changes_of(rv_case *c)
{
    rv__facts facts;
    CHECK_FAILS(RV_OK, rv__facts_load(&facts, c));
    size_t *order = rv__alloc(facts.structures.n + 1, sizeof *order), n = rv__facts_changes(&facts, order);
    rv__free(order);
    rv__facts_release(&facts);
    return n;
}

static char *page_at(const char *path)
{
    char *text = NULL;
    size_t n = 0;
    CHECK_FAILS(RV_OK, rv__file_read(&text, &n, path, 64 << 20));
    return text;
}

static char *write_page(rv_case *c, const char *path, int panels)
{
    rv_report_opts opts = RV_REPORT_OPTS_INIT;
    opts.out = path;
    opts.max_panels = panels;
    opts.panel_px = 240;
    CHECK_FAILS(RV_OK, rv_report_write(c, &opts));
    return page_at(path);
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (; text && (text = strstr(text, what)); text += strlen(what))
        n++;
    return n;
}

TEST(the_same_case_gives_the_same_page_for_any_number_of_threads)
{
    rv_case *c = site();
    CHECK_FAILS(RV_OK, rv_threads_set(1));
    char *one = write_page(c, at("one/page.html"), 24);
    CHECK_FAILS(RV_OK, rv_threads_set(3));
    char *three = write_page(c, at("three/page.html"), 24);
    CHECK(one && three && strcmp(one, three) == 0);
    char *a = page_at(at("one/figures/overview-after.png")), *b = page_at(at("three/figures/overview-after.png"));
    CHECK(a && b && memcmp(a, b, 1000) == 0);
    rv__free(one);
    rv__free(three);
    rv__free(a);
    rv__free(b);
}

TEST(every_change_has_a_heading_pictures_and_a_row)
{
    rv_case *c = site();
    const size_t n = changes_of(c);
    char *page = write_page(c, at("all/page.html"), 24), *captions = page_at(at("all/figures/captions.txt"));
    CHECK(n > 0);
    CHECK(count(page, "<h2 id=\"c") == n);
    CHECK(count(page, "<figure class=\"both\">") == n + 1); /* and the overview */
    CHECK(count(page, "<figure class=\"plot\">") == n);
    CHECK(count(page, "<td class=\"a\">") == n);
    CHECK(count(captions, "-clean.png\n") == 2 * (n + 1));
    CHECK(strstr(page, "<p>No claims.</p>") && strstr(page, "What was not seen, and why"));
    CHECK(strstr(page, "options that differ from the defaults") && strstr(page, "sha256sum"));
    rv__free(page);
    rv__free(captions);
}

TEST(no_more_pictures_are_drawn_than_were_asked_for)
{
    char *page = write_page(site(), at("few/page.html"), 1);
    CHECK(count(page, "<figure class=\"both\">") == 2);
    CHECK(count(page, "<td class=\"a\">") == changes_of(site()));
    CHECK(count(page, "<td class=\"a\"><a href=") == 1);
    rv__free(page);
}

TEST(pictures_of_a_former_report_are_gone)
{
    rv_case *c = site();
    CHECK_FAILS(RV_OK, rv_report_write(c, NULL));
    CHECK_FAILS(RV_OK, rv__file_write(at("yard.case/reports/figures/s999-after.png"), "x", 1));
    CHECK_FAILS(RV_OK, rv_report_write(c, NULL));
    CHECK(!rv__file_exists(at("yard.case/reports/figures/s999-after.png")));
    CHECK(rv__file_exists(at("yard.case/reports/figures/overview-after.png")));
}

TEST(an_option_out_of_range_is_named_with_its_limits)
{
    CHECK_FAILS(RV_ERR_RANGE, rv_report_write(site(), &(rv_report_opts){ NULL, 24, 10, NULL }));
    CHECK(strstr(rv_last_error(), "panel_px") && strstr(rv_last_error(), "240"));
}

TEST(everything_is_removed_at_the_end)
{
    rv_case_close(site());
    CHECK_FAILS(RV_OK, rv__folder_remove(place));
}

TESTS(RUN(the_same_case_gives_the_same_page_for_any_number_of_threads),
      RUN(every_change_has_a_heading_pictures_and_a_row), RUN(no_more_pictures_are_drawn_than_were_asked_for),
      RUN(pictures_of_a_former_report_are_gone), RUN(an_option_out_of_range_is_named_with_its_limits),
      RUN(everything_is_removed_at_the_end))
