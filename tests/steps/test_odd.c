/* SPDX-License-Identifier: Apache-2.0 */
/* Odd images beside a plain one, each a real file through the whole of add and align: what can be placed is placed where
 * it truly lies, what cannot is refused with its own reason, and the others do not notice. */
#include "lib/scratch.h"

#include <revisit/step.h>

#include "base/mem.h"
#include "base/rng.h"
#include "geo/crs.h"
#include "raster/gdal_write.h"

enum { SHOTS_MAX = 24, LATTICE = 64, OCTAVES = 7 };

typedef void spoil_fn(float *v, int w, int h, int bands);

/* One image and what is to become of it. */
typedef struct shot {
    const char *name;
    rv_grid grid;  /* as the file states it */
    double off[2]; /* true map coordinates minus those stated */
    int bands;
    rv__sample sample;
    bool plain;      /* without a mask */
    spoil_fn *spoil; /* of reflectances, band after band */
    const char *why; /* part of the refusal; NULL = is aligned */
} shot;

/* ---- the ground: texture of periods from 6 to 400 m about a place ---- */

typedef struct site {
    const char *crs; /* in metres */
    double x, y;
    float lattice[OCTAVES][LATTICE * LATTICE];
} site;

static site *site_new(const char *crs, double x, double y)
{
    site *s = rv__alloc(1, sizeof *s);
    rv__rng rng;
    rv__rng_init(&rng, 51, 0, 0, 0);
    s->crs = crs;
    s->x = x;
    s->y = y;
    for (int i = 0; i < OCTAVES * LATTICE * LATTICE; i++)
        s->lattice[i / (LATTICE * LATTICE)][i % (LATTICE * LATTICE)] = (float)rv__rng_normal(&rng);
    return s;
}

static double reflectance(const site *s, double x, double y)
{
    double v = .25, period = 400, weight = .035;
    for (int o = 0; o < OCTAVES; o++, period /= 2, weight /= 1.25) {
        const double u = (x - s->x) / period + 9 * o + 1e4, w = (y - s->y) / period + 5 * o + 1e4;
        const int c = (int)u, r = (int)w;
        const double fx = u - c, fy = w - r, sx = fx * fx * (3 - 2 * fx), sy = fy * fy * (3 - 2 * fy);
        const float *l = s->lattice[o];
        const int c0 = c % LATTICE, c1 = (c + 1) % LATTICE, r0 = r % LATTICE * LATTICE,
                  r1 = (r + 1) % LATTICE * LATTICE;
        v += weight * ((1 - sy) * ((1 - sx) * (double)l[r0 + c0] + sx * (double)l[r0 + c1]) +
                       sy * ((1 - sx) * (double)l[r1 + c0] + sx * (double)l[r1 + c1]));
    }
    return fmax(.02, v);
}

/* Where a pixel position of a shot truly lies on the site. */
static void true_place(double p[2], const shot *s, rv__crs_map *to_site, double col, double row)
{
    rv_grid_to_map(&s->grid, col, row, &p[0], &p[1]);
    p[0] += s->off[0];
    p[1] += s->off[1];
    CHECK_FAILS(RV_OK, rv__crs_map_point(to_site, &p[0], &p[1]));
}

/* ---- files ---- */

static float *draw(const shot *s, const site *place, uint32_t stream)
{
    const int w = s->grid.width, h = s->grid.height;
    const size_t n = (size_t)w * (size_t)h;
    float *v = rv__alloc(n * (size_t)s->bands, sizeof *v);
    rv__crs_map *to_site = NULL;
    rv__rng rng;
    rv__rng_init(&rng, 52, stream, 0, 0);
    CHECK_FAILS(RV_OK, rv__crs_map_new(&to_site, s->grid.crs, place->crs));
    for (size_t i = 0; i < n; i++) {
        double sum = 0, p[2];
        for (int k = 0; k < 4; k++) {
            true_place(p, s, to_site, (double)(i % (size_t)w) + .25 + .5 * (k & 1),
                       (double)(i / (size_t)w) + .25 + .5 * (k >> 1));
            sum += reflectance(place, p[0], p[1]) / 4;
        }
        for (int b = 0; b < s->bands; b++)
            v[(size_t)b * n + i] = (float)(sum * (.7 + .1 * b) + .002 * rv__rng_normal(&rng));
    }
    rv__crs_map_free(to_site);
    if (s->spoil)
        s->spoil(v, w, h, s->bands);
    return v;
}

