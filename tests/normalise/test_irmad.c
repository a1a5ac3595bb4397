/* SPDX-License-Identifier: Apache-2.0 */
/* IR-MAD on arrays: the published algorithm to 1e-6, the same bits whatever the machine and the threads. */
#include "irmad_slow.h"
#include "lib/oom.h"
#include "normalise/irmad_kernel.h"
#include "normalise/survival.h"

#include "base/rng.h"

enum { SIDE = 120, PX = SIDE * SIDE, BANDS = 4, PLANES = BANDS + 2 };

static float drawn_a[BANDS * PX], drawn_b[BANDS * PX];
static uint8_t drawn_valid[PX];

/* Common ground under two lights, noise, and a tenth of the pixels changed. */
static rv_irmad_pair draw(uint64_t seed)
{
    rv__rng r;
    rv__rng_init(&r, seed, 0, 0, 0);
    for (size_t i = 0; i < PX; i++) {
        const bool changed = rv__rng_uniform(&r) < .1;
        double ground[BANDS];
        for (int b = 0; b < BANDS; b++)
            ground[b] = 100 * (b + 1) + 30 * rv__rng_normal(&r) + (b ? .9 * (ground[b - 1] - 100 * b) : 0);
        for (int b = 0; b < BANDS; b++) {
            drawn_a[(size_t)b * PX + i] = (float)(ground[b] + 3 * rv__rng_normal(&r));
            drawn_b[(size_t)b * PX + i] = (float)((1 + .1 * b) * ground[b] + 20 + 3 * rv__rng_normal(&r) +
                                                  (changed ? 40 * rv__rng_normal(&r) : 0));
        }
        drawn_valid[i] = rv__rng_uniform(&r) > .05;
    }
    return (rv_irmad_pair){ drawn_a, drawn_b, drawn_valid, PX, BANDS };
}

static float *apply(const rv_irmad *fit, const rv_irmad_pair *p)
{
    float *out = malloc((size_t)(p->bands + 2) * p->n * sizeof *out);
    CHECK(rv_irmad_apply(out, fit, p) == RV_OK);
    return out;
}

/* Correlations and probabilities to 1e-6; variates and chi-square, which have no upper end and come as floats, to 1e-6 of
 * 1 + their size. */
static void check_against_slow(const rv_irmad_pair *p)
{
    const size_t planes = (size_t)p->bands + 2;
    rv_irmad fit, slow;
    double *want = malloc(planes * p->n * sizeof *want), worst[4] = { 0 };
    slow_irmad(&slow, want, p, 30, .001);
    CHECK(rv_irmad_fit(&fit, p, NULL) == RV_OK);
    CHECK(fit.iterations == slow.iterations && fit.converged);
    float *got = apply(&fit, p);
    for (int i = 0; i < p->bands; i++)
        worst[0] = fmax(worst[0], fabs(fit.rho[i] - slow.rho[i]));
    for (size_t b = 0; b < planes; b++)
        for (size_t i = 0; i < p->n; i++) {
            const double w = want[b * p->n + i], size = b + 1 < planes ? 1 + fabs(w) : 1;
            if (p->valid && !p->valid[i])
                continue;
            double *most = &worst[b + 2 < planes ? 1 : b + 2 - planes + 2];
            *most = fmax(*most, fabs((double)got[b * p->n + i] - w) / size);
        }
    printf("# %d passes; rho %.1e, variates %.1e, chi-square %.1e, probability %.1e\n", fit.iterations, worst[0],
           worst[1], worst[2], worst[3]);
    for (int i = 0; i < 4; i++)
        CHECK_NEAR(worst[i], 0, 1e-6);
    free(got);
    free(want);
}

