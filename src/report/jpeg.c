/* SPDX-License-Identifier: Apache-2.0 */
/* Baseline sequential JPEG [itu-t81], all channels at full resolution, the example tables of its annex K. A satellite image
 * as PNG takes eight times the room, and a page of fifty pictures must still load on a telephone. Written here because the
 * bytes must not change with a library's version; nothing is gained by optimised Huffman tables but a tenth of the size. */
#include "report/jpeg.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

/* Row-major; annex K.1. */
static const uint8_t quant[2][64] = {
    { 16, 11,  10,  16, 24, 40, 51, 61, 12,  12,  14,  19,  26, 58, 60, 55,  14,  13,  16,  24, 40, 57,
      69, 56,  14,  17, 22, 29, 51, 87, 80,  62,  18,  22,  37, 56, 68, 109, 103, 77,  24,  35, 55, 64,
      81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98,  112, 100, 103, 99 },
    { 17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99,
      99, 99, 47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
      99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99 },
};

static const uint8_t zigzag[64] = { 0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,
                                    12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6,  7,  14, 21, 28,
                                    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
                                    58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63 };

/* How many codes of each length, and their symbols; annex K.3. */
typedef struct table {
    uint8_t lengths[16];
    uint8_t n;
    uint8_t symbol[162];
} table;

enum { DC_LUMA, AC_LUMA, DC_CHROMA, AC_CHROMA, N_TABLES };

static const table tables[N_TABLES] = {
    { { 0, 1, 5, 1, 1, 1, 1, 1, 1 }, 12, { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 } },
    { { 0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d },
      162,
      { 0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71,
        0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72,
        0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37,
        0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59,
        0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83,
        0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3,
        0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3,
        0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2,
        0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa } },
    { { 0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1 }, 12, { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 } },
    { { 0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77 },
      162,
      { 0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22,
        0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0, 0x15, 0x62, 0x72, 0xd1,
        0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25, 0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x35, 0x36,
        0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58,
        0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a,
        0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a,
        0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba,
        0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda,
        0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa } },
};

typedef struct coder {
    rv__str *out;
    uint32_t bits; /* not yet written, at the low end */
    int n_bits;
    uint8_t step[2][64];          /* quantisation, row-major */
    double cosine[8][8];          /* of the transform: [frequency][sample] */
    uint16_t code[N_TABLES][256]; /* of a symbol */
    uint8_t length[N_TABLES][256];
    int dc[3];
} coder;

static void put(coder *c, uint32_t bits, int n)
{
    c->bits = c->bits << n | (bits & ((1U << n) - 1));
    c->n_bits += n;
    while (c->n_bits >= 8) {
        const char byte[2] = { (char)(c->bits >> (c->n_bits - 8)), 0 };
        /* A byte of ones would read as a marker: a zero byte follows it. */
        rv__str_add_bytes(c->out, byte, (uint8_t)byte[0] == 0xFF ? 2 : 1);
        c->n_bits -= 8;
    }
}

static void put_symbol(coder *c, int which, int symbol)
{
    put(c, c->code[which][symbol], c->length[which][symbol]);
}

/* Bits of a value's magnitude; negative values are written as ones' complement. */
static int category(int v)
{
    int n = 0;
    for (unsigned a = (unsigned)(v < 0 ? -v : v); a; a >>= 1)
        n++;
    return n;
}

static void put_value(coder *c, int v, int n)
{
    put(c, (uint32_t)(v < 0 ? v - 1 : v), n);
}

/* Discrete cosine transform of 8 x 8 samples, rows then columns, quantised. */
static void transform(const coder *c, const double in[64], int chroma, int out[64])
{
    double rows[64];
    for (int y = 0; y < 8; y++)
        for (int u = 0; u < 8; u++) {
            double sum = 0;
            for (int x = 0; x < 8; x++)
                sum += c->cosine[u][x] * in[8 * y + x];
            rows[8 * y + u] = sum;
        }
    for (int v = 0; v < 8; v++)
        for (int u = 0; u < 8; u++) {
            double sum = 0;
            for (int y = 0; y < 8; y++)
                sum += c->cosine[v][y] * rows[8 * y + u];
            out[8 * v + u] = (int)lround(sum / c->step[chroma][8 * v + u]);
        }
}

static void put_block(coder *c, const double samples[64], int channel)
{
    const int chroma = channel > 0, dc_table = chroma ? DC_CHROMA : DC_LUMA, ac_table = dc_table + 1;
    int v[64], zeros = 0;
    transform(c, samples, chroma, v);
    const int difference = v[0] - c->dc[channel], bits = category(difference);
    c->dc[channel] = v[0];
    put_symbol(c, dc_table, bits);
    put_value(c, difference, bits);
    for (int i = 1; i < 64; i++) {
        const int a = v[zigzag[i]];
        if (a == 0) {
            zeros++;
            continue;
        }
        for (; zeros > 15; zeros -= 16)
            put_symbol(c, ac_table, 0xF0);
        const int n = category(a);
        put_symbol(c, ac_table, zeros << 4 | n);
        put_value(c, a, n);
        zeros = 0;
    }
    if (zeros)
        put_symbol(c, ac_table, 0x00);
}

