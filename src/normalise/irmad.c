/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of IR-MAD on arrays: the options, a copy of the pixels in blocks, the fit (irmad_fit.c) and its variates. */
#include "normalise/irmad_fit.h"

#include "base/error.h"
#include "base/mem.h"
#include "normalise/irmad_kernel.h"

#include <math.h>
#include <string.h>

enum { N = RV_BANDS_MAX, RUN = RV__IRMAD_RUN };

static const rv_irmad_opts defaults = RV_IRMAD_OPTS_INIT;
static const rv_field option_rows[] = {
    RV_INT(rv_irmad_opts, iterations, 1, 1000, "", "most passes over the pixels; 1 is MAD without reweighting"),
    RV_DOUBLE(rv_irmad_opts, tolerance, 0, 1, "", "passes end when no correlation changes by more"),
    RV_BOOL(rv_irmad_opts, any_place, "compare pixel by pixel, whatever the georeference of the images says"),
    RV_BOOL(rv_irmad_opts, overwrite, "replace the output file if there is one"),
};

const rv_fields *rv_irmad_fields(void)
{
    static const rv_fields fields = { "irmad_opts", sizeof(rv_irmad_opts), &defaults, option_rows,
                                      sizeof option_rows / sizeof *option_rows };
    return &fields;
}

int rv__irmad_block(float *out, size_t step, const rv_irmad *fit, const rv__irmad_store *s, size_t block, float *room)
{
    const size_t rows = s->height - block * s->rows < s->rows ? s->height - block * s->rows : s->rows;
    const size_t n = rows * s->width, bands = (size_t)s->bands + 2;
    const uint8_t *valid = s->valid + block * s->stride;
    const rv__isa isa = rv__isa_used();
    const float *planes[2 * N], *at[2 * N];
    float run[(N + 2) * RUN];
    const int err = rv__irmad_store_block(planes, s, block, room);
    for (size_t i = 0; i < n && err == RV_OK; i += RUN) {
        const size_t m = n - i < RUN ? n - i : RUN;
        for (int j = 0; j < 2 * s->bands; j++)
            at[j] = planes[j] + i;
        rv__irmad_variates(isa, run, at, fit);
        for (size_t b = 0; b < bands; b++)
            memcpy(out + b * step + i, run + b * RUN, m * sizeof *out);
        if (!memchr(valid + i, 0, m))
            continue;
        for (size_t l = i; l < i + m; l++)
            for (size_t b = 0; b < bands && !valid[l]; b++)
                out[b * step + l] = NAN;
    }
    return err;
}

static int store_pair(rv__irmad_store *out, const rv_irmad_pair *p)
{
    int err = rv__irmad_store_init(out, 1, p->n, p->bands, NULL);
    for (int image = 0; image < 2 && err == RV_OK; image++)
        err = rv__irmad_store_put(out, image,
                                  &(rv__irmad_rows){ image ? p->b : p->a, RV__SAMPLE_F32, p->n, p->valid, 0, p->n });
    return err;
}

static int check_pair(const rv_irmad_pair *p)
{
    if (p->bands < 1 || p->bands > N)
        return rv__fail(RV_ERR_RANGE, "bands must lie in [1, %d], not %d", N, p->bands);
    return p->n == 0 ? rv__fail(RV_ERR_NODATA, "no pixel to compare") : RV_OK;
}

int rv_irmad_fit(rv_irmad *out, const rv_irmad_pair *pair, const rv_irmad_opts *opts)
{
    const rv_irmad_opts o = opts ? *opts : defaults;
    rv__irmad_store store = { .file = -1 };
    int err;
    if ((err = rv_fields_check(rv_irmad_fields(), &o)) < 0 || (err = check_pair(pair)) < 0)
        return err;
    if ((err = store_pair(&store, pair)) == RV_OK)
        err = rv__irmad_fit(out, &store, &o);
    rv__irmad_store_release(&store);
    return err;
}

int rv_irmad_apply(float *out, const rv_irmad *fit, const rv_irmad_pair *pair)
{
    rv__irmad_store store = { .file = -1 };
    float room[1];
    int err;
    if ((err = check_pair(pair)) < 0)
        return err;
    if (fit->bands != pair->bands)
        return rv__fail(RV_ERR_MISMATCH, "the fit has %d bands, the images %d", fit->bands, pair->bands);
    err = store_pair(&store, pair);
    for (size_t b = 0; b < store.blocks && err == RV_OK; b++)
        err = rv__irmad_block(out + b * store.rows, pair->n, fit, &store, b, room);
    rv__irmad_store_release(&store);
    return err;
}
