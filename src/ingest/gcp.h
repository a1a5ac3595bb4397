/* SPDX-License-Identifier: Apache-2.0 */
/* Ground control points of a CSV file. */
#ifndef RV_INGEST_GCP_H
#define RV_INGEST_GCP_H

#include <revisit/ground.h>

/**
 * Read points: image, col, row, and lon and lat or x_m and y_m, and a name; the other members are unknown.
 *
 * @param out *n points, free with rv__free
 * @return    RV_OK; RV_ERR_FORMAT with the line and the column that is wrong
 */
int rv__gcps_parse(rv_gcp **out, size_t *n, char *text);

#endif
