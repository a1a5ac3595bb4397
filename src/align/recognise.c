/* SPDX-License-Identifier: Apache-2.0 */
/* Map between two pictures that share a place but neither viewpoint nor scale.
 *
 * Keypoints are paired by their descriptors. Each pair alone tells a similarity (its position, size and direction in both
 * pictures); the one that most other pairs fit starts an affine and then a projective map, each refitted to the pairs
 * near it. One pair instead of the four of a homography leaves far fewer draws to make when one pair in thirty is right
 * [lowe2004, section 7.4].
 */
#include "align/align_internal.h"

#include "base/linalg.h"
#include "base/mem.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEYPOINTS_MAX = 3000, TRIALS = 24, ROUNDS = 12, GUIDED_ROUNDS = 3 };

static const double RATIO = .92;     /* of the distances to the nearest and second nearest descriptor */
static const double NEAR_PX = 4;     /* view px: a pair fits the final map */
static const double GUIDED_PX = 10;  /* view px: reach of the search under a first map */
static const float GUIDED_D2 = .55F; /* squared distance of two descriptors of unit length */
static const int PAIRS_MIN = 10;

typedef struct pairing {
    const rv__keypoint *a, *b; /* reference, scene */
    double ratio;
} pairing;

typedef struct nearest_job {
    const rv__keypoint *a, *b;
    size_t nb;
    const double *map; /* guided: only near where this map sends the point; NULL: anywhere */
    pairing *pairs;    /* one a keypoint of a; ratio 2 = none */
} nearest_job;

