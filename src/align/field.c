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

/* Order of parameters: shift x, shift y; then similarity: scale, rotation; affine and homography: four linear terms
 * (x by x, x by y, y by x, y by y), two perspective terms to first order. */
void rv__field_row(double jx[RV__PARAMS_MAX], double jy[RV__PARAMS_MAX], const rv__field *f, double col, double row)
{
    const double x = (col - f->origin[0]) / f->unit, y = (row - f->origin[1]) / f->unit;
    const double similar[2][P] = { { 1, 0, x, -y }, { 0, 1, y, x } };
    const double full[2][P] = { { 1, 0, x, y, 0, 0, x * x, x * y }, { 0, 1, 0, 0, x, y, x * y, y * y } };
    memcpy(jx, f->model <= RV__SIMILARITY ? similar[0] : full[0], sizeof similar[0]);
    memcpy(jy, f->model <= RV__SIMILARITY ? similar[1] : full[1], sizeof similar[1]);
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
    const double u = f->unit, *p = f->p;
    const double in[9] = { 1 / u, 0, -f->origin[0] / u, 0, 1 / u, -f->origin[1] / u, 0, 0, 1 };
    const double out[9] = { u, 0, f->origin[0], 0, u, f->origin[1], 0, 0, 1 };
    double n[9] = { 1, 0, p[0] / u, 0, 1, p[1] / u, 0, 0, 1 };
    if (f->model == RV__SIMILARITY) {
        n[0] += p[2] / u;
        n[1] -= p[3] / u;
        n[3] += p[3] / u;
        n[4] += p[2] / u;
    } else if (f->model >= RV__AFFINE) {
        n[0] += p[2] / u;
        n[1] += p[3] / u;
        n[3] += p[4] / u;
        n[4] += p[5] / u;
    }
    if (f->model == RV__HOMOGRAPHY) {
        n[6] = -p[6] / u;
        n[7] = -p[7] / u;
    }
    rv__mat_multiply(n, n, in);
    rv__mat_multiply(m, out, n);
}

/** The same field in the parameters of a richer model. */
rv__field rv__field_enrich(const rv__field *f, rv__model model)
{
    rv__field rich = *f;
    if (f->model <= RV__SIMILARITY && model >= RV__AFFINE) {
        rich.p[2] = rich.p[5] = f->model == RV__SIMILARITY ? f->p[2] : 0;
        rich.p[4] = f->model == RV__SIMILARITY ? f->p[3] : 0;
        rich.p[3] = -rich.p[4];
    }
    for (int i = rv__model_params(f->model); i < P; i++)
        if (!(f->model <= RV__SIMILARITY && model >= RV__AFFINE && i < 6))
            rich.p[i] = 0;
    rich.model = model;
    return rich;
}
