/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of metrics: name, family, unit, and why it may have no value. */
#include "score/metrics.h"

#include "base/error.h"

#include <string.h>

enum family {
    PIXEL,
    OBJECT,
    SHAPE,
    SCOT,
    DATE,
    INTERVAL,
    RATIO,
    REGISTRATION,
    MASK,
    HEIGHT,
    CLASS,
    PROBABILITY,
    ALARM
};

static const char *const family_names[] = { "pixel",    "object",      "shape",        "scot", "date",
                                            "interval", "ratio",       "registration", "mask", "height",
                                            "class",    "probability", "alarm",        NULL };

#define NO_FOUND "nothing was found"
#define NO_TRUTH "the truth has none"
#define NEITHER "neither truth nor findings have any"
#define NO_PAIR "no pair matched"
#define NO_PIXEL "no pixel to compare"

const rv__metric rv__metrics[] = {
    { "pixel.precision", PIXEL, "", NO_FOUND },
    { "pixel.recall", PIXEL, "", NO_TRUTH },
    { "pixel.f1", PIXEL, "", NEITHER },
    { "pixel.iou", PIXEL, "", NEITHER },
    { "pixel.oa", PIXEL, "", NO_PIXEL },
    { "pixel.kappa", PIXEL, "", "chance alone agrees fully" },
    { "pixel.f1_relaxed1", PIXEL, "", NEITHER },
    { "pixel.f1_relaxed2", PIXEL, "", NEITHER },
    { "object.precision", OBJECT, "", NO_FOUND },
    { "object.recall", OBJECT, "", NO_TRUTH },
    { "object.f1", OBJECT, "", NEITHER },
    { "object.false", OBJECT, "objects", NO_FOUND },
    { "object.false_per_100mpx", OBJECT, "objects", "the size of the image is not known" },
    { "object.ap", OBJECT, "", NO_TRUTH },
    { "existing.recall", OBJECT, "", NO_TRUTH },
    { "existing.precision", OBJECT, "", NO_FOUND },
    { "shape.area_median_pct", SHAPE, "%", NO_PAIR },
    { "shape.area_rmse_pct", SHAPE, "%", NO_PAIR },
    { "shape.area_bias_pct", SHAPE, "%", NO_PAIR },
    { "shape.iou_median", SHAPE, "", NO_PAIR },
    { "shape.polis_px", SHAPE, "px", NO_PAIR },
    { "shape.corner_px", SHAPE, "px", "no corner within 3 px of a true one" },
    { "shape.heading_deg", SHAPE, "deg", NO_PAIR },
    { "shape.edges", SHAPE, "edges", NO_PAIR },
    { "scot.score", SCOT, "", "no frame with a truth" },
    { "scot.tracking", SCOT, "", "no frame with a truth" },
    { "scot.change", SCOT, "", "no frame with a truth" },
    { "date.valid", DATE, "", NO_PAIR },
    { "date.exact", DATE, "", NO_PAIR },
    { "date.width", DATE, "", "no pair with both brackets closed" },
    { "date.set_cover", DATE, "", "no matched finding with a set of dates" },
    { "date.set_size", DATE, "images", "no matched finding with a set of dates" },
    { "date.lag_days", DATE, "days", "no pair with a known day and a closed bracket" },
    { "date.event_precision", DATE, "", NO_FOUND },
    { "date.event_recall", DATE, "", NO_TRUTH },
    { "date.exact_works", DATE, "", "no matched truth with a works phase" },
    { "interval.coverage50", INTERVAL, "", "no matched area with an interval" },
    { "interval.coverage80", INTERVAL, "", "no matched area with an interval" },
    { "interval.coverage90", INTERVAL, "", "no matched area with an interval" },
    { "interval.coverage95", INTERVAL, "", "no matched area with an interval" },
    { "interval.width_pct", INTERVAL, "%", "no matched area with an interval" },
    { "interval.score", INTERVAL, "%", "no matched area with an interval" },
    { "interval.pit", INTERVAL, "", "no matched area with an interval" },
    { "ratio.wrong", RATIO, "", "no ratio whose two structures the truth knows" },
    { "ratio.given", RATIO, "", NO_PAIR },
    { "ratio.right", RATIO, "", "no matched building of 256 px2 whose ratio the truth knows" },
    { "registration.rmse_px", REGISTRATION, "px", "no place of clear ground to compare" },
    { "registration.ce90_px", REGISTRATION, "px", "no place of clear ground to compare" },
    { "registration.p999_px", REGISTRATION, "px", "no place of clear ground to compare" },
    { "registration.coverage95", REGISTRATION, "", "no frame states a sigma" },
    { "registration.used", REGISTRATION, "", "the truth has no frame but the reference" },
    { "mask.cloud_oa", MASK, "", NO_PIXEL },
    { "mask.cloud_pa", MASK, "", NO_TRUTH },
    { "mask.cloud_ua", MASK, "", NO_FOUND },
    { "mask.shadow_oa", MASK, "", NO_PIXEL },
    { "mask.shadow_pa", MASK, "", NO_TRUTH },
    { "mask.shadow_ua", MASK, "", NO_FOUND },
    { "mask.haze_oa", MASK, "", NO_PIXEL },
    { "mask.haze_pa", MASK, "", NO_TRUTH },
    { "mask.haze_ua", MASK, "", NO_FOUND },
    { "mask.snow_oa", MASK, "", NO_PIXEL },
    { "mask.snow_pa", MASK, "", NO_TRUTH },
    { "mask.snow_ua", MASK, "", NO_FOUND },
    { "mask.newbuilding_lost", MASK, "", "no clear pixel of a finished new building" },
    { "mask.newbuilding_shaded", MASK, "", "no clear pixel of a finished new building" },
    { "mask.missed_thick", MASK, "", "no true cloud of opacity above .3" },
    { "mask.used", MASK, "", "the truth has no masks" },
    { "height.mae_m", HEIGHT, "m", "no matched pair with both heights" },
    { "height.rmse_m", HEIGHT, "m", "no matched pair with both heights" },
    { "class.macro_f1", CLASS, "", NO_PAIR },
    { "class.macro_f1_reject", CLASS, "", NO_PAIR },
    { "class.recall", CLASS, "", NO_PAIR },
    { "class.portal_precision", CLASS, "", "no works at a portal, neither true nor found" },
    { "class.portal_recall", CLASS, "", "no works at a portal" },
    { "class.confusion", CLASS, "objects", NO_PAIR },
    { "probability.brier", PROBABILITY, "", "no finding states a likelihood" },
    { "probability.ece", PROBABILITY, "", "no finding states a likelihood" },
    { "alarm.observed", ALARM, "objects", NO_FOUND },
    { "alarm.expected", ALARM, "objects", NO_FOUND },
    { "alarm.ratio", ALARM, "", "no false alarm was expected" },
};
const size_t rv__n_metrics = sizeof rv__metrics / sizeof *rv__metrics;

