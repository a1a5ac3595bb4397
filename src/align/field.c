/* SPDX-License-Identifier: Apache-2.0 */
/* Displacement fields d(x, y) that are linear in their parameters, so that one fit serves them all, and the matrix that
 * each of them means. The perspective terms are those of a homography to first order: exact where the fit has converged.
 */
#include "align/align_internal.h"

#include <string.h>

enum { P = RV__PARAMS_MAX };

int rv__model_params(rv__model model)
{
    static const int params[] = { 2, 4, 6, 8 };
    return params[model];
}

/* Nested: shift x, shift y; scale, rotation; two strains; two perspective terms to first order. A simpler model is a richer
 * one with zeros behind. */
void rv__field_row(double jx[RV__PARAMS_MAX], double jy[RV__PARAMS_MAX], const rv__field *f, double col, double row)
{
    const double x = (col - f->origin[0]) / f->unit, y = (row - f->origin[1]) / f->unit;
    const double rows[2][P] = { { 1, 0, x, -y, x, y, x * x, x * y }, { 0, 1, y, x, -y, x, x * y, y * y } };
    memcpy(jx, rows[0], sizeof rows[0]);
    memcpy(jy, rows[1], sizeof rows[1]);
}

void rv__field_at(double d[2], const rv__field *f, double col, double row)
{
    double jx[P], jy[P];
    rv__field_row(jx, jy, f, col, row);
    d[0] = d[1] = 0;
    for (int i = 0; i < rv__model_params(f->model); i++) {
        d[0] += jx[i] * f->p[i];
        d[1] += jy[i] * f->p[i];
    }
}

void rv__field_matrix(double m[9], const rv__field *f)
{
    double p[P] = { 0 };
    const double u = f->unit;
    memcpy(p, f->p, (size_t)rv__model_params(f->model) * sizeof *p);
    const double in[9] = { 1 / u, 0, -f->origin[0] / u, 0, 1 / u, -f->origin[1] / u, 0, 0, 1 };
    const double out[9] = { u, 0, f->origin[0], 0, u, f->origin[1], 0, 0, 1 };
    double n[9] = { 1 + (p[2] + p[4]) / u,
                    (p[5] - p[3]) / u,
                    p[0] / u,
                    (p[5] + p[3]) / u,
                    1 + (p[2] - p[4]) / u,
                    p[1] / u,
                    -p[6] / u,
                    -p[7] / u,
                    1 };
    rv__mat_multiply(n, n, in);
    rv__mat_multiply(m, out, n);
}

rv__field rv__field_enrich(const rv__field *f, rv__model model)
{
    rv__field rich = *f;
    rich.model = model;
    for (int i = rv__model_params(f->model); i < P; i++)
        rich.p[i] = 0;
    return rich;
}

void rv__field_cov(double out[3], const rv__field *f, const double *cov, double col, double row)
{
    const int k = rv__model_params(f->model);
    double jx[P], jy[P];
    rv__field_row(jx, jy, f, col, row);
    memset(out, 0, 3 * sizeof *out);
    for (int i = 0; i < k; i++)
        for (int j = 0; j < k; j++) {
            out[0] += jx[i] * cov[i * k + j] * jx[j];
            out[1] += jx[i] * cov[i * k + j] * jy[j];
            out[2] += jy[i] * cov[i * k + j] * jy[j];
        }
}
