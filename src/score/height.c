/* SPDX-License-Identifier: Apache-2.0 */
/* Heights of matched buildings, new and old: mean absolute and root mean square error, by the length of the shadow in
 * pixels where the sun is known, for that is what a height is read from. */
#include "score/families.h"

#include "base/mem.h"

#include <math.h>

static const rv__size_bin shadow_px[] = {
    { "all", 0, INFINITY },  { "shadow<2px", 0, 2 },        { "shadow2-4px", 2, 4 },
    { "shadow4-8px", 4, 8 }, { "shadow>8px", 8, INFINITY },
};
enum { N_BINS = sizeof shadow_px / sizeof *shadow_px };

static double error_m(const rv__score_input *in, size_t i)
{
    const int j = in->fresh.of_truth[i] >= 0 ? in->fresh.of_truth[i] : in->old.of_truth[i];
    return j >= 0 ? in->found.v[j].height_m.value - in->truth.v[i].height_m.value : NAN;
}

int rv__score_height(rv__tally *t, const rv__score_input *in)
{
    double *error = rv__alloc(in->truth.n, sizeof *error);
    if (!error)
        return RV_ERR_NOMEM;
    for (int b = 0; b < (isfinite(in->sun_cot_px_m) ? N_BINS : 1); b++) {
        size_t n = 0;
        double sum = 0;
        for (size_t i = 0; i < in->truth.n; i++) {
            const double e = error_m(in, i), shadow = in->truth.v[i].height_m.value * in->sun_cot_px_m;
            if (!isfinite(e) || (b > 0 && !(shadow >= shadow_px[b].lo && shadow < shadow_px[b].hi)))
                continue;
            error[n++] = e;
            sum += fabs(e);
        }
        rv__tally_ratio(t, "height.mae_m", shadow_px[b].name, sum, (double)n);
        rv__tally_rms(t, "height.rmse_m", shadow_px[b].name, error, n);
    }
    rv__free(error);
    return t->err;
}
