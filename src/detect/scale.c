/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for the whole stack, and is known before any tile is cut: sizes, the sun, the dark floor. Lengths are
 * metres where the pixel size is known. Where it is not, pixels are taken as they come: objects then only have to be
 * larger than the smallest footprint in px. */
#include "detect/scale.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/robust.h"
#include "detect/views.h"
#include "geo/ellipsoid.h"

#include <math.h>
#include <string.h>

enum { PROBES = 3, PROBE_PX = 96 }; /* PROBES x PROBES windows of this size tell the level of light */
enum { FITTED_MIN = 6 };            /* scenes of the shortest series that the model was fitted on */

static const double MIN_AREA_M2 = 25;
static const double COARSE_M = 1.2;    /* pixels wider than this are halved */
static const double SLACK_M = 1.0;     /* roofs lean by about this much between two images of half a metre */
static const double HIGHPASS_M = 21.0; /* sigma of the local mean: twice a house */
static const double SMALL_PX = 24, MAX_PX = 60000;
static const double COARSEST_M = 0.5; /* of the pyramid: wider ones cost precision at half a metre */
static const double LEAST_PX = 40;    /* smaller ones are sought a scale below */
static const double FLOOR = 0.08;     /* of the median light */

static double clamp(double v, double lo, double hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

static int slack_px(double px_m)
{
    return px_m > 0 ? (int)clamp(floor(SLACK_M / px_m + 0.5), 0, 3) : 1;
}

static void set_lengths(rv__scale *s, double min_area_m2, double min_area_px2)
{
    const double px_m = s->pixel_m;
    s->zoom = px_m > COARSE_M ? 2 : 1;
    s->fine_m = px_m / s->zoom;
    s->slack = s->zoom > 1 ? 0 : slack_px(px_m);
    s->highpass = px_m > 0 ? clamp(HIGHPASS_M / s->fine_m, 10, 48) : 20;
    const double px2 = s->zoom * s->zoom;
    s->min_px = min_area_px2 * px2;
    if (px_m > 0) {
        const double m2 = min_area_m2 > 0 ? min_area_m2 : MIN_AREA_M2;
        s->min_px = fmax(s->min_px, m2 / (s->fine_m * s->fine_m));
    }
    s->size_px = fmax(s->min_px, SMALL_PX);
    s->max_px = MAX_PX;
}

/* Mean shadow direction of k scenes from one end; scenes that do not tell the sun's place are passed over. */
static void set_shadow(double shadow[2], double *elevation_deg, const rv_stack *stack, int k, bool last)
{
    const int n = (int)rv_stack_size(stack);
    double sum[2] = { 0, 0 }, elevation = 0;
    int told = 0;
    for (int i = 0; i < k; i++) {
        const rv_scene_info *info = rv_stack_facts(stack, (size_t)(last ? n - 1 - i : i));
        double dcol, drow;
        if (!isfinite(info->sun_azimuth_deg) || !isfinite(info->sun_elevation_deg) ||
            rv__ground_to_pixel(&dcol, &drow, rv_stack_grid(stack), info->sun_azimuth_deg + 180) < 0)
            continue;
        const double length = hypot(dcol, drow);
        sum[0] += dcol / length;
        sum[1] += drow / length;
        elevation += info->sun_elevation_deg;
        told++;
    }
    const double length = hypot(sum[0], sum[1]);
    shadow[0] = told && length > 0 ? sum[0] / length : 0;
    shadow[1] = told && length > 0 ? sum[1] / length : 0;
    *elevation_deg = told ? elevation / told : NAN;
}

static int set_floor(rv__scale *s, const rv_stack *stack)
{
    const int w = s->width < PROBE_PX ? s->width : PROBE_PX, h = s->height < PROBE_PX ? s->height : PROBE_PX;
    const size_t px = (size_t)w * (size_t)h;
    float *light = rv__alloc(px, sizeof *light),
          *all = rv__alloc(PROBES * PROBES * (size_t)s->n * px / 16 + 1, sizeof *all);
    int err = light && all ? RV_OK : RV_ERR_NOMEM;
    size_t n = 0;
    for (int i = 0; !err && i < PROBES * PROBES * s->n; i++) {
        const int at = i / s->n;
        const rv__window window = { (s->width - w) * (at % PROBES) / (PROBES - 1),
                                    (s->height - h) * (at / PROBES) / (PROBES - 1), w, h };
        err = rv__views_light(light, stack, (size_t)(i % s->n), window);
        for (size_t p = 8; !err && p < px; p += 16)
            if (light[p] > 0)
                all[n++] = light[p];
    }
    s->floor = n ? FLOOR * (double)rv__median_f(all, n) : 1;
    rv__free(light);
    rv__free(all);
    return err;
}

static int count_scales(double px_m)
{
    return (int)clamp(floor(log2(COARSEST_M / px_m) + 0.5) + 1, 1, RV__SCALES);
}

void rv__scale_scoring(rv__scale *s, bool fitted)
{
    s->pairs = fitted && s->zoom == 1 && s->n == 2 && s->pixel_m > 0;
    s->series = fitted && s->zoom > 1 && s->n >= FITTED_MIN;
    s->fitted = s->pairs || s->series;
    s->traits = s->fitted;
    s->scales = s->pairs ? count_scales(s->pixel_m) : 1;
}

rv__scale rv__scale_at(const rv__scale *s, int halvings)
{
    rv__scale at = *s;
    if (!halvings)
        return at;
    const rv__cuts *own = &s->coarser[halvings - 1];
    const double wide = 1 << halvings;
    memcpy(at.noise, own->noise, sizeof at.noise);
    memcpy(at.level, own->level, sizeof at.level);
    memcpy(at.rank, own->rank, sizeof at.rank);
    at.fine_m *= wide;
    at.slack = slack_px(at.fine_m);
    at.min_px = fmax(s->min_px / (wide * wide), LEAST_PX);
    at.size_px = s->size_px / (wide * wide);
    return at;
}

float rv__rank_of(const float quantile[RV__RANKS], double value)
{
    int i = 0;
    while (i < RV__RANKS && (double)quantile[i] <= value)
        i++;
    return (float)i / RV__RANKS;
}

int rv__scale_facts(rv__scale *out, const rv_stack *stack, double min_area_m2, double min_area_px2)
{
    const rv_grid *grid = rv_stack_grid(stack);
    const char *roles = rv_stack_roles(stack);
    const bool colour = strchr(roles, 'R') && strchr(roles, 'B') && (strchr(roles, 'G') || strchr(roles, 'N'));
    rv__scale s = { .width = grid->width,
                    .height = grid->height,
                    .n = (int)rv_stack_size(stack),
                    .channels = colour ? RV__CHANNELS : 1,
                    .vegetation = colour && strchr(roles, 'N') };
    double col_m, row_m, first_elevation;
    s.pixel_m = rv_grid_pixel_size_m(grid, &col_m, &row_m) == RV_OK ? sqrt(col_m * row_m) : 0;
    s.epoch = (int)clamp(s.n / 3, 1, 4);
    set_lengths(&s, min_area_m2, min_area_px2);
    set_shadow(s.shadow, &s.elevation_deg, stack, s.epoch, true);
    set_shadow(s.shadow_first, &first_elevation, stack, s.epoch, false);
    const int err = set_floor(&s, stack);
    if (!err)
        *out = s;
    return err;
}
