/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Overlaps, unions and repair by GEOS, through its reentrant interface: one context a call, so that threads share
 * nothing. What is handed in may cross itself (an outline drawn by hand, a simplified one) and is made valid first;
 * what comes back as several pieces is cut down to its largest one.
 */
#include "geo/geos.h"

#include "base/error.h"
#include "base/mem.h"
#include "geo/polygon.h"

#include <geos_c.h>

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct session {
    GEOSContextHandle_t geos;
    char text[160]; /* last complaint */
} session;

static void on_error(const char *text, void *user)
{
    session *s = user;
    snprintf(s->text, sizeof s->text, "%s", text);
}

static int begin(session *s)
{
    s->text[0] = '\0';
    s->geos = GEOS_init_r();
    if (!s->geos)
        return rv__fail(RV_ERR_NOMEM, "memory ran out opening GEOS");
    GEOSContext_setErrorMessageHandler_r(s->geos, on_error, s);
    return RV_OK;
}

static void end(session *s)
{
    if (s->geos)
        GEOS_finish_r(s->geos);
}

static void drop(const session *s, GEOSGeometry *g)
{
    if (g)
        GEOSGeom_destroy_r(s->geos, g);
}

static int complain(const session *s)
{
    return s->text[0] ? rv__fail(RV_ERR_RANGE, "GEOS: %s", s->text) : rv__fail(RV_ERR_NOMEM, "memory ran out in GEOS");
}

static int ring_sequence(GEOSCoordSequence **out, const session *s, const rv_ring *ring)
{
    for (size_t i = 0; i < ring->n; i++) {
        if (!isfinite(ring->p[i].x) || !isfinite(ring->p[i].y))
            return rv__fail(RV_ERR_RANGE, "point %zu of a ring is not finite", i);
    }
    if (ring->n >= UINT32_MAX)
        return rv__fail(RV_ERR_REFUSED, "ring of %zu points is too long for GEOS", ring->n);
    GEOSCoordSequence *sequence = GEOSCoordSeq_create_r(s->geos, (unsigned)(ring->n + 1), 2);
    if (!sequence)
        return complain(s);
    for (size_t i = 0; i <= ring->n; i++) {
        const rv_point p = ring->p[i % ring->n];
        if (!GEOSCoordSeq_setXY_r(s->geos, sequence, (unsigned)i, p.x, p.y)) {
            GEOSCoordSeq_destroy_r(s->geos, sequence);
            return complain(s);
        }
    }
    *out = sequence;
    return RV_OK;
}

static int to_ring(GEOSGeometry **out, const session *s, const rv_ring *ring)
{
    GEOSCoordSequence *sequence = NULL;
    const int err = ring_sequence(&sequence, s, ring);
    if (err < 0)
        return err;
    *out = GEOSGeom_createLinearRing_r(s->geos, sequence); /* takes the sequence, also when it fails */
    return *out ? RV_OK : complain(s);
}

static int to_polygon(GEOSGeometry **out, const session *s, const rv_polygon *polygon)
{
    assert(polygon->n > 0);
    int err = RV_OK;
    size_t made = 0;
    GEOSGeometry **rings = rv__alloc(polygon->n, sizeof(void *));
    if (!rings)
        return RV_ERR_NOMEM;
    for (; err == RV_OK && made < polygon->n; made += err == RV_OK)
        err = to_ring(&rings[made], s, &polygon->ring[made]);
    if (err == RV_OK) {
        GEOSGeometry *g = GEOSGeom_createPolygon_r(s->geos, rings[0], rings + 1, (unsigned)(polygon->n - 1));
        made = 0; /* the rings are taken */
        if (g)
            *out = g;
        else
            err = complain(s);
    }
    for (size_t i = 0; i < made; i++)
        drop(s, rings[i]);
    rv__free(rings);
    return err;
}

/* The polygon as GEOS can work with it. */
static int to_valid(GEOSGeometry **out, const session *s, const rv_polygon *polygon)
{
    GEOSGeometry *g = NULL;
    const int err = to_polygon(&g, s, polygon);
    if (err < 0)
        return err;
    if (GEOSisValid_r(s->geos, g) == 1) {
        *out = g;
        return RV_OK;
    }
    GEOSGeometry *repaired = GEOSMakeValid_r(s->geos, g);
    drop(s, g);
    *out = repaired;
    return repaired ? RV_OK : complain(s);
}

static int from_ring(rv_polygon *out, const session *s, const GEOSGeometry *ring)
{
    unsigned n = 0;
    const GEOSCoordSequence *sequence = GEOSGeom_getCoordSeq_r(s->geos, ring);
    if (!sequence || !GEOSCoordSeq_getSize_r(s->geos, sequence, &n))
        return complain(s);
    rv_point *p = rv__alloc(n, sizeof *p);
    if (!p)
        return RV_ERR_NOMEM;
    int err = RV_OK;
    for (unsigned i = 0; err == RV_OK && i < n; i++) {
        if (!GEOSCoordSeq_getXY_r(s->geos, sequence, i, &p[i].x, &p[i].y))
            err = complain(s);
    }
    if (err == RV_OK)
        err = rv__polygon_ring(out, p, n > 0 ? n - 1 : 0);
    rv__free(p);
    return err;
}