TEST(taizhou_comes_out_as_by_the_published_algorithm)
{
    enum { TZ = 400 * 400, TZ_BANDS = 6 };
    static const char *const names[] = { "data/taizhou/2000TM", "data/taizhou/2003TM" };
    static uint8_t bytes[TZ * TZ_BANDS];
    float *image[2];
    for (int k = 0; k < 2; k++) {
        const char *path = test_shared(names[k]);
        if (!path)
            SKIP("no shared data");
        FILE *f = fopen(path, "rb");
        CHECK(f && fread(bytes, 1, sizeof bytes, f) == sizeof bytes);
        fclose(f);
        image[k] = malloc(sizeof bytes * sizeof **image);
        for (size_t i = 0; i < sizeof bytes; i++)
            image[k][i] = bytes[i];
    }
    check_against_slow(&(rv_irmad_pair){ image[0], image[1], NULL, TZ, TZ_BANDS });
    free(image[0]);
    free(image[1]);
}

TEST(drawn_images_come_out_as_by_the_published_algorithm_for_any_number_of_bands)
{
    rv_irmad_pair p = draw(1);
    for (p.bands = 1; p.bands <= BANDS; p.bands++)
        check_against_slow(&p);
}

TEST(light_and_calibration_do_not_matter)
{
    const rv_irmad_pair p = draw(2);
    rv_irmad fit, other;
    static float mixed[BANDS * PX];
    for (size_t i = 0; i < PX; i++)
        for (size_t b = 0; b < BANDS; b++)
            mixed[b * PX + i] = 3 * drawn_b[b * PX + i] - drawn_b[(b + 1) % BANDS * PX + i] + 1000;
    rv_irmad_pair q = p;
    q.b = mixed;
    CHECK(rv_irmad_fit(&fit, &p, NULL) == RV_OK && rv_irmad_fit(&other, &q, NULL) == RV_OK);
    float *one = apply(&fit, &p), *two = apply(&other, &q);
    for (int i = 0; i < BANDS; i++)
        CHECK_NEAR(fit.rho[i], other.rho[i], 1e-6);
    double worst = 0;
    for (size_t i = 0; i < PX; i++)
        worst = drawn_valid[i] ? fmax(worst, fabs((double)one[i] - (double)two[i])) : worst;
    CHECK_NEAR(worst, 0, 1e-4); /* the mixed image is rounded to floats anew */
    free(one);
    free(two);
}

TEST(what_changed_is_improbable_and_what_is_left_out_is_no_number)
{
    const rv_irmad_pair p = draw(3);
    rv_irmad fit;
    CHECK(rv_irmad_fit(&fit, &p, NULL) == RV_OK);
    float *out = apply(&fit, &p);
    double low = 0, n = 0;
    CHECK(fit.converged && fit.last_step <= .001);
    for (size_t i = 0; i < PX; i++) {
        CHECK(isnan(out[i]) == !drawn_valid[i]);
        n += drawn_valid[i];
        low += drawn_valid[i] && out[(PLANES - 1) * PX + i] < 1e-6F;
    }
    CHECK_NEAR(fit.pixels, n, 0);
    CHECK(low / n > .09 && low / n < .25); /* the tenth that changed, and the tail of what did not */
    free(out);
}

