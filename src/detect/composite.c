/* SPDX-License-Identifier: Apache-2.0 */
/* Robust pictures of a tile before and after: per pixel the median of the first and of the last few clear scenes, so
 * that a cloud left in one scene, a parked truck or a harvest does not make an object. Objects are sought at twice the
 * resolution where pixels are metres wide, because most houses have few px there and their outlines would be all
 * corners. */
#include "detect/composite.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "base/robust.h"
#include "detect/evidence.h"
#include "raster/filter.h"
#include "raster/morph.h"

#include <math.h>
#include <string.h>

enum { EPOCH_MAX = 4, BAND_ROWS = 32 };

typedef struct median_job {
    const rv__views *views;
    int channel, epoch;
    size_t cut; /* neither picture reaches across this scene; 0: each ends where it is full */
    bool last;
    float *out;
    uint8_t *seen; /* cleared where there is no clear value; NULL after the first channel */
} median_job;

void rv__maps_release(rv__maps *m)
{
    for (int k = 0; k < RV__CHANNELS; k++) {
        if (m->pair)
            rv__free(m->before[k]);
        rv__free(m->after[k]);
    }
    if (m->pair)
        rv__free(m->edge_before);
    rv__free(m->edge_after);
    rv__free(m->evidence[RV__BEFORE]);
    rv__free(m->evidence[RV__AFTER]);
    rv__free(m->seen);
    *m = (rv__maps){ 0 };
}

static float median_small(float *v, int n)
{
    for (int i = 1; i < n; i++)
        for (int j = i; j > 0 && v[j] < v[j - 1]; j--) {
            const float x = v[j];
            v[j] = v[j - 1];
            v[j - 1] = x;
        }
    return n % 2 ? v[n / 2] : 0.5f * (v[n / 2 - 1] + v[n / 2]);
}

/* Up to epoch clear values of a pixel from one end of the series, or of its part on that side of the cut. */
static int gather(float v[EPOCH_MAX], const median_job *j, size_t i, const uint8_t *mask)
{
    const size_t n = j->views->n, px = j->views->w * j->views->h;
    int found = 0;
    for (size_t s = 0; s < n && found < j->epoch; s++) {
        const size_t t = j->last ? n - 1 - s : s;
        if (j->cut && (t >= j->cut) != j->last)
            break;
        if (mask[t * px + i])
            v[found++] = j->views->plane[(t * (size_t)j->views->channels + (size_t)j->channel) * px + i];
    }
    return found;
}

static int median_rows(size_t index, size_t worker, void *user)
{
    (void)worker;
    const median_job *j = user;
    const size_t w = j->views->w, h = j->views->h;
    const size_t end = (index + 1) * BAND_ROWS < h ? (index + 1) * BAND_ROWS * w : h * w;
    for (size_t i = index * BAND_ROWS * w; i < end; i++) {
        float v[EPOCH_MAX];
        int n = gather(v, j, i, j->views->clear);
        if (n == 0) {
            if (j->seen)
                j->seen[i] = 0;
            n = gather(v, j, i, j->views->inside); /* cloudy throughout: something to look at, never a finding */
        }
        j->out[i] = n ? median_small(v, n) : 0;
    }
    return RV_OK;
}

/* Catmull-Rom weights at a quarter of a pixel: fine pixels lie a quarter left and right of each coarse centre. */
static void stretch_line(float *out, const float *in, size_t n, size_t out_step, size_t in_step)
{
    const float near = 0.8671875f, far = 0.2265625f, off = -0.0703125f, tail = -0.0234375f;
    for (size_t i = 0; i < n; i++) {
        const float a = in[(i > 1 ? i - 2 : 0) * in_step], b = in[(i > 0 ? i - 1 : 0) * in_step], c = in[i * in_step];
        const float d = in[(i + 1 < n ? i + 1 : n - 1) * in_step], e = in[(i + 2 < n ? i + 2 : n - 1) * in_step];
        out[2 * i * out_step] = tail * a + far * b + near * c + off * d;
        out[(2 * i + 1) * out_step] = off * b + near * c + far * d + tail * e;
    }
}

