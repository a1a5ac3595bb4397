/* SPDX-License-Identifier: Apache-2.0 */
/* The two-sided test: a cloud is brighter, a shadow darker than the ground was before AND than it is after.
 *
 * Per pixel and date the medians of the three nearest unsuspicious dates on either side are the ground. What was built
 * departs from one side only, so a lasting change is never cloud, whatever its brightness. (Tmask [zhu2014] fits a season
 * to all dates and asks one side; with a dozen dates there is no season to fit.) Blue tells the opacity a of the air,
 * y = (1 - a) g + a white, with g the higher side; the share s of light that a shadow takes follows from the full plane
 * after the cloud has been taken off, and as a shadow hides part of a thin cloud's blue, both are solved together. Three
 * rounds: dates found cloudy or dark leave the medians, so that clouds on neighbouring dates do not hide each other.
 *
 * Where only one side exists (first and last dates) a new roof cannot be told from a cloud by time: the limits are
 * stricter, what equals the neighbouring date stays ground, and pixels beside a step as sharp as the sensor can draw are
 * marked: clouds end softly (objects.c). */
#include "normalise/air.h"

#include <revisit/base.h>

#include "base/mem.h"
#include "base/parallel.h"
#include "raster/filter.h"
#include "raster/morph.h"

#include <math.h>
#include <string.h>

enum { LANES = 256, ROUNDS = 3, CONTRAST_PX = 8, RIM_PX = 3 };

static const float cloud_limit = .09f, cloud_core = .12f, one_sided_limit = .08f, one_sided_core = .10f;
static const float shade_limit = .09f, shade_core = .25f, one_sided_shade = .30f;
static const float suspicious_cloud = .04f, suspicious_shade = .2f;
static const float blue_share = .1f, blue_core = .4f, thin = .04f, hides = .6f, sure = .7f;
static const float told_so = .65f, told_clear = 1.25f; /* on the limits */
static const float same = .03f;                        /* of white: equal to the neighbouring date */
static const float own = .07f; /* of the ground's brightness: as much as sun, view and wet stir of a white roof */
static const float hard_slope = .16f; /* per px, of the local contrast; a sharp step smoothed by sigma 1.5 px has .25 */

/* Three nearest unsuspicious values on one side, blue and full, of every lane. */
typedef struct side {
    float blue[3][LANES], full[3][LANES], count[LANES];
} side;

/* What one side says of a date. */
typedef struct ground {
    float blue[LANES], full[LANES], near[LANES], count[LANES];
} ground;

/* All dates of LANES pixels. */
typedef struct block {
    size_t dates;
    float (*blue)[LANES], (*full)[LANES], (*inside)[LANES], (*good)[LANES];
    float (*opacity)[LANES], (*shade)[LANES], (*one)[LANES], (*falls)[LANES];
    ground *before;
    size_t *date;          /* of the series */
    rv__date_light *light; /* theirs */
    float taken[2];
} block;

RV__INLINE void push(side *s, const float *blue, const float *full, const float *good)
{
    for (int i = 0; i < LANES; i++) {
        const int g = good[i] > 0;
        s->blue[2][i] = g ? s->blue[1][i] : s->blue[2][i];
        s->blue[1][i] = g ? s->blue[0][i] : s->blue[1][i];
        s->blue[0][i] = g ? blue[i] : s->blue[0][i];
        s->full[2][i] = g ? s->full[1][i] : s->full[2][i];
        s->full[1][i] = g ? s->full[0][i] : s->full[1][i];
        s->full[0][i] = g ? full[i] : s->full[0][i];
        s->count[i] = g && s->count[i] < 3 ? s->count[i] + 1 : s->count[i];
    }
}

RV__INLINE float middle(float a, float b, float c, float count)
{
    const float lo = a < b ? a : b, hi = a < b ? b : a, cut = hi < c ? hi : c;
    const float three = lo > cut ? lo : cut, two = .5f * (a + b);
    return count > 2 ? three : count > 1 ? two : a;
}

RV__INLINE void tell(ground *out, const side *s)
{
    for (int i = 0; i < LANES; i++) {
        out->count[i] = s->count[i];
        out->near[i] = s->blue[0][i];
        out->blue[i] = middle(s->blue[0][i], s->blue[1][i], s->blue[2][i], s->count[i]);
        out->full[i] = middle(s->full[0][i], s->full[1][i], s->full[2][i], s->count[i]);
    }
}