TEST(every_instruction_set_gives_the_same_bits)
{
    draw(4);
    const size_t size = rv__irmad_sums_size(BANDS);
    rv_irmad fit;
    CHECK(rv_irmad_fit(&fit, &(rv_irmad_pair){ drawn_a, drawn_b, NULL, PX, BANDS }, NULL) == RV_OK);
    rv__irmad_frame frame = { .bands = BANDS, .weighted = true };
    const float *x[2 * BANDS];
    for (int i = 0; i < BANDS; i++) {
        x[i] = drawn_a + i * PX;
        x[BANDS + i] = drawn_b + i * PX;
        frame.mean[0][i] = (float)fit.mean_a[i];
        frame.mean[1][i] = (float)fit.mean_b[i];
        frame.inverse_variance[i] = .5 / (1 - fit.rho[i]);
        for (int j = 0; j < BANDS; j++) {
            frame.basis[0][i][j] = (float)fit.a[i * BANDS + j];
            frame.basis[1][i][j] = (float)fit.b[i * BANDS + j];
        }
    }
    double *plain = calloc(size, sizeof *plain), *sums = malloc(size * sizeof *sums);
    static float want[PLANES * RV__IRMAD_RUN], got[PLANES * RV__IRMAD_RUN];
    rv__irmad_add(RV__ISA_PLAIN, plain, x, drawn_valid, &frame);
    rv__irmad_variates(RV__ISA_PLAIN, want, x, &fit);
    for (int isa = 0; isa <= (int)rv__isa_used(); isa++) {
        memset(sums, 0, size * sizeof *sums);
        rv__irmad_add((rv__isa)isa, sums, x, drawn_valid, &frame);
        rv__irmad_variates((rv__isa)isa, got, x, &fit);
        CHECK(memcmp(sums, plain, size * sizeof *sums) == 0);
        CHECK(memcmp(got, want, sizeof got) == 0);
    }
    /* and the sums are those of a plain loop */
    double first[2 * BANDS], second[4 * BANDS * BANDS], w = 0, uu = 0;
    const double weight = rv__irmad_sums_read(first, second, plain, BANDS);
    for (int l = 0; l < RV__IRMAD_RUN; l++) {
        double u[2 * BANDS], chi2 = 0;
        for (int i = 0; i < 2 * BANDS; i++) {
            u[i] = 0;
            for (int j = 0; j < BANDS; j++)
                u[i] += (double)frame.basis[i / BANDS][i % BANDS][j] *
                        ((double)x[i / BANDS * BANDS + j][l] - (double)frame.mean[i / BANDS][j]);
        }
        for (int i = 0; i < BANDS; i++)
            chi2 += (u[i] - u[BANDS + i]) * (u[i] - u[BANDS + i]) * frame.inverse_variance[i];
        const double p = drawn_valid[l] * slow_survival(chi2, BANDS);
        w += p;
        uu += p * u[1] * (u[2] - u[BANDS + 2]);
    }
    CHECK_NEAR(weight, w, 1e-4);
    CHECK_NEAR(second[1 * 2 * BANDS + BANDS + 2], uu, 1e-4);
    free(sums);
    free(plain);
}

TEST(any_number_of_threads_gives_the_same_bits)
{
    const rv_irmad_pair p = draw(5);
    rv_irmad one, more;
    rv_threads_set(1);
    CHECK(rv_irmad_fit(&one, &p, NULL) == RV_OK);
    for (int threads = 2; threads <= 7; threads += 5) {
        rv_threads_set(threads);
        CHECK(rv_irmad_fit(&more, &p, NULL) == RV_OK);
        CHECK(memcmp(one.rho, more.rho, sizeof one.rho) == 0 && memcmp(one.a, more.a, sizeof one.a) == 0);
    }
    rv_threads_set(0);
}

TEST(chi_square_survival_is_good_to_1e_9)
{
    for (int freedom = 1; freedom <= 16; freedom++) {
        double worst = 0, before = 2;
        for (int i = 0; i <= 20000; i++) {
            const double x = i < 100 ? 1e-4 * i * i : .01 * i;
            double p;
            rv__chi2_above(&p, &x, 1, freedom);
            worst = fmax(worst, fabs(p - slow_survival(x, freedom)));
            if (i >= 100)
                CHECK(p <= before * (1 + 1e-9));
            before = p;
        }
        CHECK_NEAR(worst, 0, 1e-9);
        const double far[2] = { 1e30, INFINITY };
        double p[2];
        rv__chi2_above(p, far, 2, freedom);
        CHECK(p[0] >= 0 && p[0] < 1e-100 && p[1] >= 0 && p[1] < 1e-100);
    }
}

