/* SPDX-License-Identifier: Apache-2.0 */
/* The series of one finding: how far the object stands out from its ring, image by image. */
#ifndef RV_REPORT_PLOT_H
#define RV_REPORT_PLOT_H

#include "report/figure.h"

/** @param path of the same picture as a file; NULL for none */
int rv__plot_series(rv__picture *out, const rv__facts *facts, const rv_structure *s, int width, const char *path);

#endif
