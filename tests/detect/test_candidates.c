/* SPDX-License-Identifier: Apache-2.0 */
/* The candidates against the obvious way: cut the plane, open it px by px, fill each region, keep it by size and
 * shape. */
#include "base/rng.h"
#include "detect/candidates.h"
#include "hand.h"
#include "lib/oom.h"

enum { W = 72, H = 56, SIDES = 2, RADII = 2 };

/* Blobs of several heights on a noisy ground. */
static hand draw_blobs(int seed, int zoom)
{
    hand h = hand_make(W, H, zoom, 1, false);
    float *plane = h.maps.after[RV__LIGHT];
    rv__rng g;
    rv__rng_init(&g, (uint64_t)seed, 0, 0, 2);
    for (int i = 0; i < W * H; i++)
        plane[i] = (float)rv__rng_normal(&g) * .3f;
    for (int b = 0; b < 14; b++) {
        const int col = (int)rv__rng_below(&g, W - 4), row = (int)rv__rng_below(&g, H - 4);
        const int w = 3 + (int)rv__rng_below(&g, 14), high = 3 + (int)rv__rng_below(&g, 10);
        hand_box(plane, &h, (const int[4]){ col, row, col + w < W ? col + w : W, row + high < H ? row + high : H },
                 (float)rv__rng_between(&g, -4, 4));
    }
    for (int signal = 0; signal < RV__SIGNALS; signal++)
        for (int side = 0; side < SIDES; side++)
            for (int level = 0; level < RV__LEVELS; level++)
                h.scale.level[signal][side][level] = .25f * (float)(level + 1);
    hand_box(h.maps.edge_after, &h, (const int[4]){ 0, 0, W, H }, 1);
    for (int i = 0; i < W; i++) /* a corner nobody saw */
        memset(h.maps.seen + i / 6 * W, 0, 20);
    return h;
}

typedef struct slow {
    const hand *h;
    uint8_t mask[W * H];
    int label[W * H], parent_label[RADII][W * H];
    int size[W * H], parent_size[RADII][W * H]; /* by label */
    size_t found;                               /* candidates compared so far */
    const rv__candidates *list;
    int signal, side, level;
    bool lost;
} slow;

/* Are all, or any, of the px set in the square around (col, row)? Those outside are not asked. */
static bool ask_square(const uint8_t *mask, int col, int row, int radius, bool all)
{
    for (int r = row - radius; r <= row + radius; r++)
        for (int c = col - radius; c <= col + radius; c++)
            if (r >= 0 && c >= 0 && r < H && c < W && (mask[r * W + c] != 0) != all)
                return !all;
    return all;
}

/* Erosion (keep where all px of the square are set) or dilation (where any is). */
static void square(uint8_t *mask, int radius, bool all)
{
    static uint8_t out[W * H];
    for (int i = 0; i < W * H; i++)
        out[i] = ask_square(mask, i % W, i / W, radius, all);
    memcpy(mask, out, sizeof out);
}

static int fill(slow *s, int start, int label)
{
    static int stack[4 * W * H];
    int top = 0, n = 0;
    stack[top++] = start;
    while (top) {
        const int i = stack[--top], col = i % W, row = i / W;
        if (!s->mask[i] || s->label[i])
            continue;
        s->label[i] = label;
        n++;
        if (col > 0)
            stack[top++] = i - 1;
        if (col + 1 < W)
            stack[top++] = i + 1;
        if (row > 0)
            stack[top++] = i - W;
        if (row + 1 < H)
            stack[top++] = i + W;
    }
    return n;
}

/* Moments in two passes; a px adds 1/12 of its own. A rectangle of sides a, b has variances a2/12 and b2/12. */
static bool shape_fits(const slow *s, int label, int n, int *seen)
{
    double mean[2] = { 0, 0 }, cc = 1 / 12., cr = 0, rr = 1 / 12.;
    *seen = 0;
    for (int i = 0; i < W * H; i++)
        if (s->label[i] == label) {
            mean[0] += (i % W) / (double)n;
            mean[1] += (i / W) / (double)n;
            *seen += s->h->maps.seen[i];
        }
    for (int i = 0; i < W * H; i++)
        if (s->label[i] == label) {
            const double x = i % W - mean[0], y = i / W - mean[1];
            cc += x * x / n;
            cr += x * y / n;
            rr += y * y / n;
        }
    const double det = cc * rr - cr * cr, half = (cc + rr) / 2, root = sqrt(fmax(half * half - det, 0));
    return n / (12 * sqrt(det)) >= .5 && sqrt((half + root) / (half - root)) <= 6;
}

