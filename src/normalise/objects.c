/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of one date. Pixels that may be cloud are kept where they hang together with a core that surely is, so that soft
 * rims come along and specks do not. An object that is cut as sharply as the sensor can draw along most of its rim is
 * something on the ground. Where only one side in time exists an object must also be large.
 *
 * What an object grows by must be cloud or shadow a little, else the ring takes a roof at the rim of a cloud.
 *
 * Shadows are found twice: as objects of their own, and as the clouds moved along the sun (sunward.c). Where clouds and
 * dark places agree, what is foretold is shadow, under clouds too, and a dark place whose piece of sky is in the frame and
 * clear is none. */
#include "normalise/objects.h"

#include <revisit/stack.h>

#include "base/mem.h"
#include "normalise/air.h"
#include "normalise/beneath.h"
#include "normalise/sunward.h"
#include "raster/label.h"
#include "raster/morph.h"

#include <math.h>
#include <string.h>

enum { CORE_PX = 2, GROW_PX = 1, CORE_LEAST = 9, MARGIN_PX = 3, LARGE = 10 };

/* Share of the rim that is cut sharply. */
static const double hard_one_sided = .6, hard_two_sided = .8, hard_shade = .8, hard_one_sided_shade = .4,
                    hard_no_cloud = .35, hard_large_shade = .6, hard_told = .9;
static const double agreement = .12, met_least = .75;         /* of clouds and shadows, to be believed */
static const double agreement_around = .75, met_around = .85; /* the same without a known sun: on style A,
                                                                         no wrong direction scored above .66 */
static const double cloudy = .01; /* of the frame under cloud: dark places may well be shadows */
static const double heights_m[2] = { 50, 12000 };
static const float foretold = .08f * RV__AIR_FULL, clear_sky = .03f * RV__AIR_FULL, lit = .04f * RV__AIR_FULL,
                   faint_cloud = .05f * RV__AIR_FULL, faint_shade = .07f * RV__AIR_FULL, thick = .5f * RV__AIR_FULL;
static const double beneath = 2; /* times the side of the smallest object of a first date: 120 m */

/* What a region is made of. */
typedef struct tally {
    size_t n, core, rim, hard, one_sided, told;
} tally;

/* Working planes of a date. */
typedef struct work {
    const rv__air_date *in;
    size_t n;
    uint8_t *cloud, *shadow, *scratch, *sky;
    int clouds; /* the scene is a cloudy one */
} work;

static int on_rim(const int32_t *labels, const rv__air_date *f, size_t p)
{
    const size_t col = p % f->w, row = p / f->w;
    return (col > 0 && labels[p - 1] != labels[p]) || (col + 1 < f->w && labels[p + 1] != labels[p]) ||
           (row > 0 && labels[p - f->w] != labels[p]) || (row + 1 < f->h && labels[p + f->w] != labels[p]);
}

static void count(tally *of, const int32_t *labels, const uint8_t *core, const rv__air_date *f, int dark)
{
    const int hard = dark ? RV__AIR_SHADE_HARD : RV__AIR_HARD;
    for (size_t p = 0; p < f->w * f->h; p++) {
        if (!labels[p])
            continue;
        tally *t = &of[labels[p] - 1];
        t->n++;
        t->core += core[p];
        t->one_sided += (f->bits[p] & RV__AIR_ONE_SIDED) != 0;
        t->told += f->told && (f->told[p] == RV_MASK_CLOUD || f->told[p] == RV_MASK_BOTH);
        if (on_rim(labels, f, p)) {
            t->rim++;
            t->hard += (f->bits[p] & hard) != 0;
        }
    }
}

static int is_weather(const tally *t, const work *k, int dark)
{
    const int one_sided = 2 * t->one_sided > t->n;
    const double hard = t->rim ? (double)t->hard / (double)t->rim : 0;
    if (t->core < CORE_LEAST)
        return 0;
    if (one_sided && !dark && 2 * t->told > t->n) /* the provider says what time cannot */
        return t->n >= k->in->min_px / 4 && hard <= hard_told;
    if (one_sided)
        return t->n >= k->in->min_px && (dark ? k->clouds > 0 && hard <= hard_one_sided_shade : hard <= hard_one_sided);
    if (!dark && t->n >= LARGE * k->in->min_px)
        return 1;
    if (dark && !k->clouds)
        return t->n >= LARGE * k->in->min_px ? hard <= hard_large_shade && 5 * t->core > t->n
                                             : t->n >= k->in->min_px && hard <= hard_no_cloud && 2 * t->core > t->n;
    return t->n >= k->in->min_px / 4 && hard <= (dark ? hard_shade : hard_two_sided);
}

