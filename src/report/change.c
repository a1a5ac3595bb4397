/* SPDX-License-Identifier: Apache-2.0 */
/* One change: what happened, the ground before and after, the series, and what the numbers stand on. */
#include "report/draft.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "report/plot.h"

static void add_budget(rv__str *out, const draft *d, const char *id)
{
    bool first = true;
    for (size_t i = 0; i < d->facts.budget.n; i++) {
        const rv_budget_term *b = &d->facts.budget.v[i];
        if (strcmp(b->structure_id, id) != 0 || strcmp(b->quantity, "area_m2") != 0 || !(b->sigma > 0))
            continue;
        rv__str_add(out, first ? " Standard uncertainty of the area by source: " : ", ");
        for (const char *p = b->term; *p; p++)
            rv__str_add_bytes(out, *p == '_' ? " " : p, 1);
        rv__str_add(out, " ");
        rv__words_number(out, b->sigma, rv__words_decimals(b->sigma));
        rv__str_add(out, rv__words_unit("m2"));
        first = false;
    }
    rv__str_add(out, first ? "" : ".");
}

static void add_extent(rv__str *out, const draft *d, const char *id)
{
    const rv_measurement *length = rv__facts_measured(&d->facts, id, "length_m"),
                         *width = rv__facts_measured(&d->facts, id, "width_m");
    if (!length || !width || !isfinite(length->value) || !isfinite(width->value))
        return;
    rv__str_add(out, "The outline measures ");
    rv__words_measured(out, length);
    rv__str_add(out, " by ");
    rv__words_measured(out, width);
    rv__str_add(out, ". ");
}

/* "Image A does not show it, image B does." */
static void add_witnesses(rv__str *out, const draft *d, const rv_structure *s)
{
    const bool gone = s->event == RV_EVENT_DEMOLISHED;
    const rv_scene_info *first, *second;
    rv__facts_bracket(&d->facts, s, &first, &second);
    if (first)
        rv__str_addf(out, "Image %s %s%s", first->id, gone ? "still shows it" : "does not show it",
                     second ? ", " : ". ");
    if (second)
        rv__str_addf(out, "%s %s %s. ", first ? "image" : "Image", second->id,
                     gone    ? "no longer does"
                     : first ? "does"
                             : "shows it");
    if (isfinite(s->step_sd)) {
        rv__str_add(out, "Its step in the series is ");
        rv__str_fixed(out, s->step_sd, s->step_sd < 9.95 ? 1 : 0);
        rv__str_add(out, " times the scatter of the images. ");
    }
    if (isfinite(s->nfa)) {
        rv__str_add(out, "Chance alone would give ");
        if (s->nfa < 0.001)
            rv__str_add(out, "fewer than 0.001");
        else
            rv__words_number(out, s->nfa, s->nfa < 0.095 ? 3 : s->nfa < 0.95 ? 2 : 1);
        rv__str_add(out, " findings as sure as this one.");
    }
}

static void add_flags(rv__str *out, const rv_structure *s)
{
    if (s->flags & RV_FLAG_POOR_FIT)
        rv__str_add(out, " The outline fits the pixels poorly; the interval was widened for that.");
    if (s->flags & RV_FLAG_EDGE_OF_IMAGE)
        rv__str_add(out, " It reaches the edge of the images.");
    if (s->flags & RV_FLAG_LOW_CONTRAST)
        rv__str_add(out, " It hardly stands out from its surroundings.");
}

static int add_heading(draft *d, size_t k, const rv_structure *s)
{
    rv__str text = { 0 };
    rv__str_addf(&text, "%zu \xC2\xB7 ", k + 1);
    const size_t at = text.len;
    rv__words_what(&text, s);
    if (text.s && text.len > at)
        text.s[at] = (char)toupper((unsigned char)text.s[at]);
    const int err = rv__draft_words(d, RV__BLOCK_HEADING, &text);
    if (err == RV_OK)
        snprintf(d->blocks.v[d->blocks.n - 1].anchor, sizeof d->blocks.v[0].anchor, "c%zu", k + 1);
    return err;
}

static int add_pictures(draft *d, size_t k)
{
    const size_t index = d->order[k], marked[1] = { index }, number[1] = { k + 1 };
    const rv_structure *s = &d->facts.structures.v[index];
    rv__pair pair = { .name = s->id };
    rv__str caption = { 0 };
    rv__view_of(&pair.view[0], &d->facts, index, d->opts->panel_px);
    pair.view[0].marked = marked;
    pair.view[0].number = number;
    pair.view[0].n_marked = 1;
    pair.view[1] = pair.view[0];
    pair.view[0].dashed = s->event == RV_EVENT_NEW || s->event == RV_EVENT_WORKS;
    pair.view[1].dashed = s->event == RV_EVENT_DEMOLISHED;
    rv__facts_pair(&d->facts, s, &pair.t[0], &pair.t[1]);
    rv__str_addf(&caption, "Change %zu (%s) on the same ground and the same stretch of tones", k + 1, s->id);
    const size_t at = caption.len;
    rv__str_add(&caption, "; centre ");
    const size_t end = caption.len;
    rv__words_place(&caption, &d->facts, s);
    if (caption.len == end && caption.s) {
        caption.len = at;
        caption.s[at] = 0;
    }
    rv__str_add(&caption, ". The outline is approximate, and dashed where nothing stands.");
    return rv__draft_pair(d, &pair, &caption);
}

static int add_series(draft *d, const rv_structure *s)
{
    char path[RV_PATH_MAX + 80];
    if (rv_stack_size(d->facts.stack) < 3)
        return RV_OK;
    rv__block *block = rv__blocks_add(&d->blocks, RV__BLOCK_PICTURE);
    if (!block || !(block->text = rv__strdup("Image by image; the shaded bracket is the time of the change. A hollow "
                                             "point is an image in which the place was not clear.")))
        return RV_ERR_NOMEM;
    snprintf(path, sizeof path, "%s/%s-series.png", d->figures, s->id);
    return rv__plot_series(&block->picture[0], &d->facts, s, d->opts->panel_px, path);
}

int rv__draft_change(draft *d, size_t k)
{
    const rv_structure *s = &d->facts.structures.v[d->order[k]];
    rv__str sentence = { 0 }, detail = { 0 };
    int err;
    if ((err = add_heading(d, k, s)) < 0)
        return err;
    rv__sentence_event(&sentence, &d->facts, s, 0);
    rv__str_add(&sentence, " ");
    rv__sentence_ratio(&sentence, &d->facts, s);
    if ((err = rv__draft_words(d, RV__BLOCK_TEXT, &sentence)) < 0 || (err = add_pictures(d, k)) < 0 ||
        (err = add_series(d, s)) < 0)
        return err;
    add_extent(&detail, d, s->id);
    add_witnesses(&detail, d, s);
    add_budget(&detail, d, s->id);
    add_flags(&detail, s);
    return rv__draft_words(d, RV__BLOCK_NOTE, &detail);
}
