/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences: what happened, in an order that a reader can follow. */
#ifndef RV_REPORT_SENTENCE_H
#define RV_REPORT_SENTENCE_H

#include "report/words.h"

/** One sentence about a change, with its number on the pictures; 0 = without one. */
void rv__sentence_event(rv__str *out, const rv__facts *facts, const rv_structure *s, size_t number);
/** "It is 55–67 % larger than s004 (ratio 1.61, 95 %: 1.55–1.67)."; nothing where sizes do not compare. */
void rv__sentence_ratio(rv__str *out, const rv__facts *facts, const rv_structure *s);
/** The summary: one sentence a line. Few changes get one each; many are counted by event and time, the largest named. */
void rv__sentence_summary(rv__str *out, const rv__facts *facts);
/** Its middle part: what happened in each bracket. @return RV_OK or RV_ERR_NOMEM */
int rv__sentence_groups(rv__str *out, const rv__facts *facts, const size_t *order, size_t n);
/** A text with a capital at its beginning. */
void rv__sentence_capital(rv__str *out, const rv__str *text);
/** "1 image", "2 images". */
void rv__sentence_count(rv__str *out, size_t n, const char *one, const char *many);
/** What was not seen, and why: one sentence a line. */
void rv__sentence_unseen(rv__str *out, const rv__facts *facts);

#endif