static void select_bit(uint8_t *out, const work *k, uint8_t bit)
{
    for (size_t p = 0; p < k->n; p++)
        out[p] = (k->in->bits[p] & bit) != 0;
}

/* out = 1 on the objects of one kind that are weather. @return their number or a code */
static int weather(uint8_t *out, work *k, int dark)
{
    const rv__air_date *f = k->in;
    int32_t *labels = rv__alloc(k->n, sizeof *labels);
    rv__region *regions = NULL;
    tally *of = NULL;
    size_t n = 0;
    int err = RV_ERR_NOMEM, kept = 0;
    if (!labels)
        return err;
    select_bit(k->scratch, k, dark ? RV__AIR_SHADE_CORE : RV__AIR_CLOUD_CORE);
    select_bit(out, k, dark ? RV__AIR_SHADE : RV__AIR_CLOUD);
    if ((err = rv__erode_u8(k->scratch, k->scratch, f->w, f->h, CORE_PX)) < 0 ||
        (err = rv__dilate_u8(k->scratch, k->scratch, f->w, f->h, CORE_PX)) < 0 ||
        (err = rv__erode_u8(out, out, f->w, f->h, 1)) < 0 || (err = rv__dilate_u8(out, out, f->w, f->h, 1)) < 0 ||
        (err = rv__label(labels, &regions, &n, out, f->w, f->h, 8)) < 0)
        goto done;
    if (!(of = rv__alloc(n, sizeof *of))) {
        err = RV_ERR_NOMEM;
        goto done;
    }
    count(of, labels, k->scratch, f, dark);
    for (size_t i = 0; i < n; i++)
        kept += is_weather(&of[i], k, dark);
    for (size_t p = 0; p < k->n; p++)
        out[p] = labels[p] && is_weather(&of[labels[p] - 1], k, dark);
    if ((err = rv__dilate_u8(k->scratch, out, f->w, f->h, GROW_PX)) < 0)
        goto done;
    for (size_t p = 0; p < k->n; p++)
        out[p] = out[p] || (k->scratch[p] && (dark ? f->shade : f->opacity)[p] > (dark ? faint_shade : faint_cloud));
done:
    rv__free(of);
    rv__free(regions);
    rv__free(labels);
    return err < 0 ? err : kept;
}

/* Opacity of the sky that throws its shadow on a pixel, or -1 where that is not in the frame. */
static float sky_over(const work *k, size_t p, const ptrdiff_t d[2])
{
    const ptrdiff_t col = (ptrdiff_t)(p % k->in->w) - d[0], row = (ptrdiff_t)(p / k->in->w) - d[1];
    if (col < 0 || row < 0 || col >= (ptrdiff_t)k->in->w || row >= (ptrdiff_t)k->in->h)
        return -1;
    const size_t at = (size_t)row * k->in->w + (size_t)col;
    return k->in->bits[at] & RV__AIR_OUTSIDE ? -1 : k->sky[at];
}

/* Ground that is seen and not dark at all, whatever is foretold of it: a believed height may be a wrong one, and it takes
 * roofs with it. */
static int lies_in_light(const work *k, size_t p)
{
    return !k->cloud[p] && k->in->shade[p] < lit;
}

/* Shadows as foretold by the moved clouds, and those seen that nothing speaks against. */
static int foretell(work *k, const ptrdiff_t d[2])
{
    int err;
    for (size_t p = 0; p < k->n; p++)
        k->scratch[p] = sky_over(k, p, d) > clear_sky;
    if ((err = rv__dilate_u8(k->scratch, k->scratch, k->in->w, k->in->h, MARGIN_PX)) < 0)
        return err;
    for (size_t p = 0; p < k->n; p++) {
        const float sky = sky_over(k, p, d);
        const int may = sky < 0 || k->scratch[p];
        k->shadow[p] = (sky > foretold && !lies_in_light(k, p)) || (k->shadow[p] && may);
    }
    return RV_OK;
}

/* Under thick cloud shade is not seen. Where the sky that would throw it is not known either (d is NULL or leads out of the
 * frame), what lies beside the cloud goes on under it. (Were the thin rims of
 * clouds no witnesses, since a faint shadow is overlooked there, one in a hundred of all shadow pixels more would be found
 * and twice as many wrong ones.) */
static int go_on_beneath(work *k, const ptrdiff_t *d)
{
    const rv__air_date *f = k->in;
    for (size_t p = 0; p < k->n; p++) {
        const int unknown = k->cloud[p] && f->opacity[p] > thick && (!d || sky_over(k, p, d) < 0);
        k->scratch[p] = f->bits[p] & RV__AIR_OUTSIDE ? RV__BENEATH_OUTSIDE
                        : k->shadow[p]               ? RV__BENEATH_SHADOW
                        : unknown                    ? RV__BENEATH_UNKNOWN
                                                     : RV__BENEATH_LIT;
    }
    const int err = rv__beneath_fill(k->scratch, f->w, f->h, (size_t)(beneath * sqrt((double)f->min_px)));
    for (size_t p = 0; p < k->n && err == RV_OK; p++)
        k->shadow[p] = k->scratch[p] == RV__BENEATH_SHADOW;
    return err;
}

