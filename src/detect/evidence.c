/* SPDX-License-Identifier: Apache-2.0 */
/* Rasters of probabilities to one plane of bytes for each scene, on the stack's grid. All of them are held at once, a
 * byte for each px and scene: a quarter of what one channel of one tile's views takes for the same px. */
#include "detect/evidence.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "base/text.h"
#include "geo/crs.h"
#include "model/stack_internal.h"
#include "raster/decode.h"
#include "raster/resample.h"

#include <math.h>
#include <string.h>

struct rv_evidence {
    size_t n;
    int width, height;
    uint8_t **plane; /* n, NULL where nothing is known */
};

/* One file while it is read. */
typedef struct intake {
    const char *name; /* for messages */
    rv__decoded header;
    uint8_t *code; /* bands * height * width */
} intake;

typedef struct band {
    char id[RV_ID_MAX]; /* of its scene, "" = not told */
    uint8_t *code;      /* on the stack's grid, owned */
    const char *name;   /* of its file, borrowed */
} band;

typedef struct reader {
    const rv_stack *stack;
    RV__VEC(band) band;
} reader;

/* Scale 1/255 of bytes ends a rounding away from 1. */
static const double HAIR = 1e-6, FAR_PX = 0.5;

void rv_evidence_free(rv_evidence *e)
{
    if (!e)
        return;
    for (size_t t = 0; e->plane && t < e->n; t++)
        rv__free(e->plane[t]);
    rv__free(e->plane);
    rv__free(e);
}

static size_t pixels(const rv_grid *g)
{
    return (size_t)g->width * (size_t)g->height;
}

static int begin(const rv__decoded *header, void *user)
{
    intake *in = user;
    in->header = *header;
    in->code = rv__alloc(pixels(&header->grid) * (size_t)header->bands, 1);
    return in->code ? RV_OK : RV_ERR_NOMEM;
}

static int take_value(uint8_t *out, double value, const intake *in, size_t b, size_t at)
{
    const double p = in->header.scale * value + in->header.offset;
    const size_t w = (size_t)in->header.grid.width;
    if (!(p >= -HAIR && p <= 1 + HAIR))
        return rv__fail(RV_ERR_REFUSED, "a probability must lie in [0, 1], not %g (band %zu, column %zu, row %zu)", p,
                        b + 1, at % w, at / w);
    *out = (uint8_t)lround(fmin(fmax(p, 0), 1) * RV__CERTAIN);
    return RV_OK;
}

static int take_rows(const void *samples, const uint8_t *valid, int row0, int n_rows, void *user)
{
    intake *in = user;
    const size_t w = (size_t)in->header.grid.width, n = w * (size_t)n_rows, px = pixels(&in->header.grid);
    const size_t at = (size_t)row0 * w;
    int err = RV_OK;
    for (size_t b = 0; !err && b < (size_t)in->header.bands; b++)
        for (size_t i = 0; !err && i < n; i++) {
            uint8_t *out = &in->code[b * px + at + i];
            *out = RV__UNKNOWN;
            if (valid[i])
                err = take_value(out, rv__sample_value(samples, in->header.sample, b * n + i), in, b, at + i);
        }
    return err;
}

/* Exactly the stack's pixels, or to be taken for them. */
static int check_grid(bool *same, const rv_grid *g, const rv_grid *site)
{
    *same = !g->crs[0] || !site->crs[0] || rv_grid_equal(g, site);
    if ((!g->crs[0] || !site->crs[0]) && (g->width != site->width || g->height != site->height))
        return rv__fail(RV_ERR_MISMATCH, "%d x %d px %s, the reference image has %d x %d", g->width, g->height,
                        g->crs[0] ? "for a site without a CRS" : "without a georeference", site->width, site->height);
    return RV_OK;
}

