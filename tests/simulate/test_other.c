/* SPDX-License-Identifier: Apache-2.0 */
/* Every second date with other ground and contrast turned over. */
#include "drawn.h"
#include "simulate/other.h"

#include <math.h>

enum { SIZE = 128 };

static rv_simulate_opts opts(double share, int inverted)
{
    rv_simulate_opts o = small_suite(RV_SUITE_R, RV_STYLE_A, 5, SIZE);
    o.relief_m = o.field_px = o.noise = o.haze = 0;
    o.dates = 2;
    o.other_share = share;
    o.inverted = inverted;
    return o;
}

static void draw(picture *out, double share, int inverted)
{
    const rv_simulate_opts o = opts(share, inverted);
    rv__site *site = site_new(&o);
    for (int k = 0; k < 2; k++)
        out[k] = picture_new(site, SIZE);
    draw_in_strips(out, site, 0, 2, SIZE);
    site_free(site);
}

static double mean(const double *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i] / (double)n;
    return sum;
}

/* Correlation of the logarithms of the red band. */
static double correlation(const picture *a, const picture *b)
{
    enum { N = SIZE * SIZE };
    static double p[N], q[N], x[N], y[N], z[N];
    for (size_t i = 0; i < N; i++) {
        p[i] = log(1.0 + a->value[2 * N + i]);
        q[i] = log(1.0 + b->value[2 * N + i]);
    }
    const double mp = mean(p, N), mq = mean(q, N);
    for (size_t i = 0; i < N; i++) {
        x[i] = (p[i] - mp) * (q[i] - mq);
        y[i] = (p[i] - mp) * (p[i] - mp);
        z[i] = (q[i] - mq) * (q[i] - mq);
    }
    return mean(x, N) / sqrt(mean(y, N) * mean(z, N));
}

static void release(picture *p)
{
    picture_free(&p[0]);
    picture_free(&p[1]);
}

TEST(the_asked_share_of_the_place_is_other_ground)
{
    static float share[SIZE * SIZE];
    for (double want = .25; want < .8; want += .25) {
        const rv_simulate_opts o = opts(want, 0);
        rv__site *site = site_new(&o);
        const rv__cells net = { 0, 0, site->opts.gsd_m, SIZE, SIZE };
        double sum = 0;
        CHECK(rv__other_share(share, site, &net) == RV_OK);
        for (size_t i = 0; i < SIZE * SIZE; i++)
            sum += (double)share[i] / (SIZE * SIZE);
        CHECK_NEAR(sum, want, .02);
        site_free(site);
    }
}

TEST(the_first_date_stays_and_the_second_lies_where_it_lay)
{
    picture plain[2], other[2];
    draw(plain, 0, 0);
    draw(other, .5, 1);
    CHECK(memcmp(plain[0].value, other[0].value, 2 * SIZE * SIZE * plain[0].bands) == 0);
    CHECK(memcmp(plain[1].value, other[1].value, 2 * SIZE * SIZE * plain[1].bands) != 0);
    CHECK(memcmp(plain[1].displacement, other[1].displacement, 8 * SIZE * SIZE) == 0);
    release(plain);
    release(other);
}

TEST(contrast_turns_over_and_other_ground_is_alike_by_half)
{
    picture plain[2], other[2], turned[2];
    draw(plain, 0, 0);
    draw(other, .5, 0);
    draw(turned, 0, 1);
    const double half = correlation(&plain[1], &other[1]), turn = correlation(&plain[1], &turned[1]);
    CHECK(half > .2 && half < .8);
    CHECK(turn < -.05); /* trees, shadows and roofs stay as they are */
    release(plain);
    release(other);
    release(turned);
}

TESTS(RUN(the_asked_share_of_the_place_is_other_ground), RUN(the_first_date_stays_and_the_second_lies_where_it_lay),
      RUN(contrast_turns_over_and_other_ground_is_alike_by_half))
