/* SPDX-License-Identifier: Apache-2.0 */
/* What is correlated instead of the pixels themselves: a plane's texture, of mean 0, tapered towards the edges. */
#ifndef RV_ALIGN_TEXTURE_H
#define RV_ALIGN_TEXTURE_H

#include <stddef.h>
#include <stdint.h>

typedef enum rv__texture_kind {
    RV__TEXTURE_PLAIN,      /* the values themselves: most precise where light and season stay */
    RV__TEXTURE_GRADIENT,   /* gradient magnitude, cut off at a quantile: shadows pull less */
    RV__TEXTURE_ORIENTATION /* gradient by direction, 9 channels: contrast may turn over */
} rv__texture_kind;

enum { RV__ORIENTATIONS = 9 };

size_t rv__texture_channels(rv__texture_kind kind);

/** Planes of one size and a kind; scratch, so one thread at a time. */
typedef struct rv__texture rv__texture;

/** width and height are powers of two from 32; the taper opens the first used_w * used_h px. */
int rv__texture_new(rv__texture **out, rv__texture_kind kind, const size_t size[2], const size_t used[2]);
void rv__texture_free(rv__texture *texture);

/** A window of an image. ok is NULL where all is valid, else 0 or 1 a pixel. */
typedef struct rv__plane {
    const float *v;
    const uint8_t *ok;
    size_t pitch; /* pixels from one row to the next, of both */
} rv__plane;

/**
 * @param out            channels * height * width; may be the plane's own v where that has no gaps
 * @param clip_quantile  where gradients are cut off; other kinds do not look at it
 * @param share_min      of the used area that must be valid, with all pixels around it
 * @return               RV_OK, RV_ERR_NOMEM; RV_ERR_NODATA (no sentence set): too little is valid, or there is no texture
 */
int rv__texture_make(float *out, rv__texture *texture, const rv__plane *plane, double clip_quantile, double share_min);

#endif
