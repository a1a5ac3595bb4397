/* SPDX-License-Identifier: Apache-2.0 */
/* IR-MAD from two files to a third. Each input is decoded once, into blocks of floats; the output is written once, rows in
 * order, not compressed: floats of noise shrink by a tenth and take three times as long. */
#include "normalise/irmad_fit.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "raster/decode.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BATCH_ROWS = 128, NAME_SIZE = 16 };

#define PLACE_PX 0.01 /* corners that differ by less lie at one place */

typedef struct input {
    rv__irmad_store *store;
    const char *const *paths; /* first image, second image, output */
    bool any_place;
    rv_grid grid; /* of the first image */
    int bands;
    rv__sample sample[2];
    bool second_failed;
} input;

static int check_shape(const input *in, const rv__decoded *b)
{
    if (in->grid.width != b->grid.width || in->grid.height != b->grid.height)
        return rv__fail(RV_ERR_MISMATCH, "%d x %d px, the first image has %d x %d; bring both onto one grid first",
                        b->grid.width, b->grid.height, in->grid.width, in->grid.height);
    if (in->bands != b->bands)
        return rv__fail(RV_ERR_MISMATCH, "%d bands, the first image has %d; both need the same bands in one order",
                        b->bands, in->bands);
    return RV_OK;
}

static int check_place(const rv_grid *a, const rv_grid *b)
{
    double most = 0, right = 0, down = 0;
    if (!a->crs[0] && !b->crs[0])
        return RV_OK;
    if (!a->crs[0] || !b->crs[0])
        return rv__fail(RV_ERR_MISMATCH, "only the %s image has a georeference (--any-place compares pixel by pixel)",
                        a->crs[0] ? "first" : "second");
    if (strcmp(a->crs, b->crs) != 0)
        return rv__fail(RV_ERR_MISMATCH,
                        "lies in %.40s, the first image in %.40s; warp one to the other (--any-place compares pixel by "
                        "pixel)",
                        b->crs, a->crs);
    for (int corner = 0; corner < 4; corner++) {
        const double col = corner & 1 ? b->width : 0, row = corner & 2 ? b->height : 0;
        double x, y, a_col, a_row;
        rv_grid_to_map(b, col, row, &x, &y);
        rv_grid_to_pixel(a, x, y, &a_col, &a_row);
        if (hypot(a_col - col, a_row - row) > most) {
            most = hypot(a_col - col, a_row - row);
            right = a_col - col;
            down = a_row - row;
        }
    }
    if (most > PLACE_PX)
        return rv__fail(RV_ERR_MISMATCH,
                        "lies up to %.4g px from the first image (%.4g right, %.4g down); bring both onto one grid "
                        "first (--any-place compares pixel by pixel)",
                        most, right, down);
    return RV_OK;
}

static int take_rows(input *in, int image, const void *samples, const uint8_t *valid, int row0, int n_rows)
{
    const size_t step = in->store->width * (size_t)n_rows;
    return rv__irmad_store_put(
        in->store, image, &(rv__irmad_rows){ samples, in->sample[image], step, valid, (size_t)row0, (size_t)n_rows });
}

static int second_rows(const void *samples, const uint8_t *valid, int row0, int n_rows, void *user)
{
    return take_rows(user, 1, samples, valid, row0, n_rows);
}

static int first_rows(const void *samples, const uint8_t *valid, int row0, int n_rows, void *user)
{
    return take_rows(user, 0, samples, valid, row0, n_rows);
}

static int begin_second(const rv__decoded *header, void *user)
{
    input *in = user;
    int err;
    in->sample[1] = header->sample;
    if ((err = check_shape(in, header)) < 0 || (!in->any_place && (err = check_place(&in->grid, &header->grid)) < 0))
        return err;
    return rv__irmad_store_init(in->store, (size_t)header->grid.width, (size_t)header->grid.height, header->bands,
                                in->paths[2]);
}

/* The second image is read whole while the first one's worker waits with its first rows: both processes are then forked
 * before the store is there. Forked after, its pages would be copied as they are written: 134 MB, .1 s. */
static int begin_first(const rv__decoded *header, void *user)
{
    input *in = user;
    const rv__decode_sink sink = { begin_second, second_rows, in };
    in->grid = header->grid;
    in->bands = header->bands;
    in->sample[0] = header->sample;
    int err = rv__decode(in->paths[1], &sink);
    in->second_failed = err < 0;
    return err < 0 ? err : rv__progress("irmad: read", .5);
}

