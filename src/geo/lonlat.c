/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transformations to longitude and latitude, kept for each thread.
 *
 * Opening one reads PROJ's database, some milliseconds, and ground sizes are asked for by the thousand. A transformation
 * serves one thread at a time, so each thread keeps the few it used last, in storage that the C library frees with the
 * thread. A pool shared under a lock was not taken: the lock would be held while PROJ computes.
 */
#include "geo/crs.h"

#include "base/error.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <threads.h>

enum { KEPT = 4 };

typedef struct kept_map {
    char crs[RV_CRS_MAX];
    bool own_datum;
    rv_point anchor; /* unless own_datum */
    unsigned long used;
    rv__crs_map *map;
} kept_map;

typedef struct kept_maps {
    kept_map entry[KEPT];
    unsigned long clock;
} kept_maps;

static once_flag kept_once = ONCE_FLAG_INIT;
static tss_t kept_key;
static bool kept_ready;

static bool is_for(const kept_map *k, const char *crs, const rv_point *anchor)
{
    return k->own_datum == !anchor && (!anchor || (k->anchor.x == anchor->x && k->anchor.y == anchor->y)) &&
           strcmp(k->crs, crs) == 0;
}

static void free_kept(void *user)
{
    kept_maps *kept = user;
    for (int i = 0; kept && i < KEPT; i++)
        rv__crs_map_free(kept->entry[i].map);
    rv__free(kept);
}

static void make_key(void)
{
    kept_ready = tss_create(&kept_key, free_kept) == thrd_success;
}

static int kept_of_thread(kept_maps **out)
{
    call_once(&kept_once, make_key);
    if (!kept_ready)
        return rv__fail(RV_ERR_NOMEM, "no thread storage left for PROJ");
    kept_maps *kept = tss_get(kept_key);
    if (!kept) {
        kept = rv__alloc(1, sizeof *kept);
        if (!kept)
            return RV_ERR_NOMEM;
        if (tss_set(kept_key, kept) != thrd_success) {
            rv__free(kept);
            return rv__fail(RV_ERR_NOMEM, "no thread storage left for PROJ");
        }
    }
    *out = kept;
    return RV_OK;
}

void rv__crs_utm(char out[RV_CRS_MAX], double lon, double lat)
{
    const double turned = lon - 360 * floor((lon + 180) / 360); /* into [-180, 180) */
    const int zone = (int)floor((turned + 180) / 6) + 1;
    snprintf(out, RV_CRS_MAX, "EPSG:%d", (lat < 0 ? 32700 : 32600) + (zone > 60 ? 60 : zone));
}

int rv__crs_lonlat(rv__crs_map **out, const char *crs, const rv_point *anchor)
{
    kept_maps *kept = NULL;
    int err = kept_of_thread(&kept);
    if (err < 0)
        return err;
    kept_map *oldest = &kept->entry[0];
    for (int i = 0; i < KEPT; i++) {
        kept_map *k = &kept->entry[i];
        if (k->map && is_for(k, crs, anchor)) {
            k->used = ++kept->clock;
            *out = k->map;
            return RV_OK;
        }
        if (k->used < oldest->used)
            oldest = k;
    }
    rv__crs_map *map = NULL;
    if (strlen(crs) >= RV_CRS_MAX)
        return rv__fail(RV_ERR_REFUSED, "coordinate system of %zu bytes (at most %d)", strlen(crs), RV_CRS_MAX - 1);
    if ((err = rv__crs_map_new_lonlat(&map, crs, anchor)) < 0)
        return err;
    rv__crs_map_free(oldest->map);
    snprintf(oldest->crs, sizeof oldest->crs, "%s", crs);
    oldest->own_datum = !anchor;
    oldest->anchor = anchor ? *anchor : (rv_point){ 0, 0 };
    oldest->used = ++kept->clock;
    oldest->map = map;
    *out = map;
    return RV_OK;
}