static int stretch(float **plane, size_t w, size_t h)
{
    float *rows = rv__alloc(2 * w * h, sizeof *rows), *out = rv__alloc(4 * w * h, sizeof *out);
    const int err = rows && out ? RV_OK : RV_ERR_NOMEM;
    if (!err) {
        for (size_t r = 0; r < h; r++)
            stretch_line(rows + r * 2 * w, *plane + r * w, w, 1, 1);
        for (size_t c = 0; c < 2 * w; c++)
            stretch_line(out + c, rows + c, h, 2 * w, 2 * w);
        rv__free(*plane);
        *plane = out;
        out = NULL;
    }
    rv__free(rows);
    rv__free(out);
    return err;
}

static int stretch_mask(uint8_t **mask, size_t w, size_t h)
{
    uint8_t *out = rv__alloc(4 * w * h, 1);
    if (!out)
        return RV_ERR_NOMEM;
    for (size_t r = 0; r < 2 * h; r++)
        for (size_t c = 0; c < 2 * w; c++)
            out[r * 2 * w + c] = (*mask)[r / 2 * w + c / 2];
    rv__free(*mask);
    *mask = out;
    return RV_OK;
}

static int composite(float **out, median_job job, int zoom)
{
    const rv__views *v = job.views;
    *out = rv__alloc(v->w * v->h, sizeof **out);
    if (!*out)
        return RV_ERR_NOMEM;
    job.out = *out;
    const int err = rv__parallel_for((v->h + BAND_ROWS - 1) / BAND_ROWS, median_rows, &job);
    return err || zoom == 1 ? err : stretch(out, v->w, v->h);
}

static int edges(float **out, float *const *plane, const rv__maps *m, const rv__scale *s)
{
    const size_t px = m->w * m->h;
    float *buf = rv__alloc(3 * px, sizeof *buf);
    int err = RV_ERR_NOMEM;
    *out = rv__alloc(px, sizeof **out);
    if (!buf || !*out)
        goto end;
    for (int k = 0; k < m->channels; k++) {
        if ((err = rv__gaussian(buf, plane[k], m->w, m->h, 0.8)) < 0)
            goto end;
        rv__sobel(buf + px, buf + 2 * px, buf, m->w, m->h);
        for (size_t i = 0; i < px; i++)
            (*out)[i] += hypotf(buf[px + i], buf[2 * px + i]) / s->noise[k];
    }
    err = RV_OK;
end:
    rv__free(buf);
    return err;
}

int rv__maps_build(rv__maps *out, const rv__views *views, const rv__scale *scale, int cut)
{
    rv__maps m = { .window = views->window,
                   .w = views->w * (size_t)scale->zoom,
                   .h = views->h * (size_t)scale->zoom,
                   .zoom = scale->zoom,
                   .channels = views->channels,
                   .pair = views->n > 1 };
    int err = RV_ERR_NOMEM;
    m.seen = rv__alloc(views->w * views->h, 1);
    if (!m.seen)
        goto fail;
    memset(m.seen, 1, views->w * views->h);
    for (int k = 0; k < m.channels; k++) {
        median_job job = { views, k, scale->epoch, (size_t)cut, true, NULL, k ? NULL : m.seen };
        if ((err = composite(&m.after[k], job, m.zoom)) < 0)
            goto fail;
        job.last = false;
        if (!m.pair)
            m.before[k] = m.after[k];
        else if ((err = composite(&m.before[k], job, m.zoom)) < 0)
            goto fail;
    }
    if ((scale->zoom > 1 && (err = stretch_mask(&m.seen, views->w, views->h)) < 0) ||
        (err = edges(&m.edge_after, m.after, &m, scale)) < 0)
        goto fail;
    m.edge_before = m.edge_after;
    if (m.pair) {
        m.edge_before = NULL;
        if ((err = edges(&m.edge_before, m.before, &m, scale)) < 0)
            goto fail;
    }
    if (views->evidence && (err = rv__evidence_composite(&m, views, scale)) < 0)
        goto fail;
    *out = m;
    return RV_OK;
fail:
    rv__maps_release(&m);
    return err;
}

static int halve(float **out, const float *in, const rv__maps *m, const rv__maps *from)
{
    if (!in)
        return RV_OK;
    if (!(*out = rv__alloc(m->w * m->h, sizeof **out)))
        return RV_ERR_NOMEM;
    for (size_t r = 0; r < m->h; r++)
        for (size_t c = 0; c < m->w; c++) {
            const size_t below = 2 * r + 1 < from->h ? from->w : 0, right = 2 * c + 1 < from->w;
            const float *p = in + 2 * r * from->w + 2 * c;
            (*out)[r * m->w + c] = (p[0] + p[right] + p[below] + p[below + right]) / 4;
        }
    return RV_OK;
}

