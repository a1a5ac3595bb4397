/* SPDX-License-Identifier: Apache-2.0 */
/* What is read of a scene to find clouds and shadows: two smoothed planes.
 *
 * A cloud is as bright in blue as anywhere, while the ground is darkest there and keeps its value best through harvest
 * and season: on drawn series the thin rims (opacity .1 to .25) stand out from clear ground at one false pixel in a
 * hundred by blue alone, at two by the visible mean, at four with the near infrared in it. Shadows are deepest in the near
 * infrared, where no sky light fills them, but so is the season's swing; half of it and half visible finds more than
 * either. */
#include "normalise/light.h"

#include "base/error.h"
#include "base/mem.h"
#include "raster/filter.h"

#include <string.h>

static const double smoothing_px = 1.5;

static int is_visible(char role)
{
    return role == 'B' || role == 'G' || role == 'R' || role == 'P';
}

static void add_plane(float *out, const float *in, float share, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] += share * in[i];
}

/* Mean of the visible bands, of all where there is none. */
static void visible_mean(float *out, const float *data, size_t n, const char *roles)
{
    const size_t bands = strlen(roles);
    size_t seen = 0;
    for (size_t b = 0; b < bands; b++)
        seen += is_visible(roles[b]) ? 1 : 0;
    memset(out, 0, n * sizeof *out);
    for (size_t b = 0; b < bands; b++)
        if (!seen || is_visible(roles[b]))
            add_plane(out, data + b * n, 1.f / (float)(seen ? seen : bands), n);
}

static void split(const rv__light *out, const float *data, size_t n, const char *roles)
{
    const char *blue = strchr(roles, 'B'), *nir = strchr(roles, 'N');
    visible_mean(out->full, data, n, roles);
    memcpy(out->blue, blue ? data + (size_t)(blue - roles) * n : out->full, n * sizeof *out->blue);
    for (size_t i = 0; nir && i < n; i++)
        out->full[i] = .5f * (out->full[i] + data[(size_t)(nir - roles) * n + i]);
}

int rv__light_read(const rv__light *out, const rv_stack *stack, size_t t, rv__window window)
{
    const size_t w = (size_t)window.width, h = (size_t)window.height, n = w * h;
    const int box[4] = { window.col0, window.row0, window.width, window.height };
    float *data = rv__alloc((size_t)rv_stack_bands(stack) * n, sizeof *data);
    int err = RV_ERR_NOMEM;
    if (!data || (err = rv__stopping()) < 0 || (err = rv_stack_read(stack, data, out->inside, t, box)) < 0)
        goto done;
    for (size_t i = 0; i < n; i++)
        out->inside[i] = out->inside[i] != RV_MASK_OUTSIDE;
    split(out, data, n, rv_stack_roles(stack));
    if ((err = rv__gaussian_masked(out->blue, out->blue, out->inside, w, h, smoothing_px)) == RV_OK)
        err = rv__gaussian_masked(out->full, out->full, out->inside, w, h, smoothing_px);
done:
    rv__free(data);
    return err;
}

/* One less the share of sky light in all light at a clear sky: .35 in blue, .26 green, .20 red, .12 near infrared. */
void rv__light_taken(float out[2], const char *roles)
{
    out[0] = strchr(roles, 'B') ? .65f : .73f;
    out[1] = strchr(roles, 'N') ? .83f : .73f;
}
