/* SPDX-License-Identifier: Apache-2.0 */
/* Fresh snow sends back .85 to .9 of the light in all bands up to the near infrared, bare ground .05 to .15 of the blue and two to
 * eight times as much of the near infrared [dozier1989]. Both are ratios, so no scale has to be known; but gains and offsets
 * would spoil them: they are fitted to a ground that is not there, and are taken off again. */
#include "normalise/white.h"

#include "base/mem.h"
#include "model/stack_internal.h"

#include <math.h>
#include <string.h>

/* On style A, snow has R/B of .87 to 1.15 and N/B of .84 to 1.11 in nine of ten pixels, with the gains of sensors in it;
 * bare ground 1.2 to 2.1 and 1.8 to 12. */
static const float red_flat = .25f, nir_flat = .35f, red_cold = 1.2f, nir_cold = 1.3f;
static const float least = 3, least_8_bits = 1.8f;

static const char *shortest(const char *roles)
{
    const char *blue = strchr(roles, 'B');
    return blue ? blue : strchr(roles, 'G');
}

bool rv__white_known(const rv_stack *stack)
{
    const char *roles = rv_stack_roles(stack);
    return shortest(roles) && strchr(roles, 'R');
}

float rv__white_least(const rv_stack *stack, size_t t)
{
    return rv_stack_facts(stack, t)->bits == 8 ? least_8_bits : least;
}

/* A band as the scene has it. */
static void bare_band(float *band, size_t n, const rv__stack_view *v, size_t b)
{
    const double gain = v->gain[b], offset = v->offset[b];
    for (size_t i = 0; i < n; i++)
        band[i] = fmaxf((float)(((double)band[i] - offset) / gain), 1e-6f);
}

static uint8_t grey_of(float blue, float red, const float *nir)
{
    const float r = red / blue, n = nir ? *nir / blue : 1;
    const int flat = fabsf(r - 1) < red_flat && fabsf(n - 1) < nir_flat;
    return (uint8_t)((flat ? RV__WHITE_FLAT : 0) | (r < red_cold && n < nir_cold ? RV__WHITE_COLD : 0));
}

static void add_visible(float *out, const float *data, size_t n, const char *roles)
{
    memset(out, 0, n * sizeof *out);
    for (size_t b = 0; roles[b]; b++)
        if (strchr("BGR", roles[b]))
            for (size_t i = 0; i < n; i++)
                out[i] += data[b * n + i];
}

int rv__white_read(const rv__white *out, const rv_stack *stack, size_t t, rv__window window)
{
    const char *roles = rv_stack_roles(stack);
    const size_t bands = strlen(roles), n = (size_t)window.width * (size_t)window.height;
    const int box[4] = { window.col0, window.row0, window.width, window.height };
    float *data = rv__alloc(bands * n, sizeof *data);
    int err = data ? rv_stack_read(stack, data, out->inside, t, box) : RV_ERR_NOMEM;
    if (err == RV_OK) {
        for (size_t b = 0; b < bands; b++)
            bare_band(data + b * n, n, &stack->view[t], b);
        const float *blue = data + (size_t)(shortest(roles) - roles) * n;
        const float *red = data + (size_t)(strchr(roles, 'R') - roles) * n;
        const char *nir_at = strchr(roles, 'N');
        const float *nir = nir_at ? data + (size_t)(nir_at - roles) * n : NULL;
        memcpy(out->blue, blue, n * sizeof *blue);
        for (size_t i = 0; i < n; i++) {
            out->inside[i] = out->inside[i] != RV_MASK_OUTSIDE;
            out->grey[i] = out->inside[i] ? grey_of(blue[i], red[i], nir ? nir + i : NULL) : 0;
        }
        if (out->visible)
            add_visible(out->visible, data, n, roles);
    }
    rv__free(data);
    return err;
}
