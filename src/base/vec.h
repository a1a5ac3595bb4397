/* SPDX-License-Identifier: Apache-2.0 */
/* Growable typed array: RV__VEC(double) v = {0}; err = RV__PUSH(&v, 1.0); rv__free(v.v); */
#ifndef RV_BASE_VEC_H
#define RV_BASE_VEC_H

#include <stddef.h>

#include <revisit/base.h>

#define RV__VEC(T)     \
    struct {           \
        T *v;          \
        size_t n, cap; \
    }

/** Make room for need items. pointer is the address of the struct's v member. @return RV_OK or RV_ERR_NOMEM */
int rv__vec_reserve(void *pointer, size_t *cap, size_t need, size_t item_size);

#define RV__RESERVE(vec, need) rv__vec_reserve((void *)&(vec)->v, &(vec)->cap, (need), sizeof *(vec)->v)
#define RV__PUSH(vec, item) \
    (RV__RESERVE(vec, (vec)->n + 1) == RV_OK ? ((vec)->v[(vec)->n++] = (item), RV_OK) : RV_ERR_NOMEM)

#endif
