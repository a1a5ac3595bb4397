/* SPDX-License-Identifier: Apache-2.0 */
/* The ground points that a case without a CRS was measured by, each with its residual. */
#include <math.h>

#include "report/draft.h"

/* Residuals over what was stated from which on the words say so. */
static const double MISFIT_TOLD = 1.5;

static void add_sentence(rv__str *out, const draft *d, const rv_ground *ground)
{
    const double sigma = d->facts.gcps.v[0].sigma_m;
    rv__str_addf(out, "Lengths and areas rest on a map from the reference image to the ground through %zu points",
                 d->facts.gcps.n);
    rv__str_add(out, ", each stated to be right to ");
    rv__words_number(out, sigma, rv__words_decimals(sigma));
    rv__str_add(out, RV__NBSP "m. ");
    if (isnan(ground->misfit)) {
        rv__str_add(out, "Four points fix the map and leave none to check it by.");
        return;
    }
    rv__str_add(out, "They miss it by ");
    rv__words_number(out, ground->rms_m, ground->rms_m > 0 ? rv__words_decimals(ground->rms_m) : 0);
    rv__str_add(out, RV__NBSP "m (root mean square).");
    if (ground->misfit > MISFIT_TOLD) {
        rv__str_add(out, " That is ");
        rv__words_number(out, ground->misfit, 1);
        rv__str_add(out, " times what was stated, and the intervals are wider for it.");
    }
}

static int cell_number(rv__block *table, double value, int decimals)
{
    rv__str text = { 0 };
    if (isfinite(value))
        rv__words_number(&text, value, decimals);
    const int err = text.err < 0 ? text.err : rv__block_cell(table, text.s ? text.s : "");
    rv__str_release(&text);
    return err;
}

static int gcp_row(rv__block *table, const rv_gcp *p, size_t i)
{
    int err = *p->name ? rv__block_cell(table, p->name) : cell_number(table, (double)i + 1, 0);
    if (err < 0 || (err = rv__block_cell(table, p->image_id)) < 0 || (err = cell_number(table, p->col, 1)) < 0 ||
        (err = cell_number(table, p->row, 1)) < 0 || (err = cell_number(table, p->x_m, 1)) < 0 ||
        (err = cell_number(table, p->y_m, 1)) < 0 || (err = cell_number(table, p->total_m, 1)) < 0)
        return err;
    return cell_number(table, p->residual_m, 1);
}

int rv__draft_gcps(draft *d)
{
    static const char *const headings[] = { "point",    "image",     "column",          "row",
                                            "east (m)", "north (m)", "uncertainty (m)", "misses by (m)" };
    const rv_ground *ground = rv_stack_ground(d->facts.stack);
    rv__str text = { 0 };
    int err;
    if (!ground || d->facts.gcps.n == 0)
        return RV_OK;
    if ((err = rv__blocks_text(&d->blocks, RV__BLOCK_HEADING, "Ground points")) < 0)
        return err;
    add_sentence(&text, d, ground);
    if ((err = rv__draft_words(d, RV__BLOCK_TEXT, &text)) < 0)
        return err;
    rv__block *table = rv__blocks_add(&d->blocks, RV__BLOCK_TABLE);
    if (!table)
        return RV_ERR_NOMEM;
    for (; err == RV_OK && table->columns < 8; table->columns++)
        err = rv__block_cell(table, headings[table->columns]);
    table->format = "ttnnnnnn";
    for (size_t i = 0; i < d->facts.gcps.n && err == RV_OK; i++)
        err = gcp_row(table, &d->facts.gcps.v[i], i);
    return err;
}