/* The samples of a type; 1 is 10,000 in 16 bits and 255 in 8. */
static void *samples_of(const float *v, size_t n, rv__sample type)
{
    uint8_t *bytes = rv__alloc(n, sizeof(float));
    for (size_t i = 0; i < n; i++)
        if (type == RV__SAMPLE_U8)
            bytes[i] = (uint8_t)lrintf(fminf(255, fmaxf(0, 255 * v[i])));
        else if (type == RV__SAMPLE_U16)
            ((uint16_t *)(void *)bytes)[i] = (uint16_t)lrintf(fminf(65535, fmaxf(0, 1e4F * v[i])));
        else
            ((float *)(void *)bytes)[i] = v[i];
    return bytes;
}

static const char *write_shot(const shot *s, const site *place, uint32_t stream)
{
    char name[64];
    const int w = s->grid.width, h = s->grid.height;
    snprintf(name, sizeof name, "%s.tif", s->name);
    const char *path = scratch(name);
    float *v = draw(s, place, stream);
    void *samples = samples_of(v, (size_t)w * (size_t)h * (size_t)s->bands, s->sample);
    uint8_t *valid = rv__alloc((size_t)w * (size_t)h, 1);
    rv__cog *cog = NULL;
    memset(valid, 1, (size_t)w * (size_t)h);
    CHECK_FAILS(RV_OK, s->plain ? rv__strips_begin(&cog, path, &s->grid, s->bands, s->sample)
                                : rv__cog_begin(&cog, path, &s->grid, s->bands, s->sample));
    CHECK_FAILS(RV_OK, rv__cog_rows(cog, samples, s->plain ? NULL : valid, 0, h));
    CHECK_FAILS(RV_OK, rv__cog_finish(cog));
    rv__free(valid);
    rv__free(samples);
    rv__free(v);
    return path;
}

/* ---- a case of shots, the first of them the reference ---- */

static rv_transform rows[SHOTS_MAX];
static size_t n_rows;

static int take_row(const rv_transform *row, void *user)
{
    (void)user;
    if (n_rows < SHOTS_MAX)
        rows[n_rows++] = *row;
    return 0;
}

static const rv_transform *row_of(const char *id)
{
    for (size_t i = 0; i < n_rows; i++)
        if (strcmp(rows[i].scene_id, id) == 0)
            return &rows[i];
    return NULL;
}

/* Largest error at the middle and at the corners of a shot, metres. */
static double error_m(const rv_transform *row, const shot *s, const shot *reference, const site *place, double *middle)
{
    rv__crs_map *to_site = NULL, *ref_to_site = NULL;
    double worst = 0;
    CHECK_FAILS(RV_OK, rv__crs_map_new(&to_site, s->grid.crs, place->crs));
    CHECK_FAILS(RV_OK, rv__crs_map_new(&ref_to_site, reference->grid.crs, place->crs));
    for (int k = 0; k < 5; k++) {
        const double col = k == 4 ? .5 * s->grid.width : (k & 1) * s->grid.width;
        const double at = k == 4 ? .5 * s->grid.height : (k >> 1) * s->grid.height;
        double want[2], got[2], c, r;
        true_place(want, s, to_site, col, at);
        rv_transform_apply(row, col, at, &c, &r);
        true_place(got, reference, ref_to_site, c, r);
        *middle = hypot(got[0] - want[0], got[1] - want[1]);
        worst = fmax(worst, *middle);
    }
    rv__crs_map_free(to_site);
    rv__crs_map_free(ref_to_site);
    return worst;
}

static void check_shot(const shot *s, const shot *reference, const site *place)
{
    const rv_transform *row = row_of(s->name);
    CHECK(row != NULL);
    if (!row)
        return;
    if (s->why) {
        printf("# %s: %s %s\n", s->name, row->trusted ? "is aligned" : "is refused:", row->why);
        CHECK(!row->trusted && strstr(row->why, s->why));
        return;
    }
    double middle, px_m, other_m;
    CHECK_FAILS(RV_OK, rv_grid_pixel_size_m(&reference->grid, &px_m, &other_m));
    const double worst = error_m(row, s, reference, place, &middle);
    printf("# %s: %.3f px in the middle (sigma %.3f), %.3f at the worst corner %s\n", s->name, middle / px_m,
           row->sigma_px, worst / px_m, row->why);
    CHECK(row->trusted && middle < 3.5 * row->sigma_px * px_m && middle < .2 * px_m && worst < .4 * px_m);
}

