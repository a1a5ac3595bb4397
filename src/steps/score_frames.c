/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of a truth or of transforms: {"reference": id, "frames": {id: {"M", "H", "time", ...}}}, as in
 * docs/interchange.md. */
#include "steps/score_read.h"

#include "base/mem.h"
#include "base/text.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* "2011_12" as "2011-12": names of images become dates where they look like one. */
static int read_period(rv_period *out, const char *text)
{
    char copy[RV_ID_MAX];
    rv__text_format(copy, sizeof copy, "%s", text);
    for (char *p = copy; *p; p++)
        *p = *p == '_' ? '-' : *p;
    return rv_period_parse(out, copy);
}

static double read_time(const char *text)
{
    rv_period period;
    return text && read_period(&period, text) == RV_OK ? period.t_min : NAN;
}

const rv__frame *rv__frame_find(const rv__frames *frames, const char *id)
{
    for (size_t i = 0; id && i < frames->n; i++)
        if (strcmp(frames->v[i].id, id) == 0)
            return &frames->v[i];
    return NULL;
}

/* A frame of the day or time told: the first one for a lower end, the last one for an upper end; -1 = none. */
static int frame_within(const rv__frames *frames, const rv_period *period, bool upper)
{
    int found = -1;
    for (size_t k = 0; k < frames->n; k++) {
        const double time = frames->v[k].time;
        if (time >= period->t_min && time <= period->t_max && (upper || found < 0))
            found = (int)k;
    }
    return found;
}

double rv__score_bound(int *frame, const rv__frames *frames, const char *text, bool upper)
{
    const rv__frame *f = rv__frame_find(frames, text);
    rv_period period;
    *frame = f && isfinite(f->time) ? (int)(f - frames->v) : -1;
    if (*frame < 0 && text && *text && read_period(&period, text) == RV_OK) {
        *frame = frame_within(frames, &period, upper);
        if (*frame < 0)
            return upper ? period.t_max : period.t_min;
    }
    return *frame >= 0 ? frames->v[*frame].time : upper ? INFINITY : -INFINITY;
}

/* The word up to the next "/", copied; moves *text behind it. @return whether there was one */
static bool next_word(char word[RV_ID_MAX], const char **text)
{
    const size_t n = strcspn(*text, "/");
    if (n == 0 || n >= RV_ID_MAX)
        return false;
    memcpy(word, *text, n);
    word[n] = '\0';
    *text += n + ((*text)[n] == '/');
    return true;
}

void rv__score_dates(rv__thing *thing, const rv__frames *frames, const char *text)
{
    char from[RV_ID_MAX], to[RV_ID_MAX];
    thing->dates.n = 0;
    while (text && next_word(from, &text) && next_word(to, &text)) {
        int frame;
        const bool full = thing->dates.n == RV__SPANS_MAX;
        if (!full)
            thing->dates.lo[thing->dates.n++] = rv__score_bound(&frame, frames, from, false);
        thing->dates.hi[thing->dates.n - 1] = rv__score_bound(&frame, frames, to, true);
    }
}

/* rows rows of three numbers. @return whether it was a matrix */
static bool read_matrix(double m[9], const rv__json *node, size_t rows)
{
    double got[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
    if (rv__json_size(node) != rows)
        return false;
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < 3; c++) {
            got[3 * r + c] = rv__json_number(rv__json_at(rv__json_at(node, r), c));
            if (!isfinite(got[3 * r + c]))
                return false;
        }
    memcpy(m, got, sizeof got);
    return true;
}

static int add_frame(const char *id, const rv__json *node, void *user)
{
    rv__frames *out = user;
    rv__frame f = { .trusted = true };
    rv__text_format(f.id, sizeof f.id, "%s", id);
    const char *time = rv__json_text(rv__json_get(node, "time")), *bend = rv__json_text(rv__json_get(node, "bend"));
    rv__text_format(f.bend, sizeof f.bend, "%s", bend ? bend : "");
    const rv__json *trusted = rv__json_get(node, "trusted");
    f.time = read_time(time ? time : id);
    f.has_map = read_matrix(f.m, rv__json_get(node, "H"), 3) || read_matrix(f.m, rv__json_get(node, "M"), 2);
    f.trusted = !rv__json_is(trusted, 'b') || rv__json_true(trusted);
    f.cloudy = rv__json_true(rv__json_get(node, "cloudy"));
    f.sigma_px = rv__json_number(rv__json_get(node, "sigma_px"));
    f.sun_elevation_deg = rv__json_number(rv__json_get(node, "sun_elevation_deg"));
    return RV__PUSH(out, f);
}

/* Frames without a time come last. */
static int by_time(const void *a, const void *b)
{
    const rv__frame *p = a, *q = b;
    const double a_time = isfinite(p->time) ? p->time : INFINITY, b_time = isfinite(q->time) ? q->time : INFINITY;
    if (a_time != b_time)
        return a_time < b_time ? -1 : 1;
    return strcmp(p->id, q->id);
}

int rv__score_frames_read(rv__frames *out, const rv__json *root)
{
    const char *reference = rv__json_text(rv__json_get(root, "reference"));
    rv__text_format(out->reference, sizeof out->reference, "%s", reference ? reference : "");
    const int err = rv__json_each(rv__json_get(root, "frames"), add_frame, out);
    if (out->n > 1)
        qsort(out->v, out->n, sizeof *out->v, by_time);
    return err;
}
