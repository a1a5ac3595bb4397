/* SPDX-License-Identifier: Apache-2.0 */
/* Rasters of change: labels of any format through the decoding worker, findings drawn by exact coverage of at least half a
 * pixel. A label on a grid of its own gets the findings projected; one without a georeference is taken for pixels of
 * the reference image, when sizes agree. */
#include "steps/score_read.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "geo/polygon.h"
#include "raster/coverage.h"
#include "raster/decode.h"

#include <math.h>
#include <string.h>

static const float HALF = .5f - 1e-6f; /* a hair less: half a pixel computed in floats is half a pixel */

typedef struct intake {
    rv__raster *out;
    rv_grid *grid;
    rv__sample sample;
    double nodata;
} intake;

static int begin(const rv__decoded *header, void *user)
{
    intake *in = user;
    *in->grid = header->grid;
    in->sample = header->sample;
    in->nodata = header->nodata;
    return rv__raster_init(in->out, (size_t)header->grid.width, (size_t)header->grid.height, (size_t)header->bands);
}

static int take_rows(const void *samples, const uint8_t *valid, int row0, int n_rows, void *user)
{
    intake *in = user;
    const size_t w = in->out->width, n = w * (size_t)n_rows, at = (size_t)row0 * w;
    memcpy(in->out->valid + at, valid, n);
    for (size_t b = 0; b < in->out->bands; b++)
        for (size_t i = 0; i < n; i++)
            rv__raster_band(in->out, b)[at + i] = (float)rv__sample_value(samples, in->sample, b * n + i);
    return 0;
}

static int read_raster(rv__raster *out, rv_grid *grid, double *nodata, const char *path)
{
    rv__raster raster = { 0 };
    intake in = { .out = &raster, .grid = grid };
    const rv__decode_sink sink = { begin, take_rows, &in };
    const int err = rv__decode(path, &sink);
    if (err < 0) {
        rv__raster_release(&raster);
        return rv__subject(err, "%s: ", rv__path_base(path));
    }
    *out = raster;
    *nodata = in.nodata;
    return RV_OK;
}

int rv__score_raster_read(rv__raster *out, rv_grid *grid, const char *path)
{
    double nodata;
    return read_raster(out, grid, &nodata, path);
}

int rv__score_shares(float **share, rv__window *box, const rv__window *within, const rv_polygon *outline)
{
    double b[4];
    rv__polygon_bounds(b, outline);
    const double c0 = fmax(floor(b[0]), 0), r0 = fmax(floor(b[1]), 0);
    const double c1 = fmin(ceil(b[2]), within->width), r1 = fmin(ceil(b[3]), within->height);
    *share = NULL;
    *box = (rv__window){ 0 };
    if (!(c1 > c0) || !(r1 > r0))
        return RV_OK;
    const size_t nw = (size_t)(c1 - c0), nh = (size_t)(r1 - r0);
    float *made = rv__alloc(nw * nh, sizeof *made);
    const int err = made ? rv__coverage(made, nw, nh, c0, r0, outline) : RV_ERR_NOMEM;
    if (err < 0) {
        rv__free(made);
        return err;
    }
    *share = made;
    *box = (rv__window){ (int)c0, (int)r0, (int)nw, (int)nh };
    return RV_OK;
}

int rv__score_burn(float *plane, size_t w, size_t h, const rv_polygon *outline)
{
    const rv__window within = { 0, 0, (int)w, (int)h };
    rv__window box;
    float *share = NULL;
    const int err = rv__score_shares(&share, &box, &within, outline);
    for (int r = 0; err == RV_OK && r < box.height; r++)
        for (int c = 0; c < box.width; c++)
            plane[(size_t)(box.row0 + r) * w + (size_t)(box.col0 + c)] +=
                share[(size_t)r * (size_t)box.width + (size_t)c];
    rv__free(share);
    return err;
}

static bool counts_as_change(const rv__thing *thing, bool any_change)
{
    if (any_change)
        return thing->event != RV_EVENT_NONE;
    return rv__thing_is_new(thing) || (thing->event == RV_EVENT_DEMOLISHED && rv__kind_is_building(thing->kind));
}

/* 1 where changes cover at least half of the pixel, together where they touch. */
static int draw_changes(uint8_t **out, const rv__things *things, const rv__window *size, bool any_change)
{
    const size_t w = (size_t)size->width, h = (size_t)size->height;
    float *share = rv__alloc(w * h, sizeof *share);
    uint8_t *plane = rv__alloc(w * h, 1);
    int err = share && plane ? RV_OK : RV_ERR_NOMEM;
    for (size_t i = 0; err == RV_OK && i < things->n; i++)
        if (counts_as_change(&things->v[i], any_change))
            err = rv__score_burn(share, w, h, &things->v[i].outline);
    for (size_t i = 0; err == RV_OK && i < w * h; i++)
        plane[i] = share[i] >= HALF;
    rv__free(share);
    if (err == RV_OK)
        *out = plane;
    else
        rv__free(plane);
    return err;
}

/* A raster of change: 1 where it says so, and where it says anything. */
typedef struct change_label {
    uint8_t *change, *known;
    rv_grid grid;
} change_label;

static void label_release(change_label *l)
{
    rv__free(l->change);
    rv__free(l->known);
    *l = (change_label){ 0 };
}

/* With 255 declared as no data and nothing left but 0, the changes themselves are what was declared away. */
static bool loses_changes(const change_label *l, double nodata)
{
    bool lost = false, left = false;
    const size_t n = (size_t)l->grid.width * (size_t)l->grid.height;
    for (size_t i = 0; i < n; i++) {
        lost = lost || !l->known[i];
        left = left || l->change[i];
    }
    return nodata >= 255 && nodata <= 255 && lost && !left;
}

