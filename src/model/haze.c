/* SPDX-License-Identifier: Apache-2.0 */
/* The smooth field of a gain: its text, and its values along a row. B-splines of degree one: a field that is a fraction of a
 * percent of the signal needs no smooth slope, and a pixel costs two multiplications. */
#include "model/haze.h"

#include <revisit/stack.h>

#include "base/error.h"
#include "base/str.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 5 };

int rv__haze_at(double *share, double at, int n, int knots)
{
    const double place = fmin(fmax((at - .5) / fmax(n - 1, 1), 0), 1) * (knots - 1);
    const int left = (int)fmin(place, knots - 2);
    *share = place - left;
    return left;
}

static int bad(const char *text)
{
    return rv__fail(RV_ERR_FORMAT, "field of a gain is not \"cols rows unit values\": %.40s", text);
}

int rv__haze_parse(rv__haze *out, const char *text)
{
    rv__haze h = { 0 };
    double head[3];
    const char *at = text;
    if (!*text) {
        *out = h;
        return RV_OK;
    }
    for (int i = 0; i < 3; i++)
        if (rv__number_next(&head[i], &at) < 0)
            return bad(text);
    if (!(head[0] >= 2 && head[0] <= RV__HAZE_SIDE && head[1] >= 2 && head[1] <= RV__HAZE_SIDE && head[2] > 0))
        return bad(text);
    h.cols = (int)head[0];
    h.rows = (int)head[1];
    for (int i = 0; i < h.cols * h.rows; i++) {
        if (rv__number_next(&h.value[i], &at) < 0)
            return bad(text);
        h.value[i] *= head[2];
    }
    if (*at)
        return bad(text);
    *out = h;
    return RV_OK;
}

void rv__haze_text(char *out, const rv__haze *haze)
{
    double most = 0;
    char unit_text[32];
    out[0] = '\0';
    for (int i = 0; i < haze->cols * haze->rows; i++)
        most = fmax(most, fabs(haze->value[i]));
    if (!(most > 0) || !isfinite(most))
        return;
    const double unit = pow(10, floor(log10(most)) + 1 - DIGITS);
    rv__number_text(unit_text, unit);
    int n = snprintf(out, RV_FIELD_TEXT_MAX, "%d %d %s", haze->cols, haze->rows, unit_text);
    for (int i = 0; i < haze->cols * haze->rows; i++)
        n += snprintf(out + n, (size_t)(RV_FIELD_TEXT_MAX - n), " %ld", lround(haze->value[i] / unit));
}

void rv__haze_add(float *values, const uint8_t *mask, size_t n, const rv__haze *h, const int place[4])
{
    double down, knot[RV__HAZE_SIDE];
    const int top = rv__haze_at(&down, place[1] + .5, place[3], h->rows);
    for (int k = 0; k < h->cols; k++)
        knot[k] = (1 - down) * h->value[top * h->cols + k] + down * h->value[(top + 1) * h->cols + k];
    for (size_t i = 0; i < n; i++) {
        double across;
        const int left = rv__haze_at(&across, place[0] + (double)i + .5, place[2], h->cols);
        if (mask[i] != RV_MASK_OUTSIDE)
            values[i] += (float)((1 - across) * knot[left] + across * knot[left + 1]);
    }
}
