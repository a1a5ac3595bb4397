/* SPDX-License-Identifier: Apache-2.0 */
/* The transform against the slow sum where that is affordable, against its own laws where it is not. */
#include "raster/fft.h"

#include "base/mem.h"
#include "base/rng.h"
#include "lib/isa.h"
#include "lib/test.h"

static const double TAU = 6.283185307179586;

static float *noise(size_t n, uint32_t stream)
{
    rv__rng rng;
    rv__rng_init(&rng, 7, stream, 0, 0);
    float *v = rv__alloc(n, sizeof *v);
    for (size_t i = 0; i < n; i++)
        v[i] = (float)rv__rng_normal(&rng);
    return v;
}

/** X(u, v) by the definition, in double. */
static void slow(double out[2], const float *x, size_t w, size_t h, size_t u, size_t v)
{
    out[0] = out[1] = 0;
    for (size_t r = 0; r < h; r++)
        for (size_t c = 0; c < w; c++) {
            const double angle = -TAU * ((double)(u * c % w) / (double)w + (double)(v * r % h) / (double)h);
            out[0] += x[r * w + c] * cos(angle);
            out[1] += x[r * w + c] * sin(angle);
        }
}

static double worst_error(size_t w, size_t h, size_t step)
{
    const size_t pairs = w / 2 + 1;
    float *x = noise(w * h, (uint32_t)(w + h)), *spectrum = rv__alloc(2 * pairs * h, sizeof *spectrum);
    rv__fft *plan = NULL;
    double worst = 0;
    if (rv__fft_new(&plan, w, h) != RV_OK)
        return INFINITY;
    rv__fft_forward(plan, spectrum, x);
    for (size_t i = 0; i < pairs * h; i += step) {
        double want[2];
        slow(want, x, w, h, i % pairs, i / pairs);
        worst = fmax(worst, hypot(spectrum[2 * i] - want[0], spectrum[2 * i + 1] - want[1]));
    }
    rv__fft_free(plan);
    rv__free(spectrum);
    rv__free(x);
    return worst / sqrt((double)(w * h));
}

enum { ISA_SIDE = 256, ISA_FLOATS = 2 * ISA_SIDE * (ISA_SIDE / 2 + 1) + ISA_SIDE * ISA_SIDE };

static void there_and_back(float *out)
{
    const size_t side = ISA_SIDE, spectrum = 2 * side * (side / 2 + 1);
    float *x = noise(side * side, 1), *work = rv__alloc(spectrum, sizeof *work);
    rv__fft *plan = NULL;
    if (rv__fft_new(&plan, side, side) == RV_OK) {
        rv__fft_forward(plan, out, x);
        memcpy(work, out, spectrum * sizeof *work);
        rv__fft_inverse(plan, out + spectrum, work);
    }
    rv__fft_free(plan);
    rv__free(work);
    rv__free(x);
}

TEST(every_instruction_set_gives_the_same_bits)
{
    CHECK(same_on_every_isa(there_and_back, ISA_FLOATS));
}

TEST(forward_equals_the_slow_sum_at_every_frequency_of_small_planes)
{
    CHECK_NEAR(worst_error(32, 32, 1), 0, 2e-6);
    CHECK_NEAR(worst_error(64, 32, 1), 0, 2e-6);
    CHECK_NEAR(worst_error(32, 64, 1), 0, 2e-6);
}

TEST(forward_equals_the_slow_sum_at_sampled_frequencies_of_larger_planes)
{
    CHECK_NEAR(worst_error(128, 256, 509), 0, 2e-6);
    CHECK_NEAR(worst_error(512, 128, 1021), 0, 2e-6);
    CHECK_NEAR(worst_error(1024, 64, 1021), 0, 2e-6);
    CHECK_NEAR(worst_error(32, 4096, 2053), 0, 2e-6);
    CHECK_NEAR(worst_error(4096, 32, 2053), 0, 2e-6);
}

