/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of blocks: make, fill, free. */
#include "report/block.h"

#include <string.h>

#include "base/mem.h"

rv__block *rv__blocks_add(rv__blocks *blocks, rv__block_kind kind)
{
    if (RV__PUSH(blocks, ((rv__block){ .kind = kind, .format = "" })) < 0)
        return NULL;
    return &blocks->v[blocks->n - 1];
}

int rv__blocks_text(rv__blocks *blocks, rv__block_kind kind, const char *text)
{
    rv__block *block = rv__blocks_add(blocks, kind);
    return block && (block->text = rv__strdup(text)) ? RV_OK : RV_ERR_NOMEM;
}

int rv__block_cell(rv__block *table, const char *text)
{
    char *copy = rv__strdup(text);
    if (copy && RV__PUSH(&table->cells, copy) == RV_OK)
        return RV_OK;
    rv__free(copy);
    return RV_ERR_NOMEM;
}

void rv__blocks_release(rv__blocks *blocks)
{
    for (size_t i = 0; i < blocks->n; i++) {
        rv__block *b = &blocks->v[i];
        rv__free(b->text);
        rv__free(b->fold);
        rv__picture_release(&b->picture[0]);
        rv__picture_release(&b->picture[1]);
        for (size_t k = 0; k < b->cells.n; k++)
            rv__free(b->cells.v[k]);
        rv__free(b->cells.v);
    }
    rv__free(blocks->v);
    memset(blocks, 0, sizeof *blocks);
}