static void check_case(const char *name, const shot *shots, size_t n, const site *place)
{
    rv_case *c = NULL;
    rv_align_opts opts = RV_ALIGN_OPTS_INIT;
    CHECK_FAILS(RV_OK, rv_case_create(&c, scratch(name), NULL));
    for (size_t i = 0; i < n; i++)
        CHECK_FAILS(RV_OK, rv_step_add(c, write_shot(shots + i, place, (uint32_t)i), NULL, NULL));
    opts.reference = shots[0].name;
    CHECK_FAILS(RV_OK, rv_step_align(c, &opts, NULL));
    n_rows = 0;
    CHECK_FAILS(RV_OK, rv_case_each_transform(c, take_row, NULL));
    CHECK(n_rows == n);
    for (size_t i = 1; i < n; i++)
        check_shot(shots + i, shots, place);
    rv_case_close(c);
}

/* ---- what may be wrong with pixels ---- */

static void set_block(float *v, int w, const int box[4], float value)
{
    for (int r = box[1]; r < box[3]; r++)
        for (int c = box[0]; c < box[2]; c++)
            v[r * w + c] = value;
}

static void not_numbers(float *v, int w, int h, int bands)
{
    for (int b = 0; b < bands; b++) {
        float *p = v + b * w * h;
        set_block(p, w, (const int[4]){ 20, 30, 70, 60 }, NAN);
        set_block(p, w, (const int[4]){ 120, 100, 150, 170 }, INFINITY);
        set_block(p, w, (const int[4]){ 200, 20, 240, 50 }, -INFINITY);
    }
    set_block(v, w, (const int[4]){ 60, 180, 120, 220 }, NAN); /* in one band alone */
}

/* As of a scanner with a broken line corrector: 4 of 20 rows. */
static void zero_stripes(float *v, int w, int h, int bands)
{
    for (int r = 0; r < h * bands; r++)
        for (int c = 0; r % h % 20 < 4 && c < w; c++)
            v[r * w + c] = 0;
}

static void zero_holes(float *v, int w, int h, int bands)
{
    for (int b = 0; b < bands; b++)
        for (int k = 0; k < 12; k++)
            set_block(v + b * w * h, w,
                      (const int[4]){ 20 + k % 4 * 60, 25 + k / 4 * 70, 45 + k % 4 * 60, 55 + k / 4 * 70 }, 0);
}

static void first_band_constant(float *v, int w, int h, int bands)
{
    (void)bands;
    set_block(v, w, (const int[4]){ 0, 0, w, h }, .1F);
}

static void constant(float *v, int w, int h, int bands)
{
    set_block(v, w, (const int[4]){ 0, 0, w, h * bands }, .1F);
}

static void cloud(float *v, int w, int h, int bands)
{
    rv__rng rng;
    rv__rng_init(&rng, 53, 0, 0, 0);
    for (int i = 0; i < w * h * bands; i++)
        v[i] = (float)(.7 + .1 * sin(i % w / 70.0) * cos((double)(i / w) / 90) + .004 * rv__rng_normal(&rng));
}

/* ---- cases ---- */

static rv_grid grid_of(const char *crs, double x, double y, double px, int side)
{
    rv_grid g = { .gt = { x, px, 0, y, 0, -px }, .width = side, .height = side };
    snprintf(g.crs, sizeof g.crs, "%s", crs);
    return g;
}

static void put_into(rv_point *p, const char *from, const char *to)
{
    rv__crs_map *map = NULL;
    CHECK_FAILS(RV_OK, rv__crs_map_new(&map, from, to));
    CHECK_FAILS(RV_OK, rv__crs_map_point(map, &p->x, &p->y));
    rv__crs_map_free(map);
}

static rv_grid grid_36(double dx, double dy, double px_m, int side)
{
    return grid_of("EPSG:32636", 5e5 + dx, 4.5e6 + dy, px_m, side);
}

