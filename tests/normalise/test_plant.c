/* SPDX-License-Identifier: Apache-2.0 */
/* Masks of the shared 12-date series against its renderer's truth: recall of cloud and shadow and the share of clear
 * ground lost, printed per date (haze hides no ground and counts as clear). The transforms are the true ones, so that only the masks are tested. */
#include <revisit/normalise.h>

#include "base/json.h"
#include "drawn.h"
#include "raster/gdal_read.h"

enum { W = 512, H = 512, N = W * H };

static float row[N];

/* A one-byte-a-pixel .npy of N pixels: magic, version, length of a text header, then the pixels. */
static uint8_t *load_truth(const char *path)
{
    char *bytes = NULL;
    size_t n = 0;
    CHECK(rv__file_read(&bytes, &n, path, 1 << 20) == RV_OK);
    CHECK(n > N && memcmp(bytes, "\x93NUMPY", 6) == 0);
    uint8_t *out = rv__alloc(N, 1);
    memcpy(out, bytes + n - N, N);
    rv__free(bytes);
    return out;
}

static void open_series(drawn *d, const rv__json *frames, const char *folder)
{
    for (size_t t = 0; t < rv__json_size(frames); t++) {
        const rv__json *frame = rv__json_at(frames, t), *m = rv__json_get(frame, "M");
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", folder, rv__json_text(rv__json_get(frame, "file")));
        rv__gtiff *file;
        CHECK(rv__gtiff_open(&file, path) == RV_OK);
        CHECK(rv__gtiff_grid(file, &d->grid) == RV_OK);
        rv__gtiff_close(file);
        drawn_open(d, path, "BGRN", 16, &d->grid);
        for (size_t i = 0; i < 6; i++)
            d->transform[t].m[i] = rv__json_number(rv__json_at(rv__json_at(m, i / 3), i % 3));
    }
}

typedef struct tally {
    int cloud, cloud_found, shadow, shadow_found, clear, clear_lost, haze;
} tally;

static tally compare(const uint8_t *truth, const char *mask_path)
{
    tally k = { 0 };
    rv__gtiff *file;
    const int window[4] = { 0, 0, W, H };
    CHECK(rv__gtiff_open(&file, mask_path) == RV_OK);
    CHECK(rv__gtiff_read(file, row, 0, window) == RV_OK);
    rv__gtiff_close(file);
    for (int i = 0; i < N; i++) {
        const int code = (int)row[i], lost = code != RV_MASK_CLEAR && code != RV_MASK_HAZE;
        if (code == RV_MASK_OUTSIDE)
            continue;
        k.cloud += truth[i] & 1;
        k.cloud_found += (truth[i] & 1) && lost;
        k.shadow += truth[i] == 2;
        k.shadow_found += truth[i] == 2 && lost;
        k.haze += code == RV_MASK_HAZE;
        k.clear += truth[i] == 0;
        k.clear_lost += truth[i] == 0 && lost;
    }
    return k;
}

static double share(int part, int whole)
{
    return whole ? (double)part / whole : 0;
}

TEST(clouds_of_the_shared_plant_series_are_masked_and_clear_dates_stay_clear)
{
    const char *truth_path = test_shared("data/plant/truth/truth.json");
    if (!truth_path)
        SKIP("no shared data");
    char folder[480], path[DRAWN_MAX][128];
    snprintf(folder, sizeof folder, "%.*s", (int)(strlen(truth_path) - strlen("/truth/truth.json")), truth_path);
    rv__json *truth = NULL;
    CHECK(rv__json_load(&truth, truth_path) == RV_OK);
    drawn d;
    drawn_begin(&d, W, H);
    open_series(&d, rv__json_get(truth, "frames"), folder);
    rv_gain gains[DRAWN_MAX * 4];
    double clear[DRAWN_MAX];
    const char *paths[DRAWN_MAX];
    for (size_t t = 0; t < d.n; t++) {
        snprintf(path[t], sizeof path[t], "%s/mask%zu.tif", d.folder, t);
        paths[t] = path[t];
    }
    rv_stack *stack = drawn_stack(&d, NULL);
    CHECK(rv_normalise(gains, stack, NULL) == RV_OK);
    rv_stack_free(stack);
    for (size_t i = 0; i < d.n * 4; i++) /* as the chain does: masks are to see what a field of haze would take away */
        gains[i].field[0] = '\0';
    stack = drawn_stack(&d, gains);
    CHECK(rv_masks_write(clear, paths, stack, NULL) == RV_OK);
    rv_stack_free(stack);
    tally all = { 0 };
    for (size_t t = 0; t < d.n; t++) {
        char npy[640];
        snprintf(npy, sizeof npy, "%s/truth/%s.cloud.npy", folder, rv_scene_facts(d.scene[t])->id);
        uint8_t *known = load_truth(npy);
        const tally k = compare(known, paths[t]);
        printf("# %s: cloud %.3f of %d px, shadow alone %.3f of %d px, clear lost %.4f, haze %.4f of all\n",
               rv_scene_facts(d.scene[t])->id, share(k.cloud_found, k.cloud), k.cloud, share(k.shadow_found, k.shadow),
               k.shadow, share(k.clear_lost, k.clear), share(k.haze, N));
        if (k.cloud + k.shadow == 0)
            CHECK(share(k.clear_lost, k.clear) < .001);
        all.cloud += k.cloud;
        all.cloud_found += k.cloud_found;
        all.shadow += k.shadow;
        all.shadow_found += k.shadow_found;
        all.clear += k.clear;
        all.clear_lost += k.clear_lost;
        rv__free(known);
    }
    printf("# all dates: cloud %.3f, shadow alone %.3f, clear lost %.4f\n", share(all.cloud_found, all.cloud),
           share(all.shadow_found, all.shadow), share(all.clear_lost, all.clear));
    /* floors under what was measured: .975, .865, .0041 */
    CHECK(share(all.cloud_found, all.cloud) > .96);
    CHECK(share(all.shadow_found, all.shadow) > .84);
    CHECK(share(all.clear_lost, all.clear) < .005);
    rv__json_free(truth);
    drawn_end(&d);
}

TESTS(RUN(clouds_of_the_shared_plant_series_are_masked_and_clear_dates_stay_clear))
