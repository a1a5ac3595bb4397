/* SPDX-License-Identifier: Apache-2.0 */
/* Fourier transforms of LANES sequences at once: one vector instruction does the same step of all of them.
 *
 * Stockham's transform [vanloan1992, section 1.7] in passes of radix 16 and 8 (a radix-4 one closes 32): two passes for
 * 128 and 256, so that data that does not fit the first-level cache crosses it as seldom as possible. Rows become lanes
 * by transposing blocks of 16 x 16 in four perfect shuffles, which compilers know as an interleaved store.
 */
#include "raster/fft_lanes.h"

#include "base/isa.h"

enum { L = RV__LANES, PAIR = RV__LANES_PAIR, BLOCK = L * L };

typedef struct cf {
    float re, im;
} cf;

static const float C8 = .70710678118654752F, C16 = .92387953251128676F, S16 = .38268343236508977F;

/** Times re + i im. */
RV__INLINE void turn(cf *x, float re, float im)
{
    const float was = x->re;
    x->re = was * re - x->im * im;
    x->im = was * im + x->im * re;
}

/** Times exp(-i pi / 4), -i and exp(-3 i pi / 4). */
RV__INLINE void turn1(cf *x)
{
    const float was = x->re;
    x->re = C8 * (was + x->im);
    x->im = C8 * (x->im - was);
}

RV__INLINE void turn2(cf *x)
{
    const float was = x->re;
    x->re = x->im;
    x->im = -was;
}

RV__INLINE void turn3(cf *x)
{
    const float was = x->re;
    x->re = C8 * (x->im - was);
    x->im = -C8 * (was + x->im);
}

RV__INLINE void dft2(cf *a, cf *b)
{
    const float re = a->re, im = a->im;
    a->re = re + b->re;
    a->im = im + b->im;
    b->re = re - b->re;
    b->im = im - b->im;
}

/** Four elements to their transform, in natural order. */
RV__INLINE void dft4(cf *a, cf *b, cf *c, cf *d)
{
    dft2(a, c);
    dft2(b, d);
    dft2(a, b);
    const float re = c->re, im = c->im, dr = d->re, di = d->im; /* -i d = di - i dr */
    c->re = b->re;
    c->im = b->im;
    b->re = re + di;
    b->im = im - dr;
    d->re = re - di;
    d->im = im + dr;
}

/** x[k] for k = 0, 4, 1, 5, 2, 6, 3, 7 in place of 0 ... 7. */
RV__INLINE void dft8(cf x[16])
{
    dft4(&x[0], &x[2], &x[4], &x[6]);
    dft4(&x[1], &x[3], &x[5], &x[7]);
    turn1(&x[3]);
    turn2(&x[5]);
    turn3(&x[7]);
    dft2(&x[0], &x[1]);
    dft2(&x[2], &x[3]);
    dft2(&x[4], &x[5]);
    dft2(&x[6], &x[7]);
}

/** x[4 a + b] becomes frequency a + 4 b. */
RV__INLINE void dft16(cf x[16])
{
    dft4(&x[0], &x[4], &x[8], &x[12]);
    dft4(&x[1], &x[5], &x[9], &x[13]);
    dft4(&x[2], &x[6], &x[10], &x[14]);
    dft4(&x[3], &x[7], &x[11], &x[15]);
    turn(&x[5], C16, -S16);
    turn1(&x[6]);
    turn(&x[7], S16, -C16);
    turn1(&x[9]);
    turn2(&x[10]);
    turn3(&x[11]);
    turn(&x[13], S16, -C16);
    turn3(&x[14]);
    turn(&x[15], -C16, S16);
    dft4(&x[0], &x[1], &x[2], &x[3]);
    dft4(&x[4], &x[5], &x[6], &x[7]);
    dft4(&x[8], &x[9], &x[10], &x[11]);
    dft4(&x[12], &x[13], &x[14], &x[15]);
}

/** Where frequency k of a small transform stands after it. */
RV__INLINE size_t place(size_t radix, size_t k)
{
    return radix == 16 ? k % 4 * 4 + k / 4 : radix == 8 ? k % 4 * 2 + k / 4 : k;
}

/** One pass over n elements left to transform, stride transforms being joined already. */
typedef struct step {
    float *to;
    const float *from;
    size_t to_pitch, from_pitch; /* floats from one element to the next */
    size_t n, stride;
    const float *w; /* twiddles of the whole transform */
    float sign;     /* of the imaginary parts of pairs: -1 on the way in and out makes the inverse transform */
} step;

/** Lanes to lanes; the first pass over columns reads pairs (re, im) beside each other, the last one writes such. */
typedef enum ends { WITHIN, FROM_PAIRS, TO_PAIRS } ends;