/* The next candidate of the list must be this region; after the first that is not, the rest says nothing more. */
static void compare_one(slow *s, int label, int n)
{
    const rv__candidate *c = s->list->v + s->found;
    int px = 0, wrong = 0;
    if (s->lost || s->found == s->list->n) {
        s->lost = true;
        return;
    }
    s->found++;
    for (size_t k = 0; k < c->n_runs; k++) {
        const rv__run *r = &s->list->run.v[c->run + k];
        for (int col = r->col0; col < r->col1; col++, px++)
            wrong += s->label[r->row * W + col] != label;
    }
    s->lost = c->signal != s->signal || c->polarity != s->side || c->level != s->level || px != n || wrong;
    if (s->lost)
        printf(
            "# signal %d, side %d, level %d: %d px expected, got signal %d, side %d, level %d: %d px, %d elsewhere\n",
            s->signal, s->side, s->level, n, c->signal, c->polarity, c->level, px, wrong);
}

/* One level, opened by one radius. */
static void one_cut(slow *s, const float *plane, int opening, int radius)
{
    const float sign = s->side ? -1.0f : 1.0f;
    for (int i = 0; i < W * H; i++)
        s->mask[i] = sign * plane[i] > s->h->scale.level[s->signal][s->side][s->level];
    if (radius) {
        square(s->mask, radius, true);
        square(s->mask, radius, false);
    }
    memset(s->label, 0, sizeof s->label);
    int labels = 0;
    for (int i = 0; i < W * H; i++) {
        if (!s->mask[i] || s->label[i])
            continue;
        const int n = fill(s, i, ++labels);
        int seen;
        s->size[labels] = n;
        const int parent = s->level ? s->parent_label[opening][i] : 0;
        const int parent_n = parent ? s->parent_size[opening][parent] : 0;
        const bool repeated = parent && n > .93 * parent_n && parent_n <= s->h->scale.max_px;
        if (n >= s->h->scale.min_px && n <= s->h->scale.max_px && !repeated && shape_fits(s, labels, n, &seen) &&
            seen >= .7 * n)
            compare_one(s, labels, n);
    }
    memcpy(s->parent_label[opening], s->label, sizeof s->label);
    memcpy(s->parent_size[opening], s->size, sizeof s->size);
}

TEST(candidates_are_the_connected_regions_above_each_level_that_fit_by_size_and_shape)
{
    static slow s;
    static float plane[W * H];
    for (int seed = 0; seed < 6; seed++) {
        const int zoom = 1 + seed % 2;
        hand h = draw_blobs(seed, zoom);
        rv__candidates list = { 0 };
        CHECK_FAILS(RV_OK, rv__candidates_find(&list, &h.maps, &h.scale));
        s = (slow){ .h = &h, .list = &list };
        for (s.signal = 0; s.signal < RV__SIGNALS; s.signal++) {
            if (!rv__signal_exists(&h.maps, s.signal))
                continue;
            CHECK_FAILS(RV_OK, rv__signal(plane, &h.maps, &h.scale, s.signal));
            for (s.side = 0; s.side < SIDES; s.side++)
                for (s.level = 0; s.level < RV__LEVELS; s.level++) {
                    one_cut(&s, plane, 0, zoom > 1 ? 0 : 1);
                    one_cut(&s, plane, 1, zoom > 1 ? 2 : 4);
                }
        }
        printf("# seed %d: %zu candidates\n", seed, list.n);
        CHECK(!s.lost && s.found == list.n && list.n > 20);
        rv__candidates_release(&list);
        rv__maps_release(&h.maps);
    }
}

static size_t count_at(const hand *h, int col0)
{
    rv__candidates list = { 0 };
    size_t n = 0;
    CHECK_FAILS(RV_OK, rv__candidates_find(&list, &h->maps, &h->scale));
    for (size_t i = 0; i < list.n; i++)
        n += list.v[i].col0 == col0;
    rv__candidates_release(&list);
    return n;
}

TEST(what_the_rim_of_a_tile_cuts_is_left_to_the_next_tile_unless_the_image_ends_there)
{
    hand h = draw_blobs(1, 1);
    float *plane = h.maps.after[RV__LIGHT];
    hand_box(plane, &h, (const int[4]){ 0, 0, W, H }, 0);
    hand_box(plane, &h, (const int[4]){ 0, 30, 12, 40 }, 4);
    CHECK(count_at(&h, 0) > 0);
    h.maps.window.col0 = 40; /* the image goes on to the west */
    h.scale.width += 40;
    CHECK(count_at(&h, 0) == 0);
    rv__maps_release(&h.maps);
}

static int find_and_free(void *user)
{
    const hand *h = user;
    rv__candidates list = { 0 };
    const int err = rv__candidates_find(&list, &h->maps, &h->scale);
    rv__candidates_release(&list);
    return err;
}

TEST(finding_survives_any_failed_allocation)
{
    hand h = draw_blobs(2, 2);
    CHECK_SURVIVES_OOM(find_and_free, &h);
    rv__maps_release(&h.maps);
}

TESTS(RUN(candidates_are_the_connected_regions_above_each_level_that_fit_by_size_and_shape),
      RUN(what_the_rim_of_a_tile_cuts_is_left_to_the_next_tile_unless_the_image_ends_there),
      RUN(finding_survives_any_failed_allocation))
