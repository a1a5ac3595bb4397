/* SPDX-License-Identifier: Apache-2.0 */
/* Damaged and hostile files of the shared collection: each ends with a scene or with one line, and the program goes on. */
#include "base/time.h"
#include "ingest/ingest.h"
#include "lib/scratch.h"

typedef struct tally {
    char folder[4200];
    int files, read, other_codes, bad_lines;
    double slowest_s;
} tally;

static int take_one(const char *name, void *user)
{
    tally *t = user;
    rv_scene_info info = { .id = "x" };
    const rv__ingest_opts opts = { .time = NULL };
    char path[4400];
    snprintf(path, sizeof path, "%s/%s", t->folder, name);
    const double start = rv__clock();
    const int err = rv__ingest(&info, path, scratch("w.tif"), &opts);
    const double took = rv__clock() - start;
    t->files++;
    t->read += err == RV_OK;
    t->other_codes += err != RV_OK && err != RV_ERR_FORMAT && err != RV_ERR_REFUSED;
    t->slowest_s = took > t->slowest_s ? took : t->slowest_s;
    if (err != RV_OK) {
        const char *line = rv_last_error();
        const bool good = line[0] && !strchr(line, '\n') && line[strlen(line) - 1] != '.' && !strstr(line, t->folder);
        t->bad_lines += !good;
        if (!good)
            printf("# %s: \"%s\"\n", name, line);
    }
    if (rv__file_exists(scratch("w.tif")) != (err == RV_OK))
        t->bad_lines++;
    remove(scratch("w.tif"));
    return 0;
}

static bool run_group(tally *t, const char *group)
{
    const char *list = test_shared("data/corrupt/LIST.tsv");
    if (!list)
        return false;
    memset(t, 0, sizeof *t);
    snprintf(t->folder, sizeof t->folder, "%.*s/%s", (int)(strlen(list) - strlen("/LIST.tsv")), list, group);
    CHECK(rv__folder_each(t->folder, take_one, t) == 0);
    printf("# %s: %d files, %d read, slowest %.1f s\n", group, t->files, t->read, t->slowest_s);
    CHECK(t->files > 0 && t->other_codes == 0 && t->bad_lines == 0);
    return true;
}

#define GROUP(test_name, group)     \
    TEST(test_name)                 \
    {                               \
        tally t;                    \
        if (!run_group(&t, group))  \
            SKIP("no shared data"); \
        CHECK(t.slowest_s < 60);    \
    }

GROUP(damaged_jpeg2000_is_read_or_named, "jp2-crash")
GROUP(damaged_jpeg_is_read_or_named, "jpeg-bad")
GROUP(damaged_png_is_read_or_named, "png-bad")
GROUP(nitf_is_read_or_named, "nitf-sample")
GROUP(odd_geotiff_is_read_or_named, "geotiff-vrt-sample")
GROUP(made_tiff_is_read_or_named, "made/tif")
GROUP(cut_pictures_are_named, "image-sample-libvips")
GROUP(tiff_that_crashed_others_is_read_or_named, "tiff-crash")
GROUP(fuzzed_tiff_is_read_or_named, "tiff-fuzz")
GROUP(fuzzed_png_is_read_or_named, "png-fuzz")
GROUP(xml_is_no_picture, "made/xml")

TEST(a_vrt_is_refused_whatever_its_name)
{
    tally t;
    if (!run_group(&t, "made/vrt"))
        SKIP("no shared data");
    CHECK(t.read == 0);
}

/* Every file of these folders is meant to be unusable; one that is read would be a hole in the limits. */
TEST(figures_and_places_that_cannot_be_are_refused)
{
    static const char *const names[] = { "dims_2g.tif",
                                         "dims_wide.tif",
                                         "dims_zero.tif",
                                         "spp_65535.tif",
                                         "bps_0.tif",
                                         "gt_nan.tif",
                                         "gt_1e300.tif",
                                         "gt_zero_scale.tif",
                                         "crs_geocentric.tif",
                                         "crs_unknown_epsg.tif",
                                         "latlon_out_of_range.tif",
                                         "all_nan.tif",
                                         "all_inf.tif",
                                         "bomb_1GiB_deflate_onestrip.tif" };
    tally t = { .files = 0 };
    const char *folder = test_shared("data/corrupt/made/tif/all_nan.tif");
    if (!folder)
        SKIP("no shared data");
    snprintf(t.folder, sizeof t.folder, "%.*s", (int)(strlen(folder) - strlen("/all_nan.tif")), folder);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        take_one(names[i], &t);
    CHECK(t.read == 0 && t.other_codes == 0 && t.bad_lines == 0);
}

TESTS(RUN(damaged_jpeg2000_is_read_or_named), RUN(damaged_jpeg_is_read_or_named), RUN(damaged_png_is_read_or_named),
      RUN(nitf_is_read_or_named), RUN(odd_geotiff_is_read_or_named), RUN(made_tiff_is_read_or_named),
      RUN(cut_pictures_are_named), RUN(tiff_that_crashed_others_is_read_or_named), RUN(fuzzed_tiff_is_read_or_named),
      RUN(fuzzed_png_is_read_or_named), RUN(xml_is_no_picture), RUN(a_vrt_is_refused_whatever_its_name),
      RUN(figures_and_places_that_cannot_be_are_refused))