const char *const *rv_score_families(void)
{
    return family_names;
}

/* The word is the name, or all of it before a dot. */
static bool begins(const char *name, const char *word, size_t n)
{
    return n > 0 && strncmp(name, word, n) == 0 && (name[n] == '\0' || name[n] == '.');
}

/* Marks the metrics of one word; returns how many. */
static size_t mark(bool *wanted, const char *word, size_t n)
{
    size_t marked = 0;
    for (size_t i = 0; i < rv__n_metrics; i++) {
        const rv__metric *m = &rv__metrics[i];
        if (!begins(family_names[m->family], word, n) && !begins(m->name, word, n))
            continue;
        wanted[i] = true;
        marked++;
    }
    return marked;
}

int rv__metrics_wanted(bool *wanted, const char *list)
{
    for (size_t i = 0; i < rv__n_metrics; i++)
        wanted[i] = !list;
    for (bool more = list; more; more = *list) {
        const size_t n = strcspn(list, ",");
        if (mark(wanted, list, n) == 0)
            return rv__fail(
                RV_ERR_RANGE,
                "metric must be one of pixel, object, shape, scot, date, interval, ratio, registration, mask, "
                "height, class, probability, alarm or a name such as object.f1, not %.*s",
                n > 60 ? 60 : (int)n, list);
        list += n + (list[n] == ',');
    }
    return RV_OK;
}
