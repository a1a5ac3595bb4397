/* SPDX-License-Identifier: Apache-2.0 */
/* Watermark boxes and zero borders. Rotated or reprojected pictures are often padded with zeros and say nothing of it; a
 * zero in all bands that is joined to the picture's edge is taken for padding, one inside (a deep shadow in 8 bits) is
 * not. The joined region is grown by sweeps down and up: two suffice for a padded rectangle, memory is the plane alone. */
#include "ingest/hide.h"

#include "base/error.h"
#include "base/str.h"

#include <math.h>
#include <string.h>

enum { BORDER = 3, SWEEPS_MAX = 100 };

static int bad_boxes(const char *text)
{
    return rv__fail(RV_ERR_RANGE, "mask_box must be col0,row0,col1,row1 (up to %d, joined by ;), not \"%.80s\"",
                    RV__BOXES_MAX, text);
}

int rv__boxes_parse(rv__boxes *out, const char *text)
{
    rv__boxes b = { .n = 0 };
    const char *p = text;
    while (p && *p) {
        if (b.n == RV__BOXES_MAX)
            return bad_boxes(text);
        for (int i = 0; i < 4; i++) {
            double v;
            const char *end;
            if (rv__number_scan(&v, p, &end) < 0 || end == p || !(fabs(v) <= 1 << 21))
                return bad_boxes(text);
            b.edge[b.n][i] = v;
            p = end;
            if (i < 3 && *p++ != ',')
                return bad_boxes(text);
        }
        b.n++;
        if (*p && *p++ != ';')
            return bad_boxes(text);
    }
    *out = b;
    return RV_OK;
}

int rv__boxes_place(rv__boxes *boxes, int width, int height)
{
    for (size_t k = 0; k < boxes->n; k++) {
        for (int i = 0; i < 4; i++) {
            const double size = i % 2 ? height : width, v = boxes->edge[k][i];
            const double at = signbit(v) ? size + v : v;
            boxes->px[k][i] = (int)fmin(fmax(i < 2 ? floor(at) : ceil(at), 0), size);
        }
        if (boxes->px[k][0] >= boxes->px[k][2] || boxes->px[k][1] >= boxes->px[k][3])
            return rv__fail(RV_ERR_RANGE, "mask_box %g,%g,%g,%g covers no pixel of a picture of %d x %d px",
                            boxes->edge[k][0], boxes->edge[k][1], boxes->edge[k][2], boxes->edge[k][3], width, height);
    }
    return RV_OK;
}

void rv__boxes_apply(uint8_t *valid, const rv__boxes *boxes, int width, int row0, int n_rows)
{
    for (size_t k = 0; k < boxes->n; k++) {
        const int *b = boxes->px[k];
        for (int r = b[1] > row0 ? b[1] : row0; r < b[3] && r < row0 + n_rows; r++)
            memset(valid + (size_t)(r - row0) * (size_t)width + (size_t)b[0], 0, (size_t)(b[2] - b[0]));
    }
}

/* One row against its neighbour row (or NULL), both ways along it. @return pixels that joined */
static size_t grow_row(uint8_t *row, const uint8_t *neighbour, size_t w)
{
    size_t joined = 0;
    for (size_t c = 0; c < w; c++)
        if (row[c] == RV__PLANE_ZERO && ((neighbour && neighbour[c] == BORDER) || (c && row[c - 1] == BORDER))) {
            row[c] = BORDER;
            joined++;
        }
    for (size_t c = w - 1; c-- > 0;)
        if (row[c] == RV__PLANE_ZERO && row[c + 1] == BORDER) {
            row[c] = BORDER;
            joined++;
        }
    return joined;
}

static void seed_border(uint8_t *plane, size_t w, size_t h)
{
    for (size_t r = 0; r < h; r++)
        for (size_t c = 0; c < w; c += r == 0 || r == h - 1 || w == 1 ? 1 : w - 1)
            if (plane[r * w + c] == RV__PLANE_ZERO)
                plane[r * w + c] = BORDER;
}

size_t rv__hide_zero_border(uint8_t *plane, int width, int height)
{
    const size_t w = (size_t)width, h = (size_t)height;
    size_t joined = 1, hidden = 0;
    seed_border(plane, w, h);
    for (int sweep = 0; joined && sweep < SWEEPS_MAX; sweep++) {
        joined = grow_row(plane, NULL, w);
        for (size_t r = 1; r < h; r++)
            joined += grow_row(plane + r * w, plane + (r - 1) * w, w);
        for (size_t r = h - 1; r-- > 0;)
            joined += grow_row(plane + r * w, plane + (r + 1) * w, w);
    }
    for (size_t i = 0; i < w * h; i++) {
        hidden += plane[i] == BORDER;
        plane[i] = plane[i] == BORDER ? RV__PLANE_INVALID : plane[i] ? RV__PLANE_VALID : RV__PLANE_INVALID;
    }
    return hidden;
}
