/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences: numbers with no more digits than their uncertainty allows, dates with the interval that is known. */
#ifndef RV_REPORT_WORDS_H
#define RV_REPORT_WORDS_H

#include "base/str.h"
#include "report/facts.h"

/** Decimals (may be negative) at which a number of this uncertainty is rounded: two digits of a sigma that begins with 1 or 2, else one. */
int rv__words_decimals(double sigma);
/** "1 850": rounded to the decimals, thousands apart by a no-break space. */
void rv__words_number(rv__str *out, double value, int decimals);
/** "1 850 m² (95 %: 1 760–1 940)". Unit in words of the page: m², px², m, °. */
void rv__words_measured(rv__str *out, const rv_measurement *m);
/** "30 April 2022", "April 2022" or "2022", by what the scene's period knows; "undated image NAME" without a time. */
void rv__words_scene_date(rv__str *out, const rv_scene_info *scene);
/** "between 30 April and 16 May 2022 (UTC)", "before …", "after …". */
void rv__words_bracket(rv__str *out, const rv__facts *facts, const rv_structure *s);
/** "hall", "house", "structure" ... as sure as the likelihood allows. */
const char *rv__words_kind(const rv_structure *s);
/** One sentence about a change, with its number on the pictures. */
void rv__words_event(rv__str *out, const rv__facts *facts, const rv_structure *s, size_t number);
/** The summary: one sentence a line. */
void rv__words_summary(rv__str *out, const rv__facts *facts);
/** Text of "what was not seen, and why": one sentence a line. */
void rv__words_unseen(rv__str *out, const rv__facts *facts);

#endif
