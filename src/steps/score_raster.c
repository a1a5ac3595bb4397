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
    double scale, offset;
} intake;

static int begin(const rv__decoded *header, void *user)
{
    intake *in = user;
    *in->grid = header->grid;
    in->sample = header->sample;
    return rv__raster_init(in->out, (size_t)header->grid.width, (size_t)header->grid.height, (size_t)header->bands);
}

static float sample_at(const void *samples, rv__sample type, size_t i)
{
    switch (type) {
    case RV__SAMPLE_U8:
        return ((const uint8_t *)samples)[i];
    case RV__SAMPLE_U16:
        return ((const uint16_t *)samples)[i];
    case RV__SAMPLE_I16:
        return ((const int16_t *)samples)[i];
    default:
        return ((const float *)samples)[i];
    }
}

static int take_rows(const void *samples, const uint8_t *valid, int row0, int n_rows, void *user)
{
    intake *in = user;
    const size_t w = in->out->width, n = w * (size_t)n_rows, at = (size_t)row0 * w;
    memcpy(in->out->valid + at, valid, n);
    for (size_t b = 0; b < in->out->bands; b++)
        for (size_t i = 0; i < n; i++)
            rv__raster_band(in->out, b)[at + i] = sample_at(samples, in->sample, b * n + i);
    return 0;
}

int rv__score_raster_read(rv__raster *out, rv_grid *grid, const char *path)
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
    return RV_OK;
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

/* Nonzero in any band. Validity is not asked: 0 is often declared as no data in labels. */
static int read_label(uint8_t **out, rv_grid *grid, const char *path)
{
    rv__raster raster = { 0 };
    int err = rv__score_raster_read(&raster, grid, path);
    if (err < 0)
        return err;
    const size_t n = raster.width * raster.height;
    uint8_t *plane = rv__alloc(n, 1);
    for (size_t i = 0; plane && i < n * raster.bands; i++)
        plane[i % n] |= raster.data[i] != 0;
    rv__raster_release(&raster);
    *out = plane;
    return plane ? RV_OK : RV_ERR_NOMEM;
}

/* Pixels of either label; a pixel that both claim is a change. */
static int read_known(uint8_t **out, const uint8_t *label, const rv_grid *grid, const char *path)
{
    rv_grid other;
    const size_t n = (size_t)grid->width * (size_t)grid->height;
    const int err = read_label(out, &other, path);
    if (err < 0)
        return err;
    if (other.width != grid->width || other.height != grid->height)
        return rv__fail(RV_ERR_FORMAT, "%s: %d x %d px, the other label has %d x %d", rv__path_base(path), other.width,
                        other.height, grid->width, grid->height);
    for (size_t i = 0; i < n; i++)
        (*out)[i] |= label[i];
    return RV_OK;
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
    uint8_t *label = NULL, *known = NULL, *drawn = NULL;
    rv__score_place to = { .m = NULL };
    rv__things things = { 0 };
    int err;
    if ((err = read_label(&label, &to.grid, scene->label)) < 0 ||
        (err = check_sizes(scene->label, &to.grid, found)) < 0 || (err = rv__score_project(&things, found, &to)) < 0)
        goto done;
    if (scene->label_unchanged && (err = read_known(&known, label, &to.grid, scene->label_unchanged)) < 0)
        goto done;
    const rv__window size = { 0, 0, to.grid.width, to.grid.height };
    if ((err = draw_changes(&drawn, &things, &size, any_change)) < 0)
        goto done;
    const rv__score_planes planes = { label, drawn, known, (size_t)size.width, (size_t)size.height };
    err = rv__score_pixel(t, &planes);
    *why = "";
done:
    rv__things_release(&things);
    rv__free(drawn);
    rv__free(known);
    rv__free(label);
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
    uint8_t *label = NULL, *drawn = NULL;
    char path[RV_PATH_MAX];
    rv_grid grid;
    int err;
    if (!(in->width > 0)) {
        *why = "the truth states no grid, and there is no label";
        return RV_OK;
    }
    if ((err = rv__score_truth_path(path, truth->path, "change", ".tif")) < 0)
        return err;
    err = rv__file_exists(path) ? read_label(&label, &grid, path) : draw_changes(&label, &in->truth, &size, false);
    if (err == RV_OK && rv__file_exists(path) && (grid.width != size.width || grid.height != size.height))
        err = rv__fail(RV_ERR_FORMAT, "%s: %d x %d px, the truth's grid has %d x %d", path, grid.width, grid.height,
                       size.width, size.height);
    if (err == RV_OK && (err = draw_changes(&drawn, &in->found, &size, false)) == RV_OK) {
        const rv__score_planes planes = { label, drawn, NULL, (size_t)size.width, (size_t)size.height };
        err = rv__score_pixel(t, &planes);
    }
    rv__free(drawn);
    rv__free(label);
    return err;
}