static void check_laws(size_t w, size_t h)
{
    const size_t pairs = w / 2 + 1;
    float *x = noise(w * h, 3), *back = rv__alloc(w * h, sizeof *back);
    float *spectrum = rv__alloc(2 * pairs * h, sizeof *spectrum), *again = rv__alloc(2 * pairs * h, sizeof *again);
    float *near = rv__alloc(w * h, sizeof *near);
    rv__fft *plan = NULL;
    CHECK(rv__fft_new(&plan, w, h) == RV_OK);
    rv__fft_forward(plan, spectrum, x);
    double power = 0, energy = 0, worst = 0;
    for (size_t r = 0; r < h; r++)
        for (size_t k = 0; k < pairs; k++) {
            const float *z = spectrum + 2 * (r * pairs + k);
            power += (k == 0 || k == w / 2 ? 1.0 : 2.0) * ((double)z[0] * z[0] + (double)z[1] * z[1]);
        }
    memcpy(again, spectrum, 2 * pairs * h * sizeof *again);
    rv__fft_inverse(plan, back, spectrum);
    rv__fft_inverse_near(plan, near, again, 5);
    CHECK(memcmp(back, near, 6 * w * sizeof *near) == 0);
    CHECK(memcmp(back + (h - 5) * w, near + (h - 5) * w, 5 * w * sizeof *near) == 0);
    for (size_t i = 0; i < w * h; i++) {
        energy += (double)x[i] * x[i];
        worst = fmax(worst, fabs((double)x[i] - back[i]));
    }
    CHECK_NEAR(power / (double)(w * h) / energy, 1, 1e-5);
    CHECK_NEAR(worst, 0, 1e-5);
    rv__fft_free(plan);
    rv__free(spectrum);
    rv__free(again);
    rv__free(near);
    rv__free(back);
    rv__free(x);
}

TEST(energy_is_kept_and_the_inverse_brings_the_plane_back)
{
    check_laws(32, 32);
    check_laws(64, 128);
    check_laws(256, 256);
    check_laws(2048, 32);
    check_laws(512, 1024);
}

TEST(a_moved_plane_turns_the_phase_by_the_shift_theorem)
{
    enum { W = 64, H = 32, DC = 5, DR = 3 };
    float *x = noise(W * H, 9), *y = rv__alloc(W * H, sizeof *y);
    float *a = rv__alloc(2 * (W / 2 + 1) * H, sizeof *a), *b = rv__alloc(2 * (W / 2 + 1) * H, sizeof *b);
    rv__fft *plan = NULL;
    CHECK(rv__fft_new(&plan, W, H) == RV_OK);
    for (size_t r = 0; r < H; r++)
        for (size_t c = 0; c < W; c++)
            y[(r + DR) % H * W + (c + DC) % W] = x[r * W + c];
    rv__fft_forward(plan, a, x);
    rv__fft_forward(plan, b, y);
    double worst = 0;
    for (size_t v = 0; v < H; v++)
        for (size_t u = 0; u <= W / 2; u++) {
            const float *p = a + 2 * (v * (W / 2 + 1) + u), *q = b + 2 * (v * (W / 2 + 1) + u);
            const double angle = -TAU * ((double)(u * DC) / W + (double)(v * DR) / H), c = cos(angle), s = sin(angle);
            worst = fmax(worst, hypot(p[0] * c - p[1] * s - q[0], p[0] * s + p[1] * c - q[1]));
        }
    CHECK_NEAR(worst, 0, 1e-4);
    rv__fft_free(plan);
    rv__free(x);
    rv__free(y);
    rv__free(a);
    rv__free(b);
}

TEST(sides_that_are_no_power_of_two_or_too_small_or_too_large_are_refused)
{
    rv__fft *plan = NULL;
    CHECK_FAILS(RV_ERR_RANGE, rv__fft_new(&plan, 48, 64));
    CHECK_FAILS(RV_ERR_RANGE, rv__fft_new(&plan, 16, 64));
    CHECK_FAILS(RV_ERR_RANGE, rv__fft_new(&plan, 64, 8192));
    CHECK_FAILS(RV_ERR_RANGE, rv__fft_new(&plan, 0, 64));
    CHECK(plan == NULL);
}

TEST(every_failing_allocation_is_reported_and_nothing_is_made)
{
    for (long n = 1;; n++) {
        rv__fft *plan = NULL;
        rv__mem_fail_nth(n, false);
        const int err = rv__fft_new(&plan, 64, 64);
        rv__mem_fail_nth(0, false);
        if (err == RV_OK) {
            rv__fft_free(plan);
            CHECK(n > 1);
            return;
        }
        CHECK(err == RV_ERR_NOMEM && plan == NULL);
    }
}

TESTS(RUN(every_instruction_set_gives_the_same_bits),
      RUN(forward_equals_the_slow_sum_at_every_frequency_of_small_planes),
      RUN(forward_equals_the_slow_sum_at_sampled_frequencies_of_larger_planes),
      RUN(energy_is_kept_and_the_inverse_brings_the_plane_back),
      RUN(a_moved_plane_turns_the_phase_by_the_shift_theorem),
      RUN(sides_that_are_no_power_of_two_or_too_small_or_too_large_are_refused),
      RUN(every_failing_allocation_is_reported_and_nothing_is_made))
