/* SPDX-License-Identifier: Apache-2.0 */
/* The shared series against their truth, errors printed per frame: the rendered plant (exact shifts) and the Garching
 * pictures, which are turned, zoomed and tilted (homographies by SIFT, themselves good to 1 to 1.5 px). */
#include "base/json.h"
#include "lib/test.h"
#include "pictures.h"
#include "raster/decode.h"
#include "raster/gdal_read.h"

enum { FRAMES_MAX = 16 };

/* A decoded picture on its way to a scene. */
typedef struct intake {
    rv_grid grid;
    int bands;
    rv__cog *cog;
    char path[128];
} intake;

static int take_header(const rv__decoded *h, void *user)
{
    intake *in = user;
    in->grid = h->grid;
    in->bands = h->bands;
    return rv__cog_begin(&in->cog, in->path, &h->grid, h->bands, h->sample);
}

static int take_rows(const void *samples, const uint8_t *valid, int row0, int n_rows, void *user)
{
    return rv__cog_rows(((intake *)user)->cog, samples, valid, row0, n_rows);
}

static rv_scene *open_picture(const char *path, const char *id)
{
    intake in = { 0 };
    rv_scene *scene = NULL;
    rv_scene_info info;
    snprintf(in.path, sizeof in.path, "/tmp/revisit-series-%ld-%s.tif", (long)getpid(), id);
    const rv__decode_sink sink = { take_header, take_rows, &in };
    if (rv__decode(path, &sink) < 0) {
        rv__cog_abandon(in.cog);
        return NULL;
    }
    if (rv__cog_finish(in.cog) < 0)
        return NULL;
    rv_fields_init(rv_scene_info_fields(), &info);
    snprintf(info.id, sizeof info.id, "%s", id);
    info.width = in.grid.width;
    info.height = in.grid.height;
    info.bands = in.bands;
    strcpy(info.roles, in.bands == 4 ? "BGRN" : "RGB");
    memcpy(info.crs, in.grid.crs, sizeof info.crs);
    memcpy(info.gt, in.grid.gt, sizeof info.gt);
    info.valid_share = 1;
    if (rv_scene_open(&scene, in.path, &info) < 0)
        scene = NULL;
    unlink(in.path);
    return scene;
}

/* Truth file and the folder of the frames beside it; NULL without shared data. */
static rv__json *load_truth(char folder[512], const char *truth, const char *frames)
{
    rv__json *root = NULL;
    const char *path = test_shared(truth);
    if (!path)
        return NULL;
    CHECK(rv__json_load(&root, path) == RV_OK);
    const char *first = test_shared(frames);
    snprintf(folder, 512, "%.*s", first ? (int)(strrchr(first, '/') - first) : 0, first ? first : "");
    return first ? root : NULL;
}

static void read_matrix(double m[9], const rv__json *rows)
{
    const size_t n = rv__json_size(rows);
    rv__mat_identity(m);
    for (size_t i = 0; i < 3 * n; i++)
        m[i] = rv__json_number(rv__json_at(rv__json_at(rows, i / 3), i % 3));
}

/* Truth counts pixel centres at integers. */
static void truth_point(double out[2], const double m[9], double col, double row)
{
    rv__mat_point(out, m, col - .5, row - .5);
    out[0] += .5;
    out[1] += .5;
}

TEST(frames_of_the_rendered_plant_align_to_a_tenth_of_a_pixel)
{
    char folder[512], path[640];
    rv__json *truth = load_truth(folder, "data/plant/truth/truth.json", "data/plant/2022-11-13.tif");
    if (!truth)
        SKIP("no shared data");
    const rv__json *frames = rv__json_get(truth, "frames");
    rv_scene *reference = NULL;
    double sum = 0;
    int clear = 0;
    for (size_t i = 0; i < rv__json_size(frames); i++) {
        const rv__json *frame = rv__json_at(frames, i);
        const char *file = rv__json_text(rv__json_get(frame, "file"));
        const double cloud = rv__json_number(rv__json_get(frame, "cloud_share"));
        double m[9], worst = 0, centre = 0;
        char id[16];
        snprintf(path, sizeof path, "%s/%s", folder, file);
        snprintf(id, sizeof id, "%.10s", file);
        rv_scene *scene = open_picture(path, id);
        CHECK(scene != NULL);
        read_matrix(m, rv__json_get(frame, "M"));
        if (i == 0) {
            reference = scene;
            continue;
        }
        rv_transform t;
        CHECK(rv_align(&t, scene, reference, NULL) == RV_OK && t.trusted);
        for (int k = 0; k < 5; k++) {
            const double col = k == 4 ? 256 : 512.0 * (k & 1), row = k == 4 ? 256 : 512.0 * (k >> 1);
            double want[2], got[2];
            truth_point(want, m, col, row);
            rv__mat_point(got, t.m, col, row);
            centre = hypot(got[0] - want[0], got[1] - want[1]);
            worst = k < 4 ? fmax(worst, centre) : worst;
        }
        printf("# %s cloud %2.0f %%: %.3f px at the centre (sigma %.3f), %.3f at the worst corner, kind %d, %d ties\n",
               id, 100 * cloud, centre, t.sigma_px, worst, t.kind, t.ties);
        CHECK(centre < 3.5 * t.sigma_px && worst < .2);
        sum += cloud < .1 ? centre * centre : 0;
        clear += cloud < .1;
        rv_scene_free(scene);
    }
    printf("# clear frames: %.3f px rms at the centre\n", sqrt(sum / clear));
    CHECK(clear == 9 && sqrt(sum / clear) < .06);
    rv_scene_free(reference);
    rv__json_free(truth);
}