static int read_both(input *in)
{
    const rv__decode_sink sink = { begin_first, first_rows, in };
    int err = rv__progress("irmad: read", 0);
    if (err == RV_OK && (err = rv__decode(in->paths[0], &sink)) < 0 && err != RV_ERR_STOPPED)
        return rv__subject(err, "%s: ", rv__path_base(in->paths[in->second_failed]));
    return err;
}

/* ---- output ---- */

typedef struct batch {
    const rv__irmad_store *store;
    const rv_irmad *fit;
    float *out;         /* bands + 2 planes of step values */
    size_t step, first; /* block */
} batch;

static int make_block(size_t index, size_t worker, void *user)
{
    const batch *b = user;
    float *room = rv__alloc(rv__irmad_store_room(b->store), sizeof *room);
    (void)worker;
    if (!room)
        return RV_ERR_NOMEM;
    const int err = rv__irmad_block(b->out + index * b->store->rows * b->store->width, b->step, b->fit, b->store,
                                    b->first + index, room);
    rv__free(room);
    return err;
}

static int write_rows(rv__cog *file, const rv_irmad *fit, const rv__irmad_store *s, float *out)
{
    int err = RV_OK;
    for (size_t row = 0; row < s->height && err == RV_OK; row += BATCH_ROWS) {
        const size_t n = s->height - row < BATCH_ROWS ? s->height - row : BATCH_ROWS;
        batch b = { s, fit, out, n * s->width, row / s->rows };
        if ((err = rv__progress("irmad: write", (double)row / (double)s->height)) == RV_OK &&
            (err = rv__parallel_for((n + s->rows - 1) / s->rows, make_block, &b)) == RV_OK)
            err = rv__cog_rows(file, out, NULL, (int)row, (int)n);
    }
    return err;
}

static int write_file(const char *path, const rv_irmad *fit, const rv__irmad_store *s, const rv_grid *grid)
{
    char text[RV_BANDS_MAX][NAME_SIZE];
    const char *names[RV_BANDS_MAX + 2];
    rv__cog *file = NULL;
    float *out = rv__alloc((((size_t)s->bands + 2) * BATCH_ROWS + RV__STRIP_ROWS) * s->width, sizeof *out);
    int err;
    if (!out)
        return RV_ERR_NOMEM;
    for (int b = 0; b < s->bands; b++) {
        snprintf(text[b], NAME_SIZE, "MAD %d", b + 1);
        names[b] = text[b];
    }
    names[s->bands] = "chi-square";
    names[s->bands + 1] = "probability of no change";
    if ((err = rv__plain_begin(&file, path, grid, names, s->bands + 2)) == RV_OK &&
        (err = write_rows(file, fit, s, out)) == RV_OK) {
        err = rv__cog_finish(file);
        file = NULL;
    }
    rv__cog_abandon(file);
    rv__free(out);
    return err;
}

static int check_paths(const char *const paths[3], const rv_irmad_opts *o)
{
    for (int i = 0; i < 2; i++)
        if (strcmp(paths[i], paths[2]) == 0)
            return rv__fail(RV_ERR_REFUSED, "%s is an image to compare, not a place for the result", paths[2]);
    if (!o->overwrite && rv__file_exists(paths[2]))
        return rv__fail(RV_ERR_REFUSED, "%s is there already (--overwrite replaces it)", paths[2]);
    return RV_OK;
}

int rv_irmad_write(rv_irmad *out, const char *const paths[3], const rv_irmad_opts *opts)
{
    const rv_irmad_opts o = opts ? *opts : (rv_irmad_opts)RV_IRMAD_OPTS_INIT;
    rv__irmad_store store = { .file = -1 };
    input in = { .store = &store, .paths = paths, .any_place = o.any_place };
    rv_irmad fit;
    int err;
    if ((err = rv_fields_check(rv_irmad_fields(), &o)) < 0 || (err = check_paths(paths, &o)) < 0)
        return err;
    if ((err = read_both(&in)) == RV_OK && (err = rv__irmad_fit(&fit, &store, &o)) == RV_OK &&
        (err = write_file(paths[2], &fit, &store, &in.grid)) == RV_OK &&
        (err = rv__progress("irmad: write", 1)) == RV_OK)
        *out = fit;
    rv__irmad_store_release(&store);
    return err;
}
