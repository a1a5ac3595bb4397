/* SPDX-License-Identifier: Apache-2.0 */
/* Where an area's uncertainty comes from. Edge noise is the least squares covariance; texture and model error dominate it
 * by far: on rendered scenes least squares alone holds the truth in 0-30 % of cases where it promises 95. Their factors
 * TEXTURE_FACTOR and MISFIT_PX were fitted on such scenes and are checked by tests/measure/test_coverage.c. The
 * edge-definition term says that a roof's edge in a picture is not a sharp line (eaves, gutters, resampling, JPEG); no
 * simulation holds it and no number of scenes makes it smaller. */
#include "measure/budget.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* sd of model error: this many times the plug-in texture term, and this many px of edge at a misfit of 1. */
static const double TEXTURE_FACTOR = 2.0, MISFIT_PX = 0.26, MODEL_EDGE_PX = 0.012;
/* Share of the visible wall that may have gone to the wrong side. */
static const double FACADE_SHARE = 0.1;
/* A drawn edge is right to a quarter pixel as a line (they share errors), its corners scatter as boundary pixels do. */
static const double DRAWN_EDGE_PX = 0.2, BOUNDARY_PX = 0.25;
/* An outline that was found and not fitted: shadow, yard or half a roof may be in or out. */
static const double FOUND_EDGE_PX = 0.6;
/* A fit whose edges are worse than this is called poor: catches 9 in 10 of those off by .15 px. */
static const double POOR_EDGE_PX = 0.05;

static void add(rv__budget *b, const char *name, double sigma_px2, const char *note)
{
    rv__term *t = &b->term[b->n++];
    snprintf(t->name, sizeof t->name, "%s", name);
    snprintf(t->note, sizeof t->note, "%s", note);
    t->sigma_px2 = sigma_px2;
}

double rv__edge_sigma(double asked_px, int views, int bits)
{
    if (asked_px >= 0.0)
        return asked_px;
    return bits <= 8 ? 0.3 : views >= 4 ? 0.08 : 0.15;
}

/* Scenes that do not quite meet blur the edge; the fit estimates the blur, corners are rounded by its square. */
static double registration_px2(double perimeter_px, double sigma_px, double psf_px)
{
    return 0.5 * perimeter_px * sigma_px * sigma_px / fmax(psf_px, 0.35);
}

double rv__budget_sigma(const rv__budget *budget)
{
    double sum = 0.0;
    for (int i = 0; i < budget->n; i++)
        sum += budget->term[i].sigma_px2 * budget->term[i].sigma_px2;
    return sqrt(sum);
}

void rv__budget_of_fit(rv__budget *out, const rv__fit *fit, const rv__evidence *evidence)
{
    rv__budget b = { .n = 0 };
    const double p = fit->perimeter_px, plugin = TEXTURE_FACTOR * fit->texture_px2;
    /* The height slid to a limit of its range: outline and shadow have been confused. */
    const double caution = fit->at_bound ? 3.0 : 1.0;
    const double texture = caution * sqrt(fmax(plugin * plugin - fit->noise_px2 * fit->noise_px2, 0.0));
    const double misfit = caution * p * MISFIT_PX * fit->misfit;
    b.statistical_px2 = sqrt(pow(caution * fit->noise_px2, 2) + texture * texture + misfit * misfit);
    b.edge_px = hypot(evidence->edge_sigma_px, MODEL_EDGE_PX);
    b.poor = fit->at_bound || b.statistical_px2 > POOR_EDGE_PX * p;
    add(&b, "edge_noise", caution * fit->noise_px2, "noise of pixels along the edges, least squares covariance");
    add(&b, "texture", texture, "texture of ground and roof that all scenes share, residual autocovariance");
    add(&b, "misfit", misfit, "residual on the outline against the contrast of roof, ground and shadow");
    add(&b, "edge_definition", b.edge_px * p, "eaves, halo and resampling move all edges alike");
    add(&b, "registration", registration_px2(p, evidence->registration_px, fit->psf_px),
        "scenes that do not quite meet");
    add(&b, "facade", FACADE_SHARE * fit->facade_px * p / 4.0, "visible wall taken for roof, or roof for wall");
    *out = b;
}

void rv__budget_of_drawing(rv__budget *out, double perimeter_px, const rv__evidence *evidence)
{
    rv__budget b = { .n = 0 };
    b.edge_px = hypot(evidence->edge_sigma_px, evidence->fit_refused ? FOUND_EDGE_PX : DRAWN_EDGE_PX);
    b.statistical_px2 = BOUNDARY_PX * sqrt(perimeter_px);
    b.poor = true;
    add(&b, "edge_noise", b.statistical_px2, "boundary pixels of an outline taken as it is, .25 px sqrt(perimeter)");
    add(&b, "edge_definition", b.edge_px * perimeter_px,
        "an outline taken as it is may lie inside or outside all round");
    add(&b, "registration", registration_px2(perimeter_px, evidence->registration_px, .7),
        "scenes that do not quite meet");
    *out = b;
}