/* Error over the reference frame where truth and scene overlap. */
static double rms_error(const rv_transform *t, const double truth[9], const rv_grid *scene, const rv_grid *reference)
{
    double back[9], sum = 0;
    int n = 0;
    CHECK(rv_transform_invert(back, truth) == RV_OK);
    for (int row = 8; row < reference->height; row += 16)
        for (int col = 8; col < reference->width; col += 16) {
            double p[2], got[2];
            truth_point(p, back, col, row);
            if (p[0] < 0 || p[1] < 0 || p[0] > scene->width || p[1] > scene->height)
                continue;
            rv__mat_point(got, t->m, p[0], p[1]);
            sum += (got[0] - col) * (got[0] - col) + (got[1] - row) * (got[1] - row);
            n++;
        }
    return sqrt(sum / n);
}

/* Frames of a series: n in all; trusted and within limit_px rms of the truth; trusted and beyond twice that. */
typedef struct outcome {
    int n, within, wild;
} outcome;

/* @return false without shared data */
static bool check_pictures(outcome *o, const char *truth_file, const char *first, double limit_px)
{
    char folder[512], path[640];
    rv__json *truth = load_truth(folder, truth_file, first);
    *o = (outcome){ 0 };
    if (!truth)
        return false;
    const rv__json *frames = rv__json_get(truth, "frames"), *transforms = rv__json_get(truth, "transforms");
    const char *reference_file = rv__json_text(rv__json_get(truth, "reference_frame"));
    snprintf(path, sizeof path, "%s/%s", folder, reference_file);
    rv_scene *reference = open_picture(path, "reference");
    CHECK(reference != NULL);
    for (size_t i = 0; i < rv__json_size(frames); i++) {
        const char *file = rv__json_text(rv__json_get(rv__json_at(frames, i), "file"));
        if (strcmp(file, reference_file) == 0)
            continue;
        double m[9];
        rv_transform t;
        snprintf(path, sizeof path, "%s/%s", folder, file);
        rv_scene *scene = open_picture(path, "frame");
        CHECK(scene && rv_align(&t, scene, reference, NULL) == RV_OK);
        read_matrix(m, rv__json_get(rv__json_get(transforms, file), "homography"));
        const double rms = rms_error(&t, m, rv_scene_grid(scene), rv_scene_grid(reference));
        printf("# %s: %.2f px rms from the truth, sigma %.2f, residual %.2f, %d ties, %s%s\n", file, rms, t.sigma_px,
               t.residual_px, t.ties, t.trusted ? "trusted" : "refused: ", t.why);
        o->within += t.trusted && rms < limit_px;
        o->wild += t.trusted && rms > 2 * limit_px;
        o->n++;
        rv_scene_free(scene);
    }
    rv_scene_free(reference);
    rv__json_free(truth);
    return true;
}

TEST(turned_and_tilted_frames_of_garching_align_or_are_refused)
{
    outcome o;
    if (!check_pictures(&o, "data/truth/garching.json", "data/series/Garching/2009_04.jpg", 4))
        SKIP("no shared data");
    CHECK(o.n == 8 && o.within >= 6 && o.wild == 0);
}

TEST(frames_of_one_viewpoint_align_to_half_a_pixel)
{
    outcome o;
    if (!check_pictures(&o, "data/truth/solar_farm.json", "data/series/SolarFarm/2016_12.jpg", .5))
        SKIP("no shared data");
    CHECK(o.n == 11 && o.within == 11 && o.wild == 0);
}

TESTS(RUN(frames_of_the_rendered_plant_align_to_a_tenth_of_a_pixel),
      RUN(turned_and_tilted_frames_of_garching_align_or_are_refused),
      RUN(frames_of_one_viewpoint_align_to_half_a_pixel))