RV__INLINE float within(float v, float lo, float hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

/* One pixel of one date: what is known of the ground, what is seen. */
typedef struct sight {
    float blue, full; /* seen */
    float high, low;  /* ground: higher side in blue, lower side in full */
    float low_blue, level_blue;
} sight;

/* a of thin cloud over ground in shadow: two equations, blue and full, linear in a and s. Where full is not below the
 * ground there is no shadow, and blue alone tells. */
RV__INLINE float opacity_of(const sight *p, const float white[2], const float taken[2])
{
    const float rise = p->blue - p->high, fall = p->full - p->low;
    const float span = white[0] - p->high, least = .2f * white[0];
    const float alone = rise > own * p->high ? rise / (span > least ? span : least) : 0.f;
    const float lit = sure * taken[0] * p->low_blue;
    const float d = -(span > least ? span : least) * taken[1] * p->low + lit * (white[1] - p->low);
    const float both = (lit * fall - rise * taken[1] * p->low) / (d < 0 ? d : -1.f);
    return within(fall < 0 && d < 0 ? both : alone, 0.f, 1.f);
}

/* s against the darker side. Against the middle of both, ground that has changed (a roof where bright soil was) would lie in
 * shade by half of the change: .94 instead of .97 of the pixels found are right on style A. */
RV__INLINE float shade_of(const sight *p, float opacity, const float white[2], const float taken[2])
{
    const float left = 1.f - opacity, bare = (p->full - opacity * white[1]) / (left > .1f ? left : .1f);
    const float s = (1.f - bare / (p->low > 1e-6f ? p->low : 1e-6f)) / taken[1];
    return bare < p->low && opacity < hides ? within(s, 0.f, 1.f) : 0.f;
}

/* A field that ripens or is cut darkens in the near infrared alone: in a shadow blue falls with the rest, unless a thin
 * cloud fills it. 0 no, 1 a little, 2 as it should. */
RV__INLINE float blue_falls(const sight *p, float shade, const float white[2], const float taken[2])
{
    const float whole = taken[0] * shade * p->level_blue, fall = p->level_blue - p->blue;
    const int filled = p->blue > p->high + thin * white[0];
    return filled || fall > blue_core * whole ? 2.f : fall > blue_share * whole ? 1.f : 0.f;
}

RV__INLINE void judge(block *b, size_t t, const ground *after)
{
    const ground *before = &b->before[t];
    const float *white = b->light[t].white, *taken = b->taken;
    const float equal = same * white[0];
    for (int i = 0; i < LANES; i++) {
        const int has_before = before->count[i] > 0, has_after = after->count[i] > 0;
        const float u = has_before ? before->blue[i] : after->blue[i], v = has_after ? after->blue[i] : before->blue[i];
        const float f = has_before ? before->full[i] : after->full[i], g = has_after ? after->full[i] : before->full[i];
        const float near = has_before ? before->near[i] : after->near[i], seen = b->blue[t][i];
        const int one = !(has_before && has_after);
        const float high = u > v ? u : v;
        const int stays = one && seen - near < equal && near - seen < equal && near > high;
        const sight p = { seen, b->full[t][i], stays ? near : high, f < g ? f : g, u < v ? u : v, .5f * (u + v) };
        const float a = opacity_of(&p, white, taken), s = shade_of(&p, a, white, taken);
        const int known = b->inside[t][i] > 0 && (has_before || has_after);
        b->opacity[t][i] = known ? a : b->opacity[t][i];
        b->shade[t][i] = known ? s : b->shade[t][i];
        b->one[t][i] = one ? 1.f : 0.f;
        b->falls[t][i] = blue_falls(&p, s, white, taken);
    }
}

/* Seasons stir more than half of what a single side sees; a date that leaves for that leaves its neighbour one-sided. */
RV__INLINE void suspect(block *b, size_t t)
{
    for (int i = 0; i < LANES; i++) {
        const float factor = b->one[t][i] > 0 ? 2.f : 1.f;
        const int odd = b->opacity[t][i] > factor * suspicious_cloud || b->shade[t][i] > factor * suspicious_shade;
        b->good[t][i] = odd ? 0.f : b->inside[t][i];
    }
}

RV__INLINE void one_round_body(block *b)
{
    side before, after;
    ground told;
    memset(&before, 0, sizeof before);
    memset(&after, 0, sizeof after);
    for (size_t t = 0; t < b->dates; t++) {
        tell(&b->before[t], &before);
        push(&before, b->blue[t], b->full[t], b->good[t]);
    }
    for (size_t t = b->dates; t-- > 0;) {
        tell(&told, &after);
        judge(b, t, &told);
        push(&after, b->blue[t], b->full[t], b->good[t]);
        suspect(b, t);
    }
}

RV__KERNEL(one_round, one_round_body, (block * b), (b));

/* Limits of one date, on the scale of opacity and shade. */
typedef struct limits {
    float cloud[2], core[2], shade[2], shade_core[2]; /* two sides, one side */
} limits;

static float largest(float a, float b)
{
    return a > b ? a : b;
}

static limits limits_of(const rv__air_series *s, size_t t)
{
    const rv__survey *v = s->survey;
    const float mad = (float)s->mad, span = v->date[t].white[0] - v->ground[0];
    const float noise = span > 0 ? mad * v->noise[0] / span : 0;
    const float dark = v->ground[1] > 0 ? .75f * mad * v->noise[1] / (s->taken[1] * v->ground[1]) : 0;
    return (limits){ { largest(cloud_limit, noise), largest(one_sided_limit, noise) },
                     { largest(cloud_core, 1.5f * noise), largest(one_sided_core, 1.5f * noise) },
                     { largest(shade_limit, .4f * dark), largest(one_sided_shade, dark) },
                     { largest(shade_core, dark), largest(one_sided_shade + .1f, 1.5f * dark) } };
}

/* A provider's mask moves the limits and never decides: what it calls cloud must still be brighter than before and after. */
static void heed(float factor[2], const uint8_t *told, size_t at)
{
    const int code = told ? told[at] : RV_MASK_OUTSIDE;
    const int named = code == RV_MASK_CLOUD || code == RV_MASK_SHADOW || code == RV_MASK_BOTH;
    factor[0] = named && (code & RV_MASK_CLOUD) ? told_so : code == RV_MASK_CLEAR ? told_clear : 1;
    factor[1] = named && (code & RV_MASK_SHADOW) ? told_so : code == RV_MASK_CLEAR ? told_clear : 1;
}

static uint8_t bits_of(const limits *l, float opacity, const float shade[2], int one)
{
    int bits = one ? RV__AIR_ONE_SIDED : 0;
    bits |= opacity > l->cloud[one] ? RV__AIR_CLOUD : 0;
    bits |= opacity > l->core[one] ? RV__AIR_CLOUD_CORE : 0;
    bits |= shade[0] > l->shade[one] ? RV__AIR_SHADE : 0;
    bits |= shade[1] > l->shade_core[one] ? RV__AIR_SHADE_CORE : 0;
    return (uint8_t)bits;
}

typedef struct job {
    const rv__air *out;
    const rv__air_series *series;
    rv__isa isa;
} job;

/* Pixels from first on, the last of them repeated where there are fewer than LANES, of the dates that are compared. */
static void load(block *b, const rv__air_series *s, size_t first, size_t n)
{
    for (size_t k = 0; k < b->dates; k++)
        for (size_t i = 0; i < LANES; i++) {
            const size_t at = b->date[k] * s->w * s->h + first + (i < n ? i : n - 1);
            b->blue[k][i] = s->blue[at];
            b->full[k][i] = s->full[at];
            b->inside[k][i] = b->good[k][i] = s->inside[at] ? 1.f : 0.f;
        }
}

static void store(const job *j, const block *b, size_t first, size_t n)
{
    const rv__air_series *s = j->series;
    for (size_t k = 0; k < b->dates; k++) {
        const limits l = limits_of(s, b->date[k]);
        for (size_t i = 0; i < n; i++) {
            const size_t at = b->date[k] * s->w * s->h + first + i;
            const float a = b->opacity[k][i], d = b->shade[k][i];
            float factor[2];
            heed(factor, s->told, at);
            j->out->opacity[at] = (uint8_t)(RV__AIR_FULL * a + .5f);
            j->out->shade[at] = (uint8_t)(RV__AIR_FULL * d + .5f);
            const float dark = d / factor[1];
            const float falling[2] = { b->falls[k][i] > 0 ? dark : 0, b->falls[k][i] > 1 ? dark : 0 };
            j->out->bits[at] = s->inside[at] ? bits_of(&l, a / factor[0], falling, b->one[k][i] > 0) : RV__AIR_OUTSIDE;
        }
    }
}

/* The dates that are compared, and what is known of their light. */
static void list_dates(block *b, const rv__air_series *s)
{
    for (size_t t = 0; t < s->dates; t++)
        if (!s->member || s->member[t]) {
            b->light[b->dates] = s->survey->date[t];
            b->date[b->dates++] = t;
        }
}

static int find_block(size_t index, size_t worker, void *user)
{
    const job *k = user;
    const rv__air_series *s = k->series;
    const size_t dates = s->dates, first = index * LANES, left = s->w * s->h - first;
    float(*rows)[LANES] = rv__alloc(8 * dates, sizeof *rows);
    ground *before = rv__alloc(dates, sizeof *before);
    rv__date_light *light = rv__alloc(dates, sizeof *light);
    size_t *date = rv__alloc(dates, sizeof *date);
    block b = { .date = date, .before = before, .light = light, .taken = { s->taken[0], s->taken[1] } };
    (void)worker;
    const int err = rows && before && light && date ? RV_OK : RV_ERR_NOMEM;
    if (err == RV_OK) {
        b.blue = rows;
        b.full = rows + dates;
        b.inside = rows + 2 * dates;
        b.good = rows + 3 * dates;
        b.opacity = rows + 4 * dates;
        b.shade = rows + 5 * dates;
        b.one = rows + 6 * dates;
        b.falls = rows + 7 * dates;
        list_dates(&b, s);
        load(&b, s, first, left < LANES ? left : LANES);
        for (int round = 0; round < ROUNDS; round++)
            one_round[k->isa](&b);
        store(k, &b, first, left < LANES ? left : LANES);
    }
    rv__free(date);
    rv__free(light);
    rv__free(before);
    rv__free(rows);
    return err;
}

static int any(const uint8_t *bits, size_t n, uint8_t what)
{
    for (size_t i = 0; i < n; i++)
        if (bits[i] & what)
            return 1;
    return 0;
}

/* What a slope is looked for in. Under a cloud no shade is known: it goes on as deep as around. */
static int rise_of(float *rise, float *top, const uint8_t *plane, const uint8_t *cover, const rv__air_series *s)
{
    for (size_t i = 0; i < s->w * s->h; i++)
        rise[i] = plane[i];
    const int err = rv__dilate(top, rise, s->w, s->h, CONTRAST_PX, CONTRAST_PX);
    for (size_t i = 0; cover && i < s->w * s->h; i++)
        rise[i] = cover[i] > hides * RV__AIR_FULL ? top[i] : rise[i];
    return err;
}

/* Mark the pixels within RIM_PX of a slope of hard_slope times the contrast around it. */
static int mark_hard(uint8_t *bits, const uint8_t *plane, const uint8_t *cover, const rv__air_series *s)
{
    const size_t n = s->w * s->h;
    const int mark = cover ? RV__AIR_SHADE_HARD : RV__AIR_HARD;
    float *rise = rv__alloc(4 * n, sizeof *rise), *gx = rise + n, *gy = gx + n, *top = gy + n;
    uint8_t *hard = rv__alloc(n, 1);
    int err = RV_ERR_NOMEM;
    if (!rise || !hard || (err = rise_of(rise, top, plane, cover, s)) < 0)
        goto done;
    rv__sobel(gx, gy, rise, s->w, s->h);
    for (size_t i = 0; i < n; i++)
        hard[i] = top[i] > 0 && gx[i] * gx[i] + gy[i] * gy[i] > hard_slope * hard_slope * top[i] * top[i];
    if ((err = rv__dilate_u8(hard, hard, s->w, s->h, RIM_PX)) < 0)
        goto done;
    for (size_t i = 0; i < n; i++)
        bits[i] = (uint8_t)(bits[i] | (hard[i] ? mark : 0));
done:
    rv__free(hard);
    rv__free(rise);
    return err;
}

static int hard_date(size_t t, size_t worker, void *user)
{
    const job *k = user;
    const size_t n = k->series->w * k->series->h;
    uint8_t *bits = k->out->bits + t * n;
    const uint8_t *opacity = k->out->opacity + t * n, *shade = k->out->shade + t * n;
    (void)worker;
    int err = RV_OK;
    if (k->series->member && !k->series->member[t])
        return RV_OK;
    if (any(bits, n, RV__AIR_CLOUD))
        err = mark_hard(bits, opacity, NULL, k->series);
    if (err == RV_OK && any(bits, n, RV__AIR_SHADE))
        err = mark_hard(bits, shade, opacity, k->series);
    return err;
}

int rv__air_find_with(const rv__air *out, const rv__air_series *series, rv__isa isa)
{
    job k = { out, series, isa };
    const int err = rv__parallel_for((series->w * series->h + LANES - 1) / LANES, find_block, &k);
    return err < 0 ? err : rv__parallel_for(series->dates, hard_date, &k);
}

int rv__air_find(const rv__air *out, const rv__air_series *series)
{
    return rv__air_find_with(out, series, rv__isa_used());
}
