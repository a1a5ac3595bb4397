/* SPDX-License-Identifier: Apache-2.0 */
/* Whole drawings: same options same bytes, folders, options, suites, texts. */
#include <unistd.h>

#include <revisit/simulate.h>

#include "base/json.h"
#include "base/sha256.h"
#include "drawn.h"
#include "lib/scratch.h"

typedef struct listing {
    const char *folder;
    char *all; /* names and hashes */
    int files;
} listing;

static int list_one(const char *name, void *user)
{
    listing *l = user;
    char path[512], hash[65];
    if (strcmp(name, "truth") == 0) {
        snprintf(path, sizeof path, "%s/truth", l->folder);
        listing below = { path, l->all, 0 };
        const int err = rv__folder_each(path, list_one, &below);
        l->files += below.files;
        return err;
    }
    snprintf(path, sizeof path, "%s/%s", l->folder, name);
    const int err = rv__sha256_file(hash, path);
    strcat(l->all, name);
    strcat(l->all, hash);
    l->files++;
    return err;
}

/* @return the number of files drawn */
static int draw_and_list(char all[8192], const rv_simulate_opts *o, int threads)
{
    const char *folder = scratch("drawing");
    listing l = { folder, all, 0 };
    all[0] = '\0';
    rv_threads_set(threads);
    CHECK(rv_simulate(folder, o) == RV_OK);
    rv_threads_set(0);
    CHECK(rv__folder_each(folder, list_one, &l) == RV_OK);
    rv__folder_remove(folder);
    return l.files;
}

TEST(the_same_options_give_the_same_bytes_with_one_two_and_seven_threads)
{
    static const rv_suite suites[] = { RV_SUITE_X, RV_SUITE_J, RV_SUITE_S };
    static char one[8192], more[8192];
    for (int k = 0; k < 3; k++) {
        rv_simulate_opts o = small_suite(suites[k], RV_STYLE_B, 11, 144);
        o.dates = 2;
        const int files = draw_and_list(one, &o, 1);
        CHECK(files == 2 * 5 + 4); /* four rasters and an item a date; truth, site, change, manifest */
        CHECK(draw_and_list(more, &o, 2) == files && strcmp(one, more) == 0);
        CHECK(draw_and_list(more, &o, 7) == files && strcmp(one, more) == 0);
    }
}

/* Share of the values that differ by more than .005 of reflectance. */
static double difference(const rv_simulate_opts *o, const rv_simulate_opts *p)
{
    rv__site *one = site_new(o), *two = site_new(p);
    picture a = draw_date(one, 0), b = draw_date(two, 0);
    const size_t n = a.size * a.size * a.bands;
    size_t different = 0;
    for (size_t i = 0; i < n; i++)
        different += abs(a.value[i] - b.value[i]) > 50;
    picture_free(&a);
    picture_free(&b);
    site_free(one);
    site_free(two);
    return (double)different / (double)n;
}

TEST(another_seed_and_the_other_style_give_other_pictures)
{
    const rv_simulate_opts o = small_suite(RV_SUITE_X, RV_STYLE_A, 7, 96);
    rv_simulate_opts seed = o, style = o;
    seed.seed = 8;
    style.style = RV_STYLE_B;
    CHECK(difference(&o, &o) == 0.0);
    CHECK(difference(&o, &seed) > .5);
    CHECK(difference(&o, &style) > .5);
}

TEST(a_drawing_goes_over_itself_and_over_no_other_one)
{
    const char *folder = scratch("claimed"), *strange = scratch("strange");
    char before[65], after[65], manifest[512], image[512];
    rv_simulate_opts o = plain_opts(1, 80);
    snprintf(manifest, sizeof manifest, "%s/manifest.json", folder);
    CHECK(rv_simulate(folder, &o) == RV_OK);
    CHECK(rv__sha256_file(before, manifest) == RV_OK);
    CHECK(rv_simulate(folder, &o) == RV_OK); /* over itself */
    o.seed = 2;
    CHECK_FAILS(RV_ERR_REFUSED, rv_simulate(folder, &o));
    CHECK(rv__sha256_file(after, manifest) == RV_OK);
    CHECK_TEXT(after, before);
    CHECK(rv__folder_make(strange) == RV_OK);
    snprintf(image, sizeof image, "%s/theirs.tif", strange);
    CHECK(rv__file_write(image, "x", 1) == RV_OK);
    CHECK_FAILS(RV_ERR_REFUSED, rv_simulate(strange, &o));
}

static void check_named(const rv_simulate_opts *o, const char *word)
{
    const char *folder = scratch("never");
    CHECK_FAILS(RV_ERR_RANGE, rv_simulate(folder, o));
    CHECK(strstr(rv_last_error(), word) != NULL);
    CHECK(!rv__file_exists(folder));
}