/* Samples of one block in Y Cb Cr about zero; beyond the edge the last pixel repeats. */
static void load_block(double out[3][64], const uint8_t *rgb, const int size[2], int col, int row)
{
    for (int i = 0; i < 64; i++) {
        const int x = col + i % 8 < size[0] ? col + i % 8 : size[0] - 1;
        const int y = row + i / 8 < size[1] ? row + i / 8 : size[1] - 1;
        const uint8_t *p = rgb + 3 * ((size_t)y * (size_t)size[0] + (size_t)x);
        out[0][i] = 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2] - 128.0;
        out[1][i] = -0.168735892 * p[0] - 0.331264108 * p[1] + 0.5 * p[2];
        out[2][i] = 0.5 * p[0] - 0.418687589 * p[1] - 0.081312411 * p[2];
    }
}

static void add_byte(rv__str *out, int value)
{
    const char byte = (char)value;
    rv__str_add_bytes(out, &byte, 1);
}

static void add_word(rv__str *out, int value)
{
    add_byte(out, value >> 8);
    add_byte(out, value);
}

/* Codes of a table by growing length; annex C. */
static void make_codes(coder *c)
{
    for (int t = 0; t < N_TABLES; t++) {
        uint16_t code = 0;
        int k = 0;
        for (int length = 1; length <= 16; length++, code = (uint16_t)(code << 1))
            for (int i = 0; i < tables[t].lengths[length - 1]; i++, k++) {
                c->code[t][tables[t].symbol[k]] = code++;
                c->length[t][tables[t].symbol[k]] = (uint8_t)length;
            }
    }
}

static void make_steps(coder *c, int quality)
{
    const double pi = 3.14159265358979323846;
    const int scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
    for (int t = 0; t < 2; t++)
        for (int i = 0; i < 64; i++) {
            const int step = (quant[t][i] * scale + 50) / 100;
            c->step[t][i] = (uint8_t)(step < 1 ? 1 : step > 255 ? 255 : step);
        }
    for (int u = 0; u < 8; u++)
        for (int x = 0; x < 8; x++)
            c->cosine[u][x] = 0.5 * (u ? 1.0 : sqrt(0.5)) * cos((2 * x + 1) * u * pi / 16);
}

static void put_header(coder *c, const int size[2])
{
    static const char jfif[] = "\xFF\xD8\xFF\xE0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00";
    rv__str_add_bytes(c->out, jfif, sizeof jfif); /* the last zero is the height of no thumbnail */
    for (int t = 0; t < 2; t++) {
        rv__str_add_bytes(c->out, "\xFF\xDB\x00\x43", 4);
        add_byte(c->out, t);
        for (int i = 0; i < 64; i++)
            add_byte(c->out, c->step[t][zigzag[i]]);
    }
    rv__str_add_bytes(c->out, "\xFF\xC0\x00\x11\x08", 5);
    add_word(c->out, size[1]);
    add_word(c->out, size[0]);
    rv__str_add_bytes(c->out, "\x03\x01\x11\x00\x02\x11\x01\x03\x11\x01", 10);
    for (int t = 0; t < N_TABLES; t++) {
        rv__str_add_bytes(c->out, "\xFF\xC4", 2);
        add_word(c->out, 19 + tables[t].n);
        add_byte(c->out, (t % 2) << 4 | t / 2);
        rv__str_add_bytes(c->out, (const char *)tables[t].lengths, 16);
        rv__str_add_bytes(c->out, (const char *)tables[t].symbol, tables[t].n);
    }
    rv__str_add_bytes(c->out, "\xFF\xDA\x00\x0C\x03\x01\x00\x02\x11\x03\x11\x00\x3F\x00", 14);
}

int rv__jpeg_encode(uint8_t **out, size_t *n, const uint8_t *rgb, const int size[2], int quality)
{
    rv__str bytes = { 0 };
    coder *c = rv__alloc(1, sizeof *c);
    double block[3][64];
    if (!c)
        return RV_ERR_NOMEM;
    c->out = &bytes;
    make_codes(c);
    make_steps(c, quality);
    put_header(c, size);
    for (int row = 0; row < size[1]; row += 8)
        for (int col = 0; col < size[0]; col += 8) {
            load_block(block, rgb, size, col, row);
            for (int channel = 0; channel < 3; channel++)
                put_block(c, block[channel], channel);
        }
    put(c, 0x7F, 7); /* the last byte is filled with ones */
    rv__str_add_bytes(&bytes, "\xFF\xD9", 2);
    rv__free(c);
    const size_t length = bytes.len;
    char *made = rv__str_take(&bytes);
    rv__str_release(&bytes);
    if (!made)
        return RV_ERR_NOMEM;
    *out = (uint8_t *)made;
    *n = length;
    return RV_OK;
}
