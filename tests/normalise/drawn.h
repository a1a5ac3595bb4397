/* SPDX-License-Identifier: Apache-2.0 */
/* Series for the tests: planes in memory to working copies in a temporary folder, opened and joined to a stack. */
#ifndef RV_TEST_DRAWN_H
#define RV_TEST_DRAWN_H

#include <revisit/stack.h>

#include "base/file.h"
#include "base/mem.h"
#include "lib/test.h"
#include "raster/gdal_write.h"

enum { DRAWN_MAX = 16 };

typedef struct drawn {
    char folder[64];
    rv_scene *scene[DRAWN_MAX];
    rv_transform transform[DRAWN_MAX];
    rv_grid grid;
    size_t n;
} drawn;

static inline void drawn_begin(drawn *d, int width, int height)
{
    *d = (drawn){ .folder = "/tmp/revisit-normalise-XXXXXX" };
    CHECK(mkdtemp(d->folder) != NULL);
    d->grid = (rv_grid){ .gt = { 0, 1, 0, 0, 0, 1 }, .width = width, .height = height, .gsd_m = 3 };
}

/* Note the scene as the n-th date; path is an existing file. */
static inline void drawn_open(drawn *d, const char *path, const char *roles, int bits, const rv_grid *grid)
{
    rv_scene_info info = { .width = grid->width, .height = grid->height, .bits = bits, .scale = 1 };
    rv__path_stem(info.id, sizeof info.id, path);
    info.bands = (int)strlen(roles);
    snprintf(info.roles, sizeof info.roles, "%s", roles);
    snprintf(info.crs, sizeof info.crs, "%s", grid->crs);
    memcpy(info.gt, grid->gt, sizeof info.gt);
    info.gsd_m = grid->gsd_m;
    info.t_min = info.t_max = 86400.0 * (double)d->n;
    CHECK(rv_scene_open(&d->scene[d->n], path, &info) == RV_OK);
    rv_transform *m = &d->transform[d->n];
    rv_transform_identity(m);
    snprintf(m->scene_id, sizeof m->scene_id, "%s", info.id);
    snprintf(m->reference_id, sizeof m->reference_id, "%s", rv_scene_facts(d->scene[0])->id);
    d->n++;
}

/* Write bands planes of bytes or 16-bit numbers as the next date. */
static inline void drawn_add(drawn *d, const float *data, const uint8_t *valid, const char *roles, rv__sample sample)
{
    const size_t n = (size_t)d->grid.width * (size_t)d->grid.height, bands = strlen(roles);
    char path[128];
    rv__cog *cog;
    uint8_t *u8 = rv__alloc(bands * n, 1);
    uint16_t *u16 = rv__alloc(bands * n, sizeof *u16);
    for (size_t i = 0; i < bands * n; i++) {
        const double v = (double)data[i] + .5;
        u8[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
        u16[i] = (uint16_t)(v < 0 ? 0 : v > 65535 ? 65535 : v);
    }
    snprintf(path, sizeof path, "%s/s%02zu.tif", d->folder, d->n);
    CHECK(rv__cog_begin(&cog, path, &d->grid, (int)bands, sample) == RV_OK);
    CHECK(rv__cog_rows(cog, sample == RV__SAMPLE_U8 ? (void *)u8 : (void *)u16, valid, 0, d->grid.height) == RV_OK);
    CHECK(rv__cog_finish(cog) == RV_OK);
    drawn_open(d, path, roles, sample == RV__SAMPLE_U8 ? 8 : 16, &d->grid);
    rv__free(u16);
    rv__free(u8);
}

static inline rv_stack *drawn_stack(const drawn *d, const rv_gain *gains)
{
    rv_stack *stack = NULL;
    const rv_stack_parts parts = { .scenes = d->scene, .transforms = d->transform, .gains = gains, .n = d->n };
    CHECK(rv_stack_build(&stack, &parts, &d->grid) == RV_OK);
    return stack;
}

static inline void drawn_end(drawn *d)
{
    for (size_t i = 0; i < d->n; i++)
        rv_scene_free(d->scene[i]);
    rv__folder_remove(d->folder);
}

#endif