TEST(spoilt_pixels_and_other_sensors_are_aligned_or_refused_each_for_its_own_reason)
{
    const shot shots[] = {
        { "plain", grid_36(0, 0, 3, 256), { 0, 0 }, 4, RV__SAMPLE_U16, false, NULL, NULL },
        { "shifted", grid_36(0, 0, 3, 256), { 6.4, -4.1 }, 4, RV__SAMPLE_U16, false, NULL, NULL },
        { "not-numbers", grid_36(0, 0, 3, 256), { 4.4, 3.2 }, 4, RV__SAMPLE_F32, true, not_numbers, NULL },
        { "stripes", grid_36(0, 0, 3, 256), { -5.2, 3.1 }, 4, RV__SAMPLE_U16, true, zero_stripes, NULL },
        { "float-stripes", grid_36(0, 0, 3, 256), { 5.5, 4.3 }, 4, RV__SAMPLE_F32, true, zero_stripes, NULL },
        { "holes", grid_36(0, 0, 3, 256), { -3.3, -2.2 }, 4, RV__SAMPLE_U16, true, zero_holes, NULL },
        { "one-band", grid_36(0, 0, 3, 256), { 2.9, 5 }, 4, RV__SAMPLE_U16, false, first_band_constant, NULL },
        { "constant", grid_36(0, 0, 3, 256), { 0, 0 }, 4, RV__SAMPLE_U16, false, constant, "no texture" },
        { "cloud", grid_36(0, 0, 3, 256), { 0, 0 }, 4, RV__SAMPLE_U16, false, cloud, "windows agree" },
        { "elsewhere", grid_36(1e5, 0, 3, 256), { 0, 0 }, 4, RV__SAMPLE_U16, false, NULL, "does not overlap" },
        { "a-strip", grid_36(720, 0, 3, 256), { 0, 0 }, 4, RV__SAMPLE_U16, false, NULL, "only 16 x 256 px in common" },
        { "five-m", grid_36(-30, 45, 5, 180), { -4.4, 6.2 }, 4, RV__SAMPLE_U16, false, NULL, NULL },
        { "ten-m", grid_36(-100, 100, 10, 100), { 8.5, 7.1 }, 4, RV__SAMPLE_U16, false, NULL, NULL },
        { "rgb", grid_36(0, 0, 3, 256), { 3.9, -5.6 }, 3, RV__SAMPLE_U8, false, NULL, NULL },
        { "pan", grid_36(30, -30, 1.5, 400), { -3.1, 2.6 }, 1, RV__SAMPLE_F32, false, NULL, NULL },
    };
    site *place = site_new("EPSG:32636", 5e5, 4.5e6);
    check_case("odd.case", shots, sizeof shots / sizeof *shots, place);
    rv__free(place);
}

TEST(other_coordinate_systems_are_joined)
{
    rv_point degrees = { 5e5, 4.5e6 }, zone_35 = degrees, web = degrees;
    put_into(&degrees, "EPSG:32636", "EPSG:4326");
    put_into(&zone_35, "EPSG:32636", "EPSG:32635");
    put_into(&web, "EPSG:32636", "EPSG:3857");
    const shot shots[] = {
        { "zone-36", grid_36(0, 0, 3, 256), { 0, 0 }, 4, RV__SAMPLE_U16, false, NULL, NULL },
        { "zone-35",
          grid_of("EPSG:32635", zone_35.x, zone_35.y, 3, 256),
          { 5.3, 2.4 },
          4,
          RV__SAMPLE_U16,
          false,
          NULL,
          NULL },
        { "degrees",
          grid_of("EPSG:4326", degrees.x, degrees.y, 3.2e-5, 256),
          { 4e-5, -3e-5 },
          4,
          RV__SAMPLE_U16,
          false,
          NULL,
          NULL },
        { "etrs",
          grid_of("EPSG:4258", degrees.x, degrees.y, 3.2e-5, 256),
          { 0, 2e-5 },
          4,
          RV__SAMPLE_U16,
          false,
          NULL,
          NULL },
        { "web", grid_of("EPSG:3857", web.x, web.y, 4, 256), { 4, 5 }, 4, RV__SAMPLE_U16, false, NULL, NULL },
        { "swapped",
          grid_of("EPSG:4326", degrees.y, degrees.x, 3.2e-5, 256),
          { 0, 0 },
          4,
          RV__SAMPLE_U16,
          false,
          NULL,
          "does not overlap" },
    };
    site *place = site_new("EPSG:32636", 5e5, 4.5e6);
    check_case("systems.case", shots, sizeof shots / sizeof *shots, place);
    rv__free(place);
}

