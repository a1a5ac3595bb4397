/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transformations to longitude and latitude, kept between uses.
 *
 * Opening one reads PROJ's database, some milliseconds, and ground sizes are asked for by the thousand. A transformation
 * serves one thread at a time, so it is taken out of a small store and given back: each place of the store is one atomic
 * pointer, and whoever exchanges it for NULL owns what was there. No lock is held while PROJ computes, and no thread
 * leaves anything behind when it ends, as storage of its own would. What is given back too many pushes out the one that
 * lies at the next place in turn; that changes the time of a later call, never its result.
 */
#include "geo/crs.h"

#include "base/error.h"
#include "base/mem.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { PLACES = 16 };

static _Atomic(rv__lonlat *) place[PLACES];
static atomic_uint next_out;

static void destroy(rv__lonlat *lonlat)
{
    if (!lonlat)
        return;
    rv__crs_map_free(lonlat->map);
    rv__free(lonlat);
}

static bool is_for(const rv__lonlat *l, const char *crs, const rv_point *anchor)
{
    return l->own_datum == !anchor && (!anchor || (l->anchor.x == anchor->x && l->anchor.y == anchor->y)) &&
           strcmp(l->crs, crs) == 0;
}

static int make(rv__lonlat **out, const char *crs, const rv_point *anchor)
{
    if (strlen(crs) >= RV_CRS_MAX)
        return rv__fail(RV_ERR_REFUSED, "coordinate system of %zu bytes (at most %d)", strlen(crs), RV_CRS_MAX - 1);
    rv__lonlat *made = rv__alloc(1, sizeof *made);
    if (!made)
        return RV_ERR_NOMEM;
    snprintf(made->crs, sizeof made->crs, "%s", crs);
    made->own_datum = !anchor;
    if (anchor)
        made->anchor = *anchor;
    int err = rv__crs_map_new_lonlat(&made->map, crs, !anchor);
    if (err == RV_OK && anchor)
        err = rv__crs_map_pin(made->map, anchor->x, anchor->y);
    if (err < 0) {
        destroy(made);
        return err;
    }
    *out = made;
    return RV_OK;
}

int rv__lonlat_take(rv__lonlat **out, const char *crs, const rv_point *anchor)
{
    for (int i = 0; i < PLACES; i++) {
        rv__lonlat *found = atomic_exchange(&place[i], NULL);
        if (!found)
            continue;
        if (is_for(found, crs, anchor)) {
            *out = found;
            return RV_OK;
        }
        destroy(atomic_exchange(&place[i], found)); /* what another thread has put there meanwhile */
    }
    return make(out, crs, anchor);
}

void rv__lonlat_give(rv__lonlat *lonlat)
{
    if (!lonlat)
        return;
    for (int i = 0; i < PLACES; i++) {
        rv__lonlat *empty = NULL;
        if (atomic_compare_exchange_strong(&place[i], &empty, lonlat))
            return;
    }
    destroy(atomic_exchange(&place[atomic_fetch_add(&next_out, 1) % PLACES], lonlat));
}

void rv__crs_utm(char out[RV_CRS_MAX], double lon, double lat)
{
    const double turned = lon - 360 * floor((lon + 180) / 360); /* into [-180, 180) */
    const int zone = (int)floor((turned + 180) / 6) + 1;
    snprintf(out, RV_CRS_MAX, "EPSG:%d", (lat < 0 ? 32700 : 32600) + (zone > 60 ? 60 : zone));
}
