/* SPDX-License-Identifier: Apache-2.0 */
/* A piece of ground as a function of place, drawn into pictures under any map: fractal texture and rectangles. */
#ifndef RV_TEST_PICTURES_H
#define RV_TEST_PICTURES_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <revisit/align.h>

#include "align/align_internal.h"
#include "base/mem.h"
#include "base/rng.h"
#include "geo/crs.h"
#include "raster/filter.h"
#include "raster/gdal_write.h"

enum { GROUND_BLOCKS = 260, GROUND_LATTICE = 64, GROUND_OCTAVES = 6 };

typedef struct ground {
    float lattice[GROUND_OCTAVES][GROUND_LATTICE * GROUND_LATTICE];
    struct {
        double x, y, half_w, half_h, c, s, level;
    } block[GROUND_BLOCKS];
} ground;

/* What a drawing adds to the ground. */
typedef struct drawing {
    double map[9]; /* picture px to ground px, corners at integers */
    double noise, gain;
    double replaced; /* share of the blocks that are others */
    double inverted; /* share of the texture's contrast that is turned over, in [0, 1] */
    uint32_t stream;
} drawing;

static inline ground *ground_new(uint32_t seed, double size)
{
    ground *g = rv__alloc(1, sizeof *g);
    rv__rng rng;
    rv__rng_init(&rng, 11, seed, 0, 0);
    for (int o = 0; o < GROUND_OCTAVES; o++)
        for (int i = 0; i < GROUND_LATTICE * GROUND_LATTICE; i++)
            g->lattice[o][i] = (float)rv__rng_normal(&rng);
    for (int i = 0; i < GROUND_BLOCKS; i++) {
        const double turn = rv__rng_between(&rng, 0, 3.14159);
        g->block[i].x = rv__rng_between(&rng, 0, size);
        g->block[i].y = rv__rng_between(&rng, 0, size);
        g->block[i].half_w = rv__rng_between(&rng, 2, 9);
        g->block[i].half_h = rv__rng_between(&rng, 2, 9);
        g->block[i].c = cos(turn);
        g->block[i].s = sin(turn);
        g->block[i].level = rv__rng_between(&rng, -.06, .12);
    }
    return g;
}

static inline double ground_texture(const ground *g, double x, double y)
{
    double v = 0, period = 96, weight = .05;
    for (int o = 0; o < GROUND_OCTAVES; o++, period /= 2.1, weight /= 1.5) {
        const double u = x / period + 7 * o + 1000, w = y / period + 3 * o + 1000;
        const int c = (int)u, r = (int)w;
        const double fx = u - c, fy = w - r, sx = fx * fx * (3 - 2 * fx), sy = fy * fy * (3 - 2 * fy);
        const float *l = g->lattice[o];
        const int c0 = c % GROUND_LATTICE, c1 = (c + 1) % GROUND_LATTICE;
        const int r0 = r % GROUND_LATTICE * GROUND_LATTICE, r1 = (r + 1) % GROUND_LATTICE * GROUND_LATTICE;
        v += weight *
             ((1 - sy) * ((1 - sx) * l[r0 + c0] + sx * l[r0 + c1]) + sy * ((1 - sx) * l[r1 + c0] + sx * l[r1 + c1]));
    }
    return v;
}

static inline void ground_blocks(float *v, const ground *g, const drawing *d, int w, int h, int sub)
{
    /* Blocks are painted over samples of the picture, sub a side and px. */
    for (int i = 0; i < GROUND_BLOCKS; i++) {
        const bool other = i < d->replaced * GROUND_BLOCKS;
        const double x0 = g->block[i].x + (other ? 37.0 + d->stream % 11 : 0), y0 = g->block[i].y;
        const double reach = hypot(g->block[i].half_w, g->block[i].half_h);
        double back[9], lo[2] = { 1e9, 1e9 }, hi[2] = { -1e9, -1e9 };
        rv_transform_invert(back, d->map);
        for (int k = 0; k < 4; k++) {
            double p[2];
            rv__mat_point(p, back, x0 + (k & 1 ? reach : -reach), y0 + (k & 2 ? reach : -reach));
            for (int e = 0; e < 2; e++) {
                lo[e] = fmin(lo[e], p[e]);
                hi[e] = fmax(hi[e], p[e]);
            }
        }
        for (int r = (int)fmax(0, floor(lo[1] * sub)); r < fmin(h * sub, hi[1] * sub); r++)
            for (int c = (int)fmax(0, floor(lo[0] * sub)); c < fmin(w * sub, hi[0] * sub); c++) {
                double p[2];
                rv__mat_point(p, d->map, (c + .5) / sub, (r + .5) / sub);
                const double dx = p[0] - x0, dy = p[1] - y0;
                const double u = dx * g->block[i].c + dy * g->block[i].s, t = dy * g->block[i].c - dx * g->block[i].s;
                if (fabs(u) < g->block[i].half_w && fabs(t) < g->block[i].half_h)
                    v[r * w * sub + c] = (float)(.25 + g->block[i].level);
            }
    }
}

