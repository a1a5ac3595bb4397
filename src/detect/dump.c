/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/dump.h"

#include "base/error.h"
#include "base/mem.h"
#include "detect/decide.h"
#include "detect/kinds.h"
#include "detect/model.h"

#include <stdio.h>

static void write_one(FILE *file, const rv__candidates *list, size_t i, int chosen, const rv__maps *m,
                      const rv__scale *s)
{
    const rv__candidate *c = &list->v[i];
    double trait[RV__TRAITS], kind[RV__KIND_TRAITS];
    const bool fresh = rv__decide_steps(c) || c->hypothesis == RV__WORKS || (s->pairs && c->kept < RV__SAME);
    const int asked = fresh ? RV__NEW : c->hypothesis;
    if (asked == RV__STOOD)
        rv__traits_standing(trait, c, s);
    else
        rv__traits_change(trait, c, asked == RV__NEW ? RV__AFTER : RV__BEFORE, s);
    fprintf(file, "%d\t%d\t%d\t%.9g\t%d\t%d\t%d", asked, chosen ? 1 + c->hypothesis : 0, c->signal, c->score, m->zoom,
            m->window.col0, m->window.row0);
    for (int k = 0; k < RV__TRAITS; k++)
        fprintf(file, "\t%.6g", trait[k]);
    rv__kinds_traits(kind, c, s);
    for (int k = 0; k < RV__KIND_TRAITS; k++)
        fprintf(file, "\t%.6g", kind[k]);
    for (size_t k = 0; k < c->n_runs; k++) {
        const rv__run *r = &list->run.v[c->run + k];
        fprintf(file, "%c%d:%d-%d", k ? ' ' : '\t', r->row, r->col0, r->col1);
    }
    putc('\n', file);
}

int rv__dump_candidates(const char *path, const rv__candidates *list, const size_t *order, size_t n, const rv__maps *m,
                        const rv__scale *s)
{
    FILE *file = fopen(path, "a");
    uint8_t *chosen = rv__alloc(list->n, 1);
    int err = chosen ? RV_OK : RV_ERR_NOMEM;
    if (!file)
        err = rv__fail(RV_ERR_IO, "%s cannot be written", path);
    for (size_t i = 0; !err && i < n; i++)
        chosen[order[i]] = 1;
    for (size_t i = 0; !err && i < list->n; i++)
        write_one(file, list, i, chosen[i], m, s);
    if (file && fclose(file) != 0 && !err)
        err = rv__fail(RV_ERR_IO, "%s cannot be written", path);
    rv__free(chosen);
    return err;
}