/* Largest polygon among a geometry and its parts; NULL when it has none with an area. */
static const GEOSGeometry *largest(const session *s, const GEOSGeometry *g, double *area)
{
    const int type = GEOSGeomTypeId_r(s->geos, g);
    const GEOSGeometry *best = NULL;
    *area = 0;
    if (type == GEOS_POLYGON)
        return GEOSArea_r(s->geos, g, area) && *area > 0 ? g : NULL;
    if (type < GEOS_MULTIPOINT)
        return NULL;
    const int n = GEOSGetNumGeometries_r(s->geos, g);
    for (int i = 0; i < n; i++) {
        const GEOSGeometry *part = GEOSGetGeometryN_r(s->geos, g, i);
        double a = 0;
        if (!part || GEOSGeomTypeId_r(s->geos, part) != GEOS_POLYGON || !GEOSArea_r(s->geos, part, &a) || !(a > *area))
            continue;
        best = part;
        *area = a;
    }
    return best;
}

static int from_largest(rv_polygon *out, const session *s, const GEOSGeometry *g)
{
    double area;
    rv_polygon polygon = { 0 };
    const GEOSGeometry *best = largest(s, g, &area);
    if (!best)
        return rv__fail(RV_ERR_NODATA, "nothing with an area is left of the polygon");
    int err = from_ring(&polygon, s, GEOSGetExteriorRing_r(s->geos, best));
    const int holes = GEOSGetNumInteriorRings_r(s->geos, best);
    for (int i = 0; err == RV_OK && i < holes; i++)
        err = from_ring(&polygon, s, GEOSGetInteriorRingN_r(s->geos, best, i));
    if (err < 0) {
        rv_polygon_release(&polygon);
        return err;
    }
    rv__polygon_orient(&polygon, true);
    *out = polygon;
    return RV_OK;
}

/* Areas of a, of b and of what they share. */
static int areas(double out[3], const rv_polygon *a, const rv_polygon *b)
{
    session s;
    GEOSGeometry *ga = NULL, *gb = NULL, *both = NULL;
    int err = begin(&s);
    if (err == RV_OK && (err = to_valid(&ga, &s, a)) == RV_OK && (err = to_valid(&gb, &s, b)) == RV_OK) {
        both = GEOSIntersection_r(s.geos, ga, gb);
        if (!both || !GEOSArea_r(s.geos, ga, &out[0]) || !GEOSArea_r(s.geos, gb, &out[1]) ||
            !GEOSArea_r(s.geos, both, &out[2]))
            err = complain(&s);
    }
    drop(&s, both);
    drop(&s, gb);
    drop(&s, ga);
    end(&s);
    return err;
}

int rv__polygon_overlap(double *area, const rv_polygon *a, const rv_polygon *b)
{
    double found[3];
    const int err = areas(found, a, b);
    if (err < 0)
        return err;
    *area = found[2];
    return RV_OK;
}

int rv__polygon_iou(double *iou, const rv_polygon *a, const rv_polygon *b)
{
    double found[3];
    const int err = areas(found, a, b);
    if (err < 0)
        return err;
    const double together = found[0] + found[1] - found[2];
    *iou = together > 0 ? found[2] / together : 0;
    return RV_OK;
}

int rv__polygon_hull(rv_polygon *out, const rv_polygon *polygons, size_t n)
{
    session s;
    rv_ring all = { 0 };
    GEOSGeometry *line = NULL, *hull = NULL;
    GEOSCoordSequence *sequence = NULL;
    int err;
    for (size_t i = 0; i < n; i++)
        all.n += polygons[i].n ? polygons[i].ring[0].n : 0;
    if (all.n == 0)
        return rv__fail(RV_ERR_NODATA, "a hull needs points");
    all.p = rv__alloc(all.n, sizeof *all.p);
    if (!all.p)
        return RV_ERR_NOMEM;
    size_t at = 0;
    for (size_t i = 0; i < n; i++) { /* holes lie inside their outer rings */
        if (polygons[i].n)
            memcpy(all.p + at, polygons[i].ring[0].p, polygons[i].ring[0].n * sizeof *all.p);
        at += polygons[i].n ? polygons[i].ring[0].n : 0;
    }
    if ((err = begin(&s)) == RV_OK && (err = ring_sequence(&sequence, &s, &all)) == RV_OK) {
        line = GEOSGeom_createLineString_r(s.geos, sequence); /* takes the sequence */
        hull = line ? GEOSConvexHull_r(s.geos, line) : NULL;
        err = hull ? from_largest(out, &s, hull) : complain(&s);
    }
    drop(&s, hull);
    drop(&s, line);
    end(&s);
    rv__free(all.p);
    return err;
}

int rv__polygon_subtract(rv_polygon *out, const rv_polygon *a, const rv_polygon *b)
{
    session s;
    GEOSGeometry *ga = NULL, *gb = NULL, *rest = NULL;
    int err = begin(&s);
    if (err == RV_OK && (err = to_valid(&ga, &s, a)) == RV_OK && (err = to_valid(&gb, &s, b)) == RV_OK) {
        rest = GEOSDifference_r(s.geos, ga, gb);
        err = rest ? from_largest(out, &s, rest) : complain(&s);
    }
    drop(&s, rest);
    drop(&s, gb);
    drop(&s, ga);
    end(&s);
    return err;
}

int rv__polygon_repair(rv_polygon *out, const rv_polygon *a)
{
    session s;
    GEOSGeometry *g = NULL;
    int err = begin(&s);
    if (err == RV_OK && (err = to_valid(&g, &s, a)) == RV_OK)
        err = from_largest(out, &s, g);
    drop(&s, g);
    end(&s);
    return err;
}

const char *rv__geos_version(void)
{
    return GEOSversion();
}
