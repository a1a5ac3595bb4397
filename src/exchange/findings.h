/* SPDX-License-Identifier: Apache-2.0 */
/* A finding: a structure, its measurements and its comparison joined to one flat row, in the words of the interchange
 * format. GeoJSON properties and GeoPackage columns are both made from its fields. */
#ifndef RV_EXCHANGE_FINDINGS_H
#define RV_EXCHANGE_FINDINGS_H

#include <revisit/case.h>

typedef struct rv__finding {
    char id[RV_ID_MAX];
    char name[RV_ID_MAX];
    char kind[32], event[16];
    double likelihood, score, nfa;
    double area_m2, area_lo_m2, area_hi_m2;
    double wall_area_m2, wall_area_lo_m2, wall_area_hi_m2;
    char why_no_area[RV_WHY_MAX];
    double area_px2, area_lo_px2, area_hi_px2;
    double length_m, length_lo_m, length_hi_m;
    double width_m, width_lo_m, width_hi_m;
    double perimeter_m, orientation_deg;
    double height_m, height_lo_m, height_hi_m;
    /* ISO dates, or image ids where the images have no date; "" = open */
    char last_absent[RV_ID_MAX], first_present[RV_ID_MAX];
    char works_first[RV_TIME_TEXT_MAX], works_seen[RV_TIME_TEXT_MAX], complete_last[RV_TIME_TEXT_MAX];
    char date_set[RV_DATE_SET_MAX]; /* "a/b" by image ids, several joined by "/"; "" = not dated */
    int date_set_size;
    char ratio_ref[RV_ID_MAX];
    double ratio, ratio_lo, ratio_hi;
    char ratio_verdict[96];
    /* not described: nested in JSON */
    char alternatives[RV_ALTERNATIVES_MAX]; /* "hall 0.31/tank 0.08" */
    char absent_id[RV_ID_MAX], present_id[RV_ID_MAX];
    int flags;
    char flag_text[128]; /* their words, separated by commas */
    rv_polygon outline;  /* lon/lat, or reference pixels; outer ring counter-clockwise; owned */
} rv__finding;

typedef struct rv__findings {
    rv__finding *v;
    size_t n, cap;
    bool crs_less;
} rv__findings;

const rv_fields *rv__finding_fields(void);

/** @return RV_OK; RV_ERR_STATE before detect */
int rv__findings_load(rv__findings *out, rv_case *c);
void rv__findings_release(rv__findings *findings);

/** "between 55 and 66 % larger", from the ends of the interval of a ratio. */
void rv__ratio_verdict(char *out, size_t size, double lo, double hi);

/** The word of the next flag that is set, from *i = 0 on; NULL when there is none left. */
const char *rv__flag_next(int flags, size_t *i);

#endif
