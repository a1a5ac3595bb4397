/* SPDX-License-Identifier: Apache-2.0 */
/* Ground control points as people write them: CSV with a header, columns in any order, others ignored, cells with or
 * without quotes. One file speaks of one plane, so lon and lat beside x_m and y_m are refused: nothing tells which holds. */
#include "ingest/gcp.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

#include <math.h>
#include <string.h>

enum { CELLS_MAX = 32, POINTS_MAX = 1000 };

typedef enum column { IMAGE, COL, ROW, LON, LAT, X_M, Y_M, NAME, COLUMNS } column;

static const char *const names[COLUMNS] = { "image", "col", "row", "lon", "lat", "x_m", "y_m", "name" };

typedef struct reader {
    int at[COLUMNS]; /* cell of each column, -1 = there is none */
    int line;
    rv_gcp *points;
    size_t n;
} reader;

static char *trimmed(char *cell)
{
    cell += strspn(cell, " \t");
    size_t n = strlen(cell);
    while (n > 0 && strchr(" \t\r", cell[n - 1]))
        cell[--n] = '\0';
    return cell;
}

/* The cell at the start of a line, unquoted in place; *rest is set behind its comma, or to NULL at the end. */
static char *cell_of(char *text, char **rest)
{
    char *from = text + strspn(text, " \t"), *to = from;
    const bool quoted = *from == '"';
    if (!quoted) {
        char *comma = strchr(text, ',');
        *rest = comma ? comma + 1 : NULL;
        if (comma)
            *comma = '\0';
        return trimmed(text);
    }
    char *out = from;
    for (from++; *from && (*from != '"' || from[1] == '"'); from++) {
        from += *from == '"';
        *to++ = *from;
    }
    char *comma = strchr(from, ',');
    *rest = comma ? comma + 1 : NULL;
    *to = '\0';
    return out;
}

static int split(char *cells[CELLS_MAX], char *line)
{
    int n = 0;
    for (char *rest = line; rest && n < CELLS_MAX;)
        cells[n++] = cell_of(rest, &rest);
    return n;
}

static int read_header(reader *in, char *line)
{
    char *cells[CELLS_MAX];
    const int n = split(cells, line);
    for (int c = 0; c < COLUMNS; c++) {
        in->at[c] = -1;
        for (int i = 0; i < n; i++)
            if (strcmp(cells[i], names[c]) == 0)
                in->at[c] = i;
    }
    for (int c = IMAGE; c <= ROW; c++)
        if (in->at[c] < 0)
            return rv__fail(RV_ERR_FORMAT, "line %d: the header has no column %s", in->line, names[c]);
    const bool lonlat = in->at[LON] >= 0 && in->at[LAT] >= 0, metres = in->at[X_M] >= 0 && in->at[Y_M] >= 0;
    if (lonlat == metres)
        return rv__fail(RV_ERR_FORMAT, "line %d: the header must have lon and lat, or x_m and y_m%s", in->line,
                        lonlat ? ", not both" : "");
    return RV_OK;
}

static int read_number(double *out, const reader *in, char *const *cells, int n, column c)
{
    const rv_field *field = rv_field_find(rv_gcp_fields(), names[c]);
    const char *text = in->at[c] < n ? cells[in->at[c]] : "";
    if (rv__number_parse(out, text) < 0 || !isfinite(*out))
        return rv__fail(RV_ERR_FORMAT, "line %d: %s is no number: '%.40s'", in->line, names[c], text);
    if (*out < field->min || *out > field->max)
        return rv__fail(RV_ERR_FORMAT, "line %d: %s must lie in [%g, %g] %s, not %g", in->line, names[c], field->min,
                        field->max, field->unit, *out);
    return RV_OK;
}

static int read_text(char out[RV_ID_MAX], const reader *in, char *const *cells, int n, column c)
{
    const char *text = in->at[c] >= 0 && in->at[c] < n ? cells[in->at[c]] : "";
    if (strlen(text) >= RV_ID_MAX)
        return rv__fail(RV_ERR_FORMAT, "line %d: %s is longer than %d bytes", in->line, names[c], RV_ID_MAX - 1);
    memcpy(out, text, strlen(text) + 1);
    return RV_OK;
}

static bool same(double a, double b)
{
    return fabs(a - b) <= 1e-9;
}

static int check_new(const reader *in, const rv_gcp *p)
{
    for (size_t i = 0; i < in->n; i++) {
        const rv_gcp *q = &in->points[i];
        const bool here = strcmp(p->image_id, q->image_id) == 0 && same(p->col, q->col) && same(p->row, q->row);
        if (here || (same(p->lon, q->lon) && same(p->lat, q->lat)) || (same(p->x_m, q->x_m) && same(p->y_m, q->y_m)))
            return rv__fail(RV_ERR_FORMAT, "line %d: the point lies %s where point no. %zu does", in->line,
                            here ? "in the picture" : "on the ground", i + 1);
    }
    return RV_OK;
}

static int read_point(reader *in, char *line)
{
    static const column plane[2][2] = { { LON, LAT }, { X_M, Y_M } };
    rv_gcp p;
    char *cells[CELLS_MAX];
    const int n = split(cells, line), metres = in->at[X_M] >= 0 && in->at[Y_M] >= 0;
    int err;
    rv_fields_init(rv_gcp_fields(), &p);
    if ((err = read_text(p.image_id, in, cells, n, IMAGE)) < 0 || (err = read_text(p.name, in, cells, n, NAME)) < 0 ||
        (err = read_number(&p.col, in, cells, n, COL)) < 0 || (err = read_number(&p.row, in, cells, n, ROW)) < 0 ||
        (err = read_number(metres ? &p.x_m : &p.lon, in, cells, n, plane[metres][0])) < 0 ||
        (err = read_number(metres ? &p.y_m : &p.lat, in, cells, n, plane[metres][1])) < 0 ||
        (err = check_new(in, &p)) < 0)
        return err;
    if (in->n == POINTS_MAX)
        return rv__fail(RV_ERR_FORMAT, "line %d: more than %d points", in->line, POINTS_MAX);
    in->points[in->n++] = p;
    return RV_OK;
}

static int read_lines(reader *in, char *text)
{
    bool header = true;
    int err = RV_OK;
    if (strncmp(text, "\xEF\xBB\xBF", 3) == 0) /* what spreadsheets put in front */
        text += 3;
    for (char *rest = text, *line; err == RV_OK && (line = strsep(&rest, "\n"));) {
        in->line++;
        line = trimmed(line);
        if (!*line || *line == '#')
            continue;
        err = header ? read_header(in, line) : read_point(in, line);
        header = false;
    }
    if (err == RV_OK && header)
        err = rv__fail(RV_ERR_FORMAT, "the file is empty");
    return err;
}

int rv__gcps_parse(rv_gcp **out, size_t *n, char *text)
{
    reader in = { .points = rv__alloc(POINTS_MAX, sizeof *in.points) };
    if (!in.points)
        return RV_ERR_NOMEM;
    const int err = read_lines(&in, text);
    if (err < 0) {
        rv__free(in.points);
        return err;
    }
    *out = in.points;
    *n = in.n;
    return RV_OK;
}
