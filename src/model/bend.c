/* SPDX-License-Identifier: Apache-2.0 */
/* Text form of a smooth displacement field: five numbers that lay the knots, then the coefficients along the columns and
 * along the rows, in ten-thousandths of a pixel, which keeps the row short and the field exact to what any match can tell. */
#include "model/bend.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

#include <math.h>
#include <string.h>

static const double UNITS = 1e4; /* of a px */

int rv__bend_new(rv__bend *out, size_t nx, size_t ny)
{
    *out = (rv__bend){ .v = rv__alloc(2 * nx * ny, sizeof *out->v) };
    if (!out->v)
        return RV_ERR_NOMEM;
    out->f = (rv__warpfield){ .nx = nx, .ny = ny, .step_px = 1, .col = out->v, .row = out->v + nx * ny };
    return RV_OK;
}

void rv__bend_release(rv__bend *bend)
{
    rv__free(bend->v);
    *bend = (rv__bend){ 0 };
}

static int bad_text(void)
{
    return rv__fail(RV_ERR_FORMAT, "the smooth field of a transform is not readable");
}

int rv__bend_parse(rv__bend *out, const char *text)
{
    double head[5];
    *out = (rv__bend){ 0 };
    if (!*text)
        return RV_OK;
    for (int i = 0; i < 5; i++)
        if (rv__number_next(&head[i], &text) < 0)
            return bad_text();
    for (int i = 0; i < 2; i++)
        if (!(head[i] >= 1 && head[i] <= RV__BEND_SIDE_MAX) || head[i] > floor(head[i]))
            return bad_text();
    if (!(head[2] > 0))
        return bad_text();
    const int err = rv__bend_new(out, (size_t)head[0], (size_t)head[1]);
    if (err < 0)
        return err;
    out->f.step_px = head[2];
    out->f.col0 = head[3];
    out->f.row0 = head[4];
    for (size_t i = 0; i < 2 * out->f.nx * out->f.ny; i++) {
        if (rv__number_next(&out->v[i], &text) < 0) {
            rv__bend_release(out);
            return bad_text();
        }
        out->v[i] /= UNITS;
    }
    return RV_OK;
}

int rv__bend_print(char text[RV_BEND_MAX], const rv__bend *bend)
{
    rv__str s = { 0 };
    const rv__warpfield *f = &bend->f;
    memset(text, 0, RV_BEND_MAX);
    if (f->nx == 0)
        return RV_OK;
    rv__str_addf(&s, "%zu %zu ", f->nx, f->ny);
    rv__str_number(&s, f->step_px);
    rv__str_add(&s, " ");
    rv__str_number(&s, f->col0);
    rv__str_add(&s, " ");
    rv__str_number(&s, f->row0);
    for (size_t i = 0; i < 2 * f->nx * f->ny; i++)
        rv__str_addf(&s, " %d", (int)lround(bend->v[i] * UNITS));
    const bool fits = s.err == RV_OK && s.len < RV_BEND_MAX;
    if (fits)
        memcpy(text, s.s, s.len);
    rv__str_release(&s);
    return fits ? RV_OK
                : rv__fail(RV_ERR_RANGE, "the smooth field of a transform takes more than %d bytes", RV_BEND_MAX);
}
