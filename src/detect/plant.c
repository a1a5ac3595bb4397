/* SPDX-License-Identifier: Apache-2.0 */
/* A roof is its share of each px, blurred as a sensor does, times a level above the ground around it in the same scene.
 * Half of the ground's own departures stay, so that it is no cleaner than the scene is noisy. It throws no shadow. */
#include "detect/plant.h"

#include "base/error.h"
#include "base/mem.h"
#include "geo/polygon.h"
#include "raster/coverage.h"
#include "raster/filter.h"

#include <math.h>

enum { PAD_PX = 4 };

static const double BLUR_PX = 0.6;
static const float NONE = 0.01F, TEXTURE_KEPT = 0.5F;

void rv__plant_corners(rv_point p[4], const rv__plant *o)
{
    const double c = cos(o->angle), s = sin(o->angle);
    for (int k = 0; k < 4; k++) {
        const double u = (k == 0 || k == 3 ? -1 : 1) * o->half[0], v = (k < 2 ? -1 : 1) * o->half[1];
        p[k] = (rv_point){ o->col + u * c - v * s, o->row + u * s + v * c };
    }
}

static rv__window box_of(const rv__plant *o)
{
    const int reach = (int)ceil(hypot(o->half[0], o->half[1])) + PAD_PX;
    return (rv__window){ (int)o->col - reach, (int)o->row - reach, 2 * reach + 1, 2 * reach + 1 };
}

static int share_of(float *out, const rv__plant *o, const rv__window *box)
{
    rv_polygon shape = { 0 };
    rv_point p[4];
    const size_t w = (size_t)box->width, h = (size_t)box->height;
    float *sharp = rv__alloc(w * h, sizeof *sharp);
    rv__plant_corners(p, o);
    int err = sharp ? rv__polygon_ring(&shape, p, 4) : RV_ERR_NOMEM;
    err = err ? err : rv__coverage(sharp, w, h, box->col0, box->row0, &shape);
    err = err ? err : rv__gaussian(out, sharp, w, h, BLUR_PX);
    rv_polygon_release(&shape);
    rv__free(sharp);
    return err;
}

/* Index in the window of px i of the box, or false. */
static bool place_of(size_t *index, const rv__views *v, const rv__window *box, int i)
{
    const int col = box->col0 + i % box->width - v->window.col0, row = box->row0 + i / box->width - v->window.row0;
    *index = (size_t)row * v->w + (size_t)col;
    return col >= 0 && row >= 0 && col < (int)v->w && row < (int)v->h;
}

static void lay_on(float *plane, const float *share, const rv__views *v, const rv__window *box, double step)
{
    const int n = box->width * box->height;
    double sum = 0, count = 0;
    size_t at;
    for (int i = 0; i < n; i++)
        if (share[i] < NONE && place_of(&at, v, box, i)) {
            sum += (double)plane[at];
            count++;
        }
    const float ground = (float)(sum / fmax(count, 1)), roof = (float)step + ground;
    for (int i = 0; i < n; i++)
        if (share[i] >= NONE && place_of(&at, v, box, i))
            plane[at] += share[i] * (roof + TEXTURE_KEPT * (plane[at] - ground) - plane[at]);
}

int rv__plants_lay(rv__views *v, const rv__plants *plants, const rv__scale *s)
{
    int err = RV_OK;
    for (size_t i = 0; !err && i < plants->n; i++) {
        const rv__plant *o = &plants->v[i];
        const rv__window box = box_of(o), *w = &v->window;
        if (box.col0 >= w->col0 + w->width || box.row0 >= w->row0 + w->height || box.col0 + box.width <= w->col0 ||
            box.row0 + box.height <= w->row0)
            continue;
        float *share = rv__alloc((size_t)box.width * (size_t)box.height, sizeof *share);
        err = share ? share_of(share, o, &box) : RV_ERR_NOMEM;
        for (size_t t = (size_t)o->first; !err && t < v->n; t++)
            for (int k = 0; k < v->channels; k++)
                lay_on(rv__views_plane(v, t, k), share, v, &box, (double)(o->contrast[k] * s->noise[k]));
        rv__free(share);
    }
    return err;
}
