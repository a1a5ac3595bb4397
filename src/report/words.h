/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, dates and names in words. */
#ifndef RV_REPORT_WORDS_H
#define RV_REPORT_WORDS_H

#include "base/str.h"
#include "report/facts.h"

#define RV__NBSP "\xC2\xA0"     /* no-break space */
#define RV__DASH "\xE2\x80\x93" /* en dash */

/** Decimals (may be negative) to which a number of this uncertainty is rounded: two digits of a sigma that begins with 1 or 2, else one. */
int rv__words_decimals(double sigma);
/** "1 850": rounded to the decimals, thousands apart by a no-break space. */
void rv__words_number(rv__str *out, double value, int decimals);
/** "m2" as the page writes it, with the space before it. */
const char *rv__words_unit(const char *unit);
/** "1 850 m² (95 %: 1 760–1 940)", or "up to 200 m² (95 %)" where the interval reaches zero. */
void rv__words_measured(rv__str *out, const rv_measurement *m);

/** "30 April 2022", "April 2022", "2022", "2010–2015": what the scene's period knows; "undated" without a time. */
void rv__words_scene_date(rv__str *out, const rv_scene_info *scene);
/** "2 June to 14 December 2023", from the first to the last of the images used; nothing where they have no dates. */
void rv__words_span(rv__str *out, const rv__facts *facts);
/** "between 30 April and 16 May 2022 (UTC)", "before …", "after …". */
void rv__words_bracket(rv__str *out, const rv__facts *facts, const rv_structure *s);

/** What a structure may be called at this likelihood. */
typedef struct rv__noun {
    const char *one, *many; /* "hall", "halls" */
    const char *maybe;      /* "hall" where one is only "structure", else "" */
    bool plural;            /* one takes no article: "ground works" */
    bool maybe_plural;
} rv__noun;
rv__noun rv__words_noun(const rv_structure *s);
/** "new hall", "new structure, probably a hall", "ground works", with the analyst's name: for headings and tables. */
void rv__words_what(rv__str *out, const rv_structure *s);
/** "structure, probably a hall": what it is, without an article before it. */
void rv__words_kind(rv__str *out, const rv_structure *s);
/** "52.52001° N, 13.40502° E"; without a CRS the pixel, "512, 300 px". Needs the stack. */
void rv__words_place(rv__str *out, const rv__facts *facts, const rv_structure *s);

#endif
