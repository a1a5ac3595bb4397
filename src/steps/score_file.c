/* SPDX-License-Identifier: Apache-2.0 */
/* Structures and truths from GeoJSON [rfc7946] in the shape of docs/interchange.md. One reader serves both: a truth has
 * days and frames besides, and older ones lack members, each of which only costs the metrics that need it. */
#include "steps/score_read.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/vec.h"
#include "geo/geojson.h"
#include "raster/decode.h"

#include <math.h>
#include <string.h>

void rv__score_file_release(rv__score_file *file)
{
    rv__things_release(&file->things);
    rv__free(file->frames.v);
    *file = (rv__score_file){ 0 };
}

static double number(const rv__json *properties, const char *key)
{
    return rv__json_number(rv__json_get(properties, key));
}

static double time_of(const rv__json *properties, const char *key)
{
    const char *text = rv__json_text(rv__json_get(properties, key));
    rv_period period;
    return text && rv_period_parse(&period, text) == RV_OK ? period.t_min : NAN;
}

static int word_index(const char *const *names, const char *word)
{
    return word ? rv__text_index(names, word, strlen(word)) : -1;
}

static void read_numbers(rv__thing *thing, const rv__json *p)
{
    thing->likelihood = number(p, "likelihood");
    thing->score = number(p, "score");
    thing->nfa = number(p, "nfa");
    thing->area_m2 = (rv_quantity){ number(p, "area_m2"), number(p, "area_sigma_m2"), number(p, "area_lo_m2"),
                                    number(p, "area_hi_m2") };
    thing->height_m = (rv_quantity){ number(p, "height_m"), NAN, number(p, "height_lo_m"), number(p, "height_hi_m") };
    thing->ratio = number(p, "ratio");
    thing->ratio_lo = number(p, "ratio_lo");
    thing->ratio_hi = number(p, "ratio_hi");
    const char *ref = rv__json_text(rv__json_get(p, "ratio_ref"));
    rv__text_format(thing->ratio_ref, sizeof thing->ratio_ref, "%s", ref ? ref : "");
}

/* The image that a bracket's end names: in a list, alone, or as the end itself. */
static const char *image_of(const rv__json *p, const char *list, const char *alone, const char *end)
{
    const char *id = rv__json_text(rv__json_at(rv__json_get(p, list), 0));
    id = id ? id : rv__json_text(rv__json_get(p, alone));
    return id ? id : rv__json_text(rv__json_get(p, end));
}

static void read_times(rv__thing *thing, const rv__json *p, const rv__frames *frames)
{
    const char *absent = image_of(p, "images_absent", "image_absent", "last_absent");
    const char *present = image_of(p, "images_present", "image_present", "first_present");
    thing->lo = rv__score_bound(&thing->absent, frames, absent, false);
    thing->hi = rv__score_bound(&thing->present, frames, present, true);
    if (thing->absent < 0) /* an image that the truth does not know: its date may still be told */
        thing->lo = rv__score_bound(&thing->absent, frames, rv__json_text(rv__json_get(p, "last_absent")), false);
    if (thing->present < 0)
        thing->hi = rv__score_bound(&thing->present, frames, rv__json_text(rv__json_get(p, "first_present")), true);
    thing->works_first = time_of(p, "works_first");
    thing->complete_last = time_of(p, "complete_last");
    rv__score_dates(thing, frames, rv__json_text(rv__json_get(p, "date_set")));
    const double size = number(p, "date_set_size");
    thing->date_set_size = size >= 1 && size < 1e6 ? (int)size : 0;
    thing->start = time_of(p, "start");
    thing->complete = time_of(p, "complete");
    thing->ends = time_of(p, "ends");
}

static int read_clear(rv__thing *thing, const rv__json *p, const rv__frames *frames)
{
    const rv__json *clear = rv__json_get(p, "clear");
    if (!rv__json_is(clear, 'a'))
        return RV_OK;
    thing->clear = rv__alloc(frames->n, sizeof *thing->clear);
    if (!thing->clear)
        return RV_ERR_NOMEM;
    for (size_t i = 0; i < rv__json_size(clear); i++) {
        const rv__frame *f = rv__frame_find(frames, rv__json_text(rv__json_at(clear, i)));
        if (f)
            thing->clear[f - frames->v] = true;
    }
    return RV_OK;
}

/* One thing a part, each with all that is said of the structure; from the second on ids get a number behind. */
static int add_parts(rv__things *out, rv__thing *thing, const rv__json *parts, size_t n)
{
    int err = RV_OK;
    for (size_t i = 0; err == RV_OK && i < n; i++) {
        rv__thing part = *thing;
        thing->clear = NULL; /* goes with the first */
        if (i > 0)
            rv__text_format(part.id, sizeof part.id, "%.48s#%zu", thing->id, i + 1);
        err = rv__geojson_rings_read(&part.outline, n > 1 ? rv__json_at(parts, i) : parts);
        if (err < 0 || (err = RV__PUSH(out, part)) < 0)
            rv__thing_release(&part);
    }
    return err;
}

/* A truth has one outline: what is said of a structure, its area above all, holds for no part of it. */
static int add_geometry(rv__things *out, rv__thing *thing, const rv__json *geometry, bool is_truth)
{
    const char *type = rv__json_text(rv__json_get(geometry, "type"));
    const rv__json *coordinates = rv__json_get(geometry, "coordinates");
    const bool many = type && strcmp(type, "MultiPolygon") == 0;
    const size_t n = many ? rv__json_size(coordinates) : 1;
    if (n == 0 || !type || (!many && strcmp(type, "Polygon") != 0))
        return rv__fail(RV_ERR_FORMAT, "the geometry must be a polygon, not \"%.40s\"", type ? type : "");
    if (is_truth && n > 1)
        return rv__fail(RV_ERR_FORMAT, "true structure \"%s\" has %zu parts, not 1", thing->id, n);
    return add_parts(out, thing, many && n == 1 ? rv__json_at(coordinates, 0) : coordinates, n);
}