TEST(a_system_whose_authority_puts_latitude_first_lies_where_it_should)
{
    /* 147 E, 35 S: the middle of zone 55. */
    const shot shots[] = {
        { "utm", grid_of("EPSG:28355", 5e5, 6126800, 3, 256), { 0, 0 }, 4, RV__SAMPLE_U16, false, NULL, NULL },
        { "gda", grid_of("EPSG:4283", 147, -35.0008, 3e-5, 256), { 3e-5, 4e-5 }, 4, RV__SAMPLE_U16, false, NULL, NULL },
    };
    site *place = site_new("EPSG:28355", 5e5, 6126800);
    check_case("gda.case", shots, sizeof shots / sizeof *shots, place);
    rv__free(place);
}

TEST(images_on_both_sides_of_the_date_line_are_joined)
{
    rv_point zone_60 = { 180, 60 }, zone_1 = { -180, 60 };
    put_into(&zone_60, "EPSG:4326", "EPSG:32660");
    put_into(&zone_1, "EPSG:4326", "EPSG:32601");
    const shot shots[] = {
        { "zone-60",
          grid_of("EPSG:32660", zone_60.x - 400, zone_60.y + 400, 3, 256),
          { 0, 0 },
          4,
          RV__SAMPLE_U16,
          false,
          NULL,
          NULL },
        { "zone-1",
          grid_of("EPSG:32601", zone_1.x - 400, zone_1.y + 400, 3, 256),
          { 5, 4 },
          4,
          RV__SAMPLE_U16,
          false,
          NULL,
          NULL },
        { "east",
          grid_of("EPSG:4326", 179.993, 60.0035, 4e-5, 256),
          { 4e-5, 2e-5 },
          4,
          RV__SAMPLE_U16,
          false,
          NULL,
          NULL },
        { "west",
          grid_of("EPSG:4326", -180.007, 60.0035, 4e-5, 256),
          { -4e-5, 1e-5 },
          4,
          RV__SAMPLE_U16,
          false,
          NULL,
          NULL },
    };
    site *place = site_new("EPSG:32660", zone_60.x, zone_60.y);
    check_case("date-line.case", shots, sizeof shots / sizeof *shots, place);
    rv__free(place);
}

TEST(a_georeference_wrong_by_200_px_of_512_is_put_right)
{
    const shot shots[] = {
        { "right", grid_36(0, 0, 3, 512), { 0, 0 }, 1, RV__SAMPLE_U16, false, NULL, NULL },
        { "wrong", grid_36(0, 0, 3, 512), { 601.3, 7.7 }, 1, RV__SAMPLE_U16, false, NULL, NULL },
        { "slanting", grid_36(0, 0, 3, 512), { -420.2, -425.6 }, 1, RV__SAMPLE_U16, false, NULL, NULL },
    };
    site *place = site_new("EPSG:32636", 5e5, 4.5e6);
    check_case("far.case", shots, sizeof shots / sizeof *shots, place);
    rv__free(place);
}

TEST(pixels_far_smaller_than_the_reference_s_are_named_as_the_cause)
{
    const shot shots[] = {
        { "ten-m", grid_36(0, 0, 10, 160), { 0, 0 }, 1, RV__SAMPLE_U16, false, NULL, NULL },
        { "half-m", grid_36(300, -300, .5, 900), { 0, 0 }, 1, RV__SAMPLE_U16, false, NULL, "20 times smaller" },
        { "three-m", grid_36(300, -300, 3, 300), { 7, 4 }, 1, RV__SAMPLE_U16, false, NULL, NULL },
    };
    site *place = site_new("EPSG:32636", 5e5, 4.5e6);
    check_case("fine.case", shots, sizeof shots / sizeof *shots, place);
    rv__free(place);
}

TESTS(RUN(spoilt_pixels_and_other_sensors_are_aligned_or_refused_each_for_its_own_reason),
      RUN(other_coordinate_systems_are_joined), RUN(a_system_whose_authority_puts_latitude_first_lies_where_it_should),
      RUN(images_on_both_sides_of_the_date_line_are_joined), RUN(a_georeference_wrong_by_200_px_of_512_is_put_right),
      RUN(pixels_far_smaller_than_the_reference_s_are_named_as_the_cause))