/* Nonzero in any band is change. What is no data or no number is not labelled, but where 0 is declared as no data: labels
 * often say so of their unchanged pixels. */
static int fill_label(change_label *out, const rv__raster *raster, double nodata, const char *path)
{
    const size_t n = raster->width * raster->height;
    const bool all = fabs(nodata) <= 0;
    for (size_t i = 0; i < n; i++)
        out->known[i] = all || raster->valid[i];
    for (size_t i = 0; i < n * raster->bands; i++)
        out->change[i % n] |= raster->data[i] != 0;
    if (!loses_changes(out, nodata))
        return RV_OK;
    return rv__fail(RV_ERR_FORMAT, "%s: its 255 is declared as no data, and without it all that it says is 0",
                    rv__path_base(path));
}

static int read_label(change_label *out, const char *path)
{
    rv__raster raster = { 0 };
    change_label made = { 0 };
    double nodata = NAN;
    int err = read_raster(&raster, &made.grid, &nodata, path);
    if (err < 0)
        return err;
    made.change = rv__alloc(raster.width * raster.height, 1);
    made.known = rv__alloc(raster.width * raster.height, 1);
    err = made.change && made.known ? fill_label(&made, &raster, nodata, path) : RV_ERR_NOMEM;
    rv__raster_release(&raster);
    if (err < 0)
        label_release(&made);
    else
        *out = made;
    return err;
}

/* Known are the pixels of either label; one that both claim is a change. */
static int add_unchanged(change_label *l, const char *path)
{
    change_label other = { 0 };
    const size_t n = (size_t)l->grid.width * (size_t)l->grid.height;
    int err = read_label(&other, path);
    if (err < 0)
        return err;
    if (other.grid.width != l->grid.width || other.grid.height != l->grid.height)
        err = rv__fail(RV_ERR_FORMAT, "%s: %d x %d px, the other label has %d x %d", rv__path_base(path),
                       other.grid.width, other.grid.height, l->grid.width, l->grid.height);
    for (size_t i = 0; err == RV_OK && i < n; i++)
        l->known[i] = l->change[i] || other.change[i];
    label_release(&other);
    return err;
}

static int check_sizes(const char *label, const rv_grid *grid, const rv__score_file *found)
{
    if (grid->crs[0])
        return RV_OK;
    if (found->grid.width && (found->grid.width != grid->width || found->grid.height != grid->height))
        return rv__fail(RV_ERR_FORMAT, "%s: %d x %d px without georeference, the reference image has %d x %d",
                        rv__path_base(label), grid->width, grid->height, found->grid.width, found->grid.height);
    return RV_OK;
}

int rv__score_pixels(rv__tally *t, const char **why, const rv_score_scene *scene, rv__score_file *found,
                     bool any_change)
{
    change_label truth = { 0 };
    uint8_t *drawn = NULL;
    rv__score_place to = { .m = NULL };
    rv__things things = { 0 };
    int err;
    if ((err = read_label(&truth, scene->label)) < 0)
        return err;
    to.grid = truth.grid;
    if ((err = check_sizes(scene->label, &to.grid, found)) < 0 || (err = rv__score_project(&things, found, &to)) < 0 ||
        (scene->label_unchanged && (err = add_unchanged(&truth, scene->label_unchanged)) < 0))
        goto done;
    const rv__window size = { 0, 0, to.grid.width, to.grid.height };
    if ((err = draw_changes(&drawn, &things, &size, any_change)) < 0)
        goto done;
    const rv__score_planes planes = { truth.change, drawn, truth.known, (size_t)size.width, (size_t)size.height };
    err = rv__score_pixel(t, &planes);
    *why = "";
done:
    rv__things_release(&things);
    rv__free(drawn);
    label_release(&truth);
    return err;
}

int rv__score_truth_path(char out[RV_PATH_MAX], const char *truth, const char *id, const char *suffix)
{
    const int folder = (int)(rv__path_base(truth) - truth);
    const int n = rv__text_format(out, RV_PATH_MAX, "%.*struth/%s%s", folder, truth, id, suffix);
    return n > 0 && n < RV_PATH_MAX ? RV_OK : rv__fail(RV_ERR_REFUSED, "%s: the path is too long", truth);
}

int rv__score_pixels_of_truth(rv__tally *t, const char **why, const rv__score_file *truth, const rv__score_input *in)
{
    const rv__window size = { 0, 0, (int)in->width, (int)in->height };
    change_label label = { 0 };
    uint8_t *drawn = NULL;
    char path[RV_PATH_MAX];
    int err;
    if (!(in->width > 0)) {
        *why = "the truth states no grid, and there is no label";
        return RV_OK;
    }
    if ((err = rv__score_truth_path(path, truth->path, "change", ".tif")) < 0)
        return err;
    err = rv__file_exists(path) ? read_label(&label, path) : draw_changes(&label.change, &in->truth, &size, false);
    if (err == RV_OK && label.known && (label.grid.width != size.width || label.grid.height != size.height))
        err = rv__fail(RV_ERR_FORMAT, "%s: %d x %d px, the truth's grid has %d x %d", path, label.grid.width,
                       label.grid.height, size.width, size.height);
    if (err == RV_OK && (err = draw_changes(&drawn, &in->found, &size, false)) == RV_OK) {
        const rv__score_planes planes = { label.change, drawn, label.known, (size_t)size.width, (size_t)size.height };
        err = rv__score_pixel(t, &planes);
    }
    rv__free(drawn);
    label_release(&label);
    return err;
}
