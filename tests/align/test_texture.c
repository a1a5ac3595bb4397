/* SPDX-License-Identifier: Apache-2.0 */
/* Texture against the same thing done the slow way, and what it must not see: contrast's sign, masked pixels. */
#include "align/texture.h"

#include "base/robust.h"
#include "lib/oom.h"
#include "lib/test.h"
#include "pictures.h"

enum { N = 64 };

static const size_t size[2] = { N, N };

static rv__texture *texture(rv__texture_kind kind)
{
    rv__texture *t = NULL;
    CHECK(rv__texture_new(&t, kind, size, size) == RV_OK);
    return t;
}

static float *picture(uint32_t seed)
{
    ground *g = ground_new(seed, N);
    const drawing d = drawing_moved(0, 0, seed);
    float *v = draw(g, &d, N, N);
    rv__free(g);
    return v;
}

static double taper(size_t i)
{
    return sin(3.14159265358979323846 * ((double)i + .5) / N);
}

TEST(gradient_texture_equals_the_slow_way)
{
    static float smooth[N * N], x[N * N], y[N * N], size_of[N * N], sorted[N * N], got[N * N];
    float *v = picture(1);
    rv__texture *t = texture(RV__TEXTURE_GRADIENT);
    CHECK(rv__gaussian(smooth, v, N, N, .8) == RV_OK);
    rv__sobel(x, y, smooth, N, N);
    for (int i = 0; i < N * N; i++)
        sorted[i] = size_of[i] = hypotf(x[i], y[i]);
    const float level = rv__quantile_f(sorted, N * N, .6);
    double mean = 0, worst = 0;
    for (int i = 0; i < N * N; i++)
        mean += fminf(size_of[i] / level, 1) / (double)(N * N);
    CHECK(rv__texture_make(got, t, &(rv__plane){ v, NULL, N }, .6, .5) == RV_OK);
    for (size_t i = 0; i < N * N; i++)
        worst = fmax(worst, fabs((fminf(size_of[i] / level, 1) - mean) * taper(i / N) * taper(i % N) - got[i]));
    CHECK_NEAR(worst, 0, 2e-3); /* the quantile is read from a histogram, the Gaussian ends at 3 px */
    rv__texture_free(t);
    rv__free(v);
}

TEST(plain_texture_is_the_tapered_difference_from_the_mean)
{
    static float got[N * N];
    float *v = picture(2);
    rv__texture *t = texture(RV__TEXTURE_PLAIN);
    double mean = 0, worst = 0;
    for (int i = 0; i < N * N; i++)
        mean += v[i] / (double)(N * N);
    CHECK(rv__texture_make(got, t, &(rv__plane){ v, NULL, N }, 1, .5) == RV_OK);
    for (size_t i = 0; i < N * N; i++)
        worst = fmax(worst, fabs((v[i] - mean) * taper(i / N) * taper(i % N) - got[i]));
    CHECK_NEAR(worst, 0, 1e-6);
    rv__texture_free(t);
    rv__free(v);
}

TEST(orientation_does_not_see_the_sign_or_the_size_of_contrast)
{
    static float turned[N * N], a[RV__ORIENTATIONS * N * N], b[RV__ORIENTATIONS * N * N];
    float *v = picture(3);
    rv__texture *t = texture(RV__TEXTURE_ORIENTATION);
    for (int i = 0; i < N * N; i++)
        turned[i] = 1 - 3 * v[i];
    CHECK(rv__texture_make(a, t, &(rv__plane){ v, NULL, N }, 1, .5) == RV_OK);
    CHECK(rv__texture_make(b, t, &(rv__plane){ turned, NULL, N }, 1, .5) == RV_OK);
    double worst = 0, largest = 0;
    for (int i = 0; i < RV__ORIENTATIONS * N * N; i++) {
        worst = fmax(worst, fabs((double)a[i] - b[i]));
        largest = fmax(largest, fabs((double)a[i]));
    }
    CHECK(largest > .2);
    CHECK_NEAR(worst, 0, 5e-3);
    rv__texture_free(t);
    rv__free(v);
}

TEST(stripes_stand_in_the_channel_of_their_gradient)
{
    static float v[N * N], got[RV__ORIENTATIONS * N * N];
    rv__texture *t = texture(RV__TEXTURE_ORIENTATION);
    for (int i = 0; i < N * N; i++)
        v[i] = i % N / 8 % 2 ? 1.0F : 0.0F;
    CHECK(rv__texture_make(got, t, &(rv__plane){ v, NULL, N }, 1, .5) == RV_OK);
    const int edge = N / 2 * N + 24, middle = edge + 4; /* columns 24 and 28 */
    CHECK(got[edge] - got[middle] > 2 * (got[4 * N * N + edge] - got[4 * N * N + middle]));
    rv__texture_free(t);
}

TEST(masked_pixels_leave_no_trace)
{
    static float v[N * N], w[N * N], a[RV__ORIENTATIONS * N * N], b[RV__ORIENTATIONS * N * N];
    static uint8_t ok[N * N];
    float *p = picture(4);
    for (int kind = 0; kind < 3; kind++) {
        rv__texture *t = texture((rv__texture_kind)kind);
        const size_t n = rv__texture_channels((rv__texture_kind)kind) * N * N;
        for (int i = 0; i < N * N; i++) {
            ok[i] = !(i % N > 20 && i % N < 30 && i / N > 10 && i / N < 40);
            v[i] = p[i];
            w[i] = ok[i] ? p[i] : 7.0F;
        }
        CHECK(rv__texture_make(a, t, &(rv__plane){ v, ok, N }, .5, .5) == RV_OK);
        CHECK(rv__texture_make(b, t, &(rv__plane){ w, ok, N }, .5, .5) == RV_OK);
        CHECK(memcmp(a, b, n * sizeof *a) == 0);
        CHECK(a[19 * N + 19] == 0 && a[19 * N + 31] == 0); /* two px around a mask rest on it */
        CHECK(a[19 * N + 18] != 0 && a[8 * N + 22] != 0);
        CHECK(rv__texture_make(a, t, &(rv__plane){ v, ok, N }, .5, .95) == RV_ERR_NODATA);
        rv__texture_free(t);
    }
    rv__free(p);
}

TEST(flat_planes_have_no_texture)
{
    static float v[N * N], out[RV__ORIENTATIONS * N * N];
    for (int kind = RV__TEXTURE_GRADIENT; kind <= RV__TEXTURE_ORIENTATION; kind++) {
        rv__texture *t = texture((rv__texture_kind)kind);
        CHECK(rv__texture_make(out, t, &(rv__plane){ v, NULL, N }, .5, .5) == RV_ERR_NODATA);
        rv__texture_free(t);
    }
}

static int make_and_free(void *user)
{
    rv__texture *t = NULL;
    const int err = rv__texture_new(&t, *(const rv__texture_kind *)user, size, size);
    rv__texture_free(t);
    return err;
}

TEST(texture_survives_any_failed_allocation)
{
    rv__texture_kind kind = RV__TEXTURE_ORIENTATION;
    CHECK_SURVIVES_OOM(make_and_free, &kind);
}

TESTS(RUN(gradient_texture_equals_the_slow_way), RUN(plain_texture_is_the_tapered_difference_from_the_mean),
      RUN(orientation_does_not_see_the_sign_or_the_size_of_contrast),
      RUN(stripes_stand_in_the_channel_of_their_gradient), RUN(masked_pixels_leave_no_trace),
      RUN(flat_planes_have_no_texture), RUN(texture_survives_any_failed_allocation))