static int resample(uint8_t *out, const uint8_t *code, const rv_grid *g, const rv_grid *site)
{
    const size_t n = pixels(g), n_out = pixels(site);
    double worst_px;
    rv__resample_job job = { .src_w = (size_t)g->width,
                             .src_h = (size_t)g->height,
                             .planes = 1,
                             .out_w = (size_t)site->width,
                             .out_h = (size_t)site->height,
                             .kernel = RV__KERNEL_BILINEAR };
    int err = rv__grid_map(job.m, &worst_px, site, g);
    if (!err && worst_px > FAR_PX)
        err =
            rv__fail(RV_ERR_MISMATCH, "its CRS bends against the site's by %.1f px, more than %.1f", worst_px, FAR_PX);
    if (err)
        return err;
    float *src = rv__alloc(n, sizeof *src), *made = rv__alloc(n_out, sizeof *made);
    uint8_t *valid = rv__alloc(n, 1), *known = rv__alloc(n_out, 1);
    err = src && made && valid && known ? RV_OK : RV_ERR_NOMEM;
    for (size_t i = 0; !err && i < n; i++) {
        valid[i] = code[i] != RV__UNKNOWN;
        src[i] = valid[i] ? code[i] : 0;
    }
    job.src = src;
    job.src_valid = valid;
    err = err ? err : rv__resample(made, known, &job);
    for (size_t i = 0; !err && i < n_out; i++)
        out[i] = known[i] ? (uint8_t)lroundf(fminf(fmaxf(made[i], 0), RV__CERTAIN)) : RV__UNKNOWN;
    rv__free(known);
    rv__free(valid);
    rv__free(made);
    rv__free(src);
    return err;
}

static void name_band(char id[RV_ID_MAX], const intake *in, int b, const char *path, const rv_stack *stack)
{
    char stem[RV_ID_MAX];
    rv__text_format(id, RV_ID_MAX, "%s", in->header.descriptions[b]);
    rv__path_stem(stem, sizeof stem, path);
    if (!id[0] && in->header.bands == 1 && rv__stack_scene(stack, stem) < rv_stack_size(stack))
        rv__text_format(id, RV_ID_MAX, "%s", stem);
}

static int add_band(reader *r, const intake *in, int b, bool same)
{
    const rv_grid *site = rv_stack_grid(r->stack);
    const uint8_t *code = in->code + (size_t)b * pixels(&in->header.grid);
    band made = { .code = rv__alloc(pixels(site), 1), .name = in->name };
    int err = made.code ? RV_OK : RV_ERR_NOMEM;
    if (!err && same)
        memcpy(made.code, code, pixels(site));
    else if (!err)
        err = resample(made.code, code, &in->header.grid, site);
    name_band(made.id, in, b, in->name, r->stack);
    err = err ? err : RV__PUSH(&r->band, made);
    if (err)
        rv__free(made.code);
    return err;
}

/* A file of which the site sees nothing was made for another place. */
static int check_known(const reader *r, size_t first, const rv_grid *g)
{
    const rv_grid *site = rv_stack_grid(r->stack);
    const size_t n = pixels(site);
    for (size_t b = first; b < r->band.n; b++)
        for (size_t i = 0; i < n; i++)
            if (r->band.v[b].code[i] != RV__UNKNOWN)
                return RV_OK;
    return rv__fail(RV_ERR_MISMATCH,
                    "no value on the site: %d x %d px from (%.10g, %.10g), the site has %d x %d from (%.10g, %.10g)",
                    g->width, g->height, g->gt[0], g->gt[3], site->width, site->height, site->gt[0], site->gt[3]);
}

static int read_file(reader *r, const char *path)
{
    intake in = { .name = rv__path_base(path) };
    const size_t first = r->band.n;
    bool same = false;
    int err = rv__decode(path, &(rv__decode_sink){ begin, take_rows, &in });
    err = err ? err : check_grid(&same, &in.header.grid, rv_stack_grid(r->stack));
    for (int b = 0; !err && b < in.header.bands; b++)
        err = add_band(r, &in, b, same);
    err = err ? err : check_known(r, first, &in.header.grid);
    rv__free(in.code);
    return err < 0 ? rv__subject(err, "%s: ", in.name) : RV_OK;
}