TEST(values_that_are_no_numbers_are_left_out)
{
    rv_irmad_pair p = draw(6);
    rv_irmad masked, holes;
    p.valid = drawn_valid;
    CHECK(rv_irmad_fit(&masked, &p, NULL) == RV_OK);
    for (size_t i = 0; i < PX; i++)
        if (!drawn_valid[i])
            (i % 2 ? drawn_a : drawn_b)[i % BANDS * PX + i] = i % 3 ? NAN : INFINITY;
    p.valid = NULL;
    CHECK(rv_irmad_fit(&holes, &p, NULL) == RV_OK);
    CHECK_NEAR(holes.pixels, masked.pixels, 0);
    CHECK(memcmp(holes.rho, masked.rho, sizeof holes.rho) == 0);
}

TEST(equal_images_have_not_changed)
{
    rv_irmad_pair p = draw(7);
    rv_irmad fit;
    p.b = p.a;
    CHECK(rv_irmad_fit(&fit, &p, NULL) == RV_OK);
    float *out = apply(&fit, &p);
    CHECK_NEAR(fit.rho[0], 1, 1e-9);
    for (size_t i = 0; i < PX; i++)
        CHECK(!drawn_valid[i] || out[(PLANES - 1) * PX + i] > .999F);
    free(out);
}

static void check_words(int code, const rv_irmad_pair *p, const char *words)
{
    rv_irmad fit;
    CHECK_FAILS(code, rv_irmad_fit(&fit, p, NULL));
    if (!strstr(rv_last_error(), words)) {
        printf("# \"%s\" does not say \"%s\"\n", rv_last_error(), words);
        test_failed++;
    }
}

TEST(images_that_cannot_be_compared_are_named)
{
    rv_irmad_pair p = draw(8);
    for (size_t i = 0; i < PX; i++)
        drawn_b[2 * PX + i] = 7;
    check_words(RV_ERR_MISMATCH, &p, "band 3 of the second image is flat");
    draw(8);
    for (size_t i = 0; i < PX; i++)
        drawn_a[PX + i] = 2 * drawn_a[i] + 1;
    check_words(RV_ERR_MISMATCH, &p, "band 2 of the first image is flat or follows");
    draw(8);
    for (size_t i = 0; i < PX / 2; i++) /* a filled area that nobody marked */
        for (size_t b = 0; b < BANDS; b++)
            drawn_a[b * PX + i] = drawn_b[b * PX + i] = 0;
    check_words(RV_ERR_MISMATCH, &p, "flat where nothing changed");
    draw(8);
    memset(drawn_valid, 0, PX);
    check_words(RV_ERR_NODATA, &p, "0 pixels are valid in both images, at least 33 needed");
    p.bands = 17;
    check_words(RV_ERR_RANGE, &p, "bands must lie in [1, 16], not 17");
    rv_irmad fit;
    CHECK_FAILS(RV_ERR_RANGE, rv_irmad_fit(&fit, &p, &(rv_irmad_opts){ .iterations = 0 }));
}

static int fit_once(void *user)
{
    rv_irmad fit;
    return rv_irmad_fit(&fit, user, NULL);
}

TEST(a_failed_allocation_leaks_nothing)
{
    rv_irmad_pair p = draw(9);
    rv_threads_set(1);
    CHECK_SURVIVES_OOM(fit_once, &p);
    rv_threads_set(0);
}

TESTS(RUN(taizhou_comes_out_as_by_the_published_algorithm),
      RUN(drawn_images_come_out_as_by_the_published_algorithm_for_any_number_of_bands),
      RUN(light_and_calibration_do_not_matter), RUN(what_changed_is_improbable_and_what_is_left_out_is_no_number),
      RUN(every_instruction_set_gives_the_same_bits), RUN(any_number_of_threads_gives_the_same_bits),
      RUN(chi_square_survival_is_good_to_1e_9), RUN(values_that_are_no_numbers_are_left_out),
      RUN(equal_images_have_not_changed), RUN(images_that_cannot_be_compared_are_named),
      RUN(a_failed_allocation_leaks_nothing))
