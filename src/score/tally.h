/* SPDX-License-Identifier: Apache-2.0 */
/* What one scene contributes to each metric: sums and samples that can be pooled over scenes, for a mean of ratios is not
 * the ratio of all. A failed allocation sticks: check err once at the end. */
#ifndef RV_SCORE_TALLY_H
#define RV_SCORE_TALLY_H

#include <revisit/score.h>

/** How a value comes out of pooled sums c[] and samples (x, y). */
typedef enum rv__form {
    RV__FORM_RATIO,    /* c0 / c1 */
    RV__FORM_BAND,     /* the same, with the exact binomial band */
    RV__FORM_ROOT,     /* sqrt(c0 / c1) */
    RV__FORM_COUNT,    /* c0 */
    RV__FORM_F1,       /* of the precision c0 / c1 and the recall c2 / c3 */
    RV__FORM_KAPPA,    /* of TP, FP, FN, TN */
    RV__FORM_QUANTILE, /* c0 of the x */
    RV__FORM_AP,       /* x score, y hit (1 or 0), c0 truths */
    RV__FORM_AT,       /* the same, precision where recall reaches RV__RECALL */
    RV__FORM_ECE,      /* x probability, y outcome */
    RV__FORM_MACRO     /* x true class, y found class, -1 = rejected */
} rv__form;

enum { RV__SUMS = 4 };

#define RV__RECALL 0.7
#define RV__SCENE_MEAN "mean of scenes" /* a stratum that says nothing of one scene */

typedef struct rv__xy {
    double x, y;
} rv__xy;

typedef struct rv__stat {
    char metric[48], stratum[64];
    char note[RV_WHY_MAX];
    rv__form form;
    double c[RV__SUMS];
    double n; /* observations */
    rv__xy *sample;
    size_t n_samples;
} rv__stat;

typedef struct rv__tally {
    rv__stat *v;
    size_t n, cap;
    int err;
} rv__tally;

void rv__tally_release(rv__tally *tally);

/** A new statistic, all zero; NULL once memory ran out. Valid until the next one is added. */
rv__stat *rv__tally_add(rv__tally *t, const char *metric, const char *stratum, rv__form form);
void rv__tally_ratio(rv__tally *t, const char *metric, const char *stratum, double part, double whole);
void rv__tally_band(rv__tally *t, const char *metric, const char *stratum, double part, double whole);
void rv__tally_count(rv__tally *t, const char *metric, const char *stratum, double count);
/** Mean, root mean square, or the q-th quantile of n numbers. */
void rv__tally_mean(rv__tally *t, const char *metric, const char *stratum, const double *x, size_t n);
void rv__tally_rms(rv__tally *t, const char *metric, const char *stratum, const double *x, size_t n);
rv__stat *rv__tally_samples(rv__tally *t, const char *metric, const char *stratum, rv__form form, size_t n);
void rv__tally_quantile(rv__tally *t, const char *metric, const char *stratum, double q, const double *x, size_t n);
/** Observations behind the newest statistic, where they are not its denominator. */
void rv__tally_n(rv__tally *t, double n);
/** A remark on the newest statistic. */
void rv__tally_note(rv__tally *t, const char *note);

#endif
