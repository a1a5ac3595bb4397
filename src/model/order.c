/* SPDX-License-Identifier: Apache-2.0 */
/* What the order of a series rests on. A stack puts scenes in order of time, and where that is the same or not told, of
 * names; whoever reads what came and went must know where the order is a guess. */
#include "model/order.h"

#include <math.h>

static bool is_dated(const rv_scene_info *s)
{
    return isfinite(s->t_min) || isfinite(s->t_max);
}

static bool is_same(double a, double b)
{
    return !(a < b) && !(a > b);
}

bool rv__order_open(const rv_scene_info *a, const rv_scene_info *b)
{
    if (!is_dated(a) || !is_dated(b))
        return true;
    const bool same = is_same(a->t_min, b->t_min) && is_same(a->t_max, b->t_max);
    return same || !isfinite(a->t_max) || !isfinite(b->t_min) || a->t_max > b->t_min;
}

void rv__order_words(rv__str *out, const rv_scene_info *const *scene, size_t n)
{
    size_t open = 0, first = 0, undated = 0;
    for (size_t i = 0; i < n; i++)
        undated += !is_dated(scene[i]);
    for (size_t i = n; i-- > 1;)
        if (rv__order_open(scene[i - 1], scene[i])) {
            open++;
            first = i - 1;
        }
    if (open && open + 1 == n && undated == n)
        rv__str_addf(out, "none of the %zu images tells its date", n);
    else if (open && open + 1 == n)
        rv__str_addf(out, "the times of the %zu images do not tell which was first", n);
    else if (open)
        rv__str_addf(out, "%zu of %zu images are not surely later than the one before (the first are %s and %s)", open,
                     n, scene[first]->id, scene[first + 1]->id);
    if (open && undated && undated < n)
        rv__str_addf(out, ", and %zu without a date %s taken for the last", undated, undated == 1 ? "is" : "are");
    if (open)
        rv__str_add(out, ": there the order is that of their names, and what appeared may have vanished");
}

void rv__sun_words(rv__str *out, const rv_scene_info *const *scene, size_t n)
{
    size_t unknown = 0;
    for (size_t i = 0; i < n; i++)
        unknown += !isfinite(scene[i]->sun_azimuth_deg) || !isfinite(scene[i]->sun_elevation_deg);
    if (unknown && unknown == n)
        rv__str_add(out,
                    "no image tells where the sun stood: shadows were neither looked for nor told from dark things");
    else if (unknown)
        rv__str_addf(out, "%zu of %zu images do not tell where the sun stood, and their shadows were not looked for",
                     unknown, n);
}
