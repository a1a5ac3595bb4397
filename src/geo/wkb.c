/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Polygons as Well-Known Binary (OGC 06-103r4, clause 8): written little-endian, read in either byte order.
 *
 * What is read may come from a damaged or hostile file, so a count is believed only after the bytes it promises were
 * seen to be there: nothing is allocated for points that do not exist.
 */
#include "geo/polygon.h"

#include "base/error.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

enum { WKB_POLYGON = 3, POINT_BYTES = 16 };

typedef struct reader {
    const uint8_t *at;
    size_t left;
    bool big_endian;
} reader;

static void put_u32(uint8_t **at, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        *(*at)++ = (uint8_t)(v >> (8 * i));
}

static void put_double(uint8_t **at, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    for (int i = 0; i < 8; i++)
        *(*at)++ = (uint8_t)(bits >> (8 * i));
}

/* Unsigned integer of n <= 8 bytes; the caller has seen that they are there. */
static uint64_t take(reader *in, unsigned n)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < n; i++)
        v |= (uint64_t)in->at[i] << (8 * (in->big_endian ? n - 1 - i : i));
    in->at += n;
    in->left -= n;
    return v;
}

static int take_u32(uint32_t *out, reader *in)
{
    if (in->left < 4)
        return rv__fail(RV_ERR_FORMAT, "wkb ends inside a count");
    *out = (uint32_t)take(in, 4);
    return RV_OK;
}

static double take_double(reader *in)
{
    const uint64_t bits = take(in, 8);
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static int read_header(reader *in, uint32_t *n_rings)
{
    uint32_t type = 0;
    int err;
    if (in->left < 1 || in->at[0] > 1)
        return rv__fail(RV_ERR_FORMAT, "wkb does not begin with a byte order of 0 or 1");
    in->big_endian = take(in, 1) == 0;
    if ((err = take_u32(&type, in)) < 0 || (err = take_u32(n_rings, in)) < 0)
        return err;
    if (type != WKB_POLYGON)
        return rv__fail(RV_ERR_FORMAT, "wkb type %lu is not a polygon (3)", (unsigned long)type);
    if (*n_rings == 0)
        return rv__fail(RV_ERR_FORMAT, "wkb polygon without rings");
    return RV_OK;
}

static int read_ring(rv_polygon *polygon, reader *in)
{
    uint32_t n = 0;
    int err = take_u32(&n, in);
    if (err < 0)
        return err;
    if (n < 4)
        return rv__fail(RV_ERR_FORMAT, "wkb ring of %lu points, needs at least 4", (unsigned long)n);
    if (n > in->left / POINT_BYTES)
        return rv__fail(RV_ERR_FORMAT, "wkb ring promises %lu points in %zu bytes", (unsigned long)n, in->left);
    rv_point *p = rv__alloc(n, sizeof *p);
    if (!p)
        return RV_ERR_NOMEM;
    for (uint32_t i = 0; i < n; i++) {
        p[i].x = take_double(in);
        p[i].y = take_double(in);
        if (!isfinite(p[i].x) || !isfinite(p[i].y)) {
            err = rv__fail(RV_ERR_FORMAT, "wkb point %lu is not finite", (unsigned long)i);
            goto done;
        }
    }
    if (p[0].x != p[n - 1].x || p[0].y != p[n - 1].y)
        err = rv__fail(RV_ERR_FORMAT, "wkb ring of %lu points is not closed", (unsigned long)n);
    else
        err = rv__polygon_ring(polygon, p, n - 1);
done:
    rv__free(p);
    return err;
}

int rv__polygon_to_wkb(uint8_t **out, size_t *n, const rv_polygon *polygon)
{
    size_t size = 9;
    if (polygon->n == 0)
        return rv__fail(RV_ERR_RANGE, "a polygon without rings has no wkb");
    for (size_t i = 0; i < polygon->n; i++) {
        if (polygon->ring[i].n >= UINT32_MAX || polygon->n > UINT32_MAX)
            return rv__fail(RV_ERR_REFUSED, "polygon with more than 2^32 points or rings has no wkb");
        size += 4 + (polygon->ring[i].n + 1) * POINT_BYTES;
    }
    uint8_t *bytes = rv__alloc(size, 1), *at = bytes;
    if (!bytes)
        return RV_ERR_NOMEM;
    *at++ = 1;
    put_u32(&at, WKB_POLYGON);
    put_u32(&at, (uint32_t)polygon->n);
    for (size_t i = 0; i < polygon->n; i++) {
        const rv_ring *ring = &polygon->ring[i];
        put_u32(&at, (uint32_t)(ring->n + 1));
        for (size_t k = 0; k <= ring->n; k++) {
            put_double(&at, ring->p[k % ring->n].x);
            put_double(&at, ring->p[k % ring->n].y);
        }
    }
    *out = bytes;
    *n = size;
    return RV_OK;
}

int rv__polygon_from_wkb(rv_polygon *out, const uint8_t *wkb, size_t n)
{
    reader in = { wkb, n, false };
    rv_polygon polygon = { 0 };
    uint32_t n_rings = 0;
    int err = read_header(&in, &n_rings);
    for (uint32_t i = 0; err == RV_OK && i < n_rings; i++)
        err = read_ring(&polygon, &in);
    if (err == RV_OK && in.left > 0)
        err = rv__fail(RV_ERR_FORMAT, "%zu bytes left after the wkb polygon", in.left);
    if (err < 0) {
        rv_polygon_release(&polygon);
        return err;
    }
    *out = polygon;
    return RV_OK;
}