/* Band b to the scene it names. */
static int give_by_name(rv_evidence *e, reader *r, size_t b)
{
    band *from = &r->band.v[b];
    if (!from->id[0])
        return rv__fail(RV_ERR_MISMATCH, "%s: a band tells no scene where others do", from->name);
    const size_t t = rv__stack_scene(r->stack, from->id);
    if (t == e->n)
        return rv__fail(RV_ERR_MISMATCH, "%s: a band is named %s, and no scene of the stack is (the first is %s)",
                        from->name, from->id, rv_stack_facts(r->stack, 0)->id);
    if (e->plane[t])
        return rv__fail(RV_ERR_MISMATCH, "%s: a second band for scene %s", from->name, from->id);
    e->plane[t] = from->code;
    from->code = NULL;
    return RV_OK;
}

static int give(rv_evidence *e, reader *r)
{
    bool named = false;
    int err = RV_OK;
    for (size_t b = 0; b < r->band.n; b++)
        named = named || r->band.v[b].id[0];
    if (!named && r->band.n != e->n)
        return rv__fail(RV_ERR_MISMATCH, "%s: %zu bands for %zu scenes; give one a scene, or name bands by scene ids",
                        r->band.n ? r->band.v[0].name : "evidence", r->band.n, e->n);
    for (size_t b = 0; !err && b < r->band.n; b++) {
        if (named) {
            err = give_by_name(e, r, b);
            continue;
        }
        e->plane[b] = r->band.v[b].code;
        r->band.v[b].code = NULL;
    }
    return err;
}

static int read_all(reader *r, char *paths)
{
    int err = RV_OK;
    char *rest;
    for (char *at = strtok_r(paths, ";", &rest); !err && at; at = strtok_r(NULL, ";", &rest))
        err = read_file(r, at);
    return err;
}

static int check_room(const rv_stack *stack)
{
    const double need = (double)pixels(rv_stack_grid(stack)) * (double)rv_stack_size(stack), mib = 1 << 20;
    if (need <= (double)rv__ram() / 2)
        return RV_OK;
    return rv__fail(RV_ERR_REFUSED, "evidence needs %.0f MiB, more than half of the memory allowed (%.0f MiB)",
                    need / mib, (double)rv__ram() / mib);
}

int rv_evidence_open(rv_evidence **out, const char *paths, const rv_stack *stack)
{
    const rv_grid *site = rv_stack_grid(stack);
    reader r = { .stack = stack };
    char *copy = NULL;
    rv_evidence *e = NULL;
    int err = check_room(stack);
    if (err)
        return err;
    copy = rv__strdup(paths);
    e = rv__alloc(1, sizeof *e);
    if (e) {
        *e = (rv_evidence){ rv_stack_size(stack), site->width, site->height, NULL };
        e->plane = rv__alloc(e->n, sizeof *e->plane);
    }
    err = copy && e && e->plane ? read_all(&r, copy) : RV_ERR_NOMEM;
    err = err ? err : give(e, &r);
    for (size_t b = 0; b < r.band.n; b++)
        rv__free(r.band.v[b].code);
    rv__free(r.band.v);
    rv__free(copy);
    if (err)
        rv_evidence_free(e);
    else
        *out = e;
    return err;
}

void rv__evidence_codes(uint8_t *out, const rv_evidence *e, size_t t, rv__window window)
{
    for (int r = 0; r < window.height; r++)
        for (int c = 0; c < window.width; c++) {
            const int col = window.col0 + c, row = window.row0 + r;
            const bool inside = col >= 0 && row >= 0 && col < e->width && row < e->height && e->plane[t];
            out[(size_t)r * (size_t)window.width + (size_t)c] =
                inside ? e->plane[t][(size_t)row * (size_t)e->width + (size_t)col] : RV__UNKNOWN;
        }
}

void rv_evidence_read(const rv_evidence *e, float *probability, uint8_t *known, size_t t, const int window[4])
{
    const rv__window at = { window[0], window[1], window[2], window[3] };
    const size_t n = (size_t)window[2] * (size_t)window[3];
    rv__evidence_codes(known, e, t, at);
    for (size_t i = 0; i < n; i++) {
        probability[i] = known[i] == RV__UNKNOWN ? 0 : (float)known[i] / RV__CERTAIN;
        known[i] = known[i] != RV__UNKNOWN;
    }
}