/* Picture of w * h px: 4 x 4 samples a px. */
static inline float *draw(const ground *g, const drawing *d, int w, int h)
{
    enum { SUB = 4 };
    float *fine = rv__alloc((size_t)(w * h * SUB * SUB), sizeof *fine), *v = rv__alloc((size_t)(w * h), sizeof *v);
    rv__rng rng;
    rv__rng_init(&rng, 5, d->stream, 1, 0);
    for (int r = 0; r < h * SUB; r++)
        for (int c = 0; c < w * SUB; c++) {
            double p[2];
            rv__mat_point(p, d->map, (c + .5) / SUB, (r + .5) / SUB);
            fine[r * w * SUB + c] = (float)(.2 + (1 - 2 * d->inverted) * ground_texture(g, p[0], p[1]));
        }
    ground_blocks(fine, g, d, w, h, SUB);
    for (int r = 0; r < h; r++)
        for (int c = 0; c < w; c++) {
            double sum = 0;
            for (int k = 0; k < SUB * SUB; k++)
                sum += fine[(r * SUB + k / SUB) * w * SUB + c * SUB + k % SUB];
            const double tilt = 1 + d->gain * ((double)c / w - .5);
            v[r * w + c] = (float)(fmax(.01, sum / (SUB * SUB) * tilt) + d->noise * rv__rng_normal(&rng));
        }
    rv__free(fine);
    return v;
}

static inline drawing drawing_moved(double dx, double dy, uint32_t stream)
{
    drawing d = { .map = { 1, 0, dx, 0, 1, dy, 0, 0, 1 }, .noise = .004, .stream = stream };
    return d;
}

/* Facts of a scene of one band, without a time or a sun. */
static inline rv_scene_info facts_of(const rv_grid *grid, const char *id)
{
    rv_scene_info info;
    rv_fields_init(rv_scene_info_fields(), &info);
    snprintf(info.id, sizeof info.id, "%s", id);
    info.width = grid->width;
    info.height = grid->height;
    info.bands = 1;
    strcpy(info.roles, "P");
    memcpy(info.crs, grid->crs, sizeof info.crs);
    memcpy(info.gt, grid->gt, sizeof info.gt);
    info.gsd_m = grid->gsd_m;
    info.valid_share = 1;
    return info;
}

/* On disk, opened. v: info->bands planes; valid may be NULL. */
static inline rv_scene *scene_with(const rv_scene_info *info, const float *v, const uint8_t *valid)
{
    char path[128];
    rv_grid grid;
    rv_scene *scene = NULL;
    rv_scene_info_grid(info, &grid);
    snprintf(path, sizeof path, "/tmp/revisit-align-%ld-%s.tif", (long)getpid(), info->id);
    if (rv__layer_write_f32(path, &grid, v, valid, info->bands) < 0)
        return NULL;
    if (rv_scene_open(&scene, path, info) < 0)
        scene = NULL;
    unlink(path); /* the open handle keeps it */
    return scene;
}

/* A scene of one band. */
static inline rv_scene *scene_of(const float *v, const uint8_t *valid, const rv_grid *grid, const char *id)
{
    const rv_scene_info info = facts_of(grid, id);
    return scene_with(&info, v, valid);
}

static inline rv_grid grid_utm(int w, int h, double x, double y, double px_m)
{
    rv_grid grid = { .crs = "EPSG:32636", .gt = { x, px_m, 0, y, 0, -px_m }, .width = w, .height = h };
    return grid;
}

static inline rv_grid grid_bare(int w, int h)
{
    rv_grid grid = { .gt = { 0, 1, 0, 0, 0, 1 }, .width = w, .height = h };
    return grid;
}

#endif
