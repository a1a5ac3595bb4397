/* SPDX-License-Identifier: Apache-2.0 */
/* Masks: overall, producer's and user's accuracy [congalton1991] of cloud, shadow, haze and snow, each against all else;
 * what a mask takes from new buildings seen without hindrance, by calling them cloud or, another figure, shadow (haze and snow
 * do not hide a roof from what reads the mask, and have rows of their own); and thick cloud that it lets through. */
#include "score/families.h"

#include "base/text.h"

static const char *const names[] = { "cloud", "shadow", "haze", "snow" };
enum { CLEAR = 0, CLOUD = 1, SHADOW = 2, BOTH = 3, HAZE = 4, SNOW = 5, OUTSIDE = 255, N_CLASSES = 4 };

static const float THICK = .3f;

static bool is_class(uint8_t value, int k)
{
    static const uint8_t first[] = { CLOUD, SHADOW, HAZE, SNOW };
    return value == first[k] || (value == BOTH && k < 2);
}

void rv__mask_count(rv__mask_counts *counts, const rv__score_masks *masks)
{
    counts->has_alpha = counts->has_alpha || masks->alpha;
    counts->has_building = counts->has_building || masks->building;
    for (size_t i = 0; i < masks->n; i++) {
        const uint8_t truth = masks->truth[i], found = masks->found[i];
        if (truth == OUTSIDE || found == OUTSIDE)
            continue;
        counts->n++;
        for (int k = 0; k < N_CLASSES; k++) {
            counts->truth[k] += is_class(truth, k);
            counts->found[k] += is_class(found, k);
            counts->both[k] += is_class(truth, k) && is_class(found, k);
        }
        if (masks->alpha && masks->alpha[i] > THICK) {
            counts->thick++;
            counts->thick_missed += found == CLEAR;
        }
        if (masks->building && masks->building[i] && truth == CLEAR) {
            counts->building++;
            counts->building_lost += found == CLOUD || found == BOTH;
            counts->building_shaded += found == SHADOW;
        }
    }
}

static void add_class(rv__tally *t, const rv__mask_counts *c, int k)
{
    char name[48];
    const double right = c->n - c->truth[k] - c->found[k] + 2 * c->both[k];
    rv__text_format(name, sizeof name, "mask.%s_oa", names[k]);
    rv__tally_ratio(t, name, "all", right, c->n);
    rv__text_format(name, sizeof name, "mask.%s_pa", names[k]);
    rv__tally_ratio(t, name, "all", c->both[k], c->truth[k]);
    rv__text_format(name, sizeof name, "mask.%s_ua", names[k]);
    rv__tally_ratio(t, name, "all", c->both[k], c->found[k]);
}

void rv__score_mask(rv__tally *t, const rv__mask_counts *counts)
{
    for (int k = 0; k < N_CLASSES; k++)
        add_class(t, counts, k);
    if (counts->has_building) {
        rv__tally_ratio(t, "mask.newbuilding_lost", "all", counts->building_lost, counts->building);
        rv__tally_ratio(t, "mask.newbuilding_shaded", "all", counts->building_shaded, counts->building);
    }
    if (counts->has_alpha)
        rv__tally_ratio(t, "mask.missed_thick", "all", counts->thick_missed, counts->thick);
}
