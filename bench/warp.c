/* SPDX-License-Identifier: Apache-2.0 */
/* Each image resampled once by an affine map and written again: what bench/peer_warp.py times beside gdalwarp.
 *
 *   warp FOLDER COMPRESS M0 M1 M2 M3 M4 M5 WIDTH HEIGHT BANDS IMAGE...
 *
 * M maps pixels of an image to pixels of the grid, which has the images' size. Images are GeoTIFF of one sample type. */
#include <revisit/stack.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int warp_one(const char *folder, int compress, const double m[6], const int size[3], const char *path)
{
    char out[RV_PATH_MAX];
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const rv_stack_write_opts opts = { .compress = compress };
    rv_scene_info info;
    rv_transform transform;
    rv_scene *scene = NULL;
    rv_stack *stack = NULL;
    rv_grid grid;
    int err;
    rv_fields_init(rv_scene_info_fields(), &info);
    snprintf(info.id, sizeof info.id, "%.*s", RV_ID_MAX - 1, name);
    info.width = size[0];
    info.height = size[1];
    info.bands = size[2];
    memset(info.roles, 'X', (size_t)size[2]);
    rv_transform_identity(&transform);
    memcpy(transform.m, m, 6 * sizeof *m);
    if ((err = rv_scene_open(&scene, path, &info)) < 0)
        return err;
    rv_scene_info_grid(&info, &grid);
    const rv_stack_parts parts = { .scenes = &scene, .transforms = &transform, .n = 1 };
    snprintf(out, sizeof out, "%s/%s", folder, name);
    if ((err = rv_stack_build(&stack, &parts, &grid)) == RV_OK)
        err = rv_stack_write(stack, 0, out, &opts);
    rv_stack_free(stack);
    rv_scene_free(scene);
    return err;
}

int main(int argc, char **argv)
{
    static const char *const compressions[] = { "deflate", "zstd", "none" };
    double m[6];
    int size[3], compress = -1;
    if (argc < 13) {
        fprintf(stderr, "usage: %s FOLDER COMPRESS M0 M1 M2 M3 M4 M5 WIDTH HEIGHT BANDS IMAGE...\n", argv[0]);
        return 2;
    }
    for (int i = 0; i < 3; i++)
        compress = strcmp(argv[2], compressions[i]) == 0 ? i : compress;
    for (int i = 0; i < 6; i++)
        m[i] = strtod(argv[3 + i], NULL);
    for (int i = 0; i < 3; i++)
        size[i] = atoi(argv[9 + i]);
    rv_threads_set(1);
    for (int i = 12; i < argc; i++)
        if (warp_one(argv[1], compress, m, size, argv[i]) < 0) {
            fprintf(stderr, "warp: %s\n", rv_last_error());
            return 1;
        }
    return 0;
}