/** Butterfly p of transform s; its frequency k turns by w[k p stride] where turned. */
RV__INLINE void butterfly(const step *j, size_t p, size_t s, size_t radix, ends where, bool turned)
{
    const size_t gap = j->n / radix * j->stride * j->from_pitch, apart = j->stride * j->to_pitch;
    const float *restrict from = j->from + (p * j->stride + s) * j->from_pitch, *restrict w = j->w;
    float *restrict to = j->to + (radix * p * j->stride + s) * j->to_pitch;
    const size_t by = 2 * p * j->stride, lane_in = where == FROM_PAIRS ? 2 : 1, lane_out = where == TO_PAIRS ? 2 : 1;
    const size_t im_in = where == FROM_PAIRS ? 1 : L, im_out = where == TO_PAIRS ? 1 : L;
    const float sign = j->sign;
    RV__APART
    for (size_t l = 0; l < L; l++) {
        cf x[16];
        for (size_t i = 0; i < radix; i++) {
            x[i].re = from[i * gap + lane_in * l];
            x[i].im = from[i * gap + lane_in * l + im_in];
            if (where == FROM_PAIRS)
                x[i].im *= sign;
        }
        if (radix == 16)
            dft16(x);
        else if (radix == 8)
            dft8(x);
        else
            dft4(&x[0], &x[1], &x[2], &x[3]);
#pragma GCC unroll 16
        for (size_t k = 0; k < radix; k++) {
            cf *y = &x[place(radix, k)];
            if (k && turned)
                turn(y, w[k * by], w[k * by + 1]);
            to[k * apart + lane_out * l] = y->re;
            to[k * apart + lane_out * l + im_out] = where == TO_PAIRS ? sign * y->im : y->im;
        }
    }
}

RV__INLINE void pass(const step *j, size_t radix, ends where)
{
    for (size_t s = 0; s < j->stride; s++)
        butterfly(j, 0, s, radix, where, false);
    for (size_t p = 1; where != TO_PAIRS && p < j->n / radix; p++)
        for (size_t s = 0; s < j->stride; s++)
            butterfly(j, p, s, radix, where, true);
}

#define PASS(radix, where, name)               \
    RV__INLINE void name##_body(const step *j) \
    {                                          \
        pass(j, radix, where);                 \
    }                                          \
    RV__KERNEL(name, name##_body, (const step *j), (j))

PASS(16, WITHIN, within16);
PASS(8, WITHIN, within8);
PASS(4, WITHIN, within4);
PASS(16, FROM_PAIRS, from_pairs16);
PASS(8, FROM_PAIRS, from_pairs8);
PASS(16, TO_PAIRS, to_pairs16);
PASS(8, TO_PAIRS, to_pairs8);
PASS(4, TO_PAIRS, to_pairs4);

/** Radix of the pass when n elements are left: as many sixteens as possible, last. */
static size_t radix_of(size_t n)
{
    return n == 4 ? 4 : n == 16 || n == 256 || n == 4096 ? 16 : 8;
}

int rv__lanes_transform(float *const buffer[2], size_t n, const float *twiddle)
{
    const rv__isa isa = rv__isa_used();
    int at = 0;
    for (size_t left = n, stride = 1, radix; left > 1; left /= radix, stride *= radix, at = !at) {
        const step j = { buffer[!at], buffer[at], PAIR, PAIR, left, stride, twiddle, 1.0F };
        radix = radix_of(left);
        (radix == 16 ? within16 : radix == 8 ? within8 : within4)[isa](&j);
    }
    return at;
}

void rv__lanes_columns(float *columns, size_t pitch, size_t n, float *const buffer[2], const float *twiddle,
                       bool inverse)
{
    const rv__isa isa = rv__isa_used();
    const float sign = inverse ? -1.0F : 1.0F;
    size_t radix = radix_of(n), left = n / radix, stride = radix;
    const step first = { buffer[0], columns, PAIR, pitch, n, 1, twiddle, sign };
    int at = 0;
    (radix == 16 ? from_pairs16 : from_pairs8)[isa](&first);
    for (radix = radix_of(left); left > radix; left /= radix, stride *= radix, radix = radix_of(left), at = !at) {
        const step j = { buffer[!at], buffer[at], PAIR, PAIR, left, stride, twiddle, sign };
        (radix == 16 ? within16 : within8)[isa](&j);
    }
    const step last = { columns, buffer[at], pitch, PAIR, left, stride, twiddle, sign };
    (radix == 16 ? to_pairs16 : radix == 8 ? to_pairs8 : to_pairs4)[isa](&last);
}

/** out[2 i] and out[2 i + 1] from a[i] and b[i]. */
RV__INLINE void shuffle(float *restrict out, const float *restrict a, const float *restrict b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = a[i];
        out[2 * i + 1] = b[i];
    }
}

