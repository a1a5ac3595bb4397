/* SPDX-License-Identifier: Apache-2.0 */
/* Morphology against the window visited pixel by pixel, and reconstruction against dilation repeated until it rests. */
#include "raster/morph.h"

#include "base/mem.h"
#include "base/rng.h"
#include "lib/test.h"

enum { W = 41, H = 29, N = W * H };

static float plane[N], got[N], want[N];
static uint8_t bits[N], got_bits[N];

static void draw(uint32_t seed)
{
    rv__rng rng;
    rv__rng_init(&rng, seed, 0, 0, 0);
    for (int i = 0; i < N; i++) {
        plane[i] = (float)rv__rng_between(&rng, -10, 10);
        bits[i] = rv__rng_uniform(&rng) < .4 ? 1 : 0;
    }
}

/* Extreme over positions lo..hi of steps (dc, dr) from a pixel; sign 1 the largest, -1 the smallest. */
static void slow_line(float *out, const float *in, const int step[2], const int span[2], float sign)
{
    for (int r = 0; r < H; r++)
        for (int c = 0; c < W; c++) {
            float best = -INFINITY;
            for (int k = span[0]; k <= span[1]; k++) {
                const int cc = c + k * step[0], rr = r + k * step[1];
                if (cc >= 0 && cc < W && rr >= 0 && rr < H && sign * in[rr * W + cc] > best)
                    best = sign * in[rr * W + cc];
            }
            out[r * W + c] = sign * best;
        }
}

static void slow_rectangle(float *out, const float *in, int rx, int ry, float sign)
{
    static float half[N];
    slow_line(half, in, (int[2]){ 1, 0 }, (int[2]){ -rx, rx }, sign);
    slow_line(out, half, (int[2]){ 0, 1 }, (int[2]){ -ry, ry }, sign);
}

static const int radii[][2] = { { 0, 0 }, { 1, 1 }, { 3, 0 }, { 0, 5 }, { 7, 2 }, { 60, 3 }, { 2, 60 } };

TEST(erosion_and_dilation_by_a_rectangle_are_the_extremes_inside_it)
{
    draw(1);
    for (size_t i = 0; i < sizeof radii / sizeof *radii; i++) {
        const size_t rx = (size_t)radii[i][0], ry = (size_t)radii[i][1];
        CHECK(rv__erode(got, plane, W, H, rx, ry) == RV_OK);
        slow_rectangle(want, plane, radii[i][0], radii[i][1], -1);
        CHECK(memcmp(got, want, sizeof got) == 0);
        CHECK(rv__dilate(got, plane, W, H, rx, ry) == RV_OK);
        slow_rectangle(want, plane, radii[i][0], radii[i][1], 1);
        CHECK(memcmp(got, want, sizeof got) == 0);
    }
}

static const int directions[4][3] = { { 0, 1, 0 }, { 45, -1, 1 }, { 90, 0, 1 }, { 135, 1, 1 } };

TEST(erosion_and_dilation_by_a_line_are_the_extremes_along_it)
{
    draw(2);
    for (int length = 1; length <= 80; length += length < 8 ? 1 : 24)
        for (int d = 0; d < 4; d++) {
            const int lo = (length - 1) / 2, hi = length / 2, *step = directions[d] + 1;
            CHECK(rv__erode_line(got, plane, W, H, (size_t)length, directions[d][0]) == RV_OK);
            slow_line(want, plane, step, (int[2]){ -lo, hi }, -1);
            CHECK(memcmp(got, want, sizeof got) == 0);
            CHECK(rv__dilate_line(got, plane, W, H, (size_t)length, directions[d][0]) == RV_OK);
            slow_line(want, plane, step, (int[2]){ -hi, lo }, 1);
            CHECK(memcmp(got, want, sizeof got) == 0);
        }
}

TEST(an_opening_by_any_line_never_rises_above_the_plane_and_repeats_itself)
{
    static float twice[N];
    draw(3);
    for (size_t length = 2; length < 8; length++)
        for (int d = 0; d < 4; d++) {
            rv__erode_line(got, plane, W, H, length, directions[d][0]);
            rv__dilate_line(got, got, W, H, length, directions[d][0]);
            rv__erode_line(twice, got, W, H, length, directions[d][0]);
            rv__dilate_line(twice, twice, W, H, length, directions[d][0]);
            int above = 0;
            for (int i = 0; i < N; i++)
                above += got[i] > plane[i];
            CHECK(above == 0);
            CHECK(memcmp(got, twice, sizeof got) == 0);
        }
}

