/* SPDX-License-Identifier: Apache-2.0 */
/* The body of robust.c, once for float and once for double: included twice, with REAL and NAMED set. No include guard. */

static REAL NAMED(middle_of)(REAL a, REAL b, REAL c)
{
    if (a < b)
        return b < c ? b : a < c ? c : a;
    return a < c ? a : b < c ? c : b;
}

static REAL NAMED(pivot_of)(const REAL *v, size_t n)
{
    if (n < 64)
        return NAMED(middle_of)(v[0], v[n / 2], v[n - 1]);
    const size_t step = n / 8;
    const REAL *low = v, *mid = v + n / 2, *high = v + n - 1;
    return NAMED(middle_of)(NAMED(middle_of)(low[0], low[step], low[2 * step]),
                            NAMED(middle_of)(mid[0], *(mid - step), mid[step]),
                            NAMED(middle_of)(high[0], *(high - step), *(high - 2 * step)));
}

/* Moves what is below the pivot to the front and what is above to the back; *equal and *above are the borders. */
static void NAMED(split)(REAL *v, size_t n, REAL pivot, size_t *equal, size_t *above)
{
    size_t lo = 0, i = 0, hi = n;
    while (i < hi) {
        const REAL x = v[i];
        if (x < pivot) {
            v[i++] = v[lo];
            v[lo++] = x;
        } else if (x > pivot) {
            v[i] = v[--hi];
            v[hi] = x;
        } else {
            i++;
        }
    }
    *equal = lo;
    *above = hi;
}

REAL NAMED(rv__select)(REAL *v, size_t n, size_t k)
{
    assert(k < n);
    size_t from = 0, to = n;
    while (to - from > 1) {
        size_t equal, above;
        NAMED(split)(v + from, to - from, NAMED(pivot_of)(v + from, to - from), &equal, &above);
        if (k < from + equal)
            to = from + equal;
        else if (k >= from + above)
            from += above;
        else
            break;
    }
    return v[k];
}

/* After a selection all that follows place k is at least as large, so its successor is the least of it. */
static REAL NAMED(least)(const REAL *v, size_t n)
{
    REAL best = v[0];
    for (size_t i = 1; i < n; i++)
        if (v[i] < best)
            best = v[i];
    return best;
}

REAL NAMED(rv__quantile)(REAL *v, size_t n, double q)
{
    assert(n > 0 && q >= 0 && q <= 1);
    const double place = q * (double)(n - 1);
    const size_t k = (size_t)place;
    const double part = place - (double)k;
    const REAL here = NAMED(rv__select)(v, n, k);
    if (part <= 0)
        return here;
    const REAL next = NAMED(least)(v + k + 1, n - k - 1);
    return (REAL)((1 - part) * (double)here + part * (double)next);
}

REAL NAMED(rv__median)(REAL *v, size_t n)
{
    assert(n > 0);
    const REAL upper = NAMED(rv__select)(v, n, n / 2);
    if (n % 2)
        return upper;
    REAL lower = v[0];
    for (size_t i = 1; i < n / 2; i++)
        if (v[i] > lower)
            lower = v[i];
    return (REAL)(0.5 * ((double)lower + (double)upper));
}

REAL NAMED(rv__mad)(REAL *v, size_t n, REAL centre)
{
    for (size_t i = 0; i < n; i++)
        v[i] = (REAL)fabs((double)v[i] - (double)centre);
    return (REAL)(MAD_TO_SIGMA * (double)NAMED(rv__median)(v, n));
}
