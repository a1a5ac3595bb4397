/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes read by window, alone and as a stack, against the slow evaluation of a smooth ground whose value is known at any
 * position. */
#include <revisit/stack.h>

#include "base/parallel.h"
#include "lib/oom.h"
#include "lib/scratch.h"
#include "raster/gdal_read.h"
#include "raster/gdal_write.h"

enum { W = 160, H = 120 };

static const rv_grid frame = { .crs = "EPSG:32636", .gt = { 500000, 3, 0, 4500000, 0, -3 }, .width = W, .height = H };

/* The ground at a reference position, in stored units: waves long enough for any kernel. */
static double ground(int band, double col, double row)
{
    return 100 + 10 * band + 20 * sin(col / 9 + band) + 15 * cos(row / 11 - col / 40);
}

static bool hole(int col, int row)
{
    return col >= 40 && col < 52 && row >= 30 && row < 44;
}

/* A scene whose pixel p shows the ground at m * p. */
static rv_scene *make_scene(const char *id, const char *roles, const double m[9], double t)
{
    const int bands = (int)strlen(roles);
    rv_scene_info info;
    rv_transform map;
    rv__cog *cog = NULL;
    rv_scene *scene = NULL;
    float *data = rv__alloc((size_t)(W * H * bands), sizeof *data);
    uint8_t *valid = rv__alloc(W * H, 1);
    char name[80];
    rv_transform_identity(&map);
    memcpy(map.m, m, sizeof map.m);
    for (int row = 0; row < H; row++)
        for (int col = 0; col < W; col++) {
            double u, v;
            rv_transform_apply(&map, col + .5, row + .5, &u, &v);
            valid[row * W + col] = !hole(col, row);
            for (int b = 0; b < bands; b++)
                data[(b * H + row) * W + col] = (float)ground(roles[b], u, v);
        }
    snprintf(name, sizeof name, "%s.tif", id);
    if (rv__cog_begin(&cog, scratch(name), &frame, bands, RV__SAMPLE_F32) < 0 ||
        rv__cog_rows(cog, data, valid, 0, H) < 0 || rv__cog_finish(cog) < 0)
        abort();
    rv__free(data);
    rv__free(valid);
    rv_fields_init(rv_scene_info_fields(), &info);
    snprintf(info.id, sizeof info.id, "%s", id);
    snprintf(info.roles, sizeof info.roles, "%s", roles);
    snprintf(info.crs, sizeof info.crs, "%s", frame.crs);
    memcpy(info.gt, frame.gt, sizeof info.gt);
    info.width = W;
    info.height = H;
    info.bands = bands;
    info.t_min = info.t_max = t;
    if (rv_scene_open(&scene, scratch(name), &info) < 0)
        abort();
    return scene;
}

static rv_transform to_ref(const char *id, const char *reference, const double m[9])
{
    rv_transform t;
    rv_transform_identity(&t);
    snprintf(t.scene_id, sizeof t.scene_id, "%s", id);
    snprintf(t.reference_id, sizeof t.reference_id, "%s", reference);
    memcpy(t.m, m, sizeof t.m);
    return t;
}

