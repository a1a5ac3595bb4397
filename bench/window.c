/* SPDX-License-Identifier: Apache-2.0 */
/* Shifts of windows and of a whole image against a cached reference: their values and their CPU time.
 *
 *     window REFERENCE IMAGE WIDTH HEIGHT [plain|gradient|orientation [SIDE [REPEATS [CLIP]]]]
 *
 * The files are raw planes of native floats. Each line of output is tab-separated: "window", column, row, dx, dy, sigma x,
 * sigma y, height, second; then "image", dx, dy, sigma x, sigma y; then "ms" with the milliseconds of CPU per window and
 * per image: the median over the repeats and the lowest of each. Without arguments it measures a plane of its own and fails where the shift is lost.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <revisit/base.h>

#include "align/window.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/robust.h"
#include "raster/filter.h"

enum { WINDOWS_MAX = 64, REPEATS_MAX = 1000 };

typedef struct job {
    float *reference, *image;
    size_t size[2];
    rv__window_opts opts;
    int repeats;
} job;

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static float *read_plane(const char *path, size_t n)
{
    float *v = rv__alloc(n, sizeof *v);
    FILE *f = fopen(path, "rb");
    const size_t got = f && v ? fread(v, sizeof *v, n, f) : 0;
    if (f)
        fclose(f);
    if (got == n)
        return v;
    fprintf(stderr, "%s: %zu floats expected, %zu read\n", path, n, got);
    rv__free(v);
    return NULL;
}

/** Every window of the tiled image once; prints them when asked to. @return windows found, or a negative code */
static int every_window(const job *j, rv__window *w, float *const *prepared, bool print)
{
    int found = 0;
    size_t i = 0;
    for (size_t row = 0; row + j->opts.side <= j->size[1]; row += j->opts.side)
        for (size_t col = 0; col + j->opts.side <= j->size[0]; col += j->opts.side, i++) {
            const rv__plane plane = { .v = j->image + row * j->size[0] + col, .pitch = j->size[0] };
            rv__shift s;
            const int err = rv__window_shift(&s, w, prepared[i], &plane);
            if (err < 0 && err != RV_ERR_NODATA)
                return err;
            found += err == RV_OK;
            if (print && err == RV_OK)
                printf("window\t%zu\t%zu\t%.5f\t%.5f\t%.5f\t%.5f\t%.4f\t%.4f\n", col, row, s.d[0], s.d[1],
                       sqrt(s.cov[0]), sqrt(s.cov[2]), s.height, s.second);
        }
    return found;
}

static int time_windows(const job *j, double ms[2])
{
    const size_t n = j->size[0] / j->opts.side * (j->size[1] / j->opts.side);
    float **prepared = rv__alloc(n, sizeof *prepared);
    double spent[REPEATS_MAX];
    rv__window *w = NULL;
    int err = prepared ? rv__window_new(&w, &j->opts) : RV_ERR_NOMEM;
    for (size_t i = 0; err == RV_OK && i < n; i++) {
        const size_t across = j->size[0] / j->opts.side, col = i % across * j->opts.side;
        const rv__plane plane = { .v = j->reference + i / across * j->opts.side * j->size[0] + col,
                                  .pitch = j->size[0] };
        prepared[i] = rv__alloc(rv__window_floats(w), sizeof(float));
        err = prepared[i] ? rv__window_prepare(prepared[i], w, &plane) : RV_ERR_NOMEM;
    }
    for (int r = 0; err >= 0 && r < j->repeats; r++) {
        const double before = cpu_ms();
        err = every_window(j, w, prepared, false);
        spent[r] = (cpu_ms() - before) / (double)n;
    }
    if (err >= 0)
        err = every_window(j, w, prepared, true);
    ms[0] = rv__median(spent, (size_t)j->repeats);
    ms[1] = rv__quantile(spent, (size_t)j->repeats, 0);
    for (size_t i = 0; prepared && i < n; i++)
        rv__free(prepared[i]);
    rv__free(prepared);
    rv__window_free(w);
    return err < 0 ? err : RV_OK;
}