static float squared_distance(const float *a, const float *b)
{
    float lane[8] = { 0 };
    for (int i = 0; i < RV__DESCRIPTOR; i += 8)
        for (int k = 0; k < 8; k++) {
            const float d = a[i + k] - b[i + k];
            lane[k] += d * d;
        }
    return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

static double wrap(double angle)
{
    return remainder(angle, 6.28318530717958647692);
}

/** Would the map at hand send a to b, in place, size and direction? */
static bool guided(const double map[9], const rv__keypoint *a, const rv__keypoint *b)
{
    double q[2], j[4];
    rv__mat_point(q, map, a->x, a->y);
    const double dx = q[0] - b->x, dy = q[1] - b->y;
    if (!(dx * dx + dy * dy < GUIDED_PX * GUIDED_PX))
        return false;
    rv__mat_jacobian(j, map, a->x, a->y);
    const double zoom = .5 * log(fabs(j[0] * j[3] - j[1] * j[2])), turn = atan2(j[2] - j[1], j[0] + j[3]);
    return fabs(log(b->sigma / a->sigma) - zoom) < .4 && fabs(wrap(b->angle - a->angle - turn)) < .4;
}

static int find_nearest(size_t index, size_t worker, void *user)
{
    (void)worker;
    const nearest_job *job = user;
    const rv__keypoint *a = job->a + index;
    float best = INFINITY, second = INFINITY;
    size_t at = 0;
    for (size_t i = 0; i < job->nb; i++) {
        if (job->map && !guided(job->map, a, job->b + i))
            continue;
        const float d = squared_distance(a->descriptor, job->b[i].descriptor);
        if (d < best) {
            /* Two directions of one point are not two candidates. */
            if (hypot(job->b[i].x - job->b[at].x, job->b[i].y - job->b[at].y) > 2)
                second = best;
            best = d;
            at = i;
        } else if (d < second && hypot(job->b[i].x - job->b[at].x, job->b[i].y - job->b[at].y) > 2) {
            second = d;
        }
    }
    /* Guided, most candidates are alone in their place; an absolute limit takes the ratio's place. */
    const double ratio = !(best < INFINITY) ? 2
                         : job->map         ? (best < GUIDED_D2 ? 0 : 2)
                         : second > 0       ? sqrt((double)best / (double)second)
                                            : 1;
    job->pairs[index] = (pairing){ a, job->b + at, ratio };
    return RV_OK;
}

/** The similarity that one pair tells. */
static void similarity_of(double m[9], const pairing *p)
{
    const double scale = p->b->sigma / p->a->sigma, turn = p->b->angle - p->a->angle;
    const double c = scale * cos(turn), s = scale * sin(turn);
    const double out[9] = { c, -s, p->b->x - c * p->a->x + s * p->a->y, s, c, p->b->y - s * p->a->x - c * p->a->y, 0,
                            0, 1 };
    memcpy(m, out, sizeof out);
}

/** Pairs that a single pair's similarity explains: loosely, as tilt bends it with distance. */
static int count_similar(const pairing *pairs, size_t n, size_t i)
{
    double m[9];
    int votes = 0;
    similarity_of(m, pairs + i);
    for (size_t k = 0; k < n; k++) {
        const pairing *p = pairs + k;
        double q[2];
        rv__mat_point(q, m, p->a->x, p->a->y);
        const double far = hypot(p->b->x - pairs[i].b->x, p->b->y - pairs[i].b->y);
        const double turn = wrap((p->b->angle - p->a->angle) - (pairs[i].b->angle - pairs[i].a->angle));
        const double zoom = log(p->b->sigma / p->a->sigma) - log(pairs[i].b->sigma / pairs[i].a->sigma);
        votes += hypot(q[0] - p->b->x, q[1] - p->b->y) < 5 + .12 * far && fabs(turn) < .45 && fabs(zoom) < .45;
    }
    return votes;
}

/** Least squares for a projective (8) or affine (6) map over the pairs near m. @return how many there are, 0 = failed */
static int refit(double m[9], const pairing *pairs, size_t n, double near_px, int params)
{
    double s[64] = { 0 }, b[8] = { 0 }, x[8] = { 0 };
    int used = 0;
    /* Centred and scaled coordinates: the normal equations of a homography are hopeless without [hartley1997]. */
    const double unit = 400;
    for (size_t k = 0; k < n; k++) {
        const pairing *p = pairs + k;
        double q[2];
        rv__mat_point(q, m, p->a->x, p->a->y);
        if (!(hypot(q[0] - p->b->x, q[1] - p->b->y) < near_px))
            continue;
        const double ax = p->a->x / unit - 1, ay = p->a->y / unit - 1, bx = p->b->x / unit - 1, by = p->b->y / unit - 1;
        const double row[2][8] = { { ax, ay, 1, 0, 0, 0, -bx * ax, -bx * ay },
                                   { 0, 0, 0, ax, ay, 1, -by * ax, -by * ay } };
        const double y[2] = { bx, by };
        for (int e = 0; e < 2; e++)
            for (int i = 0; i < params; i++) {
                b[i] += row[e][i] * y[e];
                for (int j = 0; j < params; j++)
                    s[i * params + j] += row[e][i] * row[e][j];
            }
        used++;
    }
    if (used < params / 2 + 1 || rv__solve_spd(x, NULL, s, b, (size_t)params) < 0)
        return 0;
    const double in[9] = { 1 / unit, 0, -1, 0, 1 / unit, -1, 0, 0, 1 },
                 out[9] = { unit, 0, unit, 0, unit, unit, 0, 0, 1 };
    const double core[9] = { x[0], x[1], x[2], x[3], x[4], x[5], params > 6 ? x[6] : 0, params > 6 ? x[7] : 0, 1 };
    rv__mat_multiply(m, core, in);
    rv__mat_multiply(m, out, m);
    return used;
}

/** Grow the map of one pair to a projective one. @return pairs within NEAR_PX of it */
static int grow(double m[9], const pairing *pairs, size_t n, const pairing *seed)
{
    int used = 0;
    similarity_of(m, seed);
    for (int round = 0; round < ROUNDS; round++) {
        const double near_px = fmax(NEAR_PX, 24.0 - 4.0 * round);
        used = refit(m, pairs, n, near_px, round < 4 ? 6 : 8);
        if (used == 0)
            return 0;
    }
    double j[4];
    rv__mat_jacobian(j, m, seed->a->x, seed->a->y);
    const double det = j[0] * j[3] - j[1] * j[2];
    return det > .05 && det < 20 ? used : 0; /* neither mirrored nor collapsed */
}

typedef struct seed {
    size_t i;
    int votes;
} seed;

static int by_votes(const void *a, const void *b)
{
    const seed *p = a, *q = b;
    return p->votes != q->votes ? (p->votes > q->votes ? -1 : 1) : p->i < q->i ? -1 : p->i > q->i;
}

static int best_map(double m[9], int *fits, const pairing *pairs, size_t n)
{
    seed *seeds = rv__alloc(n, sizeof *seeds);
    if (!seeds)
        return RV_ERR_NOMEM;
    for (size_t i = 0; i < n; i++)
        seeds[i] = (seed){ i, count_similar(pairs, n, i) };
    qsort(seeds, n, sizeof *seeds, by_votes);
    *fits = 0;
    for (size_t i = 0; i < n && i < TRIALS; i++) {
        double trial[9];
        const int used = grow(trial, pairs, n, pairs + seeds[i].i);
        if (used > *fits) {
            *fits = used;
            memcpy(m, trial, sizeof trial);
        }
    }
    rv__free(seeds);
    return RV_OK;
}

/** Pairs of keypoints worth a vote, to the front of pairs. map NULL: anywhere; else near where it sends them. */
static int pair_up(pairing *pairs, size_t *n, const rv__keypoints *a, const rv__keypoints *b, const double *map)
{
    nearest_job job = { a->v, b->v, b->n, map, pairs };
    const int err = rv__parallel_for(a->n, find_nearest, &job);
    *n = 0;
    for (size_t i = 0; err == RV_OK && i < a->n; i++)
        if (pairs[i].ratio < RATIO)
            pairs[(*n)++] = pairs[i];
    return err;
}

int rv__recognise_keypoints(double map[9], int *fits, const rv__keypoints *a, const rv__keypoints *b)
{
    double m[9];
    size_t n = 0;
    *fits = 0;
    if (a->n == 0 || b->n < 2)
        return RV_OK;
    pairing *pairs = rv__alloc(a->n, sizeof *pairs);
    int err = pairs ? pair_up(pairs, &n, a, b, NULL) : RV_ERR_NOMEM;
    if (err == RV_OK && n > 0)
        err = best_map(m, fits, pairs, n);
    for (int round = 0; err == RV_OK && round < GUIDED_ROUNDS && *fits >= PAIRS_MIN; round++) {
        double guess[9];
        memcpy(guess, m, sizeof guess);
        if ((err = pair_up(pairs, &n, a, b, m)) < 0)
            break;
        int used = 0;
        for (int k = 0; k < 4; k++)
            used = refit(guess, pairs, n, k < 2 ? 1.5 * NEAR_PX : NEAR_PX, 8);
        if (used < *fits)
            break;
        *fits = used;
        memcpy(m, guess, sizeof m);
    }
    rv__free(pairs);
    if (err == RV_OK && *fits >= PAIRS_MIN)
        memcpy(map, m, sizeof m);
    else
        *fits = 0;
    return err;
}

int rv__recognise(double map[9], int *fits, const rv__frames *frames)
{
    rv__keypoints a = { 0 }, b = { 0 };
    double m[9];
    *fits = 0;
    int err = rv__keypoints_find(&a, &frames->reference, KEYPOINTS_MAX);
    if (err == RV_OK)
        err = rv__keypoints_find(&b, &frames->scene, KEYPOINTS_MAX);
    if (err == RV_OK)
        err = rv__recognise_keypoints(m, fits, &a, &b);
    if (err == RV_OK && *fits > 0) {
        const double fa = 1.0 / frames->reference.factor, fb = frames->scene.factor;
        const double in[9] = { fa, 0, 0, 0, fa, 0, 0, 0, 1 }, out[9] = { fb, 0, 0, 0, fb, 0, 0, 0, 1 };
        rv__mat_multiply(m, m, in);
        rv__mat_multiply(map, out, m);
    }
    rv__free(a.v);
    rv__free(b.v);
    return err;
}
