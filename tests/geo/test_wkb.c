/* SPDX-License-Identifier: Apache-2.0 */
/* WKB: round trip, known bytes, and every way in which bytes can lie. */
#include "lib/test.h"

#include "base/mem.h"
#include "base/rng.h"
#include "geo/polygon.h"

/* POLYGON((0 0,1 0,0 1,0 0)), little-endian, as PostGIS writes it. */
static const uint8_t triangle[] = {
    1, 3, 0, 0, 0, 1, 0,    0,    0, 4, 0, 0, 0,                /* order, type, rings, points */
    0, 0, 0, 0, 0, 0, 0,    0,    0, 0, 0, 0, 0, 0, 0,    0,    /* 0 0 */
    0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0,    0,    /* 1 0 */
    0, 0, 0, 0, 0, 0, 0,    0,    0, 0, 0, 0, 0, 0, 0xf0, 0x3f, /* 0 1 */
    0, 0, 0, 0, 0, 0, 0,    0,    0, 0, 0, 0, 0, 0, 0,    0,    /* 0 0 */
};

static int read_bytes(const uint8_t *bytes, size_t n)
{
    rv_polygon p = { 0 };
    const int err = rv__polygon_from_wkb(&p, bytes, n);
    CHECK(err == RV_OK || (p.n == 0 && !p.ring));
    rv_polygon_release(&p);
    return err;
}

TEST(a_triangle_has_the_known_bytes)
{
    rv_point p[3] = { { 0, 0 }, { 1, 0 }, { 0, 1 } };
    rv_ring ring = { p, 3 };
    const rv_polygon polygon = { &ring, 1 };
    uint8_t *bytes = NULL;
    size_t n = 0;
    CHECK(rv__polygon_to_wkb(&bytes, &n, &polygon) == RV_OK);
    CHECK(n == sizeof triangle && memcmp(bytes, triangle, n) == 0);
    rv__free(bytes);
}

TEST(rings_come_back_to_the_bit)
{
    rv__rng rng;
    rv__rng_init(&rng, 1, 1, 1, 1);
    rv_polygon p = { 0 }, q = { 0 };
    for (size_t r = 0; r < 5; r++) {
        rv_point v[20];
        for (size_t i = 0; i < 3 + r * 4; i++)
            v[i] = (rv_point){ rv__rng_normal(&rng) * 1e6, rv__rng_normal(&rng) * 1e-6 };
        CHECK(rv__polygon_ring(&p, v, 3 + r * 4) == RV_OK);
    }
    uint8_t *bytes = NULL;
    size_t n = 0;
    CHECK(rv__polygon_to_wkb(&bytes, &n, &p) == RV_OK);
    CHECK(rv__polygon_from_wkb(&q, bytes, n) == RV_OK);
    CHECK(q.n == p.n);
    for (size_t r = 0; r < p.n && r < q.n; r++)
        CHECK(q.ring[r].n == p.ring[r].n && memcmp(q.ring[r].p, p.ring[r].p, p.ring[r].n * sizeof(rv_point)) == 0);
    rv__free(bytes);
    rv_polygon_release(&p);
    rv_polygon_release(&q);
}

TEST(big_endian_bytes_are_read)
{
    uint8_t big[sizeof triangle];
    big[0] = 0;
    for (size_t i = 1; i < 13; i++)
        big[i] = triangle[1 + (i - 1) / 4 * 4 + 3 - (i - 1) % 4];
    for (size_t i = 13; i < sizeof big; i++)
        big[i] = triangle[13 + (i - 13) / 8 * 8 + 7 - (i - 13) % 8];
    rv_polygon p = { 0 };
    CHECK(rv__polygon_from_wkb(&p, big, sizeof big) == RV_OK);
    CHECK_NEAR(rv_polygon_area(&p), .5, 0);
    rv_polygon_release(&p);
}

TEST(every_truncation_and_one_byte_too_many_are_damage)
{
    uint8_t longer[sizeof triangle + 1] = { 0 };
    memcpy(longer, triangle, sizeof triangle);
    for (size_t n = 0; n < sizeof triangle; n++) {
        uint8_t *cut = malloc(n ? n : 1); /* of its own size, so that the sanitizer sees a read past the end */
        memcpy(cut, triangle, n);
        CHECK_FAILS(RV_ERR_FORMAT, read_bytes(cut, n));
        free(cut);
    }
    CHECK_FAILS(RV_ERR_FORMAT, read_bytes(longer, sizeof longer));
    CHECK_FAILS(RV_OK, read_bytes(longer, sizeof triangle));
}

TEST(counts_that_lie_allocate_nothing)
{
    uint8_t b[sizeof triangle];
    memcpy(b, triangle, sizeof b);
    memset(b + 9, 0xff, 4); /* 2^32 - 1 points */
    rv__mem_fail_nth(1, true);
    CHECK_FAILS(RV_ERR_FORMAT, read_bytes(b, sizeof b));
    rv__mem_fail_nth(0, false);
    memcpy(b, triangle, sizeof b);
    memset(b + 5, 0xff, 4); /* 2^32 - 1 rings */
    CHECK_FAILS(RV_ERR_FORMAT, read_bytes(b, sizeof b));
    memset(b + 5, 0, 4);
    CHECK_FAILS(RV_ERR_FORMAT, read_bytes(b, sizeof b));
}

TEST(open_rings_other_types_and_numbers_that_are_none_are_refused)
{
    uint8_t b[sizeof triangle];
    memcpy(b, triangle, sizeof b);
    b[sizeof b - 1] = 0x40;
    CHECK_FAILS(RV_ERR_FORMAT, read_bytes(b, sizeof b));
    memcpy(b, triangle, sizeof b);
    b[1] = 6;
    CHECK_FAILS(RV_ERR_FORMAT, read_bytes(b, sizeof b));
    memcpy(b, triangle, sizeof b);
    b[13 + 16 + 6] = 0xf8;
    b[13 + 16 + 7] = 0x7f; /* NaN */
    CHECK_FAILS(RV_ERR_FORMAT, read_bytes(b, sizeof b));
    b[13 + 16 + 6] = 0xf0; /* infinity */
    CHECK_FAILS(RV_ERR_FORMAT, read_bytes(b, sizeof b));
    memcpy(b, triangle, sizeof b);
    b[0] = 2;
    CHECK_FAILS(RV_ERR_FORMAT, read_bytes(b, sizeof b));
}

TEST(reading_survives_failing_memory)
{
    int err = RV_ERR_NOMEM, tries = 0;
    for (long n = 1; err == RV_ERR_NOMEM && n < 20; n++, tries++) {
        rv__mem_fail_nth(n, false);
        err = read_bytes(triangle, sizeof triangle);
    }
    rv__mem_fail_nth(0, false);
    CHECK(err == RV_OK && tries > 1);
}

TESTS(RUN(a_triangle_has_the_known_bytes), RUN(rings_come_back_to_the_bit), RUN(big_endian_bytes_are_read),
      RUN(every_truncation_and_one_byte_too_many_are_damage), RUN(counts_that_lie_allocate_nothing),
      RUN(open_rings_other_types_and_numbers_that_are_none_are_refused), RUN(reading_survives_failing_memory))
