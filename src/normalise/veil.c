/* SPDX-License-Identifier: Apache-2.0 */
/* Most haze lies over the whole scene and is found there (survey.c). What departs from it is smooth: the mean opacity of 33 x
 * 33 px, of those that are not cloud. So nothing has a sharp rim, and a roof or a field adds no more than its share of the
 * window, less what the ground stirs in time by itself. Opacity is reckoned with white; what haze adds is darker. */
#include "normalise/veil.h"

#include "base/error.h"
#include "base/mem.h"
#include "normalise/air.h"
#include "raster/filter.h"

static const float least = .17f; /* beyond the clearest dates, which have .05 themselves on style A */

static uint8_t share_of(const rv__veil_date *date, float sum, float seen)
{
    const float above = seen > 0 ? sum / seen / RV__AIR_FULL - date->unrest : 0;
    const float local = above > 0 ? above / RV__HAZE_GREY : 0;
    const float share = 1 - (1 - date->haze) * (1 - (local < 1 ? local : 1));
    return share > least ? (uint8_t)(RV__AIR_FULL * share + .5f) : 0;
}

int rv__veil_fill(uint8_t *veil, const rv__veil_date *date)
{
    const size_t n = date->w * date->h, reach = RV__VEIL_REACH_PX;
    float *sum = rv__alloc(2 * n, sizeof *sum), *seen = sum + n;
    int err = sum ? RV_OK : RV_ERR_NOMEM;
    for (size_t i = 0; i < n && err == RV_OK; i++) {
        seen[i] = date->bits[i] & (RV__AIR_CLOUD | RV__AIR_OUTSIDE) ? 0.f : 1.f;
        sum[i] = seen[i] * (float)date->opacity[i];
    }
    if (err == RV_OK && (err = rv__box_mean(sum, sum, date->w, date->h, reach, reach)) == RV_OK)
        err = rv__box_mean(seen, seen, date->w, date->h, reach, reach);
    for (size_t i = 0; i < n && err == RV_OK; i++)
        veil[i] = share_of(date, sum[i], seen[i]);
    rv__free(sum);
    return err;
}