static int read_feature(rv__things *out, const rv__json *feature, const rv__frames *frames, bool is_truth)
{
    const rv__json *p = rv__json_get(feature, "properties"), *geometry = rv__json_get(feature, "geometry");
    const char *id = rv__json_text(rv__json_get(p, "id")), *event = rv__json_text(rv__json_get(p, "event"));
    rv__thing thing;
    int err;
    if (is_truth && (!geometry || rv__json_is(geometry, 'z')))
        return rv__fail(RV_ERR_FORMAT, "true structure \"%s\" has no geometry", id ? id : "");
    if (rv__json_is(geometry, 'z'))
        return RV_OK; /* a finding without an outline takes part in nothing */
    rv__thing_init(&thing);
    rv__text_format(thing.id, sizeof thing.id, "%s", id ? id : "");
    thing.event = word_index(rv_event_names(), event);
    thing.kind = word_index(rv_kind_names(), rv__json_text(rv__json_get(p, "kind")));
    thing.kind = thing.kind < 0 ? RV_KIND_OTHER : thing.kind;
    if (thing.event < 0)
        return rv__fail(RV_ERR_FORMAT,
                        "event must be none, new, extended, replaced, demolished or works, not \"%.40s\"",
                        event ? event : "");
    read_numbers(&thing, p);
    read_times(&thing, p, frames);
    if ((err = read_clear(&thing, p, frames)) == RV_OK)
        err = add_geometry(out, &thing, geometry, is_truth);
    rv__thing_release(&thing); /* what no part took */
    return err;
}

/* "grid": {"crs", "gt", "width", "height", "gsd_m"} */
static int read_grid(rv__score_file *out, const rv__json *root)
{
    const rv__json *grid = rv__json_get(root, "grid"), *gt = rv__json_get(grid, "gt");
    const char *crs = rv__json_text(rv__json_get(grid, "crs"));
    const double width = number(grid, "width"), height = number(grid, "height");
    const double older = rv__json_number(rv__json_path(root, "simulate_opts/gsd_m"));
    out->gsd_m = isfinite(older) ? older : 0;
    if (grid && !rv__json_is(grid, 'o') && !rv__json_is(grid, 'z'))
        return rv__fail(RV_ERR_FORMAT, "the grid is no object");
    if (!rv__json_get(grid, "width") && !rv__json_get(grid, "height"))
        return RV_OK;
    if (!(width >= 1 && height >= 1 && width <= floor(width) && height <= floor(height)))
        return rv__fail(RV_ERR_FORMAT, "width and height of the grid must be whole numbers of at least 1");
    if (width > RV__SIDE_MAX_PX || height > RV__SIDE_MAX_PX || width * height > (double)RV__AREA_MAX_PX)
        return rv__fail(RV_ERR_REFUSED, "a grid of %.0f x %.0f px, limit %d a side and %.0f in all", width, height,
                        RV__SIDE_MAX_PX, (double)RV__AREA_MAX_PX);
    rv_grid g = { .gt = { 0, 1, 0, 0, 0, 1 }, .width = (int)width, .height = (int)height };
    rv__text_format(g.crs, sizeof g.crs, "%s", crs ? crs : "");
    for (size_t i = 0; i < 6 && *g.crs; i++)
        g.gt[i] = rv__json_number(rv__json_at(gt, i));
    const double det = g.gt[1] * g.gt[5] - g.gt[2] * g.gt[4];
    if (!isfinite(g.gt[0] + g.gt[3]) || !isfinite(det) || !(fabs(det) > 0))
        return rv__fail(RV_ERR_FORMAT, "gt of the grid must be six numbers of a map that can be inverted");
    out->grid = g;
    return RV_OK;
}

static int read_root(rv__score_file *out, const rv__json *root, const rv__frames *frames)
{
    const char *type = rv__json_text(rv__json_get(root, "type"));
    const rv__json *features = rv__json_get(root, "features");
    int err;
    if (!type || strcmp(type, "FeatureCollection") != 0 || !rv__json_is(features, 'a'))
        return rv__fail(RV_ERR_FORMAT, "not a GeoJSON FeatureCollection");
    out->lonlat = !rv__json_true(rv__json_get(root, "crs_less"));
    if ((err = read_grid(out, root)) < 0 || (err = rv__score_frames_read(&out->frames, root)) < 0)
        return err;
    for (size_t i = 0; i < rv__json_size(features); i++)
        if ((err = read_feature(&out->things, rv__json_at(features, i), frames ? frames : &out->frames, !frames)) < 0)
            return rv__subject(err, "feature %zu: ", i + 1);
    if (!frames && out->things.n == 0 && out->frames.n == 0)
        return rv__fail(RV_ERR_FORMAT, "an empty truth: no features and no frames");
    return RV_OK;
}

int rv__score_file_read(rv__score_file *out, const char *path, const rv__frames *frames)
{
    rv__json *root = NULL;
    rv__score_file file = { .path = path };
    int err = rv__json_load(&root, path);
    if (err < 0)
        return err;
    err = read_root(&file, root, frames);
    rv__json_free(root);
    if (err < 0) {
        rv__score_file_release(&file);
        return rv__subject(err, "%s: ", rv__path_base(path));
    }
    *out = file;
    return RV_OK;
}