TEST(options_out_of_range_are_named)
{
    const rv_simulate_opts good = plain_opts(1, 80);
    rv_simulate_opts o = good, haze = good, dates = good, step = good, many = good;
    haze.haze = 2.0;
    dates.buildings_new = dates.dates = 1;
    step.step_days = 1.0;
    many.buildings_old = 190;
    check_named(&haze, "haze");
    check_named(&dates, "dates");
    check_named(&step, "step_days");
    check_named(&many, "buildings");
    CHECK(rv_simulate_suite(&o, (rv_suite)15, RV_STYLE_A, 1) == RV_ERR_RANGE && strstr(rv_last_error(), "suite"));
    CHECK(rv_simulate_suite(&o, RV_SUITE_R, (rv_style)2, 1) == RV_ERR_RANGE && strstr(rv_last_error(), "style"));
    CHECK(rv_simulate_suite(&o, RV_SUITE_R, RV_STYLE_A, -1) == RV_ERR_RANGE && strstr(rv_last_error(), "seed"));
}

TEST(the_rows_agree_with_the_defaults)
{
    const rv_simulate_opts init = RV_SIMULATE_OPTS_INIT;
    rv_simulate_opts filled;
    rv_fields_init(rv_simulate_fields(), &filled);
    for (size_t k = 0; k < rv_simulate_fields()->n; k++)
        CHECK(rv_field_equal(&rv_simulate_fields()->field[k], &init, &filled));
    CHECK(rv_fields_check(rv_simulate_fields(), &init) == RV_OK);
}

/* In memory: what is written is the other tests' matter. */
static void draw_two_dates(int suite, int style)
{
    rv_simulate_opts o = small_suite((rv_suite)suite, (rv_style)style, 5, 96);
    o.dates = 2;
    CHECK(rv_fields_check(rv_simulate_fields(), &o) == RV_OK);
    rv__site *site = site_new(&o);
    CHECK(site->n_buildings > 0);
    picture p[2] = { picture_new(site, 96), picture_new(site, 96) };
    draw_in_strips(p, site, 0, 2, 96);
    for (int k = 0; k < 2; k++) {
        uint16_t lo = UINT16_MAX, hi = 0;
        for (size_t i = 0; i < p[k].bands * 96 * 96; i++) {
            lo = p[k].value[i] < lo ? p[k].value[i] : lo;
            hi = p[k].value[i] > hi ? p[k].value[i] : hi;
        }
        CHECK(hi > 2 * lo && hi > 50);
        picture_free(&p[k]);
    }
    site_free(site);
}

TEST(every_suite_passes_its_own_checks_and_draws_in_both_styles)
{
    int n = 0;
    for (; rv_suite_names()[n]; n++)
        for (int style = RV_STYLE_A; style <= RV_STYLE_B; style++) {
            rv_simulate_opts o;
            for (int seed = 0; seed < 40; seed++) {
                CHECK(rv_simulate_suite(&o, (rv_suite)n, (rv_style)style, seed) == RV_OK);
                CHECK(rv_fields_check(rv_simulate_fields(), &o) == RV_OK);
                CHECK(o.suite == n && o.style == style && o.seed == seed);
            }
            draw_two_dates(n, style);
        }
    CHECK(n == RV_SUITE_X + 1);
}

typedef struct checked {
    const char *folder;
    int n;
} checked;

static int check_hash(const char *name, const rv__json *value, void *user)
{
    checked *c = user;
    char path[1024], hash[65] = "";
    snprintf(path, sizeof path, "%s/%s", c->folder, name);
    CHECK(rv__sha256_file(hash, path) == RV_OK);
    CHECK_TEXT(rv__json_text(value), hash);
    c->n++;
    return RV_OK;
}

static rv__json *load(const char *folder, const char *name)
{
    char path[1024];
    rv__json *out = NULL;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CHECK(rv__json_load(&out, path) == RV_OK);
    return out;
}

static void check_feature(const rv__json *feature, int *n_roofs)
{
    static const char *const keys[] = { "id",       "kind",  "event",    "area_m2", "wall_area_m2", "area_before_m2",
                                        "height_m", "start", "complete", "ends",    "last_absent",  "first_present",
                                        "clear",    "roof",  "wall" };
    const rv__json *p = rv__json_get(feature, "properties"),
                   *ring = rv__json_at(rv__json_path(p, "roof/coordinates"), 0);
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
        CHECK_TEXT(rv__json_get(p, keys[k]) ? keys[k] : NULL, keys[k]);
    const size_t n = rv__json_size(ring);
    CHECK(n >= 4);
    for (size_t i = 0; i < 2; i++)
        CHECK(rv__json_number(rv__json_at(rv__json_at(ring, 0), i)) ==
              rv__json_number(rv__json_at(rv__json_at(ring, n - 1), i)));
    CHECK(rv__json_number(rv__json_get(p, "area_m2")) >= rv__json_number(rv__json_get(p, "wall_area_m2")));
    *n_roofs += rv__json_number(rv__json_get(p, "height_m")) > 0.0;
}