RV__INLINE void from_rows_body(float *lanes, const float *rows, size_t pitch, size_t elements)
{
    for (size_t k = 0; k < elements; k += L / 2) {
        float a[BLOCK], b[BLOCK];
        for (size_t l = 0; l < L / 2; l++)
            shuffle(a + l * PAIR, rows + l * pitch + 2 * k, rows + (l + L / 2) * pitch + 2 * k, L);
        shuffle(b, a, a + BLOCK / 2, BLOCK / 2);
        shuffle(a, b, b + BLOCK / 2, BLOCK / 2);
        shuffle(lanes + k * PAIR, a, a + BLOCK / 2, BLOCK / 2);
    }
}

RV__INLINE void to_rows_body(float *rows, size_t pitch, const float *lanes, size_t elements, float sign)
{
    for (size_t k = 0; k < elements; k += L / 2) {
        float a[BLOCK], b[BLOCK];
        const float *block = lanes + k * PAIR;
        shuffle(a, block, block + BLOCK / 2, BLOCK / 2);
        shuffle(b, a, a + BLOCK / 2, BLOCK / 2);
        shuffle(a, b, b + BLOCK / 2, BLOCK / 2);
        shuffle(b, a, a + BLOCK / 2, BLOCK / 2);
        for (size_t l = 0; l < L; l++)
            for (size_t c = 0; c < L; c++)
                rows[l * pitch + 2 * k + c] = c & 1 ? sign * b[l * L + c] : b[l * L + c];
    }
}

/* Z = E + i O, where E and O are the spectra of the even and the odd numbers; X(k) = E(k) + exp(-2 pi i k / 2 m) O(k),
 * and E and O have the symmetry of real numbers' spectra. */
RV__INLINE void unpack_body(float *restrict lanes, size_t m, const float *restrict half)
{
    for (size_t l = 0; l < L; l++) {
        const float even = lanes[l], odd = lanes[L + l];
        lanes[l] = even + odd;
        lanes[L + l] = even - odd;
    }
    for (size_t k = 1; k <= m / 2; k++) {
        float *a = lanes + k * PAIR, *b = lanes + (m - k) * PAIR;
        const float wr = half[2 * k], wi = half[2 * k + 1];
        RV__APART
        for (size_t l = 0; l < L; l++) {
            const float er = .5F * (a[l] + b[l]), ei = .5F * (a[L + l] - b[L + l]);
            const float dr = .5F * (a[L + l] + b[L + l]), di = .5F * (b[l] - a[l]);
            const float tr = dr * wr - di * wi, ti = dr * wi + di * wr;
            a[l] = er + tr;
            a[L + l] = ei + ti;
            b[l] = er - tr;
            b[L + l] = ti - ei;
        }
    }
}

RV__INLINE void pack_body(float *restrict lanes, size_t m, const float *restrict half, float scale)
{
    for (size_t l = 0; l < L; l++) {
        const float first = lanes[l], last = lanes[L + l];
        lanes[l] = .5F * scale * (first + last);
        lanes[L + l] = -.5F * scale * (first - last);
    }
    for (size_t k = 1; k <= m / 2; k++) {
        float *a = lanes + k * PAIR, *b = lanes + (m - k) * PAIR;
        const float wr = scale * half[2 * k], wi = -scale * half[2 * k + 1];
        RV__APART
        for (size_t l = 0; l < L; l++) {
            const float er = .5F * scale * (a[l] + b[l]), ei = .5F * scale * (a[L + l] - b[L + l]);
            const float tr = .5F * (a[l] - b[l]), ti = .5F * (a[L + l] + b[L + l]);
            const float dr = tr * wr - ti * wi, di = tr * wi + ti * wr;
            a[l] = er - di;
            a[L + l] = -(ei + dr);
            b[l] = er + di;
            b[L + l] = ei - dr;
        }
    }
}

#define IN_PARAMS (float *lanes, const float *rows, size_t pitch, size_t elements)
#define OUT_PARAMS (float *rows, size_t pitch, const float *lanes, size_t elements, float sign)
RV__KERNEL(from_rows, from_rows_body, IN_PARAMS, (lanes, rows, pitch, elements));
RV__KERNEL(to_rows, to_rows_body, OUT_PARAMS, (rows, pitch, lanes, elements, sign));
RV__KERNEL(unpack, unpack_body, (float *lanes, size_t m, const float *half), (lanes, m, half));
RV__KERNEL(pack, pack_body, (float *lanes, size_t m, const float *half, float scale), (lanes, m, half, scale));

void rv__lanes_from_rows(float *lanes, const float *rows, size_t pitch, size_t elements)
{
    from_rows[rv__isa_used()](lanes, rows, pitch, elements);
}

void rv__lanes_to_rows(float *rows, size_t pitch, const float *lanes, size_t elements, bool conjugate)
{
    to_rows[rv__isa_used()](rows, pitch, lanes, elements, conjugate ? -1.0F : 1.0F);
}

void rv__lanes_unpack(float *lanes, size_t m, const float *half)
{
    unpack[rv__isa_used()](lanes, m, half);
}

void rv__lanes_pack(float *lanes, size_t m, const float *half, float scale)
{
    pack[rv__isa_used()](lanes, m, half, scale);
}