static int time_image(const job *j, double ms[2], rv__shift *s)
{
    const rv__plane reference = { .v = j->reference, .pitch = j->size[0] },
                    image = { .v = j->image, .pitch = j->size[0] };
    double spent[REPEATS_MAX];
    rv__anchor *anchor = NULL;
    int err = rv__anchor_new(&anchor, &reference, j->size, WINDOWS_MAX, &j->opts);
    for (int r = 0; err == RV_OK && r < j->repeats; r++) {
        const double before = cpu_ms();
        err = rv__anchor_shift(s, anchor, &image);
        spent[r] = cpu_ms() - before;
    }
    ms[0] = rv__median(spent, (size_t)j->repeats);
    ms[1] = rv__quantile(spent, (size_t)j->repeats, 0);
    if (err == RV_OK)
        printf("image\t%.5f\t%.5f\t%.5f\t%.5f\n", s->d[0], s->d[1], sqrt(s->cov[0]), sqrt(s->cov[2]));
    rv__anchor_free(anchor);
    return err;
}

/** Noise of 1 px and its twin three columns to the right. */
static int own_planes(job *j)
{
    const size_t w = j->size[0], n = w * j->size[1];
    rv__rng rng;
    rv__rng_init(&rng, 1, 1, 0, 0);
    j->reference = rv__alloc(n, sizeof(float));
    j->image = rv__alloc(n, sizeof(float));
    if (!j->reference || !j->image)
        return RV_ERR_NOMEM;
    for (size_t i = 0; i < n; i++)
        j->reference[i] = (float)rv__rng_normal(&rng);
    const int err = rv__gaussian(j->reference, j->reference, w, j->size[1], 1);
    for (size_t i = 0; err == RV_OK && i < n; i++)
        j->image[i] = j->reference[i % w < 3 ? i : i - 3];
    return err;
}

static int kind_named(rv__texture_kind *kind, const char *name)
{
    static const char *const names[] = { "plain", "gradient", "orientation" };
    for (int i = 0; i < 3; i++)
        if (strcmp(name, names[i]) == 0) {
            *kind = (rv__texture_kind)i;
            return RV_OK;
        }
    fprintf(stderr, "%s: plain, gradient or orientation expected\n", name);
    return RV_ERR_RANGE;
}

static int read_arguments(job *j, int argc, char **argv)
{
    for (int k = 0; k < 2; k++)
        j->size[k] = (size_t)strtoul(argv[3 + k], NULL, 10);
    if (argc > 5 && kind_named(&j->opts.kind, argv[5]) < 0)
        return RV_ERR_RANGE;
    if (argc > 6)
        j->opts.side = (size_t)strtoul(argv[6], NULL, 10);
    if (argc > 7)
        j->repeats = atoi(argv[7]);
    if (argc > 8)
        j->opts.clip_quantile = strtod(argv[8], NULL);
    if (j->repeats < 1 || j->repeats > REPEATS_MAX)
        return RV_ERR_RANGE;
    j->reference = read_plane(argv[1], j->size[0] * j->size[1]);
    j->image = read_plane(argv[2], j->size[0] * j->size[1]);
    return j->reference && j->image ? RV_OK : RV_ERR_IO;
}

int main(int argc, char **argv)
{
    job j = { .size = { 512, 512 }, .opts = RV__WINDOW_OPTS_INIT, .repeats = 3 };
    double window_ms[2], image_ms[2];
    rv__shift s = { 0 };
    if (argc > 1 && argc < 5) {
        fprintf(stderr, "usage: window REFERENCE IMAGE WIDTH HEIGHT [KIND [SIDE [REPEATS [CLIP]]]]\n");
        return 2;
    }
    int err = argc > 1 ? read_arguments(&j, argc, argv) : own_planes(&j);
    if (err == RV_OK)
        err = time_windows(&j, window_ms);
    if (err == RV_OK)
        err = time_image(&j, image_ms, &s);
    if (err == RV_OK)
        printf("ms\t%.4f\t%.4f\t%.3f\t%.3f\n", window_ms[0], window_ms[1], image_ms[0], image_ms[1]);
    else
        fprintf(stderr, "failed: %s %s\n", rv_status_name(err), rv_last_error());
    rv__free(j.reference);
    rv__free(j.image);
    return err < 0 || (argc == 1 && !(hypot(s.d[0] - 3, s.d[1]) < .01));
}