/* Dilate by 3 x 3 and cut at the mask until nothing changes. */
static void slow_reconstruct(float *marker, const float *mask)
{
    static float grown[N];
    int changed = 1;
    for (int i = 0; i < N; i++)
        marker[i] = marker[i] < mask[i] ? marker[i] : mask[i];
    while (changed) {
        changed = 0;
        slow_rectangle(grown, marker, 1, 1, 1);
        for (int i = 0; i < N; i++) {
            const float v = grown[i] < mask[i] ? grown[i] : mask[i];
            changed |= v != marker[i];
            marker[i] = v;
        }
    }
}

TEST(reconstruction_is_dilation_under_the_mask_until_it_rests)
{
    for (uint32_t seed = 0; seed < 20; seed++) {
        draw(10 + seed);
        for (int i = 0; i < N; i++)
            got[i] = want[i] = bits[(i * 7) % N] ? plane[i] - (float)(seed % 5) : -20;
        CHECK(rv__reconstruct(got, plane, W, H) == RV_OK);
        slow_reconstruct(want, plane);
        CHECK(memcmp(got, want, sizeof got) == 0);
    }
}

TEST(reconstruction_follows_a_winding_corridor)
{
    for (int i = 0; i < N; i++) {
        const int r = i / W, c = i % W;
        const int gap = r % 4 == 1 ? W - 1 : 0;
        plane[i] = r % 2 == 0 || c == gap ? 9 : 1; /* a snake of nines between walls of ones */
        got[i] = 0;
    }
    got[(H - 1) * W] = 9;
    CHECK(rv__reconstruct(got, plane, W, H) == RV_OK);
    CHECK(memcmp(got, plane, sizeof got) == 0);
}

/* Reconstruction carries the seeds' height into connected ground: one seed a plateau is enough. */
TEST(reconstruction_drops_what_no_seed_touches)
{
    for (int i = 0; i < N; i++) {
        plane[i] = 0;
        got[i] = 0;
    }
    plane[5 * W + 5] = plane[6 * W + 6] = 4; /* joined by a corner */
    plane[20 * W + 30] = 4;
    got[5 * W + 5] = 3;
    CHECK(rv__reconstruct(got, plane, W, H) == RV_OK);
    CHECK(got[6 * W + 6] == 3 && got[5 * W + 5] == 3 && got[20 * W + 30] == 0);
}

static uint8_t slow_bit(int c, int r, int radius, int dilate)
{
    for (int dr = -radius; dr <= radius; dr++)
        for (int dc = -radius; dc <= radius; dc++) {
            const int cc = c + dc, rr = r + dr;
            if (cc >= 0 && cc < W && rr >= 0 && rr < H && (bits[rr * W + cc] != 0) == dilate)
                return (uint8_t)dilate;
        }
    return (uint8_t)!dilate;
}

TEST(binary_erosion_and_dilation_look_at_every_pixel_of_the_square)
{
    static const int radius[] = { 0, 1, 2, 5, 28, 50 };
    draw(4);
    for (size_t k = 0; k < sizeof radius / sizeof *radius; k++)
        for (int dilate = 0; dilate < 2; dilate++) {
            for (int i = 0; i < N; i++)
                bits[i] = (uint8_t)((unsigned)i * 2654435761u % 97 < (dilate ? 3u : 94u));
            memcpy(got_bits, bits, sizeof bits); /* in place */
            CHECK((dilate ? rv__dilate_u8 : rv__erode_u8)(got_bits, got_bits, W, H, (size_t)radius[k]) == RV_OK);
            int wrong = 0;
            for (int i = 0; i < N; i++)
                wrong += got_bits[i] != slow_bit(i % W, i / W, radius[k], dilate);
            CHECK(wrong == 0);
        }
}

TEST(a_failed_allocation_is_reported)
{
    for (long n = 1; n <= 2; n++) {
        rv__mem_fail_nth(n, false);
        CHECK_FAILS(RV_ERR_NOMEM, rv__erode(got, plane, W, H, 1, 1));
        rv__mem_fail_nth(n, false);
        CHECK_FAILS(RV_ERR_NOMEM, rv__reconstruct(got, plane, W, H));
        rv__mem_fail_nth(n, false);
        CHECK_FAILS(RV_ERR_NOMEM, rv__dilate_u8(got_bits, bits, W, H, 1));
    }
    rv__mem_fail_nth(0, false);
}

TESTS(RUN(erosion_and_dilation_by_a_rectangle_are_the_extremes_inside_it),
      RUN(erosion_and_dilation_by_a_line_are_the_extremes_along_it),
      RUN(an_opening_by_any_line_never_rises_above_the_plane_and_repeats_itself),
      RUN(reconstruction_is_dilation_under_the_mask_until_it_rests), RUN(reconstruction_follows_a_winding_corridor),
      RUN(reconstruction_drops_what_no_seed_touches),
      RUN(binary_erosion_and_dilation_look_at_every_pixel_of_the_square), RUN(a_failed_allocation_is_reported))