static const double identity[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
static const double shift[9] = { 1, 0, 3.37, 0, 1, -2.61, 0, 0, 1 };
static const double whole[9] = { 1, 0, 5, 0, 1, -4, 0, 0, 1 };
static const double bent[9] = { .98, .03, 4, -.02, 1.01, 3, 2e-5, -3e-5, 1 };

TEST(a_scene_window_may_reach_outside_and_is_invalid_there)
{
    static float data[2 * 60 * 50];
    static uint8_t valid[60 * 50];
    const int bands[] = { 1, 0 }, window[4] = { -20, 95, 60, 50 }, away[4] = { 400, 0, 60, 50 };
    rv_scene *s = make_scene("window", "BG", identity, 0);
    int wrong = 0;
    CHECK(rv_scene_read(s, data, valid, bands, 2, window) == RV_OK);
    for (int r = 0; r < 50; r++)
        for (int c = 0; c < 60; c++) {
            const int col = c - 20, row = r + 95;
            const bool in = col >= 0 && row < H && !hole(col, row);
            wrong += valid[r * 60 + c] != in;
            wrong += fabs(data[r * 60 + c] - (in ? ground('G', col + .5, row + .5) : 0)) > 1e-4;
            wrong += fabs(data[3000 + r * 60 + c] - (in ? ground('B', col + .5, row + .5) : 0)) > 1e-4;
        }
    CHECK(wrong == 0);
    CHECK(rv_scene_read(s, data, valid, bands, 2, away) == RV_OK);
    for (int i = 0; i < 3000; i++)
        wrong += valid[i] != 0 || fabsf(data[i]) > 0;
    CHECK(wrong == 0);
    rv_scene_free(s);
}

TEST(a_working_copy_that_is_not_as_recorded_is_a_mismatch)
{
    rv_scene *s = make_scene("record", "B", identity, 0), *other = NULL;
    rv_scene_info info = *rv_scene_facts(s);
    info.bands = 2;
    CHECK_FAILS(RV_ERR_MISMATCH, rv_scene_open(&other, scratch("record.tif"), &info));
    CHECK(other == NULL && strstr(rv_last_error(), "scene record: "));
    rv_scene_free(s);
}

/* One resampled read against the ground, away from holes and borders. */
static void check_against_ground(const rv_stack *stack, size_t t, const double m[9], double tolerance)
{
    static float data[4 * W * H];
    static uint8_t mask[W * H];
    const int window[4] = { 0, 0, W, H };
    const char *roles = rv_stack_roles(stack);
    double back[9];
    int clear = 0;
    double worst = 0;
    CHECK(rv_transform_invert(back, m) == RV_OK);
    CHECK(rv_stack_read(stack, data, mask, t, window) == RV_OK);
    for (int row = 0; row < H; row++)
        for (int col = 0; col < W; col++) {
            const double x = col + .5, y = row + .5, w = back[6] * x + back[7] * y + back[8];
            const double u = (back[0] * x + back[1] * y + back[2]) / w, v = (back[3] * x + back[4] * y + back[5]) / w;
            const bool near_edge = u < 8 || v < 8 || u > W - 8 || v > H - 8; /* the spline mirrors there */
            const bool near_hole = u > 32 && u < 60 && v > 22 && v < 52;
            const bool in_hole = u >= 41 && u < 51 && v >= 31 && v < 43;
            const uint8_t code = mask[row * W + col];
            if (u < 0 || v < 0 || u > W || v > H || in_hole)
                CHECK(code == RV_MASK_OUTSIDE);
            if (near_edge || near_hole)
                continue;
            CHECK(code == RV_MASK_CLEAR);
            clear++;
            for (int b = 0; roles[b]; b++)
                worst = fmax(worst, fabs((double)data[(b * H + row) * W + col] - ground(roles[b], x, y)));
        }
    CHECK(clear > W * H / 2);
    CHECK_NEAR(worst, 0, tolerance);
}

TEST(shifts_affine_and_projective_maps_show_the_ground_where_it_lies)
{
    static const double *const maps[] = { identity, whole, shift, bent };
    static const char *const ids[] = { "m0", "m1", "m2", "m3" };
    rv_scene *scenes[4];
    rv_transform transforms[4];
    rv_stack *stack = NULL;
    for (int i = 0; i < 4; i++) {
        scenes[i] = make_scene(ids[i], "BG", maps[i], i);
        transforms[i] = to_ref(ids[i], "m0", maps[i]);
    }
    CHECK(rv_stack_build(&stack, &(rv_stack_parts){ scenes, transforms, NULL, NULL, 4 }, &frame) == RV_OK);
    CHECK(rv_stack_size(stack) == 4 && rv_stack_bands(stack) == 2);
    for (size_t t = 0; t < 4; t++)
        check_against_ground(stack, t, maps[t], t < 2 ? 1e-4 : .01);
    rv_stack_free(stack);
    for (int i = 0; i < 4; i++)
        rv_scene_free(scenes[i]);
}

TEST(a_window_of_the_reference_grid_shows_the_same_ground)
{
    rv_grid part = frame;
    rv_scene *scenes[2] = { make_scene("ref", "B", identity, 1), make_scene("moved", "B", shift, 2) };
    rv_transform transforms[2] = { to_ref("ref", "ref", identity), to_ref("moved", "ref", shift) };
    rv_stack *all = NULL, *cut = NULL;
    static float a[30 * 20], b[30 * 20];
    static uint8_t ma[30 * 20], mb[30 * 20];
    const int in_all[4] = { 90, 70, 30, 20 }, in_cut[4] = { 10, 20, 30, 20 };
    part.gt[0] += 3 * 80;
    part.gt[3] -= 3 * 50;
    part.width = part.height = 60;
    CHECK(rv_stack_build(&all, &(rv_stack_parts){ scenes, transforms, NULL, NULL, 2 }, &frame) == RV_OK);
    CHECK(rv_stack_build(&cut, &(rv_stack_parts){ scenes, transforms, NULL, NULL, 2 }, &part) == RV_OK);
    for (size_t t = 0; t < 2; t++) {
        CHECK(rv_stack_read(all, a, ma, t, in_all) == RV_OK);
        CHECK(rv_stack_read(cut, b, mb, t, in_cut) == RV_OK);
        CHECK(memcmp(ma, mb, sizeof ma) == 0);
        for (int i = 0; i < 600; i++)
            CHECK_NEAR(a[i], b[i], 1e-4);
    }
    rv_stack_free(all);
    rv_stack_free(cut);
    rv_scene_free(scenes[0]);
    rv_scene_free(scenes[1]);
}

TEST(scenes_stand_in_order_of_time_and_share_their_common_bands)
{
    rv_scene *scenes[4] = { make_scene("late", "RGBN", identity, 300), make_scene("nodate", "BGRN", identity, 0),
                            make_scene("early", "XBGRX", identity, 100), make_scene("b-tie", "NBGR", identity, 100) };
    rv_transform transforms[4];
    rv_gain gains[12] = { 0 };
    rv_stack *stack = NULL;
    static float data[3 * 8 * 8];
    static uint8_t mask[64];
    const int window[4] = { 100, 80, 8, 8 };
    static const char *const want[] = { "b-tie", "early", "late", "nodate" };
    rv_scene_info info = *rv_scene_facts(scenes[1]);
    info.t_min = -INFINITY;
    info.t_max = INFINITY;
    rv_scene_free(scenes[1]);
    CHECK(rv_scene_open(&scenes[1], scratch("nodate.tif"), &info) == RV_OK);
    for (int i = 0; i < 4; i++) {
        transforms[i] = to_ref(rv_scene_facts(scenes[i])->id, "late", identity);
        for (int b = 0; b < 3; b++) {
            gains[i * 3 + b].gain = 2 + i;
            gains[i * 3 + b].offset = b - 7;
        }
    }
    CHECK(rv_stack_build(&stack, &(rv_stack_parts){ scenes, transforms, gains, NULL, 4 }, &frame) == RV_OK);
    CHECK_TEXT(rv_stack_roles(stack), "BGR");
    for (size_t t = 0; t < 4; t++)
        CHECK_TEXT(rv_stack_facts(stack, t)->id, want[t]);
    CHECK_TEXT(rv_stack_transform(stack, 2)->scene_id, "late");
    CHECK(rv_stack_read(stack, data, mask, 1, window) ==
          RV_OK); /* "early": third of the parts, its bands in another order */
    CHECK_NEAR(data[0], (2 + 2) * ground('B', 100.5, 80.5) - 7, 1e-3);
    CHECK_NEAR(data[2 * 64 + 9], (2 + 2) * ground('R', 101.5, 81.5) - 5, 1e-3);
    rv_stack_free(stack);
    for (int i = 0; i < 4; i++)
        rv_scene_free(scenes[i]);
}

TEST(the_field_of_a_gain_is_added_where_it_stands_on_the_grid)
{
    rv_scene *scenes[1] = { make_scene("hazy", "BG", identity, 1) };
    rv_transform transforms[1] = { to_ref("hazy", "hazy", identity) };
    rv_gain gains[2] = { { .gain = 2, .offset = 1, .field = "2 2 0.5 0 20 0 20" },
                         { .gain = 2, .offset = 1, .band = 1 } };
    rv_stack *stack = NULL;
    static float data[2 * 6];
    static uint8_t mask[6];
    CHECK(rv_stack_build(&stack, &(rv_stack_parts){ scenes, transforms, gains, NULL, 1 }, &frame) == RV_OK);
    CHECK(rv_stack_read(stack, data, mask, 0, (const int[4]){ 100, 80, 3, 2 }) == RV_OK);
    for (int i = 0; i < 6; i++) {
        const double col = 100 + i % 3, row = 80.5 + i / 3;
        CHECK_NEAR(data[i], 2 * ground('B', col + .5, row) + 1 + 10 * col / (W - 1), 1e-3);
        CHECK_NEAR(data[6 + i], 2 * ground('G', col + .5, row) + 1, 1e-3);
    }
    CHECK(rv_stack_read(stack, data, mask, 0, (const int[4]){ 40, 30, 3, 2 }) == RV_OK); /* the hole stays empty */
    CHECK(mask[0] == RV_MASK_OUTSIDE && data[0] == 0);
    rv_stack_free(stack);
    snprintf(gains[1].field, sizeof gains[1].field, "2 2 1 5");
    CHECK_FAILS(RV_ERR_FORMAT, rv_stack_build(&stack, &(rv_stack_parts){ scenes, transforms, gains, NULL, 1 }, &frame));
    rv_scene_free(scenes[0]);
}

TEST(a_panchromatic_scene_meets_colours_in_their_mean)
{
    rv_scene *scenes[2] = { make_scene("pan", "P", identity, 1), make_scene("rgb", "RGB", shift, 2) };
    rv_transform transforms[2] = { to_ref("pan", "pan", identity), to_ref("rgb", "pan", shift) };
    rv_stack *stack = NULL;
    float value;
    uint8_t mask;
    const int pixel[4] = { 100, 80, 1, 1 };
    CHECK(rv_stack_build(&stack, &(rv_stack_parts){ scenes, transforms, NULL, NULL, 2 }, &frame) == RV_OK);
    CHECK_TEXT(rv_stack_roles(stack), "P");
    CHECK(rv_stack_read(stack, &value, &mask, 1, pixel) == RV_OK);
    CHECK_NEAR(value, (ground('R', 100.5, 80.5) + ground('G', 100.5, 80.5) + ground('B', 100.5, 80.5)) / 3, .01);
    CHECK(rv_stack_read(stack, &value, &mask, 0, pixel) == RV_OK);
    CHECK_NEAR(value, ground('P', 100.5, 80.5), 1e-4);
    rv_stack_free(stack);
    rv_scene_free(scenes[0]);
    rv_scene_free(scenes[1]);
}

TEST(scenes_that_share_no_band_are_named)
{
    rv_scene *scenes[2] = { make_scene("nir", "N", identity, 1), make_scene("unknown", "XX", identity, 2) };
    rv_transform transforms[2] = { to_ref("nir", "nir", identity), to_ref("unknown", "nir", identity) };
    rv_stack *stack = NULL;
    CHECK_FAILS(RV_ERR_MISMATCH,
                rv_stack_build(&stack, &(rv_stack_parts){ scenes, transforms, NULL, NULL, 2 }, &frame));
    CHECK(strstr(rv_last_error(), "nir") && strstr(rv_last_error(), "unknown"));
    CHECK_FAILS(RV_ERR_NODATA, rv_stack_build(&stack, &(rv_stack_parts){ scenes, transforms, NULL, NULL, 0 }, &frame));
    CHECK(stack == NULL);
    CHECK(rv_stack_build(&stack, &(rv_stack_parts){ scenes + 1, transforms + 1, NULL, NULL, 1 }, &frame) == RV_OK);
    CHECK_TEXT(rv_stack_roles(stack), "XX");
    rv_stack_free(stack);
    rv_scene_free(scenes[0]);
    rv_scene_free(scenes[1]);
}

TEST(mask_codes_come_from_the_mask_file_and_outside_from_the_pixels)
{
    static uint8_t codes[W * H], mask[W * H];
    static float data[W * H];
    const int window[4] = { -5, -5, W, H };
    rv_scene *scene = make_scene("masked", "B", identity, 1);
    const rv_transform t = to_ref("masked", "masked", identity);
    rv_stack *stack = NULL;
    int wrong = 0;
    for (int i = 0; i < W * H; i++)
        codes[i] = (uint8_t)(i % 7 > 5 ? 255 : i % 7);
    CHECK(rv__layer_write_u8(scratch("mask.tif"), &frame, codes, 255) == RV_OK);
    const char *path = scratch("mask.tif");
    CHECK(rv_stack_build(&stack, &(rv_stack_parts){ &scene, &t, NULL, &path, 1 }, &frame) == RV_OK);
    CHECK(rv_stack_read(stack, data, mask, 0, window) == RV_OK);
    for (int r = 0; r < H; r++)
        for (int c = 0; c < W; c++) {
            const int col = c - 5, row = r - 5;
            const int want = col < 0 || row < 0 || hole(col, row) ? RV_MASK_OUTSIDE : codes[row * W + col];
            wrong += mask[r * W + c] != want || (want == RV_MASK_OUTSIDE && fabsf(data[r * W + c]) > 0);
        }
    CHECK(wrong == 0);
    rv_stack_free(stack);
    rv_grid small = frame;
    small.width = 10;
    stack = NULL;
    CHECK_FAILS(RV_ERR_MISMATCH, rv_stack_build(&stack, &(rv_stack_parts){ &scene, &t, NULL, &path, 1 }, &small));
    rv_scene_free(scene);
}

typedef struct many {
    const rv_stack *stack;
    float data[4][W * H];
    uint8_t mask[4][W * H];
} many;

static int read_one(size_t index, size_t worker, void *user)
{
    many *m = user;
    const int window[4] = { 0, 0, W, H };
    (void)worker;
    return rv_stack_read(m->stack, m->data[index], m->mask[index], index, window);
}

TEST(scenes_read_by_several_threads_at_once_give_the_same_bytes)
{
    static many one, seven;
    static const char *const ids[] = { "p0", "p1", "p2", "p3" };
    rv_scene *scenes[4];
    rv_transform transforms[4];
    rv_stack *stack = NULL;
    for (int i = 0; i < 4; i++) {
        scenes[i] = make_scene(ids[i], "B", i % 2 ? shift : bent, i);
        transforms[i] = to_ref(ids[i], "p0", i % 2 ? shift : bent);
    }
    CHECK(rv_stack_build(&stack, &(rv_stack_parts){ scenes, transforms, NULL, NULL, 4 }, &frame) == RV_OK);
    one.stack = seven.stack = stack;
    CHECK(rv_threads_set(1) == RV_OK && rv__parallel_for(4, read_one, &one) == RV_OK);
    CHECK(rv_threads_set(7) == RV_OK && rv__parallel_for(4, read_one, &seven) == RV_OK);
    CHECK(memcmp(one.data, seven.data, sizeof one.data) == 0 && memcmp(one.mask, seven.mask, sizeof one.mask) == 0);
    rv_stack_free(stack);
    for (int i = 0; i < 4; i++)
        rv_scene_free(scenes[i]);
}

/* The written file against the window that a reader of the stack sees. */
TEST(a_written_scene_has_the_values_of_the_stack_and_a_mask)
{
    static const double *const maps[] = { identity, shift, whole, bent };
    static float want[2 * W * H], got[W * H];
    static uint8_t mask[W * H], valid[W * H];
    const int all[4] = { 0, 0, W, H };
    for (int k = 0; k < 4; k++)
        for (int gains = 0; gains < 2; gains++) {
            rv_scene *scene = make_scene("file", "GB", maps[k], 0);
            const rv_transform t = to_ref("file", "other", maps[k]);
            const rv_gain gain[2] = { { .gain = 1.5, .offset = -4 },
                                      { .gain = .5, .offset = 3, .field = "3 2 1 0 9 -5 2 7 4" } };
            const rv_stack_write_opts opts = { .gains = gains, .compress = RV_COMPRESS_ZSTD };
            rv_stack *stack = NULL;
            rv__gtiff *file = NULL;
            rv_grid back;
            CHECK(rv_stack_build(&stack, &(rv_stack_parts){ &scene, &t, gains ? gain : NULL, NULL, 1 }, &frame) ==
                  RV_OK);
            CHECK_FAILS(RV_OK, rv_stack_write(stack, 0, scratch("written.tif"), &opts));
            CHECK(rv_stack_read(stack, want, mask, 0, all) == RV_OK);
            CHECK_FAILS(RV_OK, rv__gtiff_open(&file, scratch("written.tif")));
            CHECK(rv__gtiff_grid(file, &back) == RV_OK && rv_grid_equal(&back, &frame));
            CHECK(rv__gtiff_read_valid(file, valid, all) == RV_OK);
            for (int b = 0; b < 2; b++) { /* the stack has B before G, the scene's own bands come as they are */
                const int from = gains ? b : 1 - b;
                CHECK(rv__gtiff_read(file, got, b, all) == RV_OK);
                for (int i = 0; i < W * H; i++) {
                    CHECK(valid[i] == (mask[i] != RV_MASK_OUTSIDE));
                    CHECK_NEAR(got[i], valid[i] ? want[from * W * H + i] : 0, 1e-3);
                }
            }
            rv__gtiff_close(file);
            rv_stack_free(stack);
            rv_scene_free(scene);
        }
}

TEST(a_compression_that_does_not_exist_is_refused)
{
    rv_scene *scene = make_scene("refused", "B", shift, 0);
    const rv_transform t = to_ref("refused", "refused", shift);
    rv_stack *stack = NULL;
    CHECK(rv_stack_build(&stack, &(rv_stack_parts){ &scene, &t, NULL, NULL, 1 }, &frame) == RV_OK);
    CHECK_FAILS(RV_ERR_RANGE,
                rv_stack_write(stack, 0, scratch("refused.out.tif"), &(rv_stack_write_opts){ .compress = 9 }));
    CHECK_FAILS(RV_ERR_IO, rv_stack_write(stack, 0, scratch("no/folder.tif"), NULL));
    rv_stack_free(stack);
    rv_scene_free(scene);
}

static int build_and_write(void *user)
{
    rv_scene *scene = user;
    const rv_transform t = to_ref("oom-file", "oom-file", shift);
    rv_stack *stack = NULL;
    int err = rv_stack_build(&stack, &(rv_stack_parts){ &scene, &t, NULL, NULL, 1 }, &frame);
    if (err == RV_OK)
        err = rv_stack_write(stack, 0, scratch("oom.out.tif"), NULL);
    rv_stack_free(stack);
    return err;
}

TEST(writing_a_scene_survives_any_failed_allocation)
{
    rv_scene *scene = make_scene("oom-file", "B", shift, 0);
    CHECK_SURVIVES_OOM(build_and_write, scene);
    rv_scene_free(scene);
}

static int build_and_read(void *user)
{
    static float data[8 * 8];
    static uint8_t mask[8 * 8];
    const int window[4] = { 20, 20, 8, 8 };
    rv_scene *scene = user;
    const rv_transform t = to_ref("oom", "oom", shift);
    rv_stack *stack = NULL;
    int err = rv_stack_build(&stack, &(rv_stack_parts){ &scene, &t, NULL, NULL, 1 }, &frame);
    if (err == RV_OK)
        err = rv_stack_read(stack, data, mask, 0, window);
    rv_stack_free(stack);
    return err;
}

TEST(a_stack_survives_any_failed_allocation)
{
    rv_scene *scene = make_scene("oom", "B", shift, 0);
    CHECK_SURVIVES_OOM(build_and_read, scene);
    rv_scene_free(scene);
}

TESTS(RUN(a_scene_window_may_reach_outside_and_is_invalid_there),
      RUN(a_working_copy_that_is_not_as_recorded_is_a_mismatch),
      RUN(shifts_affine_and_projective_maps_show_the_ground_where_it_lies),
      RUN(a_window_of_the_reference_grid_shows_the_same_ground),
      RUN(scenes_stand_in_order_of_time_and_share_their_common_bands),
      RUN(the_field_of_a_gain_is_added_where_it_stands_on_the_grid),
      RUN(a_panchromatic_scene_meets_colours_in_their_mean), RUN(scenes_that_share_no_band_are_named),
      RUN(mask_codes_come_from_the_mask_file_and_outside_from_the_pixels),
      RUN(scenes_read_by_several_threads_at_once_give_the_same_bytes), RUN(a_stack_survives_any_failed_allocation),
      RUN(a_written_scene_has_the_values_of_the_stack_and_a_mask), RUN(a_compression_that_does_not_exist_is_refused),
      RUN(writing_a_scene_survives_any_failed_allocation))