/* M takes a frame back to the reference, the view's own matrix the other way. */
static int check_frame(const char *id, const rv__json *frame, void *user)
{
    const rv__sim_date **date = user, *d = (*date)++;
    const double *m = d->view[0].m, p[2] = { 100.5, 20.25 };
    const double q[3] = { m[0] * p[0] + m[1] * p[1] + m[2], m[3] * p[0] + m[4] * p[1] + m[5], 1.0 };
    const char *time = rv__json_text(rv__json_get(frame, "time"));
    CHECK_TEXT(d->id, id);
    CHECK(time && strncmp(time, id, 10) == 0);
    for (size_t r = 0; r < 2; r++) {
        double back = 0.0;
        for (size_t c = 0; c < 3; c++)
            back += q[c] * rv__json_number(rv__json_at(rv__json_at(rv__json_get(frame, "M"), r), c));
        CHECK_NEAR(back, p[r], 2e-6);
    }
    CHECK_NEAR(rv__json_number(rv__json_get(frame, "psf_px")), d->view[0].psf_px, 1e-4);
    return RV_OK;
}

static void check_truth(const rv__json *truth, const rv__site *site)
{
    const rv__sim_date *date = site->date;
    int n_roofs = 0;
    CHECK_TEXT(rv__json_text(rv__json_get(truth, "suite")), "X");
    CHECK_TEXT(rv__json_text(rv__json_get(truth, "style")), "B");
    CHECK(rv__json_number(rv__json_get(truth, "seed")) == 3.0);
    CHECK(rv__json_number(rv__json_path(truth, "grid/width")) == 128.0);
    CHECK(rv__json_number(rv__json_path(truth, "grid/gsd_m")) == site->opts.gsd_m);
    CHECK(rv__json_size(rv__json_path(truth, "grid/gt")) == 6);
    CHECK_TEXT(rv__json_text(rv__json_path(truth, "grid/crs")), "EPSG:32636");
    CHECK_TEXT(rv__json_text(rv__json_get(truth, "reference")), site->date[0].id);
    CHECK(rv__json_each(rv__json_get(truth, "frames"), check_frame, &date) == RV_OK);
    CHECK(date == site->date + site->opts.dates);
    const rv__json *features = rv__json_get(truth, "features");
    CHECK((int)rv__json_size(features) >= site->n_buildings + 1); /* two portals, two heaps, a road */
    for (size_t k = 0; k < rv__json_size(features); k++)
        check_feature(rv__json_at(features, k), &n_roofs);
    CHECK(n_roofs == site->n_buildings);
}

TEST(the_texts_parse_and_state_what_was_drawn)
{
    const char *folder = scratch("texts");
    const rv_simulate_opts o = small_suite(RV_SUITE_X, RV_STYLE_B, 3, 128);
    rv__site *site = site_new(&o);
    char name[64];
    CHECK(rv_simulate(folder, &o) == RV_OK);
    snprintf(name, sizeof name, "%s.json", site->date[1].id);
    rv__json *truth = load(folder, "truth.geojson"), *item = load(folder, name), *aoi = load(folder, "site.geojson");
    rv__json *manifest = load(folder, "manifest.json");
    checked c = { folder, 0 };
    check_truth(truth, site);
    CHECK_NEAR(rv__json_number(rv__json_path(item, "properties/gsd")), o.gsd_m, 1e-12);
    CHECK_NEAR(rv__json_number(rv__json_path(item, "properties/view:sun_elevation")), site->date[1].sun_elevation_deg,
               1e-3);
    CHECK(rv__json_number(rv__json_path(item, "properties/proj:epsg")) == 32636.0);
    snprintf(name, sizeof name, "./%s.tif", site->date[1].id);
    CHECK_TEXT(rv__json_text(rv__json_path(item, "assets/data/href")), name);
    CHECK(rv__json_size(rv__json_path(item, "assets/data/eo:bands")) == 4);
    CHECK_TEXT(rv__json_text(rv__json_path(rv__json_at(rv__json_get(aoi, "features"), 0), "properties/role")), "aoi");
    CHECK(rv__json_each(rv__json_get(manifest, "sha256"), check_hash, &c) == RV_OK);
    CHECK(c.n == 5 * o.dates + 3); /* every file but the manifest itself */
    rv__json_free(manifest);
    rv__json_free(aoi);
    rv__json_free(item);
    rv__json_free(truth);
    site_free(site);
}

TESTS(RUN(the_same_options_give_the_same_bytes_with_one_two_and_seven_threads),
      RUN(another_seed_and_the_other_style_give_other_pictures), RUN(a_drawing_goes_over_itself_and_over_no_other_one),
      RUN(options_out_of_range_are_named), RUN(the_rows_agree_with_the_defaults),
      RUN(every_suite_passes_its_own_checks_and_draws_in_both_styles), RUN(the_texts_parse_and_state_what_was_drawn))
