/* SPDX-License-Identifier: Apache-2.0 */
/* Regions against a flood fill. */
#include "lib/test.h"

#include "base/mem.h"
#include "base/rng.h"
#include "raster/label.h"

enum { W = 61, H = 47 };

static void noise(uint8_t *mask, uint32_t seed, double share)
{
    rv__rng rng;
    rv__rng_init(&rng, seed, 0, 0, 0);
    for (size_t i = 0; i < W * H; i++)
        mask[i] = rv__rng_uniform(&rng) < share ? 7 : 0;
}

static void flood(int32_t *labels, const uint8_t *mask, int start, int32_t label, int connectivity)
{
    static int stack[W * H * 9];
    int depth = 0;
    stack[depth++] = start;
    while (depth > 0) {
        const int at = stack[--depth], c = at % W, r = at / W;
        if (labels[at])
            continue;
        labels[at] = label;
        for (int k = 0; k < 9; k++) {
            const int dc = k % 3 - 1, dr = k / 3 - 1, nc = c + dc, nr = r + dr;
            if ((connectivity == 4 && dc && dr) || nc < 0 || nr < 0 || nc >= W || nr >= H)
                continue;
            if (mask[nr * W + nc] && !labels[nr * W + nc])
                stack[depth++] = nr * W + nc;
        }
    }
}

static int32_t flood_all(int32_t *labels, const uint8_t *mask, int connectivity)
{
    int32_t n = 0;
    memset(labels, 0, W * H * sizeof *labels);
    for (int i = 0; i < W * H; i++) {
        if (mask[i] && !labels[i])
            flood(labels, mask, i, ++n, connectivity);
    }
    return n;
}

/* A region's numbers by going over all its pixels. */
static void check_region(const rv__region *region, const int32_t *labels, int32_t label)
{
    double n = 0, c = 0, r = 0, cov[3] = { 0 };
    int box[4] = { W, H, 0, 0 };
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < W * H; i++) {
            const int col = i % W, row = i / W;
            if (labels[i] != label)
                continue;
            const double dc = col + .5 - c, dr = row + .5 - r;
            n += pass == 0;
            cov[0] += pass * (dc * dc + 1 / 12.0);
            cov[1] += pass * dc * dr;
            cov[2] += pass * (dr * dr + 1 / 12.0);
            box[0] = col < box[0] ? col : box[0];
            box[1] = row < box[1] ? row : box[1];
            box[2] = col >= box[2] ? col + 1 : box[2];
            box[3] = row >= box[3] ? row + 1 : box[3];
        }
        if (pass)
            break;
        for (int i = 0; i < W * H; i++) {
            c += labels[i] == label ? (i % W + .5) / n : 0;
            r += labels[i] == label ? (i / W + .5) / n : 0;
        }
    }
    CHECK((double)region->n == n);
    CHECK(region->col0 == box[0] && region->row0 == box[1] && region->col1 == box[2] && region->row1 == box[3]);
    CHECK_NEAR(region->col, c, 1e-9);
    CHECK_NEAR(region->row, r, 1e-9);
    for (int k = 0; k < 3; k++)
        CHECK_NEAR(region->cov[k], cov[k] / n, 1e-9);
}

static void compare(const uint8_t *mask, int connectivity)
{
    static int32_t labels[W * H], truth[W * H];
    rv__region *regions = NULL;
    size_t n = 0;
    memset(labels, 0x55, sizeof labels);
    CHECK(rv__label(labels, &regions, &n, mask, W, H, connectivity) == RV_OK);
    CHECK((int32_t)n == flood_all(truth, mask, connectivity));
    CHECK(memcmp(labels, truth, sizeof truth) == 0);
    for (size_t k = 0; k < n; k++)
        check_region(&regions[k], truth, (int32_t)k + 1);
    rv__free(regions);
}

TEST(random_regions_are_those_of_a_flood_fill)
{
    static uint8_t mask[W * H];
    for (uint32_t seed = 0; seed < 12; seed++) {
        noise(mask, seed, .1 + .07 * seed);
        compare(mask, 4);
        compare(mask, 8);
    }
}

TEST(a_spiral_is_one_region)
{
    /* Its arms meet only at the middle: every run is joined late. */
    static uint8_t mask[W * H];
    int c0 = 0, r0 = 0, c1 = W, r1 = H;
    memset(mask, 0, sizeof mask);
    while (c1 - c0 > 4 && r1 - r0 > 4) {
        for (int c = c0 > 0 ? c0 - 2 : 0; c < c1; c++)
            mask[r0 * W + c] = 1;
        for (int r = r0; r < r1; r++)
            mask[r * W + c1 - 1] = 1;
        for (int c = c0; c < c1; c++)
            mask[(r1 - 1) * W + c] = 1;
        for (int r = r0 + 2; r < r1; r++)
            mask[r * W + c0] = 1;
        c0 += 2;
        r0 += 2;
        c1 -= 2;
        r1 -= 2;
    }
    static int32_t truth[W * H];
    CHECK(flood_all(truth, mask, 4) == 1);
    compare(mask, 4);
    compare(mask, 8);
}

TEST(an_empty_plane_has_no_regions_and_a_full_one_has_one)
{
    static uint8_t mask[W * H];
    memset(mask, 0, sizeof mask);
    compare(mask, 4);
    memset(mask, 1, sizeof mask);
    compare(mask, 4);
    compare(mask, 8);
}

TEST(labelling_survives_failing_memory)
{
    static uint8_t mask[W * H];
    static int32_t labels[W * H];
    rv__region *regions = NULL;
    size_t n = 0;
    int err = RV_ERR_NOMEM, tries = 0;
    const long live = rv__mem_live();
    noise(mask, 3, .5);
    for (long k = 1; err == RV_ERR_NOMEM && k < 100; k++, tries++) {
        rv__mem_fail_nth(k, false);
        err = rv__label(labels, &regions, &n, mask, W, H, 4);
        CHECK(err == RV_OK || (!regions && rv__mem_live() == live));
    }
    rv__mem_fail_nth(0, false);
    CHECK(err == RV_OK && tries > 3);
    rv__free(regions);
}

TESTS(RUN(random_regions_are_those_of_a_flood_fill), RUN(a_spiral_is_one_region),
      RUN(an_empty_plane_has_no_regions_and_a_full_one_has_one), RUN(labelling_survives_failing_memory))