static double share(const uint8_t *plane, size_t n)
{
    size_t on = 0;
    for (size_t p = 0; p < n; p++)
        on += plane[p];
    return (double)on / (double)n;
}

static int find_cast(rv__cast *out, work *k)
{
    const rv__air_date *f = k->in;
    for (size_t p = 0; p < k->n; p++)
        k->scratch[p] = k->cloud[p] || (f->bits[p] & RV__AIR_OUTSIDE);
    const rv__sky sky = {
        f->w, f->h, k->sky, f->shade, k->scratch, { f->away[0], f->away[1] }, { heights_m[0], heights_m[1] }
    };
    if (isfinite(f->away[0]))
        return rv__cast_find(out, &sky);
    const int err = rv__cast_around(out, &sky);
    if (!(out->score > agreement_around && out->met > met_around))
        out->score = 0;
    else if (f->cast_px)
        memcpy(f->cast_px, out->px, sizeof out->px);
    return err;
}

static int shadows(work *k)
{
    rv__cast cast = { 0 };
    int err;
    if ((err = weather(k->shadow, k, 1)) < 0 || (k->clouds > 0 && (err = find_cast(&cast, k)) < 0))
        return err;
    const ptrdiff_t d[2] = { (ptrdiff_t)floor(cast.px[0] + .5), (ptrdiff_t)floor(cast.px[1] + .5) };
    const int believed = cast.score > agreement && cast.met > met_least;
    if (believed && (err = foretell(k, d)) < 0)
        return err;
    return go_on_beneath(k, believed ? d : NULL);
}

/* Haze and snow are our own or taken from the provider, haze where the air is not quite clear by our own measure too. */
static uint8_t code_of(const work *k, size_t p)
{
    const rv__air_date *f = k->in;
    const int veil = f->veil ? f->veil[p] : 0;
    const int own = k->cloud[p] | (k->shadow[p] << 1), told = f->told ? f->told[p] : RV_MASK_OUTSIDE;
    const int veiled = told == RV_MASK_HAZE && f->opacity[p] > clear_sky;
    return (uint8_t)(f->bits[p] & RV__AIR_OUTSIDE     ? RV_MASK_OUTSIDE
                     : own                            ? own
                     : veil == RV__AIR_SNOW           ? RV_MASK_SNOW
                     : told == RV_MASK_SNOW || veiled ? told
                     : veil                           ? RV_MASK_HAZE
                                                      : RV_MASK_CLEAR);
}

/* Of the light that comes from a pixel, the share that is the ground's own as it would be without cloud and shadow. */
static uint8_t percent(const work *k, size_t p)
{
    if (k->in->bits[p] & RV__AIR_OUTSIDE)
        return RV_MASK_OUTSIDE;
    const int veil = k->in->veil ? k->in->veil[p] : 0, own = veil && veil <= RV__AIR_FULL;
    const int veiled = k->cloud[p] || (!own && code_of(k, p) == RV_MASK_HAZE);
    const float a = veiled ? (float)k->in->opacity[p] / RV__AIR_FULL : 0, h = own ? (float)veil / RV__AIR_FULL : 0;
    const float s = k->shadow[p] ? (float)k->in->shade[p] / RV__AIR_FULL : 0;
    return (uint8_t)(100 * (1 - a) * (1 - h) * (1 - .8f * s) + .5f);
}

int rv__mask_from_air(uint8_t *mask, uint8_t *weight, const rv__air_date *date)
{
    work k = { .in = date, .n = date->w * date->h };
    uint8_t *planes = rv__alloc(4 * k.n, 1);
    int err = RV_ERR_NOMEM;
    if (!planes)
        return err;
    k.cloud = planes;
    k.shadow = planes + k.n;
    k.scratch = planes + 2 * k.n;
    k.sky = planes + 3 * k.n;
    if ((err = weather(k.cloud, &k, 0)) < 0)
        goto done;
    k.clouds = err > 0 && share(k.cloud, k.n) > cloudy;
    for (size_t p = 0; p < k.n; p++)
        k.sky[p] = k.cloud[p] ? date->opacity[p] : 0;
    if ((err = shadows(&k)) < 0)
        goto done;
    for (size_t p = 0; p < k.n; p++) {
        const uint8_t code = code_of(&k, p);
        weight[p] = percent(&k, p);
        mask[p] = code;
    }
    err = RV_OK;
done:
    rv__free(planes);
    return err;
}
