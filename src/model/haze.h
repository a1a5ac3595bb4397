/* SPDX-License-Identifier: Apache-2.0 */
/* What is added to a scene's band beside gain and offset: a smooth field over the stack's grid, by knots at even distances from
 * edge to edge and straight lines between them. As text in rv_gain: "cols rows unit v v v ...", whole numbers of the unit. */
#ifndef RV_MODEL_HAZE_H
#define RV_MODEL_HAZE_H

#include <revisit/transform.h>

enum { RV__HAZE_SIDE = 8, RV__HAZE_KNOTS = RV__HAZE_SIDE * RV__HAZE_SIDE };

typedef struct rv__haze {
    int cols, rows; /* 0: no field; else 2 to RV__HAZE_SIDE */
    double value[RV__HAZE_KNOTS];
} rv__haze;

/** Left knot and share of the next one at the pixel centre `at` of n pixels. */
int rv__haze_at(double *share, double at, int n, int knots);

/** Text to field; "" is none. @return RV_OK or RV_ERR_FORMAT */
int rv__haze_parse(rv__haze *out, const char *text);

/** Field to text, rounded to 1e-5 of its largest value; out holds RV_FIELD_TEXT_MAX bytes. */
void rv__haze_text(char *out, const rv__haze *haze);

/** Add to a row of n pixels of a grid those inside by their mask; place is col0, row, and the grid's width and height. */
void rv__haze_add(float *values, const uint8_t *mask, size_t n, const rv__haze *haze, const int place[4]);

#endif
