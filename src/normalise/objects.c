/* SPDX-License-Identifier: Apache-2.0 */
/* Candidate pixels of one date to its mask. Candidates are opened by 7 px (specks are vehicles, noise and leaning
 * roofs), judged object by object, and grown by 9 px to take in the soft rim. An object that is cut as sharply as the
 * sensor can draw along most of its rim is something on the ground. Where only one side in time exists an object must
 * also be large, and a shadow needs a cloud that throws it: dark roofs and wet fields need none. */
#include "normalise/objects.h"

#include <revisit/stack.h>

#include "base/mem.h"
#include "normalise/departure.h"
#include "raster/label.h"
#include "raster/morph.h"

enum { OPEN_PX = 3, GROW_PX = 4 }; /* radii: squares of 7 and 9 px */

static const double hard_one_sided = .7, hard_two_sided = .8; /* share of the rim that is cut sharply */

/* What a region is made of. */
typedef struct tally {
    size_t n, rim, hard, one_sided;
} tally;

typedef struct field {
    size_t w, h;
    const uint8_t *bits;
    size_t min_px;
} field;

static int on_rim(const int32_t *labels, const field *f, size_t p)
{
    const size_t col = p % f->w, row = p / f->w;
    return (col > 0 && labels[p - 1] != labels[p]) || (col + 1 < f->w && labels[p + 1] != labels[p]) ||
           (row > 0 && labels[p - f->w] != labels[p]) || (row + 1 < f->h && labels[p + f->w] != labels[p]);
}

static void count(tally *of, const int32_t *labels, const field *f)
{
    for (size_t p = 0; p < f->w * f->h; p++) {
        if (!labels[p])
            continue;
        tally *t = &of[labels[p] - 1];
        t->n++;
        t->one_sided += (f->bits[p] & RV__ONE_SIDED) != 0;
        if (on_rim(labels, f, p)) {
            t->rim++;
            t->hard += (f->bits[p] & RV__HARD_EDGE) != 0;
        }
    }
}

static int is_weather(const tally *t, const field *f, int dark, int clouds_seen)
{
    const int one_sided = 2 * t->one_sided > t->n;
    const double hard = t->rim ? (double)t->hard / (double)t->rim : 0;
    if (one_sided)
        return t->n >= f->min_px && (dark ? clouds_seen : hard <= hard_one_sided);
    return t->n >= f->min_px / 4 && (dark || hard <= hard_two_sided);
}

static int select_bit(uint8_t *out, const field *f, uint8_t bit)
{
    int err;
    for (size_t p = 0; p < f->w * f->h; p++)
        out[p] = (f->bits[p] & bit) != 0;
    if ((err = rv__erode_u8(out, out, f->w, f->h, OPEN_PX)) < 0)
        return err;
    return rv__dilate_u8(out, out, f->w, f->h, OPEN_PX);
}

/* out = 1 on the objects of one kind that are weather, grown. @return their number or a code */
static int weather(uint8_t *out, const field *f, uint8_t bit, int clouds_seen)
{
    int32_t *labels = rv__alloc(f->w * f->h, sizeof *labels);
    rv__region *regions = NULL;
    tally *of = NULL;
    size_t n = 0;
    int err = RV_ERR_NOMEM, kept = 0;
    if (!labels || (err = select_bit(out, f, bit)) < 0 ||
        (err = rv__label(labels, &regions, &n, out, f->w, f->h, 8)) < 0)
        goto done;
    if (!(of = rv__alloc(n, sizeof *of))) {
        err = RV_ERR_NOMEM;
        goto done;
    }
    count(of, labels, f);
    for (size_t i = 0; i < n; i++)
        kept += is_weather(&of[i], f, bit == RV__DARK, clouds_seen);
    for (size_t p = 0; p < f->w * f->h; p++)
        out[p] = labels[p] && is_weather(&of[labels[p] - 1], f, bit == RV__DARK, clouds_seen);
    err = rv__dilate_u8(out, out, f->w, f->h, GROW_PX);
done:
    rv__free(of);
    rv__free(regions);
    rv__free(labels);
    return err < 0 ? err : kept;
}

int rv__mask_from_bits(uint8_t *mask, const uint8_t *bits, size_t w, size_t h, size_t min_px)
{
    const field f = { w, h, bits, min_px };
    uint8_t *cloud = rv__alloc(w * h, 1), *shadow = rv__alloc(w * h, 1);
    int err = RV_ERR_NOMEM, clouds = 0;
    if (!cloud || !shadow)
        goto done;
    if ((err = clouds = weather(cloud, &f, RV__BRIGHT, 1)) < 0 || (err = weather(shadow, &f, RV__DARK, clouds > 0)) < 0)
        goto done;
    for (size_t p = 0; p < w * h; p++)
        mask[p] = (uint8_t)(bits[p] & RV__NO_PIXEL ? RV_MASK_OUTSIDE : cloud[p] | (shadow[p] << 1));
    err = RV_OK;
done:
    rv__free(shadow);
    rv__free(cloud);
    return err;
}
