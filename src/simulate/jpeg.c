/* SPDX-License-Identifier: Apache-2.0 */
/* The lossy part of baseline JPEG [itu_t81]: YCbCr, colour at half resolution, 8 x 8 cosine transform, quantisation by the
 * tables of annex K scaled to a quality, and the way back. */
#include "simulate/jpeg.h"

#include <math.h>

#include "base/error.h"
#include "base/mem.h"

static const int luma[64] = { 16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,
                              14, 13, 16, 24, 40,  57,  69,  56,  14, 17, 22, 29, 51,  87,  80,  62,
                              18, 22, 37, 56, 68,  109, 103, 77,  24, 35, 55, 64, 81,  104, 113, 92,
                              49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99 };
static const int chroma[64] = { 17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99,
                                99, 99, 47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
                                99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99 };

static float step_of(int base, int quality)
{
    const int scale = quality < 50 ? 5000 / quality : 200 - 2 * quality, q = (base * scale + 50) / 100;
    return (float)(q < 1 ? 1 : q > 255 ? 255 : q);
}

/* Rows of the orthonormal cosine transform. */
static void basis(float out[8][8])
{
    for (int k = 0; k < 8; k++)
        for (int n = 0; n < 8; n++)
            out[k][n] = (float)(cos(acos(-1.0) * k * (2 * n + 1) / 16.0) * (k ? .5 : .35355339059327376));
}

/* block = B block B^T, or B^T block B when back. */
static void transform(float block[8][8], float b[8][8], int back)
{
    float half[8][8];
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 8; j++) {
            float sum = 0.0f;
            for (int k = 0; k < 8; k++)
                sum += (back ? b[k][i] : b[i][k]) * block[k][j];
            half[i][j] = sum;
        }
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 8; j++) {
            float sum = 0.0f;
            for (int k = 0; k < 8; k++)
                sum += half[i][k] * (back ? b[k][j] : b[j][k]);
            block[i][j] = sum;
        }
}

static void lose_plane(float *p, size_t w, size_t h, const int table[64], int quality)
{
    float b[8][8], block[8][8];
    basis(b);
    for (size_t r = 0; r < h; r += 8)
        for (size_t c = 0; c < w; c += 8) {
            for (size_t i = 0; i < 64; i++)
                block[i / 8][i % 8] = p[(r + i / 8) * w + c + i % 8] - 128.0f;
            transform(block, b, 0);
            for (int i = 0; i < 64; i++) {
                const float q = step_of(table[i], quality);
                block[i / 8][i % 8] = q * roundf(block[i / 8][i % 8] / q);
            }
            transform(block, b, 1);
            for (size_t i = 0; i < 64; i++)
                p[(r + i / 8) * w + c + i % 8] = block[i / 8][i % 8] + 128.0f;
        }
}

static float clamp(float v)
{
    return v < 0.0f ? 0.0f : v > 255.0f ? 255.0f : roundf(v);
}

int rv__jpeg_loss(float *const rgb[3], size_t w, size_t h, int quality)
{
    const size_t n = w * h, w2 = w / 2, h2 = h / 2;
    float *y = rv__alloc(n + 2 * w2 * h2, sizeof *y);
    if (!y)
        return RV_ERR_NOMEM;
    float *cb = y + n, *cr = cb + w2 * h2;
    for (size_t i = 0; i < n; i++) {
        const float r = rgb[0][i], g = rgb[1][i], b = rgb[2][i];
        const size_t at = i / w / 2 * w2 + i % w / 2;
        y[i] = .299f * r + .587f * g + .114f * b;
        cb[at] += .25f * (128.0f - .168736f * r - .331264f * g + .5f * b);
        cr[at] += .25f * (128.0f + .5f * r - .418688f * g - .081312f * b);
    }
    lose_plane(y, w, h, luma, quality);
    lose_plane(cb, w2, h2, chroma, quality);
    lose_plane(cr, w2, h2, chroma, quality);
    for (size_t i = 0; i < n; i++) {
        const size_t at = i / w / 2 * w2 + i % w / 2;
        const float u = cb[at] - 128.0f, v = cr[at] - 128.0f;
        rgb[0][i] = clamp(y[i] + 1.402f * v);
        rgb[1][i] = clamp(y[i] - .344136f * u - .714136f * v);
        rgb[2][i] = clamp(y[i] + 1.772f * u);
    }
    rv__free(y);
    return RV_OK;
}