static int halve_seen(rv__maps *m, const rv__maps *from)
{
    if (!(m->seen = rv__alloc(m->w * m->h, 1)))
        return RV_ERR_NOMEM;
    for (size_t i = 0; i < m->w * m->h; i++)
        m->seen[i] = from->seen[i / m->w * 2 * from->w + i % m->w * 2];
    return RV_OK;
}

int rv__maps_halve(rv__maps *out, const rv__maps *from, const rv__scale *s)
{
    rv__maps m = { .window = from->window,
                   .w = (from->w + 1) / 2,
                   .h = (from->h + 1) / 2,
                   .zoom = from->zoom,
                   .channels = from->channels,
                   .pair = true };
    int err = halve_seen(&m, from);
    for (int k = 0; !err && k < m.channels; k++) {
        err = halve(&m.before[k], from->before[k], &m, from);
        err = err ? err : halve(&m.after[k], from->after[k], &m, from);
    }
    for (int e = 0; !err && e < 2; e++)
        err = halve(&m.evidence[e], from->evidence[e], &m, from);
    if (!err && s && (err = edges(&m.edge_before, m.before, &m, s)) == RV_OK)
        err = edges(&m.edge_after, m.after, &m, s);
    if (err)
        rv__maps_release(&m);
    else
        *out = m;
    return err;
}

bool rv__signal_exists(const rv__maps *m, int signal)
{
    if (signal >= RV__EVIDENCE)
        return m->evidence[RV__AFTER] && (m->pair || signal == RV__EVIDENCE);
    const int channel = signal == 9 ? RV__LIGHT : signal % 3;
    return channel < m->channels && (m->pair || signal < 3 || signal == 9);
}

/* Difference to the nearest value that the other picture has within slack px: a thing that only moved differs little. */
static int change(float *out, const rv__maps *m, const rv__scale *s, int k)
{
    const size_t px = m->w * m->h, r = (size_t)s->slack;
    float *lo = rv__alloc(px, sizeof *lo), *hi = rv__alloc(px, sizeof *hi);
    int err = lo && hi ? RV_OK : RV_ERR_NOMEM;
    if (!err && (err = rv__erode(lo, m->before[k], m->w, m->h, r, r)) == RV_OK &&
        (err = rv__dilate(hi, m->before[k], m->w, m->h, r, r)) == RV_OK)
        for (size_t i = 0; i < px; i++)
            out[i] = m->after[k][i] - fminf(fmaxf(m->after[k][i], lo[i]), hi[i]);
    rv__free(lo);
    rv__free(hi);
    return err;
}

static int without_mean(float *plane, size_t w, size_t h, double sigma)
{
    const size_t r =
        (size_t)(1.22 * sigma + 0.5); /* two boxes of this radius have the Gaussian's spread, at any cost */
    float *mean = rv__alloc(2 * w * h, sizeof *mean);
    int err = mean ? rv__box_mean(mean + w * h, plane, w, h, r, r) : RV_ERR_NOMEM;
    err = err ? err : rv__box_mean(mean, mean + w * h, w, h, r, r);
    for (size_t i = 0; !err && i < w * h; i++)
        plane[i] -= mean[i];
    rv__free(mean);
    return err;
}

int rv__signal(float *out, const rv__maps *m, const rv__scale *s, int signal)
{
    const int k = signal == 9 ? RV__LIGHT : signal % 3;
    const bool is_change = signal >= 3 && signal < 6;
    if (!rv__signal_exists(m, signal))
        return RV_ERR_NOTFOUND;
    if (signal >= RV__EVIDENCE) {
        rv__evidence_signal(out, m, signal);
        return RV_OK;
    }
    if (is_change) {
        const int err = change(out, m, s, k);
        if (err || k == RV__LIGHT)
            return err;
    } else {
        memcpy(out, signal >= 6 && signal < 9 ? m->before[k] : m->after[k], m->w * m->h * sizeof *out);
    }
    return signal == 9 ? RV_OK : without_mean(out, m->w, m->h, s->highpass);
}
