/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of the radiometric normalisation: the options, the net of samples, one line a scene and band. The method is in
 * series.c and gain.c; docs/methods/normalise.md tells it in words. */
#include <revisit/normalise.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/robust.h"
#include "normalise/samples.h"
#include "normalise/series.h"

#include <string.h>

enum { PLACES_MAX = 200000, PLACES_MIN = 10000 };

static const rv_normalise_opts defaults = RV_NORMALISE_OPTS_INIT;
static const rv_field rows[] = {
    RV_DOUBLE(rv_normalise_opts, gain_min, 0.01, 1, "", "smallest gain a fit may give a scene"),
    RV_DOUBLE(rv_normalise_opts, gain_max, 1, 100, "", "largest gain a fit may give a scene"),
    RV_INT(rv_normalise_opts, rounds, 1, 10, "", "fits against the temporal median, drawn anew each time"),
    RV_DOUBLE(rv_normalise_opts, cloud_mad, 1, 100, "",
              "departure from the dates before and after, in robust standard deviations, that makes a pixel cloud"),
    RV_DOUBLE(
        rv_normalise_opts, haze_px, 0, 1e6, "px",
        "least distance of the knots of a smooth field of haze, kept where blocks held out say that it helps; 0: none"),
    RV_BOOL(rv_normalise_opts, masks, "look for clouds and their shadows (three scenes or more)"),
};
static const rv_fields fields = { "normalise_opts", sizeof(rv_normalise_opts), &defaults, rows,
                                  sizeof rows / sizeof *rows };

/* The scene whose grid the stack took over, or the first. */
static size_t reference_of(const rv_stack *stack)
{
    for (size_t t = 0; t < rv_stack_size(stack); t++) {
        const rv_transform *m = rv_stack_transform(stack, t);
        if (m && m->scene_id[0] && strcmp(m->scene_id, m->reference_id) == 0)
            return t;
    }
    return 0;
}

/* Places that a quarter of the memory holds twice (the net, and a fit's pairs). */
static size_t places(const rv_stack *stack)
{
    const uint64_t each = 8 * rv_stack_size(stack) * (uint64_t)rv_stack_bands(stack);
    const uint64_t n = rv__ram() / 4 / (each ? each : 1);
    return n > PLACES_MAX ? PLACES_MAX : n < PLACES_MIN ? PLACES_MIN : (size_t)n;
}

/* Median over all bands of a date; scratch holds bands * n. 0 when nothing is inside. */
static double level(const rv__samples *s, size_t t, float *scratch)
{
    size_t n = 0;
    for (size_t b = 0; b < s->bands; b++)
        for (size_t i = 0; i < s->n; i++)
            if (s->inside[t * s->n + i])
                scratch[n++] = s->value[(t * s->bands + b) * s->n + i];
    return n ? (double)rv__median_f(scratch, n) : 0;
}

/* Scenes of other bit depth or unit than the reference (bytes beside reflectance) are brought to its order of size
 * first: the gain limits are meant for light and haze, not for units. */
static int set_levels(double *out, const rv_stack *stack, const rv__samples *s, size_t reference)
{
    float *scratch = rv__alloc(s->bands * s->n, sizeof *scratch);
    if (!scratch)
        return RV_ERR_NOMEM;
    const double want = level(s, reference, scratch);
    for (size_t t = 0; t < s->dates; t++) {
        const double ratio = t == reference ? 1 : want / level(s, t, scratch);
        const int same_bits = rv_stack_facts(stack, t)->bits == rv_stack_facts(stack, reference)->bits;
        const int alike = same_bits && ratio > .125 && ratio < 8;
        out[t] = alike || !(ratio > 1e-6 && ratio < 1e6) ? 1 : ratio;
    }
    rv__free(scratch);
    return RV_OK;
}

const rv_fields *rv_normalise_fields(void)
{
    return &fields;
}

int rv_normalise(rv_gain *gains, const rv_stack *stack, const rv_normalise_opts *opts)
{
    const rv_normalise_opts o = opts ? *opts : defaults;
    const size_t n = rv_stack_size(stack) * (size_t)rv_stack_bands(stack);
    const size_t reference = reference_of(stack);
    rv__samples samples = { 0 };
    rv_gain *found = NULL;
    double *levels = NULL;
    int err;
    if ((err = rv_fields_check(&fields, &o)) < 0 || (err = rv__progress("normalise", 0)) < 0 ||
        (err = rv__samples_read(&samples, stack, places(stack))) < 0)
        return err;
    err = RV_ERR_NOMEM;
    found = rv__alloc(n, sizeof *found);
    levels = rv__alloc(samples.dates, sizeof *levels);
    if (!found || !levels || (err = set_levels(levels, stack, &samples, reference)) < 0 ||
        (err = rv__gains_from_samples(found, &samples, levels, reference, &o)) < 0 ||
        (err = rv__progress("normalise", 1)) < 0)
        goto done;
    for (size_t i = 0; i < n; i++) {
        const size_t t = i / samples.bands;
        memcpy(found[i].scene_id, rv_stack_facts(stack, t)->id, sizeof found[i].scene_id);
        found[i].band = (int)(i % samples.bands);
    }
    memcpy(gains, found, n * sizeof *gains);
done:
    rv__free(levels);
    rv__free(found);
    rv__samples_release(&samples);
    return err;
}
